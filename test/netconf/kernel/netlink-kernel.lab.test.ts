import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { openIpKernel } from "../../../src/netconf/kernel/ip-kernel.ts";
import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import { type KernelChange, protocols, type Route } from "../../../src/netconf/kernel/state.ts";
import type { Step, StepResult } from "../../../src/netconf/kernel/step.ts";
import { type Namespace, namespacesOrSkip } from "../../lab/netns.ts";
import { lastingDifferences } from "./against-ip.ts";
import { missing } from "./effects.ts";
import { add, rule, set, usual } from "./netlink-scenario.ts";
import { address, route } from "./objects.ts";
import { differing, plain } from "./plain-state.ts";
import { plainKinds, random, someStep } from "./random-steps.ts";

const lab = await namespacesOrSkip("the kernel by netlink", ["bridge", "sysctl"]);

describe.skipIf(!lab)("the kernel by netlink", () => {
  let namespace: Namespace;
  let inside: Disposable;
  let kernel: Kernel;
  let number = 0;

  beforeEach(async () => {
    namespace = lab!.add(`n${++number}`);
    namespace.ip("link set lo down");
    // The kernel says nothing of its own addresses of IPv6 while it looks for others that have them.
    for (const which of ["all", "default"]) namespace.sysctl(`net.ipv6.conf.${which}.accept_dad`, "0");
    inside = namespace.enter();
    kernel = openNetlinkKernel();
    await kernel.refresh();
  });
  afterEach(() => {
    kernel.close();
    inside[Symbol.dispose]();
  });
  afterAll(() => lab?.remove());

  /** Resolves when a change has come that fits. */
  function seen(what: (change: KernelChange) => boolean): Promise<KernelChange> {
    return new Promise((resolve) => {
      const watch = kernel.watch((change) => {
        if (!what(change)) return;
        watch.close();
        resolve(change);
      });
    });
  }

  async function perform(...steps: Step[]): Promise<StepResult[]> {
    return await kernel.perform(steps, { goOn: true });
  }

  test("does what it is told, and sees what ip sees", async () => {
    for (const { title, steps } of usual) {
      const results = await kernel.perform(steps, { goOn: true });
      const failed = results.flatMap((result, at) => (result.ok ? [] : [{ title, step: steps[at], result }]));
      expect(failed).toEqual([]);
      expect([title, ...missing(steps, kernel.state)]).toEqual([title]);
      expect([title, ...(await lastingDifferences(kernel))]).toEqual([title]);
    }
  });

  test("does the same as the lines that are said to be the same", async () => {
    // Hardware addresses that nobody chose, and what follows from them, are each kernel's own.
    const own = (address: string) => address.startsWith("fe80::") || /^.[2367abef]:(?!00:00:00:00)/.test(address);
    const comparable = ({ state }: Kernel) =>
      plain({
        ...state,
        links: new Map(
          Array.from(state.links, ([name, link]) => {
            const address = own(link.address) ? "" : link.address;
            // They come some moments later.
            return [name, { ...link, address, carrier: false, operstate: "", port: { ...link.port, state: "" } }];
          }),
        ),
        addresses: state.addresses
          .filter(({ address }) => !own(address))
          .map((each) => ({
            ...each,
            valid: each.valid !== null ? 1 : null,
            preferred: each.preferred !== null ? 1 : null,
          })),
        routes: state.routes.filter(({ protocol }) => protocol !== protocols.kernel),
      });
    const after: string[][] = [];
    for (const { steps } of usual) {
      await kernel.perform(steps, { goOn: true });
      await kernel.refresh();
      after.push(comparable(kernel));
    }
    const other = lab!.add("lines");
    other.ip("link set lo down");
    for (const which of ["all", "default"]) other.sysctl(`net.ipv6.conf.${which}.accept_dad`, "0");
    using _ = other.enter();
    const [lines, reader] = [openIpKernel(), openNetlinkKernel()];
    for (const [at, { title, steps }] of usual.entries()) {
      const results = await lines.perform(steps, { goOn: true });
      expect([title, ...results.filter(({ ok }) => !ok)]).toEqual([title]);
      await reader.refresh();
      expect([title, ...differing(comparable(reader), after[at]!)]).toEqual([title]);
    }
    lines.close();
    reader.close();
  });

  test.skipIf(Bun.which("ethtool") === null)("leaves cards to ethtool", async () => {
    await perform(add("v0", "veth", {}, { peer: "v1" }));
    const offload = (...words: string[]): Step => ({ do: "ethtool", name: "v0", section: "offload", words });
    const shown = () => namespace.run("ethtool", "--show-features", "v0");
    expect(shown()).toContain("tcp-segmentation-offload: on");
    expect(await perform(offload("tso", "off"), offload("tso", "off"))).toEqual([{ ok: true }, { ok: true }]);
    expect(shown()).toContain("tcp-segmentation-offload: off");
    const [refused] = await perform(offload("warp", "on"));
    expect(refused).toMatchObject({ ok: false, code: "EPROGRAM", message: expect.stringContaining("ethtool") });
  });

  test("sees what others do, as it happens", async () => {
    const changes: KernelChange[] = [];
    kernel.watch((change) => changes.push(change));
    namespace.batch([
      "link set lo up",
      "link add v0 type veth peer name v1",
      "link set v1 alias other",
      "link set v0 up",
      "link set v1 up",
      "addr add 192.0.2.1/24 dev v0",
      "addr add 192.0.2.2/24 dev v0 valid_lft 100 preferred_lft 50",
      "route add 10.0.0.0/8 via 192.0.2.9",
      "route append 10.0.0.0/8 via 192.0.2.10",
      "route replace 10.0.0.0/8 via 192.0.2.11",
      "addr add 2001:db8::1/64 dev v0 nodad",
      "route add 2001:db8:7::/48 via 2001:db8::7",
      "route append 2001:db8:7::/48 via 2001:db8::8",
      "rule add from 192.0.2.0/24 table 7",
      "link add br0 type bridge",
      "link set br0 up",
      "link set v1 master br0",
    ]);
    expect(await lastingDifferences(kernel)).toEqual([]);
    const after = (what: KernelChange["what"]) =>
      changes.filter((change) => change.what === what && "after" in change && change.after).length;
    expect([after("link") >= 4, after("address") >= 4, after("route") >= 4, after("rule")]).toEqual([
      true,
      true,
      true,
      1,
    ]);
    namespace.batch([
      "route del 2001:db8:7::/48 via 2001:db8::7",
      "addr del 192.0.2.1/24 dev v0",
      "link set v0 down",
      "link set v0 name w0",
      "link set w0 up",
      "link del br0",
      "rule del from 192.0.2.0/24 table 7",
    ]);
    expect(await lastingDifferences(kernel)).toEqual([]);
    expect(kernel.state.links.get("v1")).toMatchObject({ lower: "w0", master: "" });
    expect(changes).toContainEqual({
      what: "link",
      before: expect.objectContaining({ name: "v0" }),
      after: expect.objectContaining({ name: "w0" }),
    });
  });

  test("a state that was kept does not change", async () => {
    const { state } = kernel;
    const text = JSON.stringify([[...state.links], state]);
    await perform(add("v0", "veth", {}, { peer: "v1" }), set("lo", { up: true }));
    expect(JSON.stringify([[...state.links], state])).toBe(text);
    expect([state.links.has("v0"), kernel.state.links.has("v0")]).toEqual([false, true]);
  });

  test("lifetimes are those of now", async () => {
    await perform(set("lo", { up: true }), {
      do: "address-add",
      address: address("lo", "192.0.2.1", 32, { valid: 900, preferred: 600 }),
    });
    const { valid, preferred } = kernel.state.addresses.find((each) => each.address === "192.0.2.1")!;
    expect([valid, preferred]).toEqual([expect.closeTo(900, -1), expect.closeTo(600, -1)]);
  });

  test("stops at what is refused, in the kernel's words; the rest is not tried", async () => {
    const steps: Step[] = [
      add("vx0", "vxlan", { id: 7, port: 4789 }),
      add("vx1", "vxlan", { id: 7, port: 4789 }),
      add("v0", "veth", {}, { peer: "v1" }),
    ];
    expect(await kernel.perform(steps)).toEqual([
      { ok: true },
      { ok: false, errno: 17, code: "EEXIST", message: "A VXLAN device with the specified VNI already exists" },
    ]);
    expect(kernel.state.links.has("v0")).toBe(false);
    expect((await perform(...steps)).map(({ ok }) => ok)).toEqual([true, false, true]);
    const gateway = { do: "route-add", route: route({ gateway: "192.0.2.1", device: "v0" }) } as const;
    expect(await perform(set("v0", { up: true }), gateway)).toEqual([
      { ok: true },
      { ok: false, errno: 101, code: "ENETUNREACH", message: "Nexthop has invalid gateway" },
    ]);
    expect(await perform({ do: "link-data", name: "vx0", kind: "vxlan", data: { id: 8 } })).toEqual([
      { ok: false, errno: 95, code: "EOPNOTSUPP", message: "id of a vxlan can be said only when it is made" },
    ]);
    expect(await perform({ do: "sysctl", key: ["ipv4", "conf", "v9", "rp_filter"], value: "1" })).toEqual([
      { ok: false, errno: 2, code: "ENOENT", message: "ipv4/conf/v9/rp_filter: there is no such key" },
    ]);
    expect(kernel.sysctl(["ipv4", "conf", "v0", "forwarding"])).toBe("0");
    expect([kernel.sysctl(["ipv4", "conf", "v9", "forwarding"]), kernel.sysctl(["..", "kernel", "x"])]).toEqual([
      ...[undefined, undefined],
    ]);
  });

  describe("many steps in one go", () => {
    const nowhere: Step = { do: "route-add", route: route({ gateway: "203.0.113.1", device: "lo" }) };
    const unknown: Step = { do: "address-add", address: address("v9", "10.1.0.1", 32) };
    const some = (count: number, from: number): Step[] =>
      Array.from({ length: count }, (_, at) => ({
        do: "address-add",
        address: address("lo", `10.0.${from}.${at + 1}`, 32),
      }));
    const steps = [set("lo", { up: true }), ...some(40, 0), nowhere, ...some(90, 1), unknown, ...some(40, 2)];
    const added = () => kernel.state.addresses.filter(({ prefix }) => prefix === 32).length;

    test("each has its result, and its own words", async () => {
      const results = await perform(...steps);
      expect(results.flatMap((result, at) => (result.ok ? [] : [{ at, ...result }]))).toEqual([
        { ...{ at: 41, ok: false, errno: 101 }, code: "ENETUNREACH", message: "Nexthop has invalid gateway" },
        { ...{ at: 132, ok: false, errno: 19 }, code: "ENODEV", message: expect.stringContaining("v9") },
      ]);
      expect([results.length, added()]).toEqual([steps.length, 170]);
      expect(await lastingDifferences(kernel)).toEqual([]);
    });

    test("soon after one is refused it ends, and says what was tried", async () => {
      const results = await kernel.perform(steps);
      expect(results[41]?.ok).toBe(false);
      expect(results.length).toBeLessThan(80);
      expect(added()).toBe(results.filter(({ ok }) => ok).length - 1);
      expect(await lastingDifferences(kernel)).toEqual([]);
    });

    test("a kernel that is closed in the middle of them waits for nothing", async () => {
      const results = kernel.perform(steps, { goOn: true });
      kernel.close();
      expect((await results).length).toBe(steps.length);
    });
  });

  test("what is there already, and what is gone already, is done", async () => {
    const v0 = address("v0", "192.0.2.1", 24);
    const made: Step[] = [
      add("v0", "veth", {}, { peer: "v1" }),
      set("v0", { up: true }),
      { do: "address-add", address: v0 },
      { do: "route-add", route: route({ destination: "10.0.0.0", prefix: 8, device: "v0" }) },
      { do: "rule-add", rule: rule({ from: "192.0.2.0/24", table: 7 }) },
    ];
    const gone: Step[] = [
      { do: "rule-delete", rule: rule({ from: "192.0.2.0/24", table: 7 }) },
      { do: "route-delete", route: route({ destination: "10.0.0.0", prefix: 8, device: "v0" }) },
      { do: "address-delete", address: v0 },
      { do: "link-delete", name: "v0" },
    ];
    for (const steps of [made, made, gone, gone]) {
      expect((await perform(...steps)).filter(({ ok }) => !ok)).toEqual([]);
    }
    // Of another kind it is not what was asked for.
    await perform(made[0]!);
    expect(await perform(add("v0", "bridge"))).toEqual([
      { ok: false, errno: 17, code: "EEXIST", message: "file already exists" },
    ]);
  });

  test("of a link that is refused in part, nothing is left", async () => {
    const results = await perform(add("br0", "bridge", {}, { settings: { up: true, master: "none" } }));
    expect(results).toEqual([{ ok: false, errno: 19, code: "ENODEV", message: "there is no device none" }]);
    expect(kernel.state.links.has("br0")).toBe(false);
  });

  test("what cannot be said is refused before the kernel is asked", async () => {
    const results = await perform(
      add("br0", "bridge", { stp_state: "perhaps" }),
      add("br0", "bridge", { colour: 1 }),
      add("vx0", "vxlan", { id: 2 ** 32 }),
      add("vx0", "vxlan", { id: 1, remote: "192.0.2.300" }),
      set("lo", { addressGeneration: "never" }),
      { do: "address-add", address: address("lo", "2001:db8::1", 64, { family: 4 }) },
      { do: "vlan-add", name: "lo", vlan: { vlan: 4096, pvid: false, untagged: false }, self: false },
      { do: "address-add", address: address("lo", "192.0.2.1", 333) },
    );
    expect(results.map((result) => (result.ok ? "" : `${result.code} ${result.message}`))).toEqual([
      "EINVAL stp_state perhaps: must be on or off",
      "EINVAL colour 1: is not known",
      "EINVAL id 4294967296: is out of range",
      'EINVAL "192.0.2.300" is no IP address',
      'EINVAL no way to make addresses is called "never"',
      'EINVAL "2001:db8::1" is no IPv4 address',
      "EINVAL there is no VLAN 4096",
      "EINVAL 333 is no u8",
    ]);
  });

  test("several at a time are done one after the other", async () => {
    await perform(add("v0", "veth", {}, { peer: "v1" }));
    const order: string[] = [];
    kernel.watch((change) => {
      if (change.what === "link" && change.after) order.push(change.after.alias);
    });
    const aliases = Array.from({ length: 40 }, (_, at) => `${at}`);
    await Promise.all(
      aliases.map((alias) => kernel.perform([set("v0", { alias }), set("v0", { alias: `${alias}b` })])),
    );
    expect(kernel.state.links.get("v0")?.alias).toBe("39b");
    expect(order.every((alias) => alias.endsWith("b"))).toBe(true);
  });

  test("5000 addresses in a burst: all are seen, and all are seen to go", async () => {
    const texts = Array.from({ length: 5000 }, (_, at) => `10.${at >> 8}.${at & 255}.1`);
    const there = new Set<string>();
    const changed = Promise.withResolvers<void>();
    let goal = texts.length;
    let reached = changed;
    kernel.watch((change) => {
      if (change.what === "overrun") throw new Error("overrun");
      if (change.what !== "address") return;
      if (change.before) there.delete(change.before.address);
      if (change.after?.address.startsWith("10.")) there.add(change.after.address);
      if (there.size === goal) reached.resolve();
    });
    namespace.batch(texts.map((text) => `addr add ${text}/32 dev lo`));
    await changed.promise;
    expect(kernel.state.addresses.filter(({ device }) => device === "lo").length).toBeGreaterThanOrEqual(5000);
    goal = 0;
    reached = Promise.withResolvers<void>();
    namespace.batch(["addr flush dev lo"]);
    await reached.promise;
    expect(await lastingDifferences(kernel)).toEqual([]);
  }, 60_000);

  test("what was lost is made up for: an overrun, then the differences", async () => {
    kernel.close();
    kernel = openNetlinkKernel({ receiveBuffer: 4096 });
    await kernel.refresh();
    const mirror = new Set(kernel.state.addresses.map((each) => each.address));
    const changes: KernelChange["what"][] = [];
    const last = seen((change) => change.what === "address" && change.after?.address === "10.9.9.9");
    kernel.watch((change) => {
      changes.push(change.what);
      if (change.what !== "address") return;
      if (change.before) mirror.delete(change.before.address);
      if (change.after) mirror.add(change.after.address);
    });
    const lines = Array.from({ length: 400 }, (_, at) => `addr add 10.${at >> 8}.${at & 255}.1/32 dev lo`);
    // This process is busy while they come: `batch` waits for its end.
    namespace.batch([...lines, "addr del 10.0.7.1/32 dev lo", "addr add 10.9.9.9/32 dev lo"]);
    await last;
    expect(changes.indexOf("overrun")).toBeGreaterThanOrEqual(0);
    expect(changes.lastIndexOf("address")).toBeGreaterThan(changes.indexOf("overrun"));
    expect(await lastingDifferences(kernel)).toEqual([]);
    expect([...mirror].sort()).toEqual(kernel.state.addresses.map((each) => each.address).sort());
    // And again: it has not grown deaf.
    const more = seen((change) => change.what === "address" && change.after?.address === "10.9.9.10");
    namespace.batch([...lines.map((line) => line.replace("10.", "11.")), "addr add 10.9.9.10/32 dev lo"]);
    await more;
    // What is done meanwhile has its effect in the state all the same.
    namespace.batch(lines.map((line) => line.replace("10.", "12.")));
    await perform(add("v0", "veth", {}, { peer: "v1" }));
    expect(kernel.state.links.has("v0")).toBe(true);
    expect(await lastingDifferences(kernel)).toEqual([]);
  }, 60_000);

  test("dumps of many links and routes are read whole, whatever happens in between", async () => {
    const range = Array.from({ length: 600 }, (_, at) => at);
    namespace.batch([
      "link set lo up",
      ...range.map((at) => `link add v${at} type veth peer name w${at}`),
      ...range.flatMap((at) =>
        Array.from({ length: 10 }, (_, net) => `route add 10.${net}.${at >> 8}.${at & 255}/32 dev lo`),
      ),
    ]);
    kernel.close();
    kernel = openNetlinkKernel();
    const churn = Bun.spawn(
      namespace.inside(
        "sh",
        "-c",
        "for at in 1 2 3 4 5 6 7 8 9; do ip link add x type ifb; ip addr add 10.99.0.1/32 dev lo; ip link del x; ip addr del 10.99.0.1/32 dev lo; done",
      ),
    );
    for (let round = 0; round < 5; round++) await kernel.refresh();
    await churn.exited;
    expect([kernel.state.links.size, kernel.state.routes.length >= 6000]).toEqual([1201, true]);
    expect(await lastingDifferences(kernel)).toEqual([]);
  }, 60_000);

  test("routes of IPv4 with one key stand beside each other where they were put, ours and others'", async () => {
    const at = (device: string): Route => route({ destination: "10.0.0.0", prefix: 24, device });
    const link = (name: string): Step => ({ do: "link-add", name, kind: "ifb", data: {}, settings: { up: true } });
    const results = await kernel.perform([
      ...["a", "b", "c", "d"].map(link),
      { do: "route-add", route: at("b") },
      { do: "route-add", route: at("c"), beside: "behind" },
      { do: "route-add", route: at("a"), beside: "before" },
      { do: "route-add", route: at("c"), beside: "before" },
    ]);
    expect(results.map((result) => result.ok || result.code)).toEqual(Array(8).fill(true));
    namespace.batch(["route prepend 10.0.0.0/24 dev d proto 4 scope link"]);
    const shown = () => kernel.state.routes.filter(({ prefix }) => prefix === 24).map(({ hops }) => hops[0]?.device);
    while (shown().length < 4) await Bun.sleep(5);
    expect(shown()).toEqual(["d", "a", "b", "c"]);
    expect(await lastingDifferences(kernel)).toEqual([]);
  });

  for (const who of ["ours", "others'"] as const) {
    // Of data that others change of a link that is down Linux tells nobody (netdev_state_change).
    const unsaid = (line: string) => {
      const [, name = ""] = /^data of (\S+) \(/.exec(line) ?? [];
      return who === "others'" && kernel.state.links.get(name)?.up === false;
    };
    test(`${who} random steps leave the state that ip sees`, async () => {
      const rounds = process.env.REEVE_TEST_SOAK ? 2000 : 100;
      const next = random(Number(process.env.REEVE_TEST_SEED ?? 7));
      const actor = who === "ours" ? kernel : openIpKernel();
      let done = 0;
      for (let at = 0; at < rounds; at++) {
        const [result] = await actor.perform([someStep(next, plainKinds, actor.state.links.keys())]);
        if (result?.ok) done++;
        if (at % 25 !== 24) continue;
        const differences = await lastingDifferences(kernel);
        if (differences.every(unsaid)) await kernel.refresh();
        expect([at, ...(differences.every(unsaid) ? await lastingDifferences(kernel) : differences)]).toEqual([at]);
      }
      expect(done).toBeGreaterThan(rounds / 5);
      if (actor !== kernel) actor.close();
    }, 600_000);
  }

  test("descriptors are closed, ours and nobody else's", async () => {
    const open = () => readdirSync("/proc/self/fd").length;
    const before = open();
    for (let round = 0; round < 50; round++) {
      const one = openNetlinkKernel({ receiveBuffer: 4096 });
      const other = openNetlinkKernel();
      one.close();
      one.close();
      await other.refresh();
      expect(other.state.links.has("lo")).toBe(true);
      other.close();
    }
    // Bun closes its duplicates a turn later.
    while (open() > before + 2) await new Promise((resolve) => setImmediate(resolve));
    await kernel.refresh();
    expect(kernel.state.links.has("lo")).toBe(true);
  }, 30_000);
});
