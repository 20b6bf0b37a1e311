import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Evidence } from "../../src/network/link.ts";
import { type BridgeTable, type FixedLink, fdbLinks } from "../../src/network/topology.ts";

/** Numbers that are the same in every run (Lehmer). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

const switchMac = (id: number) => `00:1c:73:00:00:${id.toString(16).padStart(2, "0")}`;
const hostMac = (id: number) =>
  `00:23:89:00:${(id >> 8).toString(16).padStart(2, "0")}:${(id & 255).toString(16).padStart(2, "0")}`;

interface Net {
  tables: BridgeTable[];
  /** `1.2 - 4.1`: device and port of each end. */
  cables: string[];
  fixed: FixedLink[];
  /** Hosts at switches that are not known. */
  hidden: string[];
}

const sees = (tables: BridgeTable[], device: number, port: string, mac: string) =>
  tables.some((table) => table.device === device && table.ports.get(port)?.has(mac));

/**
 * A random tree of switches with hosts; each switch's table from the paths, every entry kept with a chance of `keep` in
 * ten. `dumb` switches forward, but have no table and no address.
 */
function net(seed: number, keep: number, dumb = 0): Net {
  const random = dice(seed);
  const size = 2 + random(9) + dumb;
  const edges: { a: number; b: number; portA: number; portB: number }[] = [];
  const ports = new Array<number>(size).fill(0);
  const port = (id: number) => ++ports[id]!;
  for (let id = 1; id < size; id++) {
    const parent = random(id);
    edges.push({ a: parent, b: id, portA: port(parent), portB: port(id) });
  }
  const hosts = Array.from({ length: random(40) }, (_, index) => {
    const at = random(size);
    return { mac: hostMac(index + 1), at, port: port(at) };
  });
  const isDumb = (id: number) => id < dumb;
  /** Port of `from` on the way to `to`. */
  const way = (from: number, to: number, without = -1): number | undefined => {
    for (const { a, b, portA, portB } of edges) {
      const next = a === from ? b : b === from ? a : -1;
      if (next < 0 || next === without) continue;
      if (next === to || way(next, to, from) !== undefined) return a === from ? portA : portB;
    }
    return undefined;
  };
  const tables: BridgeTable[] = [];
  for (let id = 0; id < size; id++) {
    if (isDumb(id)) continue;
    const learned = new Map<string, Set<string>>();
    const learn = (mac: string, at: number | undefined) => {
      if (at === undefined || random(10) >= keep) return;
      learned.set(String(at), (learned.get(String(at)) ?? new Set()).add(mac));
    };
    for (const host of hosts) learn(host.mac, host.at === id ? host.port : way(id, host.at));
    for (let other = 0; other < size; other++)
      if (other !== id && !isDumb(other)) learn(switchMac(other), way(id, other));
    tables.push({ device: id, label: `sw${id}`, macs: [switchMac(id)], ports: learned, complete: keep === 10 });
  }
  const hidden = hosts.filter(({ at }) => isDumb(at)).map(({ mac }) => mac);
  const managed = edges.filter(({ a, b }) => !isDumb(a) && !isDumb(b));
  return {
    tables,
    hidden,
    cables: managed.map(({ a, b, portA, portB }) => `${a}.${portA} - ${b}.${portB}`).toSorted(),
    fixed: managed.map(({ a, b, portA, portB }) => ({
      a: { device: a, port: String(portA) },
      b: { device: b, port: String(portB) },
    })),
  };
}

const told = (evidence: Evidence[]) =>
  evidence.map((e) => `${e.device}.${e.port} - ${e.remoteDevice}.${e.remotePort}`).toSorted();

describe("links out of forwarding tables", () => {
  it("300 random trees with full tables: every cable, and nothing else", () => {
    let cables = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const { tables, cables: truth } = net(seed, 10);
      assert.deepEqual(told(fdbLinks(tables)), truth, `seed ${seed}`);
      cables += truth.length;
    }
    assert.ok(cables > 1000, `${cables} cables`);
  });

  it("900 random trees with entries missing: never a cable that is not there", () => {
    let found = 0;
    let all = 0;
    for (let seed = 1; seed <= 900; seed++) {
      const { tables, cables } = net(seed, 1 + (seed % 9));
      const claimed = told(fdbLinks(tables));
      assert.deepEqual(
        claimed.filter((link) => !cables.includes(link)),
        [],
        `seed ${seed}`,
      );
      found += claimed.length;
      all += cables.length;
    }
    assert.ok(found / all > 0.2, `${found} of ${all}`);
  });

  it("300 trees with a switch that nobody knows, full and incomplete: what joins through it is never claimed as sure", () => {
    let through = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const { tables, cables, hidden } = net(seed, seed % 2 ? 10 : 7, 1);
      for (const evidence of fdbLinks(tables)) {
        if (cables.includes(told([evidence])[0]!)) continue;
        through++;
        const between = hidden.some(
          (mac) =>
            sees(tables, evidence.device, evidence.port, mac) &&
            sees(tables, evidence.remoteDevice!, evidence.remotePort!, mac),
        );
        assert.ok(evidence.confidence <= (between ? 0.3 : 0.6), `seed ${seed}: ${evidence.reason}`);
      }
    }
    assert.ok(through > 20, `${through} links through it`);
  });

  it("cables that are certain are not claimed again, and make up for switches that are never seen", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const { tables, cables, fixed } = net(seed, 10);
      const given = fixed.filter((_, index) => index % 2 === 0);
      const names = given.map(({ a, b }) => `${a.device}.${a.port} - ${b.device}.${b.port}`);
      assert.deepEqual(
        told(fdbLinks(tables, given)),
        cables.filter((cable) => !names.includes(cable)),
        `seed ${seed}`,
      );
      assert.deepEqual(fdbLinks(tables, fixed), []);
    }
  });

  const line = (id: number, ports: Record<string, string[]>): BridgeTable => ({
    device: id,
    label: `sw${id}`,
    macs: [switchMac(id)],
    ports: new Map(Object.entries(ports).map(([port, macs]) => [port, new Set(macs)])),
    complete: true,
  });

  it("a host that both see between them stands for a switch that is not known", () => {
    const [link] = fdbLinks([line(1, { a: [switchMac(2), hostMac(1)] }), line(2, { b: [switchMac(1), hostMac(1)] })]);
    assert.equal(link?.confidence, 0.3);
    assert.match(link!.reason, /1 address is seen by both/);
  });

  it("a port is found by what is behind it, when the switch itself is not seen", () => {
    const tables = [
      line(1, { a: [hostMac(2)], x: [hostMac(1)] }),
      line(2, { b: [switchMac(1), hostMac(1)], y: [hostMac(2)] }),
    ];
    assert.deepEqual(told(fdbLinks(tables)), ["1.a - 2.b"]);
  });

  it("addresses of virtual routers, and those that stand on two ports, say nothing", () => {
    const virtual = "00:00:5e:00:01:01";
    const shared = { ...line(2, { b: [switchMac(1), virtual] }), macs: [switchMac(2), virtual] };
    assert.deepEqual(fdbLinks([line(1, { a: [virtual] }), shared]), []);
    assert.deepEqual(fdbLinks([line(1, { a: [switchMac(2)], c: [switchMac(2)] }), line(2, { b: [switchMac(1)] })]), []);
  });
});
