import type { Page } from "../page.ts";
import { applyPage } from "./apply-page.tsx";
import { checkPage } from "./check-page.tsx";
import { pages as errandPages } from "./errand-page.tsx";
import { eventsPages } from "./events-page.tsx";
import { leasesPage } from "./leases-page.tsx";
import { linkPage } from "./link-page.tsx";
import { overviewPage } from "./overview-page.tsx";

export const pages: Page[] = [overviewPage, linkPage, leasesPage, ...eventsPages, checkPage, applyPage, ...errandPages];
