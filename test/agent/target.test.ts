import { afterAll, beforeEach, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Target } from "../../src/agent/target.ts";
import { configureLog } from "../../src/log.ts";
import { temporaryFolder } from "../lab/folder.ts";

const url = "http://127.0.0.1:1/ocsinventory";
const hour = 3_600_000;
let state = "";
let log: string[] = [];
beforeEach(() => {
  configureLog({ level: "INFO", write: (line) => void log.push(line) });
  state = temporaryFolder();
  log = [];
});
afterAll(() => configureLog({ write: (line) => void process.stderr.write(line) }));

function stateFile(): string {
  const servers = join(state, "servers");
  return join(servers, readdirSync(servers)[0] ?? "", "state.json");
}

test("a next time that was set by a wrong clock is now", () => {
  new Target(url, state, 24).wait(12);
  const file = stateFile();
  const saved = JSON.parse(readFileSync(file, "utf8"));
  expect(new Target(url, state, 24).next).toBe(saved.next);
  writeFileSync(file, JSON.stringify({ ...saved, next: Date.now() + 400 * 24 * hour }));
  expect(new Target(url, state, 24).next).toBe(0);
});

test("a state that is cut, or holds something else, is begun anew", () => {
  new Target(url, state, 24).wait(12);
  const file = stateFile();
  const saved = JSON.parse(readFileSync(file, "utf8"));
  for (const content of ["", '{"url"', "[]", JSON.stringify({ ...saved, interval: "often" })]) {
    writeFileSync(file, content);
    const target = new Target(url, state, 24);
    expect(target.next).toBe(0);
    target.wait(undefined);
    expect(target.next).toBeGreaterThan(Date.now() + 22 * hour);
    expect(target.next).toBeLessThanOrEqual(Date.now() + 24 * hour);
  }
});

test("a server cannot silence its agent for more than a year", () => {
  const target = new Target(url, state, 24);
  target.wait(99_999);
  expect(target.next).toBeLessThanOrEqual(Date.now() + 8760 * hour);
});

test("a state that cannot be written is told, and the agent goes on with what it knows", () => {
  const target = new Target(url, state, 24);
  rmSync(state, { recursive: true });
  target.wait(12);
  expect(target.next).toBeGreaterThan(Date.now() + 10 * hour);
  expect(target.waitAfterFailure()).toBe(60);
  expect(log.join("")).toContain("the state of a server could not be written");
});
