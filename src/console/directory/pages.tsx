import type { Page } from "../page.ts";

export const pages: Page[] = [];
