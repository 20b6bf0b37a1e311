/** docs/recordings.md says what the sources find today. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { present } from "./device/recorded.ts";
import { pagePath, recordingsPage } from "./recordings-page.ts";

if (!present) console.log("docs/recordings.md: skipped, the corpus is not there");

test.skipIf(!present)(
  "docs/recordings.md is up to date, else: bun test/backend/recordings-report.ts",
  async () => {
    expect(readFileSync(pagePath, "utf8")).toBe(await recordingsPage());
  },
  60_000,
);
