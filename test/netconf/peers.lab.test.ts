/**
 * The five cases in which ifupdown, ifupdown-ng and ifupdown2 leave a host wrong: what Reeve leaves, without a daemon, by
 * its own commands and by the names of ifupdown.
 */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NetconfHost } from "../lab/netconf.ts";
import { namespacesOrSkip } from "../lab/netns.ts";

const lab = await namespacesOrSkip("netconf where its peers fail");
const minute = 60_000;
const one = "auto v0\niface v0 inet static\n  address 192.0.2.1/24\n";
const address = ["192.0.2.1/24"];

describe.skipIf(!lab)("netconf where its peers fail", () => {
  const hosts: NetconfHost[] = [];
  let number = 0;

  function host(interfaces: string): NetconfHost {
    const inside = lab!.add(`p${++number}`, { ipv6: false });
    inside.ip("link add v0 type veth peer v0-far");
    inside.ip("link set v0-far up");
    const made = new NetconfHost(inside, interfaces);
    hosts.push(made);
    return made;
  }

  /** A script that tells that it runs, and ends when the test says so. */
  function gated(made: NetconfHost): { whenRun(): Promise<void>; open(): void; runs(): number } {
    const [gate, marks] = [join(made.folder, "gate"), join(made.folder, "marks")];
    made.write(`${one}  up echo run >>${marks}; until [ -e ${gate} ]; do sleep 0.02; done; echo end >>${marks}\n`);
    const count = (word: string) => (existsSync(marks) ? readFileSync(marks, "utf8") : "").split(word).length - 1;
    const whenRun = async () => {
      for (const before = count("run"); count("run") === before; ) await Bun.sleep(10);
    };
    return { whenRun, open: () => writeFileSync(gate, ""), runs: () => count("end") };
  }

  afterEach(async () => {
    for (const each of hosts.splice(0)) await each.stop("SIGKILL");
  });
  afterAll(() => lab!.remove());

  test.each([
    ["by itself", "down"],
    ["by itself", "ifdown"],
    ["by a daemon", "down"],
    ["by a daemon", "ifdown"],
  ])(
    "what another ifup brought up goes down %s (%s), and from ifstate",
    async (by, down) => {
      const made = host(one);
      const ifstate = join(made.env.REEVE_NETCONF_IFSTATE ?? "", "ifstate");
      mkdirSync(made.env.REEVE_NETCONF_IFSTATE ?? "");
      writeFileSync(ifstate, "lo=lo\nv0=v0\n");
      writeFileSync(`${ifstate}.v0`, "v0\n");
      made.namespace.ip("link set v0 up");
      made.namespace.ip("addr add 192.0.2.1/24 dev v0");
      if (by === "by a daemon") await made.start();
      const { status, stderr } = await made.netconf(down, "v0");
      expect([status, stderr.includes("not configured"), made.addresses("v0")]).toEqual([0, false, []]);
      await made.stop();
      expect(readFileSync(ifstate, "utf8")).toBe("lo=lo\n");
    },
    minute,
  );

  describe.each([
    ["up", "down"],
    ["ifup", "ifdown"],
  ])("by %s and %s", (up, down) => {
    test(
      "killed while its script runs: the next one goes on to the end of it, and what is up goes down",
      async () => {
        const made = host("");
        const { whenRun, open, runs } = gated(made);
        const first = made.spawn(up, "v0");
        await whenRun();
        first.kill("SIGKILL");
        await first.exited;
        open();
        expect((await made.netconf(up, "v0")).status).toBe(0);
        expect(runs()).toBe(1);
        expect(made.addresses("v0")).toEqual(address);
        expect([(await made.netconf(down, "v0")).status, made.addresses("v0")]).toEqual([0, []]);
      },
      minute,
    );

    test(
      "an address that was taken away is there again",
      async () => {
        const made = host(one);
        expect((await made.netconf(up, "v0")).status).toBe(0);
        made.namespace.ip("addr del 192.0.2.1/24 dev v0");
        expect([(await made.netconf(up, "v0")).status, made.addresses("v0")]).toEqual([0, address]);
      },
      minute,
    );

    test(
      "a command of `up` that fails: it is told, and what is there goes down",
      async () => {
        const made = host(`${one}  up false\n`);
        const failed = await made.netconf(up, "v0");
        expect([failed.status, failed.stderr]).toEqual([up === "up" ? 81 : 1, expect.stringContaining("false: exit")]);
        expect(made.addresses("v0")).toEqual(address);
        const gone = await made.netconf(down, "v0");
        expect([gone.status, gone.stderr.includes("not configured"), made.addresses("v0")]).toEqual([0, false, []]);
      },
      minute,
    );

    test(
      "two at once: the second waits, both succeed, and the script has run once",
      async () => {
        const made = host("");
        const { whenRun, open, runs } = gated(made);
        const first = made.netconf(up, "v0");
        await whenRun();
        const second = made.spawn(up, "v0");
        const said = second.stderr.getReader();
        expect(new TextDecoder().decode((await said.read()).value)).toContain("waits for another netconf");
        open();
        expect([(await first).status, await second.exited, runs()]).toEqual([0, 0, 1]);
      },
      minute,
    );

    test(
      "a stanza elsewhere is wrong: what is up stays and goes down",
      async () => {
        const made = host(one);
        expect((await made.netconf(up, "v0")).status).toBe(0);
        made.write(`${one}iface v9 inet static\n  address 192.0.2.300/24\n`);
        expect((await made.netconf(up, "v0")).status).toBe(0);
        expect([(await made.netconf(down, "v0")).status, made.addresses("v0")]).toEqual([0, []]);
      },
      minute,
    );
  });
});
