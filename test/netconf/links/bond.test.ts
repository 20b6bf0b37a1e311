import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LinkData } from "../../../src/netconf/kernel/state.ts";
import { links, read } from "../methods/text.ts";
import { linkOf } from "./said.ts";

const bond = (...options: string[]) =>
  read(["iface bond0 inet manual", ...options.map((line) => ` ${line}`)].join("\n"), "bond0", {
    links: links("eth0", "eth1", "wlan0"),
  });

// Options; data; what is said.
const cases: [string[], LinkData, string[]?][] = [
  [
    ["bond-slaves none", "bond-mode 4", "bond-lacp-rate 1", "bond-miimon 100", "bond-xmit-hash-policy layer3+4"],
    { mode: "802.3ad", ad_lacp_rate: "fast", miimon: 100, xmit_hash_policy: "layer3+4" },
  ],
  [
    [
      "bond-slaves none",
      "bond_mode Active-Backup",
      "bond-primary-reselect 2",
      "bond-fail-over-mac active",
      "bond-num-grat-arp 3",
    ],
    { mode: "active-backup", primary_reselect: "failure", fail_over_mac: "active", num_peer_notif: 3 },
  ],
  [
    ["bond-mode 802.3ad", "bond-ad-sys-priority 9", "bond-ad-sys-mac-addr 02:00:00:00:00:09", "bond-min-links 2"],
    { mode: "802.3ad", ad_actor_sys_prio: 9, ad_actor_system: "02:00:00:00:00:09", min_links: 2 },
  ],
  [
    ["bond-mode 1", "bond-arp-interval 200", "bond-arp-ip-target 192.0.2.1 192.0.2.2", "bond-arp-validate 3"],
    { mode: "active-backup", arp_interval: 200, arp_ip_target: ["192.0.2.1", "192.0.2.2"], arp_validate: "all" },
  ],
  [["bond-mode 1", "bond-miimon 100", "bond-updelay 250"], { mode: "active-backup", miimon: 100, updelay: 200 }],
  [["bond-mode 4", "bond-updelay 250"], { mode: "802.3ad", updelay: 200 }],
  [
    ["bond-mode 1", "bond-updelay 200"],
    { mode: "active-backup" },
    ["warning 3:2 bond-updelay has no effect: it needs bond-miimon"],
  ],
  [
    ["bond-mode 1", "bond-lacp-rate fast"],
    { mode: "active-backup" },
    ["warning 3:2 bond-lacp-rate has no effect: it is for mode 802.3ad, and this is active-backup"],
  ],
  [
    ["bond-mode 1", "bond-miimon 100", "bond-arp-interval 100"],
    { mode: "active-backup", miimon: 100 },
    ["warning 4:2 bond-arp-interval has no effect: bond-miimon watches the links already"],
  ],
  [
    ["bond-mode 1", "bond-miimon 100", "bond-arp-validate all", "bond-peer-notif-delay 150"],
    { mode: "active-backup", miimon: 100, peer_notify_delay: 100 },
    ["warning 4:2 bond-arp-validate has no effect: bond-miimon watches the links already"],
  ],
  [
    ["bond-mode 7"],
    {},
    [
      'error 2:2 bond-mode "7": must be one of balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, balance-alb',
    ],
  ],
  [
    ["bond-mode lacp"],
    {},
    [
      'error 2:2 bond-mode "lacp": must be one of balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, balance-alb',
    ],
  ],
  [
    ["bond-mode 0", "bond-miimon -1"],
    { mode: "balance-rr" },
    ['error 3:2 bond-miimon "-1": must be a whole number from 0 to 2147483647'],
  ],
  [
    ["bond-mode 1", "bond-arp-ip-target 192.0.2.x"],
    { mode: "active-backup" },
    ['error 3:2 bond-arp-ip-target "192.0.2.x": must be an IPv4 address, like 192.0.2.1'],
  ],
  [
    ["bond-mode 1", "bond-active-slave eth0"],
    { mode: "active-backup" },
    ["warning 3:2 bond-active-slave has no effect: write bond-primary to say which port is active when it can be"],
  ],
];

describe("bond", () => {
  for (const [options, data, said = []] of cases) {
    it(options.join(", "), () => {
      const result = bond(...options);
      assert.deepEqual([linkOf(result.wanted)?.data, result.said], [data, said]);
    });
  }

  it("has the ports that are named, or every eth*", () => {
    const names = (...options: string[]) => bond(...options).wanted.ports.map(({ is }) => is.name);
    assert.deepEqual(names("bond-slaves eth0 eth7"), ["eth0", "eth7"]);
    assert.deepEqual(names("slaves all"), ["eth0", "eth1"]);
    assert.deepEqual(names("bond-members glob eth1-2"), ["eth1", "eth2"]);
    assert.deepEqual(names("bond-slaves none"), []);
  });

  it("of ifupdown-ng's manual has what it requires", () => {
    const { wanted } = read("iface bond0\n use bond\n requires eth0 eth1\n bond-mode 802.3ad", "bond0");
    assert.deepEqual(
      wanted.ports.map(({ is }) => is.name),
      ["eth0", "eth1"],
    );
  });

  it("gives ports a queue", () => {
    const { wanted } = bond("bond-mode 1", "bond-slaves eth0 eth1", "bond-queue-id eth1:2");
    assert.deepEqual(
      wanted.ports.map(({ is }) => is.data),
      [{}, { queue_id: 2 }],
    );
    linkOf(wanted);
    assert.deepEqual(bond("bond-slaves eth0", "bond-queue-id eth0:many").said, [
      'error 3:2 bond-queue-id "eth0:many": must be a whole number from 0 to 65535',
    ]);
  });

  it("has the first of bond-primary that is a port, whoever names it", () => {
    const primary = (text: string) => read(text, "bond0").wanted.link?.is.data.primary;
    assert.equal(primary("iface bond0\n bond-mode 1\n bond-slaves eth0 eth1\n bond-primary wlan0 eth1"), "eth1");
    const port = "iface eth0 inet manual\n bond-master bond0\n bond-primary eth0\n";
    assert.equal(primary(`${port}iface bond0 inet manual\n bond-mode 1\n bond-slaves none`), "eth0");
    assert.deepEqual(bond("bond-mode 1", "bond-slaves eth0", "bond-primary eth9").said, [
      "warning 4:2 bond-primary eth9: none of them is a port of bond0",
    ]);
  });
});

describe("a port of a bond", () => {
  const text =
    "iface eth0 inet manual\n bond-master bond0\n bond-mode 1\niface bond0 inet manual\n bond-slaves eth0 eth1";

  it("joins by itself, and is no bond for having a bond's options", () => {
    const { wanted } = read(text, "eth0");
    assert.deepEqual([wanted.link, wanted.settings.is.master, wanted.requires], [undefined, "bond0", ["bond0"]]);
    assert.deepEqual(wanted.settings.lines?.master, { file: "interfaces", line: 2, column: 2 });
  });

  it("is known to its master as one that does, and any other as one that does not", () => {
    const { ports } = read(text, "bond0").wanted;
    assert.deepEqual(
      ports.map(({ is }) => [is.name, is.own, is.joins, is.settings]),
      [
        ["eth0", true, true, {}],
        ["eth1", false, false, { up: true }],
      ],
    );
  });

  it("has one master", () => {
    const both = "iface eth0 inet manual\n bond-master bond0\n vrf red";
    assert.deepEqual(read(both, "eth0").said, ["error 3:2 eth0 cannot be a port of bond0 and of red at once"]);
  });
});
