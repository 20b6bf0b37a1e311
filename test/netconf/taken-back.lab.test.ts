/** What is in force after an apply was taken back, on a real kernel: for the next daemon, after a boot, without a daemon. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NetconfHost } from "../lab/netconf.ts";
import { namespacesOrSkip } from "../lab/netns.ts";

const lab = await namespacesOrSkip("what netconf takes back", ["nsenter"]);
const minute = 60_000;
const one = "auto v0\niface v0 inet static\n  address 192.0.2.1/24\n  gateway 192.0.2.254\n";
const other = "auto v1\niface v1 inet static\n  address 198.51.100.1/24\n";

describe.skipIf(!lab)("what netconf took back", () => {
  const hosts: NetconfHost[] = [];
  let number = 0;

  async function started(interfaces: string): Promise<NetconfHost> {
    const inside = lab!.add(`t${++number}`, { ipv6: false });
    for (const name of ["v0", "v1"]) {
      inside.ip(`link add ${name} type veth peer ${name}-far`);
      inside.ip(`link set ${name}-far up`);
    }
    const made = new NetconfHost(inside, interfaces);
    hosts.push(made);
    await made.start();
    return made;
  }

  afterEach(async () => {
    for (const each of hosts.splice(0)) await each.stop("SIGKILL");
  });
  afterAll(() => lab!.remove());

  /** The power goes, and comes again: nothing is left but the state folder. */
  async function boots(made: NetconfHost): Promise<void> {
    await made.stop("SIGKILL");
    rmSync(made.run, { recursive: true });
    const path = join(made.folder, "state", "netconf", "pending.json");
    writeFileSync(path, readFileSync(path, "utf8").replace(/"boot":"[^"]*"/, '"boot":"before"'));
    for (const name of ["v0", "v1"]) made.namespace.ip(`addr flush dev ${name}`);
  }

  const edited = one.replace("192.0.2.1/24", "192.0.2.5/24") + other;
  const tells = /apply \d+ was taken back: .*reeve netconf reload.*apply/;

  test(
    "what was taken back stays so for the next daemon, after a boot and for a command without one, until a reload",
    async () => {
      const made = await started(one);
      const now = () => [...made.addresses("v0"), ...made.addresses("v1")];
      await made.ask("up", { all: true });
      made.write(edited);
      await made.ask("apply", { timeout: 60 });
      expect(now()).toEqual(["192.0.2.5/24", "198.51.100.1/24"]);
      await made.ask("rollback", {});
      for (const lose of [() => made.stop("SIGKILL"), () => made.stop(), () => boots(made)]) {
        await lose();
        await made.start();
        await made.ask("up", { all: true });
        expect(now()).toEqual(["192.0.2.1/24"]);
        expect((await made.netconf("status")).stdout).toMatch(new RegExp(`^warning: .*${tells.source}`, "m"));
      }

      await boots(made);
      expect((await made.netconf("up", "-n", "-a")).stdout).toMatch(new RegExp(`^# ${tells.source}`, "m"));
      expect(await made.netconf("up", "-a")).toMatchObject({ status: 0, stderr: expect.stringMatching(tells) });
      expect(now()).toEqual(["192.0.2.1/24"]);
      expect(await made.netconf("down", "-a")).toMatchObject({ status: 0 });
      expect(now()).toEqual([]);
      expect((await made.netconf("ifup", "-n", "-a")).stderr).toMatch(/192\.0\.2\.1/);
      expect(await made.netconf("ifup", "-a")).toMatchObject({ status: 0, stderr: expect.stringMatching(tells) });
      expect(now()).toEqual(["192.0.2.1/24"]);
      expect(await made.netconf("ifdown", "v0")).toMatchObject({ status: 0, stderr: expect.stringMatching(tells) });
      // Who looks sees the file, who names it means it.
      expect((await made.netconf("ifquery", "v1")).stdout).toContain("address: 198.51.100.1");
      const own = await made.netconf("ifup", "-i", join(made.folder, "interfaces"), "v0");
      expect([own.status, own.stderr, now()]).toEqual([0, "", ["192.0.2.5/24"]]);

      await made.start();
      const rolledBack = { id: expect.any(Number), at: expect.any(Number), why: "root wants it" };
      expect((await made.ask("status", {})).rolledBack).toEqual(rolledBack);
      expect(await made.netconf("reload")).toMatchObject({ status: 0 });
      await made.ask("up", { all: true });
      expect(now()).toEqual(["192.0.2.5/24", "198.51.100.1/24"]);
      for (const restart of [false, true]) {
        if (restart) await made.stop("SIGKILL");
        if (restart) await made.start();
        expect((await made.ask("status", {})).rolledBack).toBe(null);
      }
    },
    minute,
  );

  test(
    "a host that boots before the confirm comes up as it was, whoever brings it up",
    async () => {
      for (const words of [["ifup", "-a"], ["up", "-a"], []]) {
        const made = await started(one);
        await made.ask("up", { all: true });
        made.write(edited);
        await made.ask("apply", { timeout: 600 });
        await made.stop("SIGKILL");
        // Before that it is waited for, and what was applied counts.
        const waits = await made.netconf("up", "-a");
        expect([waits.status, waits.stderr]).toEqual([0, expect.stringMatching(/apply \d+ is not confirmed/)]);
        expect(made.addresses("v0")).toEqual(["192.0.2.5/24"]);
        await boots(made);
        if (words.length === 0) {
          await made.start();
          await made.ask("up", { all: true });
        } else expect(await made.netconf(...words)).toMatchObject({ status: 0, stderr: expect.stringMatching(tells) });
        expect([...made.addresses("v0"), ...made.addresses("v1")]).toEqual(["192.0.2.1/24"]);
      }
    },
    minute,
  );

  test(
    "what nobody has confirmed in time is taken back by whoever works next, where no daemon runs",
    async () => {
      for (const words of [["up", "v0"], ["ifup", "v0"], ["down", "v1"], ["ifdown", "v1"], []]) {
        const made = await started(one);
        await made.ask("up", { all: true });
        made.write(edited);
        await made.ask("apply", { timeout: 600 });
        await made.stop("SIGKILL");
        const path = join(made.folder, "state", "netconf", "pending.json");
        writeFileSync(path, readFileSync(path, "utf8").replace(/"ends":[\d.]+/, '"ends":1'));
        if (words.length > 0) expect((await made.netconf(...words)).stderr).toMatch(tells);
        await made.start();
        // Which waits for one that is under way.
        if (words.length === 0) await made.ask("rollback", {}).catch(() => undefined);
        expect([...made.addresses("v0"), ...made.addresses("v1")]).toEqual(["192.0.2.1/24"]);
      }
    },
    minute,
  );

  test(
    "without its file a start goes by what is kept, and what is up goes down; where nothing is up, it is refused",
    async () => {
      const made = await started(one);
      const without = async (work: () => Promise<unknown>) => {
        rmSync(join(made.folder, "interfaces"));
        await work();
        made.write(edited);
      };
      await made.ask("up", { all: true });
      made.write(edited);
      await made.ask("apply", { timeout: 600 });
      await made.ask("rollback", {});
      await made.stop();
      await without(async () => {
        await made.start();
        expect((await made.ask("status", {})).rolledBack).not.toBe(null);
        await made.ask("down", { names: ["v0"] });
        expect((await made.ask("up", { all: true })).interfaces.map(({ name }) => name)).toContain("v0");
        expect(await made.netconf("reload")).toMatchObject({
          status: 81,
          stderr: expect.stringMatching(/interfaces: No such file/),
        });
      });
      await made.ask("reload", {});
      await made.stop();
      await without(async () => {
        await made.start();
        const [warning] = (await made.ask("status", {})).warnings;
        expect(warning).toMatch(/cannot be read: .*interfaces: No such file/);
        await made.stop();
        expect(await made.netconf("down", "v0")).toMatchObject({ status: 0 });
        expect(made.addresses("v0")).toEqual([]);
        expect(await made.netconf("down", "-a")).toMatchObject({ status: 0 });
        const stderr = expect.stringMatching(/interfaces: No such file/);
        for (const words of [["up", "v0"], ["daemon"]])
          expect(await made.netconf(...words)).toMatchObject({ status: 72, stderr });
      });
    },
    minute,
  );
});
