/** What somebody at a terminal, or a pipeline, has of the commands: where they end, and what they say then. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../lab/console.ts";
import { NetconfHost } from "../lab/netconf.ts";
import { namespacesOrSkip } from "../lab/netns.ts";

const lab = await namespacesOrSkip("netconf at a terminal");
const minute = 60_000;
const plain = "iface v0 inet static\n  address 192.0.2.1/24\n";

describe.skipIf(!lab)("netconf at a terminal", () => {
  const hosts: NetconfHost[] = [];

  function host(interfaces: string): NetconfHost {
    const inside = lab!.add(`t${hosts.length}`, { ipv6: false });
    inside.ip("link add v0 type veth peer v0-far");
    inside.ip("link set v0-far up");
    const made = new NetconfHost(inside, interfaces);
    hosts.push(made);
    return made;
  }

  afterEach(async () => {
    for (const one of hosts) await one.stop("SIGKILL");
  });
  afterAll(() => lab!.remove());

  test(
    "a monitor whose reader has seen enough ends with the next line; one that cannot write says so",
    async () => {
      const made = host(plain);
      await made.start();
      for (const [rest, status, text] of [
        ["| head -n 1", 0, ""],
        ["> /dev/full", 74, "could not be written"],
      ] as const) {
        const script = `set -o pipefail; "$0" netconf monitor --no-kernel ${rest}`;
        const child = Bun.spawn(made.namespace.inside("bash", "-c", script, binary), {
          stdio: ["ignore", "ignore", "pipe"],
          env: made.env,
        });
        // It follows as soon as it is heard of; then there is more to come than anybody reads.
        const ended = child.exited.then(() => true);
        while (!(await Promise.race([ended, made.netconf("up", "-f", "v0").then(() => false)]))) {
          await made.netconf("down", "v0");
        }
        expect([rest, await child.exited]).toEqual([rest, status]);
        expect(await new Response(child.stderr).text()).toContain(text);
      }
    },
    minute,
  );

  test(
    "Ctrl-C tells that the daemon goes on, and how to follow it",
    async () => {
      const made = host("");
      const gate = join(made.folder, "gate");
      spawnSync("mkfifo", [gate]);
      made.write(`${plain}  pre-up cat ${gate} >/dev/null\n`);
      await made.start();
      let up = made.spawn();
      await made.until(/^CTLSOCK_IFUP v0: requested/, async () => {
        up = made.spawn("up", "v0");
      });
      const [{ id = 0 } = {}] = (await made.ask("events", { limit: 1, kind: "CTLSOCK_IFUP" })).events;
      const said = up.stderr.getReader();
      let text = new TextDecoder().decode((await said.read()).value);
      up.kill("SIGINT");
      for (let piece = await said.read(); !piece.done; piece = await said.read())
        text += new TextDecoder().decode(piece.value);
      expect(text).toContain(`stopped by SIGINT; the daemon goes on: \`reeve netconf attach ${id}\``);
      const attached = made.netconf("attach", String(id));
      writeFileSync(gate, "");
      expect((await attached).status).toBe(0);
    },
    minute,
  );

  test(
    "a dry run is of what the daemon has read, also as JSON; without a daemon of the file",
    async () => {
      const made = host(plain);
      const step = (address: string) => `ip address replace ${address} dev v0 broadcast 192.0.2.255`;
      await made.start();
      made.write(plain.replace(".1/24", ".9/24"));
      const { stdout } = await made.netconf("up", "--dry-run", "--json", "v0");
      expect(JSON.parse(stdout).steps).toContain(step("192.0.2.1/24"));
      expect((await made.netconf("up", "-n", "v0")).stdout).toContain(step("192.0.2.1/24"));
      expect(made.addresses("v0")).toEqual([]);
      expect((await made.ask("events", { limit: 9 })).events).toEqual([]);
      await made.netconf("up", "v0");
      expect((await made.netconf("down", "-n", "v0")).stdout).toContain("ip address delete 192.0.2.1/24 dev v0");
      expect(made.addresses("v0")).toEqual(["192.0.2.1/24"]);
      await made.stop();
      expect((await made.netconf("up", "-n", "v0")).stdout).toContain(step("192.0.2.9/24"));
    },
    minute,
  );

  test(
    "who is alone is not sent to a daemon that is not there; who asks one is told that there is none",
    async () => {
      const made = host(`${plain}  up false\n`);
      const up = await made.netconf("up", "v0");
      expect([up.status, up.stderr]).toEqual([81, expect.stringMatching(/v0: up failed\n$/)]);
      expect((await made.netconf("why", "v0")).stderr).toContain("does the daemon run?");
      await made.start();
      expect((await made.netconf("up", "v0")).stderr).toContain("`reeve netconf why v0` says more");
    },
    minute,
  );
});
