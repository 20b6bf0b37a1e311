import type { Page } from "../page.ts";
import { controlPages } from "./control-page.tsx";
import { devicePage } from "./device-page.tsx";
import { devicesPage } from "./devices-page.tsx";
import { jobPage } from "./job-page.tsx";
import { jobsPages } from "./jobs-page.tsx";
import { portPage } from "./port-page.tsx";
import { wherePage } from "./where-page.tsx";

/** `/network/jobs/cancel` before `/network/jobs/:id`: the first that fits answers. */
export const pages: Page[] = [devicesPage, devicePage, portPage, ...controlPages, wherePage, ...jobsPages, jobPage];
