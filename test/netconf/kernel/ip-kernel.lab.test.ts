/** The kernel by iproute2 reads and does what the kernel by netlink does. */
import { afterAll, describe, expect, test } from "bun:test";
import { openIpKernel } from "../../../src/netconf/kernel/ip-kernel.ts";
import type { KernelChange } from "../../../src/netconf/kernel/state.ts";
import type { Step, StepResult } from "../../../src/netconf/kernel/step.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";
import { umlOrSkip } from "../../lab/uml.ts";
import { compareDoings, compareReadings, quiet } from "./ip-comparison.ts";
import { address, route } from "./objects.ts";
import { plainKinds } from "./random-steps.ts";
import { inUml } from "./uml-program.ts";

const lab = await namespacesOrSkip("kernel by iproute2", ["bridge"]);
const uml = umlOrSkip("kernel by iproute2, all kinds of links");
const seed = Number(process.env.REEVE_TEST_SEED ?? 7);
const runs = process.env.REEVE_TEST_SOAK ? 10 : 1;

function word(result: StepResult | undefined): string {
  return result?.ok ? "done" : (result?.code ?? "nothing");
}

describe.skipIf(!lab)("kernel by iproute2", () => {
  afterAll(() => lab?.remove());

  test("reads what netlink reads", async () => {
    for (let at = 0; at < runs; at++) expect(await compareReadings(lab!, seed + at, plainKinds)).toEqual([]);
  }, 600_000);

  test("does the same steps with the same results", async () => {
    for (let at = 0; at < runs; at++) expect(await compareDoings(lab!, seed + at, plainKinds, 30)).toEqual([]);
  }, 600_000);

  test("stops at the first refusal, unless it is to go on", async () => {
    using _ = quiet(lab!, "stops").enter();
    const ip = openIpKernel();
    const settings = { alias: "a 'b\" c", up: true };
    const steps: Step[] = [
      { do: "link-add", name: "br0", kind: "bridge", data: { stp_state: false }, settings },
      { do: "address-add", address: address("br0", "192.0.2.1", 24) },
      { do: "sysctl", key: ["ipv4", "conf", "br0", "rp_filter"], value: "2" },
      { do: "route-add", route: route({ gateway: "198.51.100.1", device: "br0" }) },
      { do: "address-add", address: address("br0", "2001:db8::1", 64) },
    ];
    const first = ["done", "done", "done", "ENETUNREACH"];
    expect((await ip.perform(steps)).map(word)).toEqual(first);
    expect((await ip.perform(steps, { goOn: true })).map(word)).toEqual([...first, "done"]);
    expect(ip.state.links.get("br0")?.alias).toBe(settings.alias);
    expect(ip.sysctl(["ipv4", "conf", "br0", "rp_filter"])).toBe("2");
    expect(ip.state.addresses.map((one) => one.address)).toContain("2001:db8::1");
    ip.close();
  }, 60_000);

  test("a link of which a part was refused is not left behind", async () => {
    using _ = quiet(lab!, "part").enter();
    const ip = openIpKernel();
    const step: Step = {
      do: "link-add",
      name: "br0",
      kind: "bridge",
      data: {},
      settings: { master: "none", up: true },
    };
    expect((await ip.perform([step])).map(word)).toEqual(["ENODEV"]);
    expect([...ip.state.links.keys()]).toEqual(["lo"]);
    ip.close();
  }, 60_000);

  test("tells what others do", async () => {
    const space = quiet(lab!, "watch");
    using _ = space.enter();
    const ip = openIpKernel();
    await ip.refresh();
    const heard = Promise.withResolvers<KernelChange>();
    const watch = ip.watch((change) => {
      if (change.what === "address" && change.after?.address === "192.0.2.9") heard.resolve(change);
    });
    space.ip("addr add 192.0.2.9/32 dev lo");
    expect(await heard.promise).toMatchObject({ what: "address", after: { device: "lo", prefix: 32 } });
    watch.close();
    ip.close();
  }, 60_000);
});

describe.skipIf(!uml)("kernel by iproute2, another kernel", () => {
  for (const what of ["reads", "does"]) {
    test(`${what} what netlink ${what}, with all kinds of links`, async () => {
      expect(await inUml(uml!, [what, String(seed), String(runs)])).toEqual({ done: runs, wrong: [] });
    }, 600_000);
  }
});
