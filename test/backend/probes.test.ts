/** Actions that ask many hosts: what they found by the time they are ended is not lost. */
import { expect, test } from "bun:test";
import type { Tools } from "../../src/backend/action.ts";
import { perform } from "../../src/backend/perform.ts";
import { type Key, keys, type Settings } from "../../src/config/keys.ts";
import { Problem } from "../../src/problem.ts";
import { openStore } from "../../src/store/database.ts";
import { listJobs } from "../../src/store/job.ts";

const presets = Object.entries(keys as Record<string, Key<unknown>>).map(([name, key]) => [name, key.default]);
const settings = Object.fromEntries(presets) as Settings;

async function sweep(extra: string, connect: Tools["connect"], stop = new AbortController(), dryRun = false) {
  const store = await openStore({ url: ":memory:" });
  const tools: Tools = {
    ...{ store, options: { settings, credentials: [] }, connect, dryRun },
    ...{ report: () => undefined, show: () => undefined, event: () => undefined },
  };
  const request = {
    action: "pingsweep",
    stage: "",
    device: "",
    port: "",
    extra,
    force: false,
    username: "",
    userip: "",
  };
  const outcome = await perform(request, tools, stop.signal).catch((error) => error);
  const jobs = (await listJobs(store, { limit: 1000 })).map(({ action, device }) => `${action} ${device}`);
  return { outcome, jobs };
}

const answering = { source: { close: () => undefined }, tag: "", version: 2 } as never;

// IPv6 addresses are asked by SNMP in any case.
test("what answers is queued for discover", async () => {
  const connect = async (ip: string) => {
    if (/[13579bdf]$/.test(ip)) return answering;
    throw new Problem("unavailable", "silent");
  };
  const { outcome, jobs } = await sweep("2001:db8::/119", connect);
  expect(outcome).toEqual({ status: "done", message: "256 of 512 addresses answer; 256 queued for discover" });
  expect(jobs).toHaveLength(256);
  expect((await sweep("2001:db8::/126", connect, undefined, true)).outcome.message).toContain("would queue 2");
});

test("a sweep that is ended has queued what it found", async () => {
  const stop = new AbortController();
  const connect = async (ip: string) => {
    if (ip === "2001:db8::40") stop.abort(new Problem("timeout", "it took longer than 7200 s and was ended"));
    if (ip === "2001:db8::") return answering;
    throw new Problem("unavailable", "silent");
  };
  const { outcome, jobs } = await sweep("2001:db8::/120", connect, stop);
  expect(outcome).toMatchObject({ code: "timeout" });
  expect(jobs).toEqual(["discover 2001:db8::"]);
});
