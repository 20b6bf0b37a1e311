/** Writes docs/recordings.md: `bun test/backend/recordings-report.ts`. */
import { writeFileSync } from "node:fs";
import { pagePath, recordingsPage } from "./recordings-page.ts";

writeFileSync(pagePath, await recordingsPage());
console.log(`${pagePath} is written`);
// The remover of temporary folders waits for the end of this process.
process.exit(0);
