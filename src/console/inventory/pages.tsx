import type { Page } from "../page.ts";
import { hostPage } from "./host-page.tsx";
import { hostsPages } from "./hosts-page.tsx";

/** `/hosts/delete` and its like before `/hosts/:id`: the first that fits answers. */
export const pages: Page[] = [...hostsPages, hostPage];
