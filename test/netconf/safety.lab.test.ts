/** What netconf does so that nobody is locked out, nothing of others is touched, and everything is explained; on a real kernel. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { NetconfHost } from "../lab/netconf.ts";
import { type Namespace, namespacesOrSkip } from "../lab/netns.ts";

const lab = await namespacesOrSkip("netconf's safety", ["nsenter"]);
const minute = 60_000;
const one = "auto v0\niface v0 inet static\n  address 192.0.2.1/24\n  gateway 192.0.2.254\n";
const other = "auto v1\niface v1 inet static\n  address 198.51.100.1/24\n";

function echoing(within: Namespace, hostname: string) {
  using _ = within.enter();
  return Bun.listen({ hostname, port: 7, socket: { data: (socket, data) => void socket.write(data) } });
}

describe.skipIf(!lab)("netconf's safety", () => {
  const hosts: NetconfHost[] = [];
  let number = 0;

  function namespace(): Namespace {
    const inside = lab!.add(`f${++number}`, { ipv6: false });
    for (const name of ["v0", "v1"]) {
      inside.ip(`link add ${name} type veth peer ${name}-far`);
      inside.ip(`link set ${name}-far up`);
    }
    return inside;
  }

  function host(interfaces: string, settings: Record<string, string> = {}, inside = namespace()): NetconfHost {
    const made = new NetconfHost(inside, interfaces, settings);
    hosts.push(made);
    return made;
  }

  /** A host whose folders are mounted read-only. */
  function unwritable(interfaces: string, folders: string): NetconfHost {
    const inside = namespace();
    const script = `for each in ${folders}; do mkdir -p $each && mount -t tmpfs -o ro tmpfs $each; done && exec "$@"`;
    const bare = { ...inside, inside: (...words: string[]) => inside.inside("sh", "-c", script, "sh", ...words) };
    const made = host(interfaces, {}, bare);
    made.env.REEVE_RUN = join(made.folder, "run");
    return made;
  }

  async function started(interfaces: string, settings: Record<string, string> = {}): Promise<NetconfHost> {
    const made = host(interfaces, settings);
    await made.start();
    return made;
  }

  /** All that it says of links, addresses and routes, but what counts time or packets, or its link watch says later. */
  const picture = (made: NetconfHost) =>
    ["link show", "addr show", "route show table all", "rule show"]
      .map((words) =>
        made.namespace
          .ip(words)
          .replaceAll(/ (valid_lft|preferred_lft|qdisc|state) \w+|\b(NO-CARRIER|LOWER_UP|M-DOWN),?/g, ""),
      )
      .join("\n");

  /** What `ip monitor` tells meanwhile. */
  async function told(made: NetconfHost, work: () => Promise<unknown>): Promise<string> {
    const words = ["ip", "-o", "monitor", "link", "address", "route", "rule"];
    const child = Bun.spawn(made.namespace.inside(...words), { stdout: "pipe", stderr: "inherit" });
    const decoder = new TextDecoder();
    const reader = child.stdout.getReader();
    let text = "";
    const until = async (mark: string) => {
      while (!text.includes(mark)) text += decoder.decode((await reader.read()).value);
    };
    // It listens as soon as it tells of what is done over and over.
    const beginning = until("203.0.113.1");
    for (let ready = false; !ready; ) {
      made.namespace.ip("addr replace 203.0.113.1/32 dev lo");
      made.namespace.ip("addr del 203.0.113.1/32 dev lo");
      ready = await Promise.race([beginning.then(() => true), Bun.sleep(20).then(() => false)]);
    }
    made.namespace.ip("addr add 203.0.113.2/32 dev lo");
    await until("203.0.113.2");
    const from = text.length;
    await work();
    made.namespace.ip("addr add 203.0.113.3/32 dev lo");
    await until("203.0.113.3");
    for (const mark of ["203.0.113.2", "203.0.113.3"]) made.namespace.ip(`addr del ${mark}/32 dev lo`);
    child.kill();
    await child.exited;
    return text.slice(from).replaceAll(/^.*(203\.0\.113\.).*\n?/gm, "");
  }

  async function takenBack(made: NetconfHost): Promise<void> {
    while ((await made.ask("status", {})).pending) await Bun.sleep(20);
  }

  afterEach(async () => {
    for (const each of hosts.splice(0)) await each.stop("SIGKILL");
  });
  afterAll(() => lab!.remove());

  test(
    "what is as it shall be already is taken over without a word to the kernel, and a connection through it lives",
    async () => {
      const far = lab!.add(`far${number}`, { ipv6: false });
      const made = host(one.replaceAll("v0", "w0"));
      lab!.veth(made.namespace, "w0", far, "w1");
      far.ip("addr add 192.0.2.254/24 dev w1");
      made.namespace.ip("addr add 192.0.2.1/24 brd + dev w0");
      made.namespace.ip("route add default via 192.0.2.254 dev w0 proto static onlink");
      made.namespace.ip("addr add 192.0.2.77/24 dev w0");
      await made.start();
      const echo = echoing(far, "192.0.2.254");
      const cat = Bun.spawn(
        made.namespace.inside(
          "bash",
          "-c",
          "exec 3<>/dev/tcp/192.0.2.254/7; while read -r l; do echo $l >&3; read -r a <&3; echo $a; done",
        ),
        {
          stdio: ["pipe", "pipe", "inherit"],
        },
      );
      const reader = cat.stdout.getReader();
      const answer = async (text: string) => {
        cat.stdin.write(`${text}\n`);
        cat.stdin.flush();
        return new TextDecoder().decode((await reader.read()).value).trim();
      };
      expect(await answer("before")).toBe("before");
      const said = await told(made, async () => {
        expect((await made.ask("up", { names: ["w0"] })).interfaces[0]?.outcome).toBe("done");
      });
      expect(said).toBe("");
      expect(await answer("after")).toBe("after");
      const state = (await made.ask("status", { names: ["w0"] })).interfaces[0];
      expect(state?.setup).toBe("configured");
      expect(state?.addresses.map(({ address, from }) => [address, from])).toEqual([
        ["192.0.2.1/24", "configuration"],
        ["192.0.2.77/24", "foreign"],
      ]);
      cat.stdin.end();
      echo.stop(true);
      cat.kill();
    },
    minute,
  );

  test.each(["by the daemon", "without a daemon"])(
    "what was up before Reeve knew it stays when coming up fails, %s",
    async (how) => {
      const made = host(`iface v1 inet static
  address 198.51.100.1/24
  mtu 1400
iface b0 inet static
  address 192.0.2.1/24
  gateway 192.0.2.254
  bridge_ports v0 v1-far late0
  bridge_fd 15
  bridge_waitport 600
  requires v1
iface alone inet static
  address 192.0.2.1/24
  up false
`);
      const { namespace: inside } = made;
      for (const words of [
        ...["link set v1 up", "addr add 198.51.100.1/24 brd + dev v1", "link add b0 type bridge forward_delay 200"],
        ...["link set v0 mtu 1450 up master b0", "link set b0 up", "addr add 192.0.2.1/24 brd + dev b0"],
        "route add default via 192.0.2.254 dev b0 onlink",
      ]) {
        inside.ip(words);
      }
      if (how === "by the daemon") await made.start();
      const before = picture(made);
      const said = await told(made, async () => {
        const up = await made.netconf("up", "b0", "--timeout", "1");
        expect([up.status, up.stderr]).toEqual([81, expect.stringMatching(/LINK b0[\s\S]*b0: timeout/)]);
      });
      expect(picture(made)).toBe(before);
      expect(said).not.toMatch(/Deleted (\d+: (b0|v0@)|.*inet (192\.0\.2\.1|198\.51\.100\.1)|default)/);
      expect(await made.netconf("down", "b0", "v1")).toMatchObject({ status: 0 });
      expect(picture(made)).toBe(before);
      inside.ip("link set v0 nomaster");
      inside.ip("link del b0");
      inside.ip("addr add 192.0.2.1/24 brd + dev v0");
      expect(await made.netconf("up", "v0=alone")).toMatchObject({ status: 81 });
      expect(made.addresses("v0")).toEqual(["192.0.2.1/24"]);
    },
    minute,
  );

  test(
    "what somebody else put there stays through up, apply, drift and down",
    async () => {
      const made = await started(one);
      made.namespace.ip("addr add 203.0.113.9/32 dev v0");
      await made.ask("up", { names: ["v0"] });
      made.namespace.ip("addr add 203.0.113.10/32 dev v0");
      made.namespace.ip("route add 10.50.0.0/16 via 192.0.2.9 dev v0");
      made.write(one.replace("192.0.2.1/24", "192.0.2.5/24"));
      await made.ask("apply", { timeout: 0 });
      expect(made.addresses("v0").sort()).toEqual(["192.0.2.5/24", "203.0.113.10/32", "203.0.113.9/32"]);
      expect(made.namespace.ip("route show 10.50.0.0/16")).toContain("via 192.0.2.9");
      await made.ask("down", { names: ["v0"] });
      expect(made.addresses("v0").sort()).toEqual(["203.0.113.10/32", "203.0.113.9/32"]);
    },
    minute,
  );

  test(
    "drift is shown by check and healed by up; down works when the stanza has gone, or is broken",
    async () => {
      const made = await started(one + other);
      expect(await made.netconf("up", "-a")).toMatchObject({ status: 0 });
      expect(await made.netconf("check")).toMatchObject({ status: 0, stdout: "" });
      made.namespace.ip("addr del 192.0.2.1/24 dev v0");
      const { status, stdout } = await made.netconf("check", "--mend");
      const at = `${made.folder}/interfaces:3:3`;
      expect([status, stdout]).toEqual([81, expect.stringContaining(`+ v0: address 192.0.2.1/24  (${at})`)]);
      expect(stdout).toContain("ip address replace 192.0.2.1/24");
      expect(await made.netconf("up", "v0")).toMatchObject({ status: 0 });
      expect(await made.netconf("check")).toMatchObject({ status: 0 });

      made.write(`${other.replace("198.51.100.1/24", "198.51.100.300/24")}iface\n`);
      const reload = await made.netconf("reload");
      expect(reload.status).toBe(78);
      expect(reload.stdout).toMatch(/interfaces:3:3[\s\S]*198\.51\.100\.300[\s\S]*interfaces:4:/);
      expect([made.addresses("v0"), made.addresses("v1")]).toEqual([["192.0.2.1/24"], ["198.51.100.1/24"]]);
      expect(await made.netconf("down", "v0", "v1")).toMatchObject({ status: 0 });
      expect([made.addresses("v0"), made.addresses("v1")]).toEqual([[], []]);
      expect((await made.netconf("up", "v1")).stderr).toMatch(/refused: .*198\.51\.100\.300.*interfaces:3:/);
    },
    minute,
  );

  test(
    "an apply whose middle fails leaves nothing of itself, and says why",
    async () => {
      const made = await started(one + other);
      await made.ask("up", { all: true });
      const before = picture(made);
      made.write(one.replace("192.0.2.1/24", "192.0.2.5/24") + other.replace("1/24", "7/24\n  mtu 65536"));
      const { status, stderr } = await made.netconf("apply");
      expect([status, stderr]).toEqual([81, expect.stringMatching(/mtu 65536.*EINVAL.*interfaces:\d+:\d+/)]);
      expect(picture(made)).toBe(before);
      const { pending, interfaces } = await made.ask("status", {});
      expect(pending).toBe(null);
      expect(interfaces.filter(({ setup }) => setup === "configured").map(({ name }) => name)).toContain("v1");
    },
    minute,
  );

  test(
    "command line and daemon are killed: the next daemon waits for the confirm, and takes back when none comes",
    async () => {
      const made = await started(one);
      await made.ask("up", { all: true });
      const before = picture(made);
      made.write(one.replace("192.0.2.1/24", "192.0.2.5/24") + other);
      let apply = made.spawn("status");
      await made.until(/taken back in 5 s unless/, async () => {
        apply = made.spawn("apply", "--timeout", "5");
      });
      apply.kill("SIGKILL");
      await made.stop("SIGKILL");
      expect(made.addresses("v0")).toEqual(["192.0.2.5/24"]);
      await made.start();
      expect((await made.ask("status", {})).pending?.deadline).toBeGreaterThan(0);
      expect(made.addresses("v0")).toEqual(["192.0.2.5/24"]);
      await takenBack(made);
      expect(picture(made)).toBe(before);
      const status = await made.netconf("status");
      expect(status.stdout).toMatch(/apply \d+ was taken back: .*confirmed/);
      expect((await made.netconf("why", "v0")).stdout).toMatch(
        /^ROLLBACK: done.*\n +ROLLBACK \d+: nobody has confirmed/m,
      );
    },
    minute,
  );

  test(
    "a daemon that starts after the deadline takes back at once; what was confirmed stays",
    async () => {
      const made = await started(one);
      await made.ask("up", { all: true });
      const before = picture(made);
      made.write(one.replace("192.0.2.1/24", "192.0.2.5/24"));
      const { deadline } = await made.ask("apply", { timeout: 1 });
      await made.stop("SIGKILL");
      await Bun.sleep((deadline ?? 0) - Date.now() + 10);
      expect(made.addresses("v0")).toEqual(["192.0.2.5/24"]);
      await made.start();
      await takenBack(made);
      expect(picture(made)).toBe(before);

      expect(await made.netconf("apply", "--timeout", "60")).toMatchObject({ status: 0 });
      expect((await made.netconf("confirm")).stdout).toMatch(/is confirmed/);
      await made.stop("SIGKILL");
      await made.start();
      expect((await made.ask("status", {})).pending).toBe(null);
      expect(made.addresses("v0")).toEqual(["192.0.2.5/24"]);
    },
    minute,
  );

  test(
    "why tells event, command, errno and line",
    async () => {
      const made = await started("iface v0 inet static\n  address 192.0.2.1/24\n  mtu 65536\n");
      expect(await made.netconf("up", "v0")).toMatchObject({ status: 81 });
      await made.ask("hotplug", { name: "v0", action: "add" });
      const { stdout } = await made.netconf("why", "v0");
      const at = `${made.folder}/interfaces:3:3`;
      const [sentence, event, ...rest] = stdout.split("\n");
      expect(sentence).toMatch(/^v0: \S+, failed: .*EINVAL/);
      expect(event).toMatch(/^CTLSOCK_IFUP v0: failed: .*asked by root/);
      expect(rest.join("\n")).toContain(`ip link set dev v0`);
      expect(rest.join("\n")).toMatch(new RegExp(`mtu 65536.*EINVAL.*${at}`));
    },
    minute,
  );

  test(
    "what the daemon recorded plays back; what was changed in it is found",
    async () => {
      const made = host(one + other);
      const path = join(made.folder, "recording");
      await made.start("--record", path);
      await made.ask("up", { all: true });
      for (const words of [["status"], ["check"], ["why", "v0"], ["query"]]) await made.netconf(...words);
      made.namespace.ip("addr del 192.0.2.1/24 dev v0");
      await made.ask("up", { names: ["v0"] });
      made.namespace.ip("link set v1-far down");
      made.write(one.replace("192.0.2.1/24", "192.0.2.5/24"));
      await made.ask("apply", { timeout: 60 });
      await made.ask("rollback", {});
      // Who only looks is in no replay, whatever he has read for it.
      for (const words of [["check"], ["why", "v0"], ["query", "/*"], ["up", "-n", "-a"], ["down", "-n", "v0"]]) {
        await made.netconf(...words);
      }
      await made.ask("up", { names: ["v0"] });
      await made.ask("down", { all: true });
      await made.stop();
      const replayed = await made.netconf("replay", path);
      expect([replayed.status, replayed.stderr]).toEqual([0, ""]);
      expect(replayed.stdout).toMatch(/CTLSOCK_APPLY[\s\S]*ROLLBACK[\s\S]*CTLSOCK_IFDOWN/);
      const lines = readFileSync(path, "utf8");
      writeFileSync(
        path,
        lines.replace('"192.0.2.1/24"', '"192.0.2.2/24"').replace(/"tree":(.*)192\.0\.2\.1/, '"tree":$1192.0.2.99'),
      );
      const tampered = await made.netconf("replay", path);
      expect([tampered.status, tampered.stderr]).toEqual([81, expect.stringContaining("something else")]);
    },
    minute,
  );

  test(
    "a dry run does nothing",
    async () => {
      const made = host(`${one}  up touch /nonexistent/never\n${other}`);
      const before = picture(made);
      const said = await told(made, async () => {
        const { status, stdout } = await made.netconf("up", "-n", "-a");
        expect(status).toBe(0);
        expect(stdout).toMatch(
          /^ip link set dev v0 up\n[\s\S]*ip address replace 192\.0\.2\.1\/24[\s\S]*# v0: up touch/,
        );
      });
      expect(said).toBe("");
      await made.start();
      expect(picture(made)).toBe(before);
      expect((await made.netconf("apply", "--check")).stdout).toContain("ip address replace 198.51.100.1/24");
      expect((await made.ask("status", {})).pending).toBe(null);
      expect(picture(made)).toBe(before);
    },
    minute,
  );

  test(
    "a run folder that is full is told as a warning, and all works on",
    async () => {
      const inside = namespace();
      const small = { ...inside, inside: (...words: string[]) => inside.inside("sh", "-c", script, "sh", ...words) };
      const made = host(one + other, {}, small);
      made.env.REEVE_RUN = join(made.folder, "run");
      const script = `mkdir -p ${made.run} && mount -t tmpfs -o size=64k,mode=755 tmpfs ${made.run} && exec "$@"`;
      await made.start();
      const within = ["nsenter", "-t", String(made.pid), "-m", "-n"];
      const netconf = (...words: string[]) => reeve(["netconf", ...words], { env: made.env, within });
      const fill = `cat /dev/zero > ${made.run}/fill; test -S ${made.run}/netconf.sock`;
      expect(spawnSync(within[0]!, [...within.slice(1), "sh", "-c", fill]).status).toBe(0);
      expect(await netconf("up", "-a")).toMatchObject({ status: 0 });
      expect(made.addresses("v0")).toEqual(["192.0.2.1/24"]);
      const status = await netconf("status");
      expect([status.status, status.stdout]).toEqual([0, expect.stringMatching(/^warning: .*(journal|run)/m)]);
      expect(await netconf("down", "-a")).toMatchObject({ status: 0 });
      expect(made.addresses("v0")).toEqual([]);
    },
    minute,
  );

  test(
    "without a daemon and without a folder to write to interfaces come up all the same, and go down by the configuration",
    async () => {
      const text = `${one}  up touch up\n  down touch down\nauto b0\niface b0 inet static
  address 203.0.113.1/24\n  bridge_ports v1\n`;
      const made = unwritable(text.replaceAll("touch ", `touch ${temporaryFolder("marks")}/`), "$REEVE_RUN");
      const links = () =>
        made.namespace.json("link show").map(({ ifname, flags }) => [ifname, (flags as string[]).includes("UP")]);
      const before = links();
      const { status, stderr } = await made.netconf("up", "-a");
      expect([status, stderr]).toEqual([0, expect.stringContaining("without what cannot be written")]);
      expect([made.addresses("v0"), made.addresses("b0")]).toEqual([["192.0.2.1/24"], ["203.0.113.1/24"]]);
      made.namespace.ip("addr add 192.0.2.77/24 dev v0");
      const down = await made.netconf("down", "v0");
      expect([down.status, down.stderr]).toEqual([
        0,
        expect.stringMatching(/no record of it[\s\S]*SCRIPTS v0 down: done[\s\S]*IFDOWN v0: done/),
      ]);
      expect(made.addresses("v0")).toEqual(["192.0.2.77/24"]);
      expect(await made.netconf("down", "-a")).toMatchObject({ status: 0 });
      expect(links()).toEqual(before);
      expect((await made.netconf("down", "v0")).stderr).toContain("it is not configured");
    },
    minute,
  );

  test.each(["$REEVE_RUN", "$REEVE_RUN $REEVE_STATE"])(
    "a daemon that cannot write to %s brings up what is in `auto`, and follows what comes",
    async (folders) => {
      const made = unwritable(one + other.replaceAll("v1", "late0"), folders);
      const daemon = made.spawn("daemon", "--auto");
      const said = new TextDecoder().decode((await daemon.stdout.getReader().read()).value);
      expect(said).toContain("cannot be asked");
      const until = async (device: string, address: string) => {
        while (!made.addresses(device).includes(address)) await Bun.sleep(20);
      };
      await until("v0", "192.0.2.1/24");
      made.namespace.ip("link add late0 type veth peer late0-far");
      await until("late0", "198.51.100.1/24");
      daemon.kill();
      expect(await daemon.exited).toBe(0);
      const logged = await new Response(daemon.stderr).text();
      expect(logged).toMatch(/ERROR.*nobody can ask this daemon/);
      expect(logged).not.toContain("an apply may wait");
      const { status, stderr } = await made.netconf("daemon", "--background");
      expect([status, stderr]).toEqual([74, expect.not.stringContaining("internal")]);
      expect(made.addresses("v0")).toEqual(["192.0.2.1/24"]);
    },
    minute,
  );

  test(
    "links of NetworkManager and networkd are shown as theirs and left alone",
    async () => {
      const inside = namespace();
      const index = (name: string) => inside.json(`link show dev ${name}`)[0]?.ifindex;
      const script = `mount -t tmpfs tmpfs /run && mkdir -p /run/NetworkManager/devices /run/systemd/netif/links &&
        printf '[device]\\nmanaged=true\\n' > /run/NetworkManager/devices/${index("v0")} &&
        printf 'ADMIN_STATE=configured\\n' > /run/systemd/netif/links/${index("v1")} && exec "$@"`;
      const others = { ...inside, inside: (...words: string[]) => inside.inside("sh", "-c", script, "sh", ...words) };
      const made = host(one + other, {}, others);
      const before = picture(made);
      await made.start("--auto");
      await made.ask("apply", { timeout: 0 });
      const { interfaces } = await made.ask("status", {});
      const shown = interfaces.filter(({ name }) => /^v\d$/.test(name)).map(({ setup, manager }) => [setup, manager]);
      expect(shown).toEqual(
        [
          ["unmanaged", "systemd-networkd"],
          ["unmanaged", "NetworkManager"],
        ].toSorted(),
      );
      expect((await made.ask("up", { all: true })).interfaces.find(({ name }) => name === "v0")?.reason).toContain(
        "NetworkManager takes care of it",
      );
      expect((await made.ask("check", {})).same).toBe(true);
      expect(picture(made)).toBe(before);
      expect(await reeve(["netconf", "up", "v1"], { env: made.env, within: inside.inside() })).toMatchObject({
        status: 81,
      });
    },
    minute,
  );
});
