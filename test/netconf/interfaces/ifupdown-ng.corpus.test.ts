/**
 * ifupdown-ng's fixtures as input of the parser. What is expected was compared with what its ifquery prints for them, but
 * for what it adds and renames by itself (`use`, `requires` of VLANs, netmask merged into the address).
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseIfstate } from "../../../src/netconf/ifstate-lines.ts";
import { loadConfiguration } from "../../../src/netconf/interfaces/parser.ts";

const folder = join(import.meta.dirname, "../../../../shared/corpus/interfaces/ifupdown-ng");
const there = existsSync(folder) ? readdirSync(folder) : [];
const skip = there.length === 0 ? `${folder} is not there` : false;
if (skip) console.log(`ifupdown-ng's fixtures: skipped, ${skip}`);

const both = "address 203.0.113.2/24|address 2001:db8:1000:2::2/64";
const gateways = "gateway 203.0.113.1|gateway 2001:db8:1000:2::1";
const tunnelled = "address 203.0.113.10/30|gateway 203.0.113.9";
const far = "eth0: address 203.0.113.2/30";
const requires = (names: string, on: string) => names.split(" ").map((name) => `${name}: requires ${on}`);

/** `name [family method]: option value|…`, one for each stanza; `auto`: what is in that class. */
const configurations: Record<string, string[]> = {
  "alias-home-work": ["home inet dhcp:", `work: ${both}|${gateways}`],
  "bonded-bridge": [
    "bond0: use bond|requires eth0 eth1|bond-mode 802.3ad|bond-xmit-hash-policy layer2+3",
    `br0: use bridge|requires bond0|${both}|${gateways}`,
    "auto br0",
  ],
  "deferred-teardown-1": ["br0: requires bond0", "bond0: requires eth0 eth1", "tun0: requires eth0", "auto br0"],
  "deferred-teardown-2": requires("tun0 tun1 tun2 tun3", "eth0"),
  "dependency-loop": ["a: use link|requires b", "b: use link|requires a", "auto a b"],
  "dhcp-eth0": ["eth0 inet dhcp:", "auto eth0"],
  "dhcp-hostname-rewrite": ["eth0: use dhcp|hostname foo", "eth1: use dhcp", "eth2: use dhcp|dhcp-hostname bar"],
  gre: [
    `tun0: gre-local 203.0.113.2|gre-remote 203.0.113.1|gre-dev eth0|gre-ttl 255|gre-flags nopmtudisc ignore-df|${tunnelled}`,
    far,
    "auto tun0",
  ],
  inheritance: [
    `base0: ${both}`,
    `inherit0: ${both}|address 203.0.113.3/24`,
    `inherit1: ${both}|address 203.0.113.4/24`,
  ],
  "mock-dependency-generator": ["br0: use mock-dependency-generator"],
  "mock-dependency-generator-2": [
    "br0: use mock-dependency-generator|mock-depends bond0",
    "bond0: use mock-dependency-generator|mock-depends eth0 eth1",
  ],
  ppp: ["ppp0: requires eth0|ppp-provider someisp", "auto ppp0"],
  "ppp-legacy": ["ppp0 inet ppp: requires eth0|provider someisp", "auto ppp0"],
  "stanza-merging": [
    ...["cidr: address 203.0.113.1/32", "cidr: address 203.0.113.2/24"],
    ...["without-cidr: address 203.0.113.1|netmask 32", "without-cidr: address 203.0.113.2|netmask 24"],
  ],
  "static-eth0": [`eth0: ${both}|${gateways}`, "auto eth0"],
  "static-eth0-ptp": [
    "eth0: address 203.0.113.2/32|pointopoint 192.0.2.1|gateway 192.0.2.1|address 2001:db8:1000:2::2/64|gateway 2001:db8:1000:2::1",
    "auto eth0",
  ],
  "static-eth0-v4": ["eth0: address 203.0.113.2/24|gateway 203.0.113.1", "auto eth0"],
  "static-eth0-v4-netmask": ["eth0: address 203.0.113.2|netmask 255.255.255.248|gateway 203.0.113.1", "auto eth0"],
  "static-eth0-v6": ["eth0: address 2001:db8:1000:2::2/64|gateway 2001:db8:1000:2::1", "auto eth0"],
  "static-eth0-v6-netmask": ["eth0: address 2001:db8:1000:2::2|netmask 112|gateway 2001:db8:1000:2::1", "auto eth0"],
  "teardown-dep-ordering": [
    ...["dummy: link-type dummy", "bat: link-type dummy|requires dummy", "br: link-type dummy|requires bat"],
    "auto dummy bat br",
  ],
  tunnel: [
    `tun0: tunnel-local 203.0.113.2|tunnel-remote 203.0.113.1|tunnel-mode gre|tunnel-dev eth0|tunnel-ttl 255|${tunnelled}`,
    ...[far, "auto tun0"],
  ],
  "tunnel-ifupdown2": [
    `tun0: tunnel-local 203.0.113.2|tunnel-endpoint 203.0.113.1|tunnel-mode gre|tunnel-physdev eth0|tunnel-ttl 255|${tunnelled}`,
    ...[far, "auto tun0"],
  ],
  "tunnel-legacy": [
    `tun0: local 203.0.113.2|endpoint 203.0.113.1|mode gre|tunnel-dev eth0|ttl 255|${tunnelled}`,
    ...[far, "auto tun0"],
  ],
  "use-dhcp-eth0": ["eth0: use dhcp", "auto eth0"],
  vlan: ["eth0.8: address 2001:db8:1000:2::2/64"],
  "vlan-complex": [
    "lo inet loopback:",
    "eth0: address 1.2.3.4/24|address abcd:ef12:3456:3::4/64|mtu 8000",
    "servers: address 1.2.10.4/24|gateway 1.2.10.1|address abcd:ef12:3456:10::4/64|gateway abcd:ef12:3456:10::1|mtu 8000|vlan-raw-device eth0|vlan_id 5",
    "auto eth0 servers",
  ],
  "vlan-named": ["servers: vlan-raw-device eth0|vlan-id 8|address 2001:db8:1000:2::2/64"],
  vrf: ["vrf-red: vrf-table 1|gateway 203.0.113.2", "eth0: use dhcp|vrf-member vrf-red", "auto eth0"],
  "vrf-ifupdown2": ["vrf-red: vrf-table 1", "eth0: use dhcp|vrf vrf-red", "auto eth0"],
  wireguard: [
    "eth0: address 203.0.113.2/24|gateway 203.0.113.1",
    ...["wg0: use wireguard|address 1.2.3.4/24|requires eth0", "auto wg0"],
  ],
  "without-netmask": ["v6: address 2001:470:1f10::1", "v4: address 203.0.113.2"],
};

const states: Record<string, string> = {
  "alias-home": "wlan0=home",
  "alias-work": "wlan0=work",
  "bonded-bridge": "eth0 eth1 bond0 br0",
  "deferred-teardown-1": "lo br0 bond0 eth0 eth1 tun0",
  "deferred-teardown-2": "eth0 tun0 tun1 tun2 tun3",
  "dependency-loop": "lo a b",
  "mock-dependency-generator": "eth0 eth1 eth2 eth3 eth4 br0",
  "mock-dependency-generator-2": "eth0 eth1 bond0 br0",
  "teardown-dep-ordering": "dummy bat br",
  vlan: "eth0 eth0.8",
};

const named = (end: string) => there.filter((name) => name.endsWith(end)).map((name) => name.slice(0, -end.length));

describe("ifupdown-ng's fixtures", { skip }, () => {
  for (const name of named(".interfaces").sort()) {
    it(`${name}.interfaces`, () => {
      const { stanzas, classes, diagnostics } = loadConfiguration(join(folder, `${name}.interfaces`));
      const read = stanzas.map(({ name: iface, family, method, options }) => {
        const values = options.map((option) => `${option.name} ${option.value}`).join("|");
        return `${[iface, family, method].filter(Boolean).join(" ")}: ${values}`.trim();
      });
      for (const [word, members] of classes) read.push([word, ...members.map((member) => member.word)].join(" "));
      assert.deepEqual(read, configurations[name]);
      assert.deepEqual(diagnostics, []);
    });
  }

  for (const name of named(".ifstate").sort()) {
    it(`${name}.ifstate`, () => {
      const entries = parseIfstate(readFileSync(join(folder, `${name}.ifstate`), "utf8"));
      const read = entries.map(({ physical, logical }) => (physical === logical ? physical : `${physical}=${logical}`));
      assert.equal(read.join(" "), states[name]);
    });
  }

  it("are all here", () => {
    assert.deepEqual(named(".interfaces").sort(), Object.keys(configurations).sort());
    assert.deepEqual(named(".ifstate").sort(), Object.keys(states).sort());
    console.log(
      `ifupdown-ng's fixtures: ${Object.keys(configurations).length} configurations, ${Object.keys(states).length} states`,
    );
  });
});
