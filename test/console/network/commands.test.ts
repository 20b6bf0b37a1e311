import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { networkCommands } from "./suite.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-network-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

networkCommands("SQLite", async () => `sqlite:${join(folder, "reeve.db")}`);
