/** snapshot of an agent that falls silent in the middle. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Tools } from "../../src/backend/action.ts";
import { perform } from "../../src/backend/perform.ts";
import { type Key, keys, type Settings } from "../../src/config/keys.ts";
import { openRecording } from "../../src/snmp/recording/recording.ts";
import type { Source } from "../../src/snmp/source.ts";
import { tag } from "../../src/snmp/value.ts";
import { openStore } from "../../src/store/database.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { agentTables, bytes } from "./device/agent-tables.ts";

const presets = Object.entries(keys as Record<string, Key<unknown>>).map(([name, key]) => [name, key.default]);

test("one that breaks off is an error, kept beside the complete one of before", async () => {
  const state = temporaryFolder("snapshot");
  const settings = { ...Object.fromEntries(presets), state } as Settings;
  let silent = false;
  const source = {
    name: "192.0.2.1",
    read: async (objects) => agentTables(objects, { "1.3.6.1.2.1.1.1.0": { 0: bytes("a switch") } }),
    walk: async (_root, each) => {
      await each({ oid: "1.3.6.1.2.1.1.1.0", type: tag.octetString, value: bytes("a switch") });
      if (silent) return { complete: false, reason: "no answer" };
      await each({ oid: "1.3.6.1.2.1.1.7.0", type: tag.integer, value: 2 });
      return { complete: true };
    },
    close: () => undefined,
  } as Source;
  const tools: Tools = {
    store: await openStore({ url: ":memory:" }),
    options: { settings, credentials: [] },
    connect: async () => ({ source, tag: "", version: 2 }),
    ...{ dryRun: false, report: () => undefined, show: () => undefined, event: () => undefined },
  };
  const nobody = { stage: "", port: "", extra: "", force: false, username: "", userip: "" };
  const run = () =>
    perform({ ...nobody, action: "snapshot", device: "192.0.2.1" }, tools, new AbortController().signal);

  const whole = join(state, "snapshots", "192.0.2.1.snmprec.gz");
  const part = join(state, "snapshots", "192.0.2.1.partial.snmprec.gz");
  expect(await run()).toEqual({ status: "done", message: `2 objects in ${whole}` });
  silent = true;
  expect(await run()).toEqual({ status: "error", message: `1 objects in ${part}, then it broke off: no answer` });
  expect((await openRecording(whole)).summary).toMatchObject({ rows: 2, cutOff: undefined });
  expect((await openRecording(part)).summary).toMatchObject({ rows: 1, cutOff: "no answer" });
});
