/** Dead networks: no answer at all behind a router, and neighbours that do not exist on the own wire. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const name = `reeve-sweep-${process.pid}`;
const other = `${name}-b`;
const root = process.getuid?.() === 0;

function ip(...words: string[]): void {
  const { status, stderr } = spawnSync("ip", words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${words.join(" ")}: ${stderr}`);
}

beforeAll(() => {
  if (!root) return;
  ip("netns", "add", name);
  ip("netns", "add", other);
  ip("-n", name, "link", "add", "d0", "type", "veth", "peer", "name", "d1", "netns", other);
  ip("-n", name, "addr", "add", "10.77.0.1/16", "dev", "d0");
  ip("-n", other, "addr", "add", "10.77.3.3/16", "dev", "d1");
  ip("-n", name, "link", "set", "lo", "up");
  ip("-n", name, "link", "set", "d0", "up");
  ip("-n", other, "link", "set", "d1", "up");
  ip("-n", name, "neigh", "add", "10.77.0.2", "lladdr", "02:00:00:00:00:02", "dev", "d0", "nud", "permanent");
  ip("-n", name, "route", "add", "10.88.0.0/16", "via", "10.77.0.2");
});

afterAll(() => {
  if (!root) return;
  for (const one of [name, other]) spawnSync("ip", ["netns", "del", one]);
});

function sweep(...networks: string[]): { asked: number; alive: number; found: string[] } {
  const program = `
    import { echoProbe, sweep } from ${JSON.stringify(join(import.meta.dir, "../../src/backend/ping.ts"))};
    const echo = echoProbe(async () => false, { timeout: 500 });
    const found = [];
    const signal = new AbortController().signal;
    const summary = await sweep(process.argv.slice(1), { probe: echo.probe, signal, onAlive: (ip) => found.push(ip), rate: 3000 });
    echo.close();
    console.log(JSON.stringify({ ...summary, found }));`;
  const words = ["netns", "exec", name, process.execPath, "-e", program, ...networks];
  const { stdout, stderr } = spawnSync("ip", words, { encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

test.skipIf(!root)(
  "behind a router nobody answers, and that is found out for all at once",
  () => {
    expect(sweep("10.88.0.0/20")).toMatchObject({ asked: 4094, alive: 0 });
  },
  120_000,
);

test.skipIf(!root)(
  "on the wire the one living host is found, though the kernel's table of neighbours overflows",
  () => {
    expect(sweep("10.77.0.0/20")).toMatchObject({ asked: 4094, alive: 2, found: ["10.77.0.1", "10.77.3.3"] });
  },
  120_000,
);
