import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Wanted } from "../../../src/netconf/plan/wanted.ts";
import { links, read, type Said } from "../methods/text.ts";
import { linkOf } from "./said.ts";

const bridge = (options: string[], rest: string[] = [], there = links("lo", "eth0", "eth1", "wlan0", "br0")): Said =>
  read(["iface br0 inet manual", ...options.map((line) => ` ${line}`), ...rest].join("\n"), "br0", { links: there });

const portNames = ({ wanted }: Said) => wanted.ports.map(({ is }) => is.name);
const port = (wanted: Wanted, name: string) => wanted.ports.find(({ is }) => is.name === name)?.is;
/** `5`, `1 pvid untagged`. */
const vlans = (list: readonly { vlan: number; pvid: boolean; untagged: boolean }[] = []) =>
  list.map(({ vlan, pvid, untagged }) => `${vlan}${pvid ? " pvid" : ""}${untagged ? " untagged" : ""}`);

describe("bridge", () => {
  it("has its times in hundredths, its switches as switches", () => {
    const options = ["bridge_ports none", "bridge_fd 2.5", "bridge_stp on", "bridge_hello 1", "bridge_maxage 12"];
    const more = ["bridge_ageing 0.5", "bridge_bridgeprio 4096", "bridge-mcsnoop no", "bridge-vlan-aware yes"];
    const { wanted, said } = bridge([...options, ...more, "bridge-mcrouter yes", "bridge-mcqi 30"]);
    assert.deepEqual(said, []);
    assert.deepEqual(linkOf(wanted)?.data, {
      forward_delay: 250,
      stp_state: true,
      hello_time: 100,
      max_age: 1200,
      ageing_time: 50,
      priority: 4096,
      mcast_snooping: false,
      vlan_filtering: true,
      mcast_router: 1,
      mcast_query_intvl: 3000,
    });
  });

  // What is wrong, and where.
  const wrong: [string, string][] = [
    ["bridge_hello 0", 'error 3:2 bridge_hello "0": must be seconds from 1 to 10, like 2 or 0.5'],
    ["bridge_maxage five", 'error 3:2 bridge_maxage "five": must be seconds from 6 to 40, like 2 or 0.5'],
    ["bridge_bridgeprio 70000", 'error 3:2 bridge_bridgeprio "70000": must be a whole number from 0 to 65535'],
    ["bridge_stp maybe", 'error 3:2 bridge_stp "maybe": must be yes or no (on, off, 1, 0)'],
    ["bridge_pathcost eth0", 'error 3:2 bridge_pathcost "eth0": must be pairs of port and value, like eth0 100'],
    ["bridge_portprio eth0 64", 'error 3:2 bridge_portprio "64": must be a whole number from 0 to 63'],
    ["bridge_portprio eth7 16", "warning 3:2 bridge_portprio: eth7 is no port of br0"],
    ["bridge_gcint 4", "warning 3:2 bridge_gcint has no effect: the kernel has no such value any more"],
    ["bridge-vids 5000", 'error 3:2 bridge-vids "5000": must be a whole number from 1 to 4094'],
    ["bridge-vids 20-10", 'error 3:2 bridge-vids "20-10": "20-10" must be a VLAN or a range, like 200-210'],
    ["bridge_ports regex (", 'error 3:2 bridge_ports "(": is no regular expression'],
    [
      "bridge_ports thisnameistoolong",
      'error 3:2 bridge_ports "thisnameistoolong": is no name of a device: 1 to 15 characters without blanks, slash and colon',
    ],
    ["bridge_hw 5e", 'error 3:2 bridge_hw "5e": must be six bytes, like 52:54:00:12:34:56'],
  ];
  for (const [option, message] of wrong) {
    it(message, () => assert.deepEqual(bridge(["bridge_ports eth0", option]).said, [message]));
  }

  it("has two seconds of delay at least with spanning tree, as the kernel would", () => {
    const { wanted, said } = bridge(["bridge_ports none", "bridge_stp on", "bridge_fd 0"]);
    assert.equal(wanted.link?.is.data.forward_delay, 200);
    assert.deepEqual(said, ["warning 4:2 bridge-fd below 2 seconds is for bridges without spanning tree: 2 it is"]);
    assert.deepEqual(
      bridge(["bridge_ports none", "bridge_stp off", "bridge_fd 0"]).wanted.link?.is.data.forward_delay,
      0,
    );
  });

  it("takes its hardware address from a device", () => {
    const address = (value: string) => bridge(["bridge_ports eth0", `bridge_hw ${value}`]).wanted.settings.is.address;
    assert.equal(address("eth1"), "02:00:00:00:00:01");
    assert.equal(address("52:54:00:AA:BB:CC"), "52:54:00:aa:bb:cc");
  });

  it("waits for ports and for forwarding as long as it is told", () => {
    const { wanted } = bridge(["bridge_ports eth0", "bridge_waitport 5 eth0", "bridge_maxwait 7"]);
    assert.deepEqual(wanted.waits, { dad: 0, ports: 5, carrier: 7 });
  });
});

describe("ports of a bridge", () => {
  // Words; names.
  const lists: [string, string[]][] = [
    ["none", []],
    ["eth0 eth4", ["eth0", "eth4"]],
    ["all", ["eth0", "eth1"]],
    ["regex (eth|wlan).*", ["eth0", "eth1", "wlan0"]],
    ["all regex wlan[0] noregex ext0", ["eth0", "eth1", "wlan0", "ext0"]],
    ["glob swp1-3.100", ["swp1.100", "swp2.100", "swp3.100"]],
    ["glob s[1-2]p[3-4]", ["s1p3", "s1p4", "s2p3", "s2p4"]],
    ["eth0 eth0 br0", ["eth0"]],
  ];
  for (const [text, names] of lists) {
    it(text, () => {
      const result = bridge([`bridge_ports ${text}`]);
      assert.deepEqual([portNames(result), result.said], [names, []]);
    });
  }

  it("are all links for ifupdown-ng, and may stand in requires", () => {
    const there = links("lo", "eth0", "wlan0", "br0");
    const all = read("iface br0\n bridge-ports all", "br0", { links: there });
    assert.deepEqual(portNames(all), ["eth0", "wlan0"]);
    assert.deepEqual(portNames(read("iface br0\n use bridge\n requires bond0", "br0")), ["bond0"]);
  });

  it("without stanzas are made up here: up, the bridge's MTU, no address of their own", () => {
    const { wanted } = bridge(["bridge_ports eth0 eth1.5", "mtu 9000"]);
    const settings = { up: true, addressGeneration: "none", mtu: 9000 };
    assert.deepEqual(port(wanted, "eth0"), {
      name: "eth0",
      own: false,
      joins: false,
      settings,
      data: {},
      vlans: [],
      vlansOnly: false,
    });
    assert.deepEqual(port(wanted, "eth1.5")?.link, { kind: "vlan", lower: "eth1", peer: "", data: { id: 5 } });
    assert.deepEqual(wanted.ports[0]?.at, { file: "interfaces", line: 2, column: 2 });
  });

  it("with stanzas are left to these", () => {
    const { wanted } = bridge(["bridge_ports eth0 eth1.5"], ["iface eth1.5 inet manual"]);
    const { own, settings, link: made } = port(wanted, "eth1.5")!;
    assert.deepEqual([own, settings, made], [true, {}, undefined]);
  });

  it("have what the bridge or they themselves say of them", () => {
    const own = ["iface eth1 inet manual", " bridge-portprio 7", " bridge-learning off"];
    const options = [
      "bridge_ports eth0 eth1",
      "bridge_pathcost eth0 50",
      "bridge-portprios eth0=1 eth1=2",
      "bridge_portprio eth1 3",
    ];
    const { wanted, said } = bridge(options, own);
    assert.deepEqual(said, []);
    linkOf(wanted);
    assert.deepEqual(port(wanted, "eth0")?.data, { cost: 50, priority: 1 });
    assert.deepEqual(port(wanted, "eth1")?.data, { priority: 2, learning: false });
  });
});

describe("VLANs of a bridge", () => {
  const own = [
    "iface eth1 inet manual",
    " bridge-access 300",
    "iface eth2 inet manual",
    " bridge-allow-untagged no",
    "iface eth3 inet manual",
    " bridge-pvid 7",
    " bridge-vids 7 9",
  ];
  const text = ["bridge-ports eth0 eth1 eth2 eth3", "bridge-vlan-aware yes", "bridge-vids 10 20-22 10"];

  it("are inherited by its ports unless they say otherwise", () => {
    const { wanted, said } = bridge(text, own);
    assert.deepEqual(said, []);
    assert.deepEqual(vlans(wanted.vlans.map(({ is }) => is)), ["1 pvid untagged", "10", "20", "21", "22"]);
    assert.ok(wanted.vlansOnly && wanted.vlans.every(({ is }) => is.self));
    assert.deepEqual(vlans(port(wanted, "eth0")?.vlans), ["1 pvid untagged", "10", "20", "21", "22"]);
    assert.deepEqual(vlans(port(wanted, "eth1")?.vlans), ["300 pvid untagged"]);
    assert.deepEqual(vlans(port(wanted, "eth2")?.vlans), ["10", "20", "21", "22"]);
    assert.deepEqual(vlans(port(wanted, "eth3")?.vlans), ["7 pvid untagged", "9"]);
  });

  it("hold those that are configured on top of it", () => {
    const above = [
      "iface br0.30 inet manual",
      "iface vlan40 inet manual",
      " vlan-raw-device br0",
      "iface eth5.50 inet manual",
    ];
    const { wanted } = bridge(["bridge-ports eth0", "bridge-vlan-aware yes"], above);
    assert.deepEqual([vlans(wanted.vlans.map(({ is }) => is)), wanted.vlansOnly], [["30", "40"], false]);
    assert.deepEqual(wanted.vlans[0]?.at, { file: "interfaces", line: 4, column: 1 });
  });

  it("are the kernel's own where nothing is said", () => {
    const { wanted } = bridge(["bridge-ports eth0", "bridge-vlan-aware yes"]);
    assert.deepEqual([wanted.vlans, wanted.vlansOnly, port(wanted, "eth0")?.vlansOnly], [[], false, false]);
  });
});
