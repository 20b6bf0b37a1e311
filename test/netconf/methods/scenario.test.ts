/** Whole configurations, from text to a kernel in memory and back: what is wanted can be had, and stays wanted once it is there. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseConfiguration } from "../../../src/netconf/interfaces/parser.ts";
import { simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import { contextOf } from "../../../src/netconf/methods/context.ts";
import { survey } from "../../../src/netconf/methods/survey.ts";
import { nothing } from "../../../src/netconf/plan/wanted.ts";
import { memoryFiles } from "../interfaces/files.ts";
import { picture, planFor } from "../plan/scene.ts";

const tower = `
iface lo inet loopback
  address 10.255.0.1/32
iface bond0 inet manual
  bond-slaves eth0 eth1
  bond-mode 802.3ad
  bond-miimon 100
  bond-updelay 200
  bond-lacp-rate fast
  mtu 9000
iface bond0.10 inet manual
iface bond0.20 inet manual
  mtu 1400
iface br10 inet static
  address 192.0.2.1/24
  gateway 192.0.2.254
  bridge_ports bond0.10 eth2
  bridge_stp on
  bridge_fd 0
  bridge_pathcost eth2 50
  vrf red
iface br10 inet6 static
  address 2001:db8::1/64
  gateway 2001:db8::fe
  dad-attempts 0
iface br10:1 inet static
  address 198.51.100.1/24
iface br20 inet manual
  bridge_ports bond0.20 eth3.7
  hwaddress 02:00:00:00:00:20
iface red
  vrf-table auto
iface vx0
  vxlan-id 5
  vxlan-remoteip 192.0.2.7 192.0.2.8
  address 10.9.0.1/24
  route 10.10.0.0/16 via 10.9.0.2 metric 5
  route blackhole 10.0.0.0/8
  rule from 10.9.0.0/24 lookup 77 priority 500
iface gre0t
  tunnel-mode gre
  tunnel-local 192.0.2.1
  tunnel-remote 192.0.2.99
  tunnel-dev br10
  tunnel-ttl 64
  address 10.8.0.1/30
iface v0
  link-type veth
  veth-peer-name v1
  address 10.7.0.1/24
iface v1
  address 10.7.0.2/24
iface mv0
  link-type macvlan
  macvlan-raw-device eth3
  macvlan-mode bridge
iface dm0
  link-type dummy
  address 10.6.0.1
  address 2001:db8:6::1
`;

const aware = `
iface br0 inet manual
  bridge-ports eth0 eth1 eth2
  bridge-vlan-aware yes
  bridge-vids 10 20-22
iface eth1 inet manual
  bridge-access 30
iface br0.10 inet static
  address 192.0.2.1/24
iface br0.40 inet static
  address 198.51.100.1/24
`;

const joining = `
iface eth0 inet manual
  bond-master bond0
iface eth1 inet manual
  bond-master bond0
  bond-primary eth1
iface bond0 inet static
  bond-slaves none
  bond-mode active-backup
  bond-miimon 100
  address 192.0.2.2/24
`;

const corpus = join(import.meta.dirname, "../../../../shared/corpus/interfaces/ifupdown-ng");
const files = existsSync(corpus) ? readdirSync(corpus).filter((name) => name.endsWith(".interfaces")) : [];
if (files.length === 0) console.log(`methods: scenarios of ifupdown-ng skipped: no corpus at ${corpus}`);
else console.log(`methods: ${files.length} scenarios of ifupdown-ng`);

/** Its gateway is on no network that it has. */
const impossible = ["vrf.interfaces"];

const cases = [
  ["bond under vlan under bridge under vrf, and tunnels", tower],
  ["a bridge that knows VLANs", aware],
  ["ports that join by themselves", joining],
  ...files
    .filter((name) => !impossible.includes(name))
    .map((name) => [`ifupdown-ng ${name}`, readFileSync(join(corpus, name), "utf8")]),
];

describe("from text to kernel and back", () => {
  for (const [title, text = ""] of cases) {
    it(title!, async () => {
      const kernel = simulatedKernel();
      for (let at = 0; at < 6; at++) kernel.world.appear(`eth${at}`, { address: `00:00:5e:00:53:0${at}` });
      kernel.world.appear("wg0");
      await kernel.refresh();
      const before = picture(kernel);
      const configuration = parseConfiguration(text, "interfaces", memoryFiles({}));
      const look = () => survey(contextOf(configuration, { links: kernel.state.links }));
      const first = look();
      const refused = new Set(
        first.diagnostics.flatMap(({ severity, refuses }) => (severity === "error" ? refuses : [])),
      );
      const there = (name: string) => kernel.state.links.has(name) || name.includes(":");
      const made = new Set([...first.wanted.values()].flatMap(({ name, link }) => (link ? [name, link.is.peer] : [])));
      const wanted = new Map(
        first.order.layers.flat().flatMap((name) => {
          // What is needed and has no stanza is up, and that is all, unless it is a port.
          const bare = { ...nothing(name), settings: { is: { up: true }, from: "configuration" as const } };
          const port = [...first.wanted.values()].some(({ ports }) => ports.some(({ is }) => is.name === name));
          const one = first.wanted.get(name) ?? (port ? undefined : bare);
          return one && !refused.has(name) && (there(name) || made.has(name)) ? [[name, one] as const] : [];
        }),
      );

      const up = planFor(kernel, wanted, new Map());
      const results = await kernel.perform(up.steps.map(({ step }) => step));
      assert.deepEqual(
        results.filter(({ ok }) => !ok),
        [],
        JSON.stringify(up.steps[results.length - 1]),
      );
      assert.deepEqual(
        planFor(kernel, wanted, up.owned).steps.map(({ what }) => what),
        [],
        "what is there is as wanted",
      );
      assert.deepEqual(look().wanted, first.wanted, "what is there changes nothing about what is wanted");

      const down = planFor(kernel, new Map(), up.owned);
      const taken = await kernel.perform(down.steps.map(({ step }) => step));
      assert.deepEqual(
        taken.filter(({ ok }) => !ok),
        [],
      );
      assert.deepEqual(withoutLoopback(picture(kernel)), withoutLoopback(before));
    });
  }
});

/** The kernel's own addresses stay on a loopback that was up once. */
function withoutLoopback(picture: Record<string, unknown>): unknown {
  return Object.fromEntries(
    Object.entries(picture).map(([key, all]) => [
      key,
      (all as unknown[]).filter((one) => !String(one).includes('"lo"')),
    ]),
  );
}
