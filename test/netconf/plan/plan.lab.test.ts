/** Plans are what a real kernel takes, and leads where they say. */
import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import type { Wanted } from "../../../src/netconf/plan/wanted.ts";
import { temporaryFolder } from "../../lab/folder.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";
import { umlOrSkip } from "../../lab/uml.ts";
import { cards } from "./random-wanted.ts";
import { foreign, thereAndBack } from "./real-plans.ts";

const lab = await namespacesOrSkip("plans");
const uml = umlOrSkip("plans, all kinds of links");
const [few, many] = process.env.REEVE_TEST_SOAK ? [60, 100] : [6, 10];
/** What every kernel has. */
const kinds = ["", "bridge", "veth", "macvlan", "vxlan", "ifb"];

/** Without what this kernel lacks, and what stands on that. */
function plainOnly(all: Map<string, Wanted>): void {
  for (const wanted of all.values()) {
    if (wanted.link?.is.kind === "dummy") wanted.link = { ...wanted.link, is: { ...wanted.link.is, kind: "ifb" } };
    Object.assign(wanted, { vlans: [], vlansOnly: false });
    // Where one address of a prefix has no route to it, the kernel forgets to take the route of another one away.
    wanted.addresses = wanted.addresses.map((address) => ({ ...address, is: { ...address.is, flags: [] } }));
    wanted.ports = wanted.ports.map((port) => ({ ...port, is: { ...port.is, vlans: [], vlansOnly: false } }));
  }
  for (let before = -1; before !== all.size; ) {
    before = all.size;
    for (const [name, { link, requires, ports }] of all) {
      const without = [...requires, ...ports.filter(({ is }) => is.own).map(({ is }) => is.name)];
      if (!kinds.includes(link?.is.kind ?? "") || without.some((one) => !all.has(one))) all.delete(name);
    }
  }
}

describe.skipIf(!lab)("plans, this kernel", () => {
  afterAll(() => lab?.remove());
  test(
    "go from one configuration to another and to nothing, and back",
    async () => {
      let done = 0;
      for (let seed = 1; seed <= few; seed++) {
        const [host, wire] = [lab!.add(`plan${seed}`), lab!.add(`wire${seed}`, { ipv6: false })];
        for (const which of ["all", "default"]) host.sysctl(`net.ipv6.conf.${which}.accept_dad`, "0");
        for (const name of [...cards, "wlan0"]) {
          lab!.veth(host, name, wire, `w-${name}`);
          if (name !== "wlan0") host.ip(`link set ${name} down`);
        }
        host.batch(["addr add 203.0.113.7/24 dev wlan0", "addr add 198.51.100.9/24 dev eth0"]);
        using _ = host.enter();
        const kernel = openNetlinkKernel();
        await kernel.perform(foreign);
        await kernel.refresh();
        done += await thereAndBack(kernel, seed, plainOnly);
        kernel.close();
      }
      console.log(`${done} steps of ${few} pairs of configurations`);
    },
    few * 20_000,
  );
});

describe.skipIf(!uml)("plans, another kernel", () => {
  test("go from one configuration to another and to nothing, and back: all kinds of links", async () => {
    const program = join(temporaryFolder("program"), "program");
    const words = ["build", "--compile", `--outfile=${program}`, join(import.meta.dirname, "plans-program.ts")];
    expect(spawnSync(process.execPath, words, { encoding: "utf8" }).stderr).toBe("");
    const { output, console: said } = await uml!.run(["sh", "-c", setUp, "sh", program, `${many}`], { timeout: 550 });
    const { done, wrong } = JSON.parse(output || JSON.stringify({ done: 0, wrong: said }));
    expect(wrong).toBe("");
    console.log(`${done} steps of ${many} pairs of configurations in User-Mode-Linux`);
    expect(done).toBeGreaterThan(many * 10);
  }, 600_000);
});

/** Cards are ends of cables to a namespace. */
const setUp = `set -e
sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
ip netns add wire
for name in ${cards.join(" ")} wlan0; do
  ip link add $name type veth peer name w-$name netns wire
  ip -n wire link set w-$name up
done
ip link set wlan0 up
ip addr add 203.0.113.7/24 dev wlan0
ip addr add 198.51.100.9/24 dev eth0
exec "$@"`;
