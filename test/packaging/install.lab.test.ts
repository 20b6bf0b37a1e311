/** The package's life on a Debian that has nothing else: installed, run by its units, upgraded, removed, purged. */
import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { people, slapdOrSkip, slapdPresent } from "../lab/slapd.ts";
import { DebianRoot, type Service } from "./debian-root.ts";
import { buildPackage, skipWithout, thePackage } from "./package.ts";

const minute = 60_000;
const programs = ["debootstrap", "dpkg-deb", "chroot", "unshare", "setpriv", "apt-get", "tar"];

describe.skipIf(skipWithout("installing the package", programs, true))("an installation", () => {
  let root: DebianRoot;
  const begun = performance.now();
  beforeAll(async () => {
    const file = await thePackage();
    root = await DebianRoot.create();
    expect(await root.install(file)).toContain("Setting up reeve (1.2.3)");
  }, 10 * minute);

  test("makes the user, its folders, and a configuration that only it and root read", async () => {
    expect(await root.output(["getent", "passwd", "reeve"])).toMatch(
      /^reeve:x:\d+:\d+:Reeve.*:\/var\/lib\/reeve:\S+nologin\n$/,
    );
    expect(await root.output(["getent", "shadow", "reeve"])).toMatch(/^reeve:!/);
    expect(await root.mode("/usr/bin/reeve")).toBe("755 root root");
    expect(await root.mode("/var/lib/reeve")).toBe("700 reeve reeve");
    expect(await root.mode("/etc/reeve/config.yml")).toBe("640 root reeve");
    expect(await root.mode("/etc/reeve/environments")).toBe("750 root reeve");
    expect(await root.output(["dpkg", "-s", "reeve"])).toMatch(
      /^Conffiles:\n \/etc\/reeve\/config\.yml [0-9a-f]{32}\n\S/m,
    );
    expect((await root.output(["dpkg", "--verify", "reeve"])).trim()).toBe("");
  });

  test("enables the console, and neither agent and listener, which have no server yet, nor the network engine", () => {
    const wants = "etc/systemd/system/multi-user.target.wants";
    for (const unit of ["reeve-agent", "reeve-backend", "reeve-listener", "reeve-netconf"]) {
      expect([unit, existsSync(root.file(`${wants}/${unit}.service`))]).toEqual([unit, false]);
    }
    expect(() => readFileSync(root.file(`${wants}/reeve-daemon.service`))).toThrow("ENOENT"); // a link out of the root
    expect(
      readFileSync(
        root.file("var/lib/systemd/deb-systemd-helper-enabled/multi-user.target.wants/reeve-daemon.service"),
        "utf8",
      ),
    ).toBe("");
  });

  test("is right as it is: the configuration it brings changes nothing", async () => {
    const shown = await root.output(["reeve", "daemon", "config"]);
    expect(shown).toContain("# files: /etc/reeve/config.yml, /etc/reeve/environments/deployment.yml");
    expect(shown.split("\n").filter((line) => line !== "" && !/# (default|files: .*)$|^# files/.test(line))).toEqual(
      [],
    );
  });

  test("a user that root adds before the first start leaves a database the console can open", async () => {
    await root.output(["reeve", "daemon", "user", "add", "alice", "--administrator"], "correct horse battery\n");
    expect(await root.mode("/var/lib/reeve/reeve.sqlite")).toBe("600 reeve reeve");
  });

  const running: Record<string, Service> = {};

  test(
    "the console's unit: ready when it answers, and root is its administrator",
    async () => {
      const daemon = await root.start("reeve-daemon", { REEVE_LISTEN: "127.0.0.1:0" });
      running.daemon = daemon;
      const ready = await daemon.told("READY=1");
      const url = /^STATUS=.* (http:\S+)$/m.exec(ready)?.[1] ?? "";
      const page = await fetch(url);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("Reeve")]);
      writeFileSync(
        root.file("etc/reeve/config.yml"),
        readFileSync(root.file("etc/reeve/config.yml"), "utf8")
          .replace("#servers: []", `servers: ["${url}/ocsinventory"]`)
          .replace('#tag: ""', "tag: kept"),
      );
      expect(await root.mode("/run/reeve/daemon.sock")).toBe("666 reeve reeve");
      expect(await root.mode("/run/reeve/modules")).toBe("700 reeve reeve");
      const hosts = JSON.parse(await root.output(["reeve", "daemon", "call", "inventory/query", "--json"]));
      expect(hosts).toEqual({ total: 0, hosts: [] });
      expect((await root.run(["reeve", "daemon", "status"])).stdout).toMatch(/^running as process \d+\n$/);
      const stranger = await root.run([
        ...["setpriv", "--reuid=nobody", "--clear-groups", "env", "HOME=/nonexistent", "reeve", "daemon", "call"],
        "inventory/query",
      ]);
      expect([stranger.status, stranger.stdout]).toEqual([77, ""]);
    },
    minute,
  );

  test(
    "the agent's unit reports to it, and root's `reeve agent` is that agent",
    async () => {
      const agent = await root.start("reeve-agent", {});
      running.agent = agent;
      await agent.told("READY=1");
      const hosts = async () => JSON.parse(await root.output(["reeve", "daemon", "call", "inventory/query", "--json"]));
      // The agent logs that it has sent; the console's own answer is what counts.
      let found = await hosts();
      while (found.total === 0) {
        await Bun.sleep(100);
        found = await hosts();
      }
      expect(found.total).toBe(1);
      expect(await root.mode("/var/lib/reeve-agent")).toBe("700 root root");
      expect(await root.mode("/var/lib/reeve-agent/device.json")).toMatch(/^600 root root$/);
      expect((await root.run(["reeve", "agent", "status"])).stdout).toMatch(/^running as process \d+\n$/);
      const inventory = JSON.parse(await root.output(["reeve", "agent", "--local", "-", "--json"]));
      expect(inventory.sections.SOFTWARES.map(({ NAME }: { NAME: string }) => NAME)).toContain("reeve");
      expect(inventory.deviceId).toBe(found.hosts[0].deviceId);
    },
    minute,
  );

  test(
    "both units end in order when they are told to",
    async () => {
      for (const [name, service] of Object.entries(running)) {
        const stopped = service.stop();
        await service.told("STOPPING=1");
        expect([name, await stopped]).toEqual([name, 0]);
      }
      expect((await root.run(["reeve", "agent", "status"])).status).toBe(3);
      expect((await root.run(["reeve", "daemon", "status"])).status).toBe(3);
    },
    minute,
  );

  test.skipIf(!slapdPresent())(
    "the listener's unit follows a directory, with root's handlers, for the console's database",
    async () => {
      const lab = (await slapdOrSkip({ ldif: () => people(3) }))!;
      await root.output(["install", "-d", "/etc/reeve/handlers"]);
      const handler = `#!/bin/sh
read -r start
echo '{"type":"ready","declaration":{"description":"notes","filter":"(uid=*)"}}'
while read -r line; do
  id=$(printf %s "$line" | sed 's/^{"type":"calls","calls":\\[{"id":"\\([^"]*\\)".*/\\1/')
  echo "$id" >> /var/lib/reeve/noted
  printf '{"type":"done","id":"%s"}\\n' "$id"
done
`;
      writeFileSync(root.file("etc/reeve/handlers/note"), handler, { mode: 0o755 });
      const env = { REEVE_LISTENER_SERVERS: lab.uri, REEVE_LISTENER_HANDLERS: "/etc/reeve/handlers" };
      const listener = await root.start("reeve-listener", env);
      await listener.told("READY=1");
      const status = async () => JSON.parse(await root.output(["reeve", "listener", "ctl", "status", "--json"]));
      let now = await status().catch(() => undefined);
      while (!now?.handlers.every(({ state }: { state: string }) => state === "following")) {
        await Bun.sleep(100);
        now = await status().catch(() => undefined);
      }
      expect(now.handlers.map(({ name }: { name: string }) => name)).toEqual(["note", "people"]);
      expect(readFileSync(root.file("var/lib/reeve/noted"), "utf8").trimEnd().split("\n")).toHaveLength(3);
      expect(await root.mode("/run/reeve/listener.sock")).toBe("600 reeve reeve");
      expect(await root.mode("/var/lib/reeve/listener")).toBe("700 reeve reeve");
      expect((await root.run(["reeve", "listener", "status"])).stdout).toMatch(/^running as process \d+\n$/);
      expect(await listener.stop()).toBe(0);
      await lab.kill();
    },
    minute,
  );

  test("the maintainer script may run again", async () => {
    for (const old of ["1.2.3", ""]) {
      await root.output(["/var/lib/dpkg/info/reeve.postinst", "configure", ...(old === "" ? [] : [old])]);
    }
    expect(await root.mode("/etc/reeve/config.yml")).toBe("640 root reeve");
  });

  test(
    "an upgrade keeps what an administrator has changed, and the data",
    async () => {
      await root.output(["chmod", "0600", "/etc/reeve/config.yml"]);
      expect(await root.install(await buildPackage("1.2.4", { DEB_COMPRESSION: "-Znone" }))).toContain(
        "reeve (1.2.4) over (1.2.3)",
      );
      expect(readFileSync(root.file("etc/reeve/config.yml"), "utf8")).toContain("  tag: kept\n");
      expect(await root.mode("/etc/reeve/config.yml")).toBe("600 root reeve");
      expect(await root.output(["reeve", "daemon", "user", "list"])).toContain("alice\tadministrator");
    },
    minute,
  );

  test(
    "removed, it leaves settings and data; purged, neither",
    async () => {
      writeFileSync(root.file("etc/reeve/environments/deployment.yml"), "log.level: DEBUG\n");
      await root.output(["dpkg", "-r", "reeve"]);
      for (const gone of [
        "usr/bin/reeve",
        "lib/systemd/system/reeve-daemon.service",
        "usr/share/man/man1/reeve.1.gz",
      ]) {
        expect([gone, existsSync(root.file(gone))]).toEqual([gone, false]);
      }
      for (const kept of ["etc/reeve/config.yml", "var/lib/reeve/reeve.sqlite", "var/lib/reeve-agent/device.json"]) {
        expect([kept, existsSync(root.file(kept))]).toEqual([kept, true]);
      }
      await root.output(["dpkg", "-P", "reeve"]);
      for (const gone of ["etc/reeve", "var/lib/reeve", "var/lib/reeve-agent"]) {
        expect([gone, existsSync(root.file(gone))]).toEqual([gone, false]);
      }
      const left = await root.output(["find", "/etc/systemd", "/var/lib/systemd", "-name", "reeve*"]);
      expect(left).toBe("");
      expect((await root.run(["getent", "passwd", "reeve"])).status).toBe(0);
      console.log(`installed to purged: ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    },
    minute,
  );
});
