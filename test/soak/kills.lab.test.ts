/**
 * The daemon is killed at random moments while agents report and a visitor calls commands: nothing acknowledged is lost,
 * nothing half-written is seen, no process stays behind, the session goes on. Twelve kills in `make test`, four hundred
 * in `make soak`. The seed is printed; REEVE_TEST_SEED repeats a run.
 */
import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { allGone } from "../fake/lives.ts";
import { Console, Visitor } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { random } from "../random.ts";

const rounds = process.env.REEVE_TEST_SOAK === "1" ? 400 : 12;
const seed = Number(process.env.REEVE_TEST_SEED ?? Date.now() % 1_000_000);

const devices = Array.from({ length: 4 }, (_, index) => `soak${index}-2026-01-01-00-00-00`);

/** Serial number and packages tell the same count, so that a torn write shows. */
function inventory(device: string, count: number): Uint8Array {
  const packages = Array.from(
    { length: 30 },
    (_, index) => `<SOFTWARES><NAME>p${index}</NAME><VERSION>${count}</VERSION></SOFTWARES>`,
  );
  const content = `<HARDWARE><NAME>${device.slice(0, 5)}</NAME></HARDWARE><BIOS><SSN>${count}</SSN></BIOS>${packages.join("")}`;
  return deflateSync(
    `<REQUEST><CONTENT>${content}</CONTENT><DEVICEID>${device}</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>`,
  );
}

test(`${rounds} kills at random moments lose nothing (seed ${seed})`, async () => {
  const next = random(seed);
  const state = temporaryFolder();
  const settings = { "agents.perHour": 1_000_000 };
  const acknowledged = new Map<string, number>();
  const sent = new Map<string, number>();
  let cookie = "";
  let answered = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const console_ = await Console.start({ state, settings });
      if (cookie === "") cookie = (await console_.login()).cookie;
      const visitor = new Visitor(console_.url, cookie);
      let alive = true;

      const reporting = devices.map(async (device) => {
        while (alive) {
          const count = (sent.get(device) ?? 0) + 1;
          sent.set(device, count);
          try {
            const response = await fetch(`${console_.url}/ocsinventory`, {
              method: "POST",
              body: inventory(device, count) as BodyInit,
            });
            if (response.status === 200) acknowledged.set(device, count);
          } catch {
            return; // killed
          }
        }
      });
      const calling = (async () => {
        while (alive) {
          const answer = await visitor.call("inventory/query").catch(() => undefined);
          if (!answer) return; // killed
          expect([round, answer.status]).toEqual([round, 200]);
          expect(answer.json.result.total).toBeLessThanOrEqual(devices.length);
          answered++;
        }
      })();

      await Bun.sleep(20 + next() * 280);
      const pids = await console_.descendants();
      console_.process.kill("SIGKILL");
      alive = false;
      await Promise.all([...reporting, calling, console_.process.exited]);
      expect(await allGone(pids, 2000)).toEqual([]);

      const again = await Console.start({ state, settings });
      const after = new Visitor(again.url, cookie);
      const { hosts } = (await after.call("inventory/query")).json.result;
      for (const host of hosts as { id: number; deviceId: string; serial: string; softwareCount: number }[]) {
        const stored = Number(host.serial);
        expect(stored).toBeGreaterThanOrEqual(acknowledged.get(host.deviceId) ?? 0);
        expect(stored).toBeLessThanOrEqual(sent.get(host.deviceId) ?? 0);
        const { rows } = (await after.call("inventory/section", { id: host.id, section: "SOFTWARES", limit: 100 })).json
          .result;
        expect([rows.length, host.softwareCount]).toEqual([30, 30]);
        expect(new Set(rows.map((row: { VERSION: string }) => row.VERSION))).toEqual(new Set([String(stored)]));
      }
      expect(hosts.length).toBeGreaterThanOrEqual(acknowledged.size);
      expect(await again.stop()).toBe(0);
    }
    expect(acknowledged.size).toBe(devices.length);
    expect(answered).toBeGreaterThan(0);
    const reports = [...acknowledged.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${rounds} kills, ${reports} reports acknowledged, ${answered} commands answered`);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}, 3_600_000);
