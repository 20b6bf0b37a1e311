import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { configureLog, type Level, logger, redact } from "../src/log.ts";
import { Problem } from "../src/problem.ts";

describe("log", () => {
  let lines: string[] = [];
  beforeEach(() => {
    lines = [];
    configureLog({ level: "INFO", format: "text", write: (line) => void lines.push(line) });
  });
  afterEach(() => configureLog({ level: "INFO", format: "auto", write: (line) => void process.stderr.write(line) }));

  it("a line has component, level, a constant message and fields", () => {
    logger("core").error("it broke", {
      file: "/a/b",
      count: 2,
      list: ["A", "B"],
      none: [],
      text: "two words",
      map: { a: 1 },
    });
    assert.deepEqual(lines, [
      '[core][ERROR] it broke file=/a/b count=2 list=A,B none="" text="two words" map={"a":1}\n',
    ]);
  });

  it("stays one line, whatever a peer put into a field", () => {
    logger("core").info("said", { text: "a\n[core][ERROR] forged\r\u2028", list: ["x\ny"] });
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.split("\n").length, 2);
    assert.ok(!lines[0]?.includes("\r"));
  });

  it("leaves out what is less important than the level", () => {
    const log = logger("core");
    log.debug("no");
    configureLog({ level: "ERROR" as Level });
    log.warning("no");
    log.info("no");
    log.error("yes");
    assert.deepEqual(lines, ["[core][ERROR] yes\n"]);
  });

  it("JSON has time, level, component, message and the fields", () => {
    configureLog({ format: "json" });
    logger("core").warning("late", {
      seconds: 3n,
      error: new Problem("timeout", "too slow", { cause: new Error("x") }),
    });
    const record = JSON.parse(lines[0] ?? "");
    assert.ok(!Number.isNaN(Date.parse(record.time)));
    delete record.time;
    assert.deepEqual(record, {
      level: "WARNING",
      component: "core",
      message: "late",
      seconds: "3",
      error: "Problem: too slow (timeout); cause: Error: x",
    });
  });

  it("secrets are never written, however deep they lie", () => {
    const secrets = { password: "a", apiToken: "b", deep: [{ Authorization: "c", private_key: "d", cookie: "e" }] };
    assert.ok(!/"[abcde]"/.test(JSON.stringify(redact(secrets))));
    const endless: Record<string, unknown> = {};
    endless.self = endless;
    assert.ok(JSON.stringify(redact(endless)).length < 200);
  });
});
