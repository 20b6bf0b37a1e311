import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ArpTable, arpLinks, arpPorts, type OwnInterface } from "../../src/network/arp-links.ts";

const mac = (device: number, port = 0) => `00:1c:73:00:0${device}:0${port}`;

type Port = ArpTable["ports"][number];

/** A device's table: `PORT IP MAC` a line. Its ports are as told, and else Ethernet of their own. */
function table(device: number, lines: string[], more: Partial<Port>[] = [], told: string[] = []) {
  const bindings = lines.map((line) => {
    const [port = "", ip = "", address = ""] = line.split(" ");
    return { port, ip, mac: address };
  });
  const names = new Set([...bindings.map(({ port }) => port), ...more.map(({ port = "" }) => port)]);
  const ports = [...names].map((port): Port => {
    const change = more.find((one) => one.port === port);
    return { port, type: "ethernetCsmacd", slave_of: "", bridged: false, ...change };
  });
  return arpPorts({ device, ports, bindings, told: new Set(told) });
}

/** `DEVICE PORT MAC IP`, `-` for none. */
const known = (...lines: string[]): OwnInterface[] =>
  lines.map((line) => {
    const [device, port = "", address = "", ip = ""] = line.split(" ").map((word) => (word === "-" ? "" : word));
    return { device: Number(device), label: `r${device}`, port, mac: address || null, ip };
  });

const concluded = (ports: ReturnType<typeof table>, interfaces: OwnInterface[]) =>
  arpLinks(ports, interfaces).map(
    ({ device, port, remoteDevice, remotePort }) => `${device}.${port} → ${remoteDevice}.${remotePort ?? "?"}`,
  );

const r2 = known(`2 e1 ${mac(2, 1)} -`, `2 e1 ${mac(2, 1)} 192.0.2.2`);

describe("links out of ARP tables", () => {
  it("one neighbour alone is the other end, with its port and the reason", () => {
    const [link, ...more] = arpLinks(table(1, [`e0 192.0.2.2 ${mac(2, 1)}`, `e0 2001:db8::2 ${mac(2, 1)}`]), r2);
    assert.deepEqual(more, []);
    assert.deepEqual(link, {
      ...{ protocol: "arp", device: 1, port: "e0", remoteDevice: 2, remotePort: "e1", label: "r2", portLabel: "e1" },
      ...{ aliases: [], contradictions: [], confidence: 0.4 },
      reason: `r2 by ARP: the only neighbour in the table of port e0 is 192.0.2.2 (${mac(2, 1)}) and 1 more of its addresses, its port e1`,
    });
  });

  it("a host beside it, another device beside it, or too many addresses: no link", () => {
    const line = `e0 192.0.2.2 ${mac(2, 1)}`;
    assert.deepEqual(concluded(table(1, [line, "e0 192.0.2.9 00:23:89:00:00:09"]), r2), []);
    const two = [...r2, ...known(`3 e1 ${mac(3, 1)} -`)];
    assert.deepEqual(concluded(table(1, [line, `e0 192.0.2.3 ${mac(3, 1)}`]), two), []);
    const many = Array.from({ length: 65 }, (_, at) => `e0 10.0.0.${at} ${mac(2, 1)}`);
    assert.deepEqual(concluded(table(1, many), r2), []);
    assert.equal(concluded(table(1, many.slice(1)), r2).length, 1);
  });

  it("its own addresses and virtual routers' do not count, and are no neighbour themselves", () => {
    const own = known(`1 e0 ${mac(1, 0)} -`, "1 e0 - 192.0.2.1");
    const beside = [`e0 192.0.2.1 ${mac(1, 0)}`, "e0 192.0.2.254 00:00:5e:00:01:01"];
    const line = `e0 192.0.2.2 ${mac(2, 1)}`;
    assert.deepEqual(concluded(table(1, [...beside, line]), [...own, ...r2]), ["1.e0 → 2.e1"]);
    assert.deepEqual(concluded(table(1, beside), [...own, ...r2]), []);
  });

  it("ports of a bridge, VLAN interfaces, loopbacks and tunnels, and ports that are told of already have none", () => {
    const at = (port: string, change: Partial<Port> = {}, told: string[] = []) =>
      concluded(table(1, [`${port} 192.0.2.2 ${mac(2, 1)}`], [{ port, ...change }], told), r2).length;
    assert.equal(at("Ethernet1"), 1);
    assert.equal(at("Route-Aggregation1", { type: "ieee8023adLag" }), 1);
    assert.equal(at("Ethernet1", { bridged: true }), 0);
    assert.equal(at("Ethernet1", {}, ["Ethernet1"]), 0);
    for (const type of ["propVirtual", "l3ipvlan", "softwareLoopback", "tunnel", "bridge", ""]) {
      assert.equal(at("Ethernet1", { type }), 0, type);
    }
    for (const name of ["Vlan10", "br0", "br-lan", "virbr0", "irb.7", "Vlan-interface5", "lo", "docker0"]) {
      assert.equal(at(name), 0, name);
    }
    assert.equal(at("broadband0"), 1);
  });

  it("an aggregate is told of where a member is", () => {
    const ports = [
      { port: "po1", type: "ieee8023adLag" },
      { port: "e1", slave_of: "po1" },
    ];
    const line = [`po1 192.0.2.2 ${mac(2, 1)}`];
    assert.deepEqual(concluded(table(1, line, ports), r2), ["1.po1 → 2.e1"]);
    assert.deepEqual(concluded(table(1, line, ports, ["e1"]), r2), []);
  });

  it("sub-interfaces are their port: all their neighbours together, at both ends", () => {
    const ports = [{ port: "ge-0/0/0" }, { port: "ge-0/0/0.0", type: "propVirtual" }];
    const far = known(`2 xe-1 ${mac(2, 1)} -`, `2 xe-1.7 ${mac(2, 1)} -`, `2 xe-1.7 ${mac(2, 1)} 192.0.2.2`);
    const first = `ge-0/0/0.0 192.0.2.2 ${mac(2, 1)}`;
    assert.deepEqual(concluded(table(1, [first], ports), far), ["1.ge-0/0/0 → 2.xe-1"]);
    assert.deepEqual(concluded(table(1, [first, "ge-0/0/0.9 192.0.2.9 00:23:89:00:00:09"], ports), far), []);
    const bridged = ports.map((port) => ({ ...port, bridged: port.port === "ge-0/0/0.0" }));
    assert.deepEqual(concluded(table(1, [first], bridged), far), []);
    // Its port is not there: the sub-interface is none that a cable is in.
    assert.deepEqual(concluded(table(1, [first], ports.slice(1)), far), []);
  });

  it("an address alone tells the device where its interface has no MAC address of its own", () => {
    const line = [`e0 192.0.2.2 ${mac(9, 9)}`];
    assert.deepEqual(concluded(table(1, line), known("2 - - 192.0.2.2")), ["1.e0 → 2.?"]);
    assert.deepEqual(concluded(table(1, line), known("2 e1 - 192.0.2.2")), ["1.e0 → 2.e1"]);
    assert.deepEqual(concluded(table(1, line), known(`2 e1 ${mac(2, 1)} 192.0.2.2`)), []);
    assert.deepEqual(concluded(table(1, line), known("2 - - 192.0.2.2", "3 - - 192.0.2.2")), []);
    assert.deepEqual(concluded(table(1, [`e0 fe80::2 ${mac(9, 9)}`]), known("2 e1 - fe80::2")), []);
  });

  it("MAC address and address must mean one device; a MAC address that nobody was given wants the address", () => {
    const line = [`e0 192.0.2.2 ${mac(2, 1)}`];
    const byMac = known(`2 e1 ${mac(2, 1)} -`);
    assert.deepEqual(concluded(table(1, line), [...byMac, ...known("3 e5 - 192.0.2.2")]), []);
    assert.deepEqual(concluded(table(1, line), [...byMac, ...known(`3 e5 ${mac(2, 1)} -`)]), []);
    const both = [...byMac, ...known(`3 e5 ${mac(2, 1)} -`, "2 - - 192.0.2.2")];
    assert.deepEqual(concluded(table(1, line), both), ["1.e0 → 2.e1"]);

    const inside = ["e0 192.0.2.2 02:00:00:00:00:04"];
    const local = known("2 e1 02:00:00:00:00:04 -");
    assert.deepEqual(concluded(table(1, inside), local), []);
    const agreed = [...local, ...known("2 e1 02:00:00:00:00:04 192.0.2.2")];
    assert.deepEqual(concluded(table(1, inside), agreed), ["1.e0 → 2.e1"]);
  });

  it("one MAC address on many ports: the address tells which; without it the device alone is known", () => {
    const ports = known(`2 e1 ${mac(2)} -`, `2 e2 ${mac(2)} -`);
    const line = [`e0 192.0.2.2 ${mac(2)}`];
    assert.deepEqual(concluded(table(1, line), ports), ["1.e0 → 2.?"]);
    assert.deepEqual(concluded(table(1, line), [...ports, ...known(`2 e2 ${mac(2)} 192.0.2.2`)]), ["1.e0 → 2.e2"]);
  });

  it("the other end's table is heard: each end tells of the link, and a gateway with others on its port is none", () => {
    const all = [...r2, ...known(`1 e0 ${mac(1)} -`)];
    const near = table(1, [`e0 192.0.2.2 ${mac(2, 1)}`]);
    const back = `e1 192.0.2.1 ${mac(1)}`;
    assert.deepEqual(concluded([...near, ...table(2, [back])], all), ["1.e0 → 2.e1", "2.e1 → 1.e0"]);
    assert.deepEqual(concluded([...near, ...table(2, [back, "e1 192.0.2.7 00:23:89:00:00:07"])], all), []);
    assert.deepEqual(concluded([...near, ...table(2, [back, "e2 192.0.2.7 00:23:89:00:00:07"])], all), [
      "1.e0 → 2.e1",
      "2.e1 → 1.e0",
    ]);
  });
});
