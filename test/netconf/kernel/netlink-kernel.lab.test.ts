import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import { type Namespace, namespacesOrSkip } from "../../lab/netns.ts";
import { lastingDifferences } from "./against-ip.ts";
import { missing } from "./effects.ts";
import { usual } from "./netlink-scenario.ts";

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

  test("does what it is told, and sees what ip sees", async () => {
    for (const { title, steps } of usual) {
      const results = await kernel.perform(steps, { goOn: true });
      const failed = results.flatMap((result, at) => (result.ok ? [] : [{ title, step: steps[at], result }]));
      expect(failed).toEqual([]);
      expect([title, ...missing(steps, kernel.state)]).toEqual([title]);
      expect([title, ...(await lastingDifferences(kernel))]).toEqual([title]);
    }
  });
});
