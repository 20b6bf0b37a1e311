import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { echoProbe, sweep } from "../../src/backend/ping.ts";

const alive = new AbortController().signal;
const never = async () => false;

test("every address of the networks is asked once, network and broadcast address left out", async () => {
  const asked: string[] = [];
  const probe = async (ip: string) => {
    asked.push(ip);
    return ip.endsWith("2") || ip.includes("::a");
  };
  const found: string[] = [];
  const onAlive = (ip: string) => found.push(ip);
  const summary = await sweep(["192.0.2.8/29", "198.51.100.0/31", "203.0.113.7", "2001:db8::8/126"], {
    probe,
    signal: alive,
    onAlive,
  });
  expect(asked).toEqual([
    ...[9, 10, 11, 12, 13, 14].map((n) => `192.0.2.${n}`),
    "198.51.100.0",
    "198.51.100.1",
    "203.0.113.7",
    ...["8", "9", "a", "b"].map((n) => `2001:db8::${n}`),
  ]);
  expect(found).toEqual(["192.0.2.12", "2001:db8::a"]);
  expect(summary).toEqual({ asked: 13, alive: 2, of: 13 });
});

test("no more are in flight than allowed, and a stop ends it with what was found", async () => {
  let [now, most] = [0, 0];
  const stop = new AbortController();
  const probe = async (ip: string) => {
    most = Math.max(most, ++now);
    await Promise.resolve();
    now--;
    if (ip === "10.0.0.200") stop.abort();
    return ip === "10.0.0.3";
  };
  const found: string[] = [];
  const options = { probe, signal: stop.signal, onAlive: (ip: string) => found.push(ip), rate: 100_000, inFlight: 7 };
  const summary = await sweep(["10.0.0.0/16"], options);
  expect(most).toBeLessThanOrEqual(7);
  expect(found).toEqual(["10.0.0.3"]);
  expect(summary.asked).toBeLessThan(300);
});

test("what waits for room keeps nothing of its waiting", async () => {
  const held: (() => void)[] = [];
  const probe = () => new Promise<boolean>((answer) => held.push(() => answer(false)));
  let ended = false;
  const options = { probe, signal: alive, onAlive: () => undefined, rate: 1_000_000, inFlight: 1000 };
  const sweeping = sweep(["10.0.0.0/21"], options).finally(() => (ended = true));
  const before = heapStats().objectCount;
  let most = 0;
  for (let step = 0; !ended; step++) {
    // The oldest end, one at a time: all the others have been waited for many times.
    held.shift()?.();
    await Bun.sleep(0);
    if (step % 200 === 0) most = Math.max(most, heapStats().objectCount);
  }
  expect((await sweeping).asked).toBe(2046);
  expect(most - before).toBeLessThan(200_000);
}, 60_000);

test("what is no network, or too large a one, is refused", async () => {
  for (const network of ["192.0.2.0/33", "example.org", "2001:db8::/64", "10.0.0.0/8", ""]) {
    await expect(sweep([network], { probe: never, signal: alive, onAlive: () => undefined })).rejects.toThrow(
      /network|too many/,
    );
  }
});

test("echo requests find who answers on loopback, thousands at a time", async () => {
  const echo = echoProbe(async (ip) => ip === "2001:db8::1");
  if (!echo) {
    console.log("skipped: this system allows us no echo requests (net.ipv4.ping_group_range, CAP_NET_RAW)");
    return;
  }
  const found: string[] = [];
  const networks = ["127.7.0.0/20", "2001:db8::1", "2001:db8::2"];
  const summary = await sweep(networks, {
    probe: echo.probe,
    signal: alive,
    onAlive: (ip) => found.push(ip),
    rate: 20_000,
  });
  echo.close();
  expect(summary).toEqual({ asked: 4096, alive: 4095, of: 4096 });
  expect(new Set(found).size).toBe(4095);
  expect(found).toContain("2001:db8::1");
});
