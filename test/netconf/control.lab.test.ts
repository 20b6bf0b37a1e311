/** The control side of the daemon as people and programs meet it: who may, what is printed, how it ends, who waits. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type MonitorLine, statusName } from "../../src/console/interfaces/control.ts";
import { connect as connectTo } from "../../src/umcp/client.ts";
import { compose, json, newId } from "../../src/umcp/message.ts";
import { NetconfHost } from "../lab/netconf.ts";
import { namespacesOrSkip } from "../lab/netns.ts";

const lab = await namespacesOrSkip("netconf's control sockets", ["setpriv"]);
const minute = 60_000;
const two = `
auto v0
iface v0 inet static
  address 192.0.2.1/24
iface v1 inet static
  address 198.51.100.1/24
`;

describe.skipIf(!lab)("netconf's control sockets", () => {
  const hosts: NetconfHost[] = [];
  let number = 0;

  function host(interfaces: string, settings: Record<string, string> = {}): NetconfHost {
    const inside = lab!.add(`c${++number}`, { ipv6: false });
    for (const name of ["v0", "v1"]) {
      inside.ip(`link add ${name} type veth peer ${name}-far`);
      inside.ip(`link set ${name}-far up`);
    }
    const made = new NetconfHost(inside, interfaces, settings);
    made.env.REEVE_RUN = join(made.folder, "run");
    chmodSync(made.folder, 0o755);
    hosts.push(made);
    return made;
  }

  async function started(interfaces: string, settings: Record<string, string> = {}): Promise<NetconfHost> {
    const made = host(interfaces, settings);
    await made.start();
    return made;
  }

  /** A script that ends when the test says so. */
  function gate(made: NetconfHost): { command: string; open(): void } {
    const path = join(made.folder, "gate");
    spawnSync("mkfifo", [path]);
    return { command: `cat ${path} >/dev/null`, open: () => writeFileSync(path, "") };
  }

  async function gated(): Promise<{ made: NetconfHost; open: () => void }> {
    const made = host("");
    const { command, open } = gate(made);
    made.write(`iface v0 inet static\n  address 192.0.2.1/24\n  pre-up ${command}\n`);
    await made.start();
    return { made, open };
  }

  /** Resolves when the script of `pre-up` runs. */
  const whenAtGate = (made: NetconfHost, work: () => unknown) =>
    made.until(/^CTLSOCK_IF\w+ v0: requested/, async () => work());

  afterEach(async () => {
    for (const one of hosts.splice(0)) await one.stop("SIGKILL");
  });
  afterAll(() => lab!.remove());

  test(
    "sockets have the modes, owners and the group that they shall have",
    async () => {
      const made = await started(two, { REEVE_NETCONF_GROUP: "games" });
      const facts = (name: string) => {
        const { mode, uid, gid } = statSync(join(made.run, name));
        return [(mode & 0o777).toString(8), uid, gid];
      };
      const [, , games = ""] = spawnSync("getent", ["group", "games"], { encoding: "utf8" }).stdout.split(":");
      expect(facts("")).toEqual(["755", 0, 0]);
      expect(facts("netconf.sock")).toEqual(["660", 0, Number(games)]);
      expect(facts("netconf-status.sock")).toEqual(["666", 0, 0]);
      expect(facts("netconf-hook.sock")).toEqual(["600", 0, 0]);
      for (const group of ["", "no-such-group"]) {
        await made.stop();
        made.env.REEVE_NETCONF_GROUP = group;
        await made.start();
        expect(facts("netconf.sock")).toEqual(["600", 0, 0]);
      }
    },
    minute,
  );

  test(
    "everybody may look; who may change something is said by the socket's group, then by the policy",
    async () => {
      const made = host(two, { REEVE_NETCONF_GROUP: "games" });
      writeFileSync(join(made.folder, "policy"), "[IFUP v0]\nallow @games\n[IFDOWN]\nallow games\n");
      await made.start();
      for (const words of [["status"], ["check"], ["why", "v0"], ["query"], ["leases"], ["events"]]) {
        const { status, stdout } = await made.netconfAs("nobody", ...words, "--json");
        expect([words[0], status === 0 || words[0] === "check", typeof JSON.parse(stdout)]).toEqual([
          words[0],
          true,
          "object",
        ]);
      }
      const refused = await made.netconfAs("nobody", "up", "v0");
      expect([refused.status, refused.stderr]).toEqual([77, expect.stringContaining("netconf.sock")]);
      const status = join(made.run, "netconf-status.sock");
      const aside = await made.netconfAs("nobody", "reload", "--socket", status);
      expect(aside.status).toBe(64);
      expect(aside.stderr).toContain("reload changes something: it goes to netconf.sock");
      expect(made.addresses("v0")).toEqual([]);

      expect(await made.netconfAs("games", "up", "v0")).toMatchObject({ status: 0 });
      expect(made.addresses("v0")).toEqual(["192.0.2.1/24"]);
      const other = await made.netconfAs("games", "up", "v1");
      expect([other.status, other.stderr]).toEqual([77, expect.stringMatching(/policy does not allow games .* v1 up/)]);
      const apply = await made.netconfAs("games", "apply");
      expect([apply.status, apply.stderr]).toEqual([77, expect.stringContaining("change the configuration")]);
      expect(await made.netconfAs("games", "down", "v0")).toMatchObject({ status: 0 });
      expect(made.addresses("v0")).toEqual([]);
    },
    minute,
  );

  test(
    "who goes by a file that was edited since the daemon read it is told so",
    async () => {
      const made = await started(two);
      const tells = expect.stringMatching(
        /^(ifup: |warning: )?\S+interfaces has changed since it was read: .*reload.*apply/m,
      );
      const silent = expect.not.stringContaining("changed since it was read");
      const words = [["up", "v0"], ["ifup", "--force", "v0"], ["status"]];
      for (const edited of [false, true]) {
        if (edited) made.write(two.replace("192.0.2.1", "192.0.2.2"));
        for (const each of words) {
          const { status, stdout, stderr } = await made.netconf(...each);
          expect([each, status, stdout + stderr]).toEqual([each, 0, edited ? tells : silent]);
        }
      }
      expect(made.addresses("v0")).toEqual(["192.0.2.1/24"]);
      await made.ask("reload", {});
      for (const each of words) expect((await made.netconf(...each)).stderr).toEqual(silent);
    },
    minute,
  );

  test(
    "what stands in a file that is not for everybody is not told to everybody",
    async () => {
      const secret = "iface v0 inet manual\n  wpa-psk hunter2\n  up echo hunter2\n";
      const made = host(secret, { REEVE_NETCONF_GROUP: "games" });
      chmodSync(join(made.folder, "interfaces"), 0o640);
      await made.start();
      await made.ask("up", { names: ["v0"] });
      const telling = [["query"], ["why", "v0"], ["events"], ["attach", "1"], ["monitor"]];
      for (const words of telling) {
        const { status, stdout, stderr } = await made.netconfAs("nobody", ...words);
        expect([status, stdout, stderr]).toEqual([77, "", expect.stringContaining("not for everybody to read")]);
      }
      for (const words of [["status"], ["leases"]]) {
        const { status, stdout } = await made.netconfAs("nobody", ...words);
        expect([status, stdout]).toEqual([0, expect.not.stringContaining("hunter2")]);
      }
      expect((await made.netconfAs("games", "query")).stdout).toContain("hunter2");
      expect((await made.netconf("why", "v0")).stdout).toContain("hunter2");
    },
    minute,
  );

  test(
    "each command prints JSON that parses",
    async () => {
      const made = await started(two);
      const commands = [
        ["status"],
        ["status", "v0"],
        ["check", "v1"],
        ["up", "--dry-run", "v1"],
        ["up", "v0"],
        ["why", "v0"],
        ["query"],
        ["query", "v0", "v1"],
        ["leases"],
        ["events"],
        ["events", "1"],
        ["attach", "1"],
        ["wait-online", "--timeout", "5"],
        ["reload"],
        ["apply", "--check"],
        ["apply", "--no-confirm"],
        ["hotplug", "add", "v1"],
        ["down", "v0"],
      ];
      for (const words of commands) {
        const { status, stdout, stderr } = await made.netconf(...words, "--json");
        const differs = words[0] === "check" ? 81 : 0;
        expect([words, status, typeof JSON.parse(stdout || stderr)]).toEqual([words, differs, "object"]);
      }
      made.write(two.replace("192.0.2.1", "192.0.2.2"));
      expect(await made.netconf("up", "v0")).toMatchObject({ status: 0 });
      made.write(two.replace("192.0.2.1", "192.0.2.3"));
      const applied = JSON.parse((await made.netconf("apply", "--json")).stdout);
      expect(JSON.parse((await made.netconf("confirm", "--json")).stdout)).toEqual({ id: applied.id });
      made.write(two);
      const again = JSON.parse((await made.netconf("apply", "--json")).stdout);
      expect(JSON.parse((await made.netconf("rollback", "--json")).stdout)).toEqual({ id: again.id });
      expect(made.addresses("v0")).toEqual(["192.0.2.3/24"]);
    },
    minute,
  );

  test(
    "exit codes say what was the matter",
    async () => {
      const bad = "iface bad0 inet static\n  address 192.0.2.300/24\n";
      const lost = "iface v1 inet static\n  address 198.51.100.1/24\n  mtu 65536\n";
      const made = host(`${two.replace(/iface v1[\s\S]*/, "")}${lost}${bad}auto gone0\niface gone0 inet manual\n`);
      const code = async (...words: string[]) => (await made.netconf(...words)).status;
      expect(await code("status")).toBe(3);
      expect(await code("apply")).toBe(3);
      await made.start();
      expect(await code("status")).toBe(0);
      expect(await code("up")).toBe(64);
      expect(await code("wait-online", "--operational", "sometimes")).toBe(64);
      expect(await code("up", "nothere0")).toBe(66);
      for (const verb of ["why", "check", "status", "query", "leases"]) {
        expect([verb, await code(verb, "nothere0")]).toEqual([verb, 66]);
      }
      for (const words of [
        ["v0", "-a"],
        ["-a", "v0", "-q"],
      ])
        expect(await code("up", ...words)).toBe(64);
      expect(await code("replay", made.folder)).toBe(74);
      expect(await code("attach", "99999")).toBe(66);
      expect(await code("renew", "v0")).toBe(66);
      expect(await code("confirm")).toBe(73);
      expect(await code("reload")).toBe(78);
      expect(await code("check")).toBe(78);
      const failed = await made.netconf("up", "v1");
      expect([failed.status, failed.stdout]).toEqual([81, expect.stringContaining("EINVAL")]);
      expect(await code("status")).toBe(81);
      expect(await code("up", "bad0")).toBe(81);
      const apply = await made.netconf("apply", "--check", "--json");
      expect([apply.status, JSON.parse(apply.stdout).refused]).toEqual([
        78,
        [expect.objectContaining({ name: "bad0" })],
      ]);
      expect(await code("wait-online", "v1", "--timeout", "0")).toBe(75);
      expect(await code("down", "v1")).toBe(0);
      expect(await code("up", "v0")).toBe(0);
    },
    minute,
  );

  test(
    "Ctrl-C leaves the work going on and attach follows it; with --no-detach it ends",
    async () => {
      const { made, open } = await gated();
      for (const words of [
        ["up", "v0"],
        ["up", "v0", "--timeout", "60"],
      ]) {
        let up = made.spawn();
        await whenAtGate(made, () => {
          up = made.spawn(...words);
        });
        up.kill("SIGINT");
        expect(await up.exited).toBe(130);
        const [{ id = 0 } = {}] = (await made.ask("events", { limit: 1, kind: "CTLSOCK_IFUP" })).events;
        expect((await made.ask("event", { id })).outcome).toBe(null);
        const attached = made.netconf("attach", String(id));
        open();
        const { status, stderr } = await attached;
        expect([status, stderr]).toEqual([0, expect.stringMatching(/requested by root[\s\S]*CTLSOCK_IFUP v0: done/)]);
        expect(made.addresses("v0")).toEqual(["192.0.2.1/24"]);
        await made.netconf("down", "v0");
      }
      let up = made.spawn();
      const said = made.until(/^CTLSOCK_IFUP v0: cancelled/, async () => {
        await whenAtGate(made, () => {
          up = made.spawn("up", "v0", "--no-detach");
        });
        up.kill("SIGINT");
      });
      expect(await said).toContain("who asked for it has gone");
      expect(await up.exited).toBe(130);
      expect(made.addresses("v0")).toEqual([]);
    },
    minute,
  );

  test(
    "who wants the same joins it, who wants the opposite ends it",
    async () => {
      const { made, open } = await gated();
      let first: ReturnType<NetconfHost["netconf"]> | undefined;
      let second: ReturnType<NetconfHost["netconf"]> | undefined;
      await whenAtGate(made, () => {
        first = made.netconf("up", "v0");
      });
      await made.until(/does that already/, async () => {
        second = made.netconf("up", "v0");
      });
      open();
      const both = await Promise.all([first, second]);
      for (const one of both) {
        expect([one?.status, one?.stderr]).toEqual([0, expect.stringContaining("IFCFG v0 192.0.2.1/24: done")]);
      }
      await made.netconf("down", "v0");
      await whenAtGate(made, () => {
        first = made.netconf("up", "v0");
      });
      expect(await made.netconf("down", "v0")).toMatchObject({ status: 0 });
      const over = await first;
      expect([over?.status, over?.stderr]).toEqual([81, expect.stringContaining("superseded: root wants v0 down")]);
      expect((await made.ask("status", { names: ["v0"] })).interfaces[0]).toMatchObject({ setup: "down", up: false });
    },
    minute,
  );

  test(
    "a monitor that never reads blocks nobody, and what it missed is counted",
    async () => {
      const made = await started(two);
      const socket = connect(join(made.run, "netconf-status.sock"));
      socket.pause();
      const request = compose({
        ...{ type: "REQUEST", id: newId(), command: "COMMAND", arguments: ["monitor"], mimetype: json },
        body: { options: { kernel: true } },
      });
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.write(request, () => resolve());
      });
      for (let times = 0; times < 400; times++) {
        await made.ask(times % 2 === 0 ? "up" : "down", { names: ["v0", "v1"] });
      }
      expect(made.addresses("v0")).toEqual([]);
      expect((await made.ask("status", {})).warnings).toEqual([]);
      let text = "";
      const left = Promise.withResolvers<void>();
      socket.on("data", (data) => {
        text += String(data);
        if (/\d+ lines left out/.test(text)) left.resolve();
      });
      socket.resume();
      await left.promise;
      socket.destroy();
    },
    2 * minute,
  );

  test(
    "who followed and was cut off is told what was missed, and that a daemon has ended meanwhile",
    async () => {
      const made = await started(two);
      /** The first line, and all up to one that fits. */
      const follow = async (after: string, fits: RegExp, work: () => Promise<unknown>) => {
        const client = await connectTo({ unix: join(made.run, statusName) });
        const told: MonitorLine[] = [];
        const [first, found] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
        const onPartial = (partial: unknown) => {
          const line = partial as MonitorLine;
          told.push(line);
          first.resolve();
          if ("text" in line && fits.test(line.text)) found.resolve();
        };
        client.request("COMMAND", ["monitor"], { options: { after } }, { onPartial }).catch(() => undefined);
        await first.promise;
        await work();
        await found.promise;
        client.close();
        const [head, ...rest] = told;
        return {
          head: head?.what === "mark" ? head.text : head,
          texts: rest.flatMap((line) => ("text" in line ? line.text : [])),
          mark: told.at(-1)?.mark ?? "",
        };
      };
      const before = await follow("now", /^CTLSOCK_IFUP v0: done/, () => made.ask("up", { names: ["v0"] }));
      expect(before.head).toBe("");
      await made.ask("down", { names: ["v0"] });
      const missed = await follow(before.mark, /^CTLSOCK_IFDOWN v0: done/, async () => undefined);
      expect([missed.head, missed.texts[0]]).toEqual(["", expect.stringMatching(/^CTLSOCK_IFDOWN v0: requested by/)]);
      await made.stop();
      await made.start();
      const last = await follow(missed.mark, /^CTLSOCK_IFUP v1: done/, () => made.ask("up", { names: ["v1"] }));
      expect(last.head).toMatch(/^the daemon was started anew at /);
    },
    minute,
  );

  test(
    "wait-online tells what it waits for, and ends when that has come",
    async () => {
      const made = await started(two);
      const late = await made.netconf("wait-online", "--timeout", "0");
      expect([late.status, late.stderr]).toEqual([
        75,
        expect.stringMatching(/waits for v0: off, not degraded; it was/),
      ]);
      const waiting = made.spawn("wait-online", "--timeout", "50");
      const reader = waiting.stderr.getReader();
      const { value } = await reader.read();
      expect(new TextDecoder().decode(value)).toContain("waits for v0");
      await made.ask("up", { all: true });
      expect(await waiting.exited).toBe(0);
    },
    minute,
  );

  test(
    "SIGHUP and what the unit says read the configuration anew, and change no interface",
    async () => {
      const made = await started(two);
      await made.ask("up", { names: ["v0"] });
      const known = async () => (await made.ask("query", {})).interfaces.map(({ name }) => name).sort();
      const before = await known();
      const more = `${two.replace("192.0.2.1/24", "192.0.2.9/24")}iface late0 inet manual\n`;
      made.write(more);
      await made.until(/^CTLSOCK_RELOAD: done/, async () => process.kill(made.pid, "SIGHUP"));
      expect(await known()).toEqual([...before, "late0"].sort());
      made.write(`${more}iface\n`);
      const path = join(import.meta.dir, "../../packaging/systemd/reeve-netconf.service");
      const [, words = ""] = /^ExecReload=\/usr\/bin\/reeve netconf (.*)$/m.exec(readFileSync(path, "utf8")) ?? [];
      expect(await made.netconf(...words.split(" "))).toMatchObject({ status: 78 });
      made.write(two);
      expect(await made.netconf(...words.split(" "))).toMatchObject({ status: 0 });
      expect(await known()).toEqual(before);
      expect(made.addresses("v0")).toEqual(["192.0.2.1/24"]);
      expect(await made.stop()).toBe(0);
    },
    minute,
  );

  test(
    "without carrier it is deferred, nobody waits for it, and it goes on when that comes",
    async () => {
      const made = host("auto v0\niface v0 inet dhcp\n");
      made.namespace.ip("link set v0-far down");
      await made.start("--auto");
      const { result, lines } = await made.told("up", { names: ["v0"] });
      expect([result.interfaces[0]?.outcome, lines.join("\n")]).toEqual([
        "deferred",
        expect.stringMatching(/^CTLSOCK_IFUP v0: deferred: .*carrier/m),
      ]);
      const waited = await made.netconf("wait-online");
      expect([waited.status, waited.stdout]).toEqual([75, expect.stringContaining("deferred: no carrier")]);
      const state = (await made.ask("status", { names: ["v0"] })).interfaces[0];
      expect([state?.setup, state?.waitsFor]).toEqual(["deferred", expect.stringContaining("carrier")]);
      const cli = await made.netconf("up", "v0");
      expect([cli.status, cli.stdout]).toEqual([0, expect.stringMatching(/^v0\tdeferred\t/)]);
      await made.until(/^DHCP v0: \w+ asks anew/, async () => made.namespace.ip("link set v0-far up"));
      await made.netconf("down", "v0");
    },
    minute,
  );

  test(
    "devices of allow-hotplug that are there already come up with the daemon at boot",
    async () => {
      const made = host(`allow-hotplug v1 nothere0\niface nothere0 inet manual\n${two}`);
      await made.start("--auto");
      await made.ask("wait-online", { names: ["v0", "v1"], state: "routable", timeout: 30 });
      expect([made.addresses("v0"), made.addresses("v1")]).toEqual([["192.0.2.1/24"], ["198.51.100.1/24"]]);
      expect(existsSync(join(made.folder, "ifstate", "ifstate"))).toBe(true);
      expect(readFileSync(join(made.folder, "ifstate", "ifstate"), "utf8")).toContain("v1=v1");
    },
    minute,
  );
});
