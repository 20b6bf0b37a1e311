import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSuites } from "./suite/subject.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
runSuites("SQLite", async () => `sqlite:${join(folder, `${++files}.db`)}`, "scale");
