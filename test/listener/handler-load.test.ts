import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { type Change, diff, type Entry, Handler } from "../../src/listener/handler-api.ts";
import { handlerOf } from "../../src/listener/handler-load.ts";
import { Noise } from "../../src/listener/noise.ts";
import { configureLog } from "../../src/log.ts";

const change: Change = { id: "e.1.1", command: "a", dn: "cn=a", oldDn: undefined, uuid: "", csn: "", at: new Date(0) };
const entry = (values: Record<string, string[]>): Entry =>
  Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.map((value) => Buffer.from(value))]));

class Recorder extends Handler {
  configuration = { description: "records", filter: "(cn=*)" };
  seen: unknown[] = [];
  override create(...args: unknown[]) {
    this.seen.push(["create", ...args, this.change?.id]);
  }
  override modify(...args: unknown[]) {
    this.seen.push(["modify", ...args]);
  }
  override async remove() {
    throw new Error("no");
  }
  override preRun() {
    this.seen.push("prerun");
  }
}

test("a class: n and a create, m modifies, d and r remove; only overridden functions are declared", async () => {
  const recorder = new Recorder();
  const loaded = handlerOf({ default: recorder });
  assert.deepEqual(loaded.declaration, {
    ...{ description: "records", filter: "(cn=*)", style: "objects", functions: ["prerun"] },
  });
  const [now, old] = [entry({ cn: ["a"] }), entry({ cn: ["b"] })];
  await loaded.call({ ...change, command: "n" }, now, {});
  await loaded.call(change, now, {});
  await loaded.call({ ...change, command: "m", oldDn: "cn=b" }, now, old);
  await loaded.life("prerun");
  assert.deepEqual(recorder.seen, [
    ["create", "cn=a", now, "e.1.1"],
    ["create", "cn=a", now, "e.1.1"],
    ["modify", "cn=a", old, now, "cn=b"],
    "prerun",
  ]);
  await assert.rejects(async () => loaded.call({ ...change, command: "d" }, {}, old), /no/);
  assert.equal(recorder.change, undefined);
  recorder.errorHandler = (error, { command }) => void recorder.seen.push([String(error), command]);
  await loaded.call({ ...change, command: "r" }, {}, old);
  assert.deepEqual(recorder.seen.at(-1), ["Error: no", "r"]);
});

test("a class that is exported is made; a static configuration counts", () => {
  class Static extends Handler {
    static configuration = { description: "static" };
    declare configuration: { description: string };
  }
  assert.equal(handlerOf({ default: Static }).declaration.description, "static");
  class None extends Handler {
    declare configuration: { description: string };
  }
  assert.throws(() => handlerOf({ default: None }), /no `configuration`/);
});

test("functions: the letter only where modrdn is set; an exported object does as well", async () => {
  const seen: unknown[][] = [];
  const handler = (...args: unknown[]) => void seen.push(args);
  await handlerOf({ description: "d", handler }).call(change, {}, {});
  const other = handlerOf({
    default: { description: "d", modrdn: "1", handle_every_delete: 1, handler, postrun() {} },
  });
  await other.call(change, {}, {});
  assert.deepEqual(seen, [
    ["cn=a", {}, {}, undefined, change],
    ["cn=a", {}, {}, "a", change],
  ]);
  assert.deepEqual(other.declaration, {
    ...{ description: "d", modrdn: true, handleEveryDelete: true, style: "calls", functions: ["postrun"] },
  });
  assert.throws(() => handlerOf({ description: "d" }), /neither a function/);
  assert.throws(() => handlerOf({ default: class {} }), /neither a function/);
});

test("diff: sets of values, metadata aside, keys where they are named", () => {
  const old = entry({ cn: ["a", "b"], sn: ["x"], entryCSN: ["1"], gone: ["g"] });
  const now = entry({ cn: ["b", "a"], sn: ["y"], entryCSN: ["2"], new: ["n"] });
  assert.deepEqual(diff(old, now), {
    sn: [old.sn, now.sn],
    gone: [old.gone, undefined],
    new: [undefined, now.new],
  });
  assert.deepEqual(Object.keys(diff(old, now, undefined, false)), ["sn", "entryCSN", "gone", "new"]);
  assert.deepEqual(Object.keys(diff(old, now, ["entryCSN", "cn", "absent"])), ["entryCSN"]);
});

test("noise: so many lines in a while, the rest is counted; what nobody writes does not count", () => {
  configureLog({ level: "INFO" });
  let now = 0;
  const written: string[] = [];
  const noise = new Noise(
    (level, text) => written.push(`${level} ${text}`),
    () => now,
  );
  for (let i = 0; i < 700; i++) noise.line(`line ${i}`);
  for (let i = 0; i < 700; i++) noise.line("unseen", "DEBUG");
  assert.equal(written.length, 500);
  assert.equal(noise.last.at(-1), "unseen");
  now = 10_001;
  noise.line("again", "ERROR");
  assert.deepEqual(written.slice(500), ["WARNING (200 more lines)", "ERROR again"]);
  noise.flush();
  assert.equal(written.length, 502);
});
