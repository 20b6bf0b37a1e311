import type { Page } from "../page.ts";
import { changePage } from "./change-page.tsx";
import { changesPage } from "./changes-page.tsx";
import { pages as errandPages } from "./errand-page.tsx";
import { handlersPages } from "./handlers-page.tsx";
import { heldPage } from "./held-page.tsx";
import { parkedPage } from "./parked-page.tsx";
import { peoplePage } from "./people-page.tsx";
import { personPage } from "./person-page.tsx";

export const pages: Page[] = [
  peoplePage,
  personPage,
  changesPage,
  changePage,
  ...handlersPages,
  parkedPage,
  heldPage,
  ...errandPages,
];
