import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NeighbourFact } from "../../src/network/facts.ts";
import { directoryOf, type KnownDevice } from "../../src/network/known.ts";
import { type Evidence, evidenceOf, type Link, links } from "../../src/network/link.ts";
import { resolvePort, resolveRemote } from "../../src/network/remote.ts";

function device(id: number, extra: Partial<KnownDevice> = {}): KnownDevice {
  return {
    id,
    label: `sw${id}`,
    addresses: [`192.0.2.${id}`],
    macs: [`00:1c:73:00:0${id}:00`],
    chassisIds: [],
    serials: [`SERIAL${id}`],
    names: [`sw${id}.example.org`],
    ports: Array.from({ length: 4 }, (_, index) => ({
      port: `GigabitEthernet0/${index + 1}`,
      ifindex: 100 + index,
      name: index === 3 ? "to the cellar" : `Gi0/${index + 1}`,
      descr: `GigabitEthernet0/${index + 1}`,
      mac: `00:1c:73:00:0${id}:1${index}`,
    })),
    ...extra,
  };
}

function fact(extra: Partial<NeighbourFact>): NeighbourFact {
  return {
    protocol: "lldp",
    local_port: "GigabitEthernet0/1",
    remote_ip: "",
    remote_port: "",
    remote_port_descr: "",
    remote_id: "",
    remote_id_kind: "text",
    remote_name: "",
    remote_type: "",
    capabilities: [],
    remote_vendor: "",
    remote_model: "",
    remote_os_ver: "",
    remote_serial: "",
    ...extra,
  };
}

const chassis = (id: number): Partial<NeighbourFact> => ({ remote_id: `00:1c:73:00:0${id}:00`, remote_id_kind: "mac" });
const known = [1, 2, 3].map((id) => device(id));
const directory = directoryOf(known);
const told = (all: Link[]) =>
  all.map(
    ({ a, b, mutual, shared }) =>
      `${a.device} ${a.port.slice(-1)} - ${b.device ?? b.label} ${b.port.slice(-1)}${mutual ? " mutual" : ""}${shared ? " shared" : ""}`,
  );
const witness = (device: number, extra: Partial<NeighbourFact>) => evidenceOf(fact(extra), device, directory);

describe("who a neighbour is", () => {
  const found = (extra: Partial<NeighbourFact>) => resolveRemote(fact(extra), 1, directory);

  it("by any one thing that it tells", () => {
    const ways: Partial<NeighbourFact>[] = [
      chassis(2),
      { remote_id: "00:1c:73:00:02:11", remote_id_kind: "mac" },
      { remote_port: "00:1c:73:00:02:11" },
      { remote_ip: "192.0.2.2" },
      { remote_id: "192.0.2.2", remote_id_kind: "ip" },
      { remote_serial: "serial2" },
      { remote_id: "other(SERIAL2)" },
      { remote_name: "SW2" },
      { remote_id: "sw2.example.org" },
    ];
    for (const way of ways) {
      const remote = found(way);
      assert.equal(remote.device?.id, 2, JSON.stringify(way));
      assert.ok(remote.confidence >= 0.5 && remote.confidence <= 1, String(remote.confidence));
    }
    assert.ok(found({ ...chassis(2), remote_name: "sw2" }).confidence > found(chassis(2)).confidence);
  });

  it("nobody, where nothing fits, or two fit alike", () => {
    assert.equal(found({ remote_name: "sw2.example.com" }).device, undefined);
    assert.equal(
      found({ remote_ip: "127.0.0.1", remote_id: "00:00:5e:00:01:01", remote_id_kind: "mac" }).device,
      undefined,
    );
    const twins = directoryOf([device(2, { names: ["twin"] }), device(3, { names: ["twin"] })]);
    const remote = resolveRemote(fact({ remote_name: "twin" }), 1, twins);
    assert.deepEqual([remote.device, remote.confidence], [undefined, 0]);
    assert.match(remote.reason, /sw2 and sw3 fit equally well/);
  });

  it("an address that another device has is named as a contradiction, and the chassis decides", () => {
    const remote = found({ ...chassis(2), remote_ip: "192.0.2.3" });
    assert.equal(remote.device?.id, 2);
    assert.deepEqual(remote.contradictions, ["address 192.0.2.3 belongs to sw3"]);
  });

  it("its port by name in any spelling, MAC address, index, alias and description", () => {
    const port = (id: string, description = "") => resolvePort(known[1]!, id, description)?.port.port.slice(-1);
    assert.deepEqual(
      [
        port("Gi0/2"),
        port("gigabitethernet0/2"),
        port("00:1c:73:00:02:11"),
        port("101"),
        port("To the cellar"),
        port("Ten-GigabitEther", "GigabitEthernet0/2 Interface"),
      ],
      ["2", "2", "2", "2", "4", "2"],
    );
    assert.deepEqual(
      [port("Gi0/9"), port(""), port("00:1c:73:ff:ff:ff"), port("7", "uplink")],
      [undefined, undefined, undefined, undefined],
    );
  });
});

describe("links", () => {
  const there = { ...chassis(2), local_port: "GigabitEthernet0/1", remote_port: "Gi0/2" };
  const back = { ...chassis(1), local_port: "GigabitEthernet0/2", remote_port: "Gi0/1" };

  it("both ends' words make one link, more certain than one end's", () => {
    const one = links([witness(1, there)]);
    const both = links([witness(1, there), witness(2, back)]);
    assert.deepEqual([told(one), told(both)], [["1 1 - 2 2"], ["1 1 - 2 2 mutual"]]);
    assert.ok(both[0]!.confidence > one[0]!.confidence && both[0]!.confidence >= 0.95);
    assert.equal(both[0]!.reasons[0], "both ends say so");
    assert.deepEqual(told(links([witness(2, back), witness(1, there)])), told(both), "in any order");
  });

  it("LLDP and CDP of one neighbour are one link; and one that knows the port completes one that does not", () => {
    const cdp = witness(1, { ...chassis(2), protocol: "cdp", remote_port: "???" });
    const all = links([witness(1, there), cdp, witness(2, back)]);
    assert.deepEqual(told(all), ["1 1 - 2 2 mutual"]);
    assert.deepEqual(all[0]!.protocols.toSorted(), ["cdp", "lldp"]);
    assert.deepEqual(told(links([cdp, witness(2, back)])), ["1 1 - 2 2 mutual"]);
    const blind = witness(2, { ...chassis(1), local_port: "GigabitEthernet0/2", remote_port: "???" });
    assert.deepEqual(told(links([cdp, blind])), ["1 1 - 2 2 mutual"]);
  });

  it("two cables between two devices are two links", () => {
    const second = { ...chassis(2), local_port: "GigabitEthernet0/3", remote_port: "Gi0/3" };
    assert.deepEqual(told(links([witness(1, there), witness(1, second)])), ["1 1 - 2 2", "1 3 - 2 3"]);
  });

  it("keeps several neighbours of a port, each less certain as a cable", () => {
    const all = links([
      witness(1, there),
      witness(1, { ...chassis(3), remote_port: "Gi0/1" }),
      witness(1, { remote_name: "new", remote_port: "p9" }),
    ]);
    assert.deepEqual(told(all).toSorted(), ["1 1 - 2 2 shared", "1 1 - 3 1 shared", "1 1 - new 9 shared"]);
    assert.ok(all.every(({ confidence }) => confidence < 0.6));
    assert.match(all.find(({ b }) => b.device === 2)!.reasons.join(), /also sees/);
  });

  it("rows of one unknown neighbour are one, rows of two are two", () => {
    const lldp = witness(1, {
      remote_name: "far",
      remote_id: "00:1c:73:99:00:01",
      remote_id_kind: "mac",
      remote_port: "Eth1/2",
    });
    const cdp = witness(1, { protocol: "cdp", remote_id: "far(ABC12345)", remote_port: "Ethernet1/2" });
    assert.deepEqual(told(links([lldp, cdp])), ["1 1 - far 2"]);
    assert.equal(links([lldp, witness(1, { remote_name: "wide", remote_port: "Eth1/2" })]).length, 2);
  });

  it("what an administrator says is certain, and what differs from it is contradicted", () => {
    const manual: Evidence = {
      protocol: "manual",
      device: 1,
      port: "GigabitEthernet0/1",
      remoteDevice: 3,
      remotePort: "GigabitEthernet0/4",
      label: "sw3",
      portLabel: "GigabitEthernet0/4",
      aliases: [],
      confidence: 1,
      reason: "by hand",
      contradictions: [],
    };
    const all = links([witness(1, there), manual]);
    const [other, certain] = [2, 3].map((id) => all.find(({ b }) => b.device === id)!);
    assert.equal(certain!.confidence, 1);
    assert.match(other!.contradictions.join(), /linked to sw3 GigabitEthernet0\/4 by hand/);
  });

  it("adjacencies of routers are no cables", () => {
    const ospf = (id: number, ip: string) =>
      witness(id, { protocol: "ospf", local_port: "GigabitEthernet0/1", remote_ip: ip });
    const all = links([witness(1, there), witness(2, back), ospf(1, "192.0.2.2"), ospf(2, "192.0.2.1")]);
    assert.deepEqual(all.map(({ layer, mutual }) => [layer, mutual]).toSorted(), [
      [2, true],
      [3, true],
    ]);
  });
});
