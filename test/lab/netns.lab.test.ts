import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { namespacesOrSkip } from "./netns.ts";

const lab = await namespacesOrSkip("namespaces");

describe.skipIf(!lab)("namespaces of a test", () => {
  const one = lab?.add("one");
  const other = lab?.add("other", { ipv6: false });
  afterAll(() => lab?.remove());
  if (!lab || !one || !other) return;

  test("a cable joins two, and /sys shows what is inside", () => {
    lab.veth(one, "eth0", other, "swp0");
    one.ip("addr add 192.0.2.1/24 dev eth0");
    expect(one.json("addr show dev eth0")[0]?.ifname).toBe("eth0");
    expect(one.run("ls", "/sys/class/net")).toContain("eth0");
    expect(other.run("cat", "/proc/sys/net/ipv6/conf/swp0/disable_ipv6")).toBe("1\n");
  });

  test("a program's own folders are empty", () => {
    const [program = "", ...args] = one.insideWith({ tmpfs: ["/run"] }, "ls", "-A", "/run");
    expect(spawnSync(program, args, { encoding: "utf8" })).toMatchObject({ status: 0, stdout: "" });
  });

  test("this thread goes in and comes back", () => {
    const links = () => spawnSync("ip", ["-o", "link"], { encoding: "utf8" }).stdout;
    {
      using _ = one.enter();
      expect(links()).toContain("eth0@");
    }
    expect(links()).not.toContain("eth0@");
  });

  test("removed, with what runs in it", async () => {
    const child = Bun.spawn(one.inside("sleep", "60"));
    await lab.remove();
    expect(await child.exited).toBe(137);
    expect(spawnSync("ip", ["netns", "list"], { encoding: "utf8" }).stdout).not.toContain(one.name);
  });
});
