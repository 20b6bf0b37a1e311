/** The binary under the names ifup, ifdown and ifquery, for real, in a network namespace. */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../../lab/console.ts";
import { temporaryFolder } from "../../lab/folder.ts";
import { type Namespace, namespacesOrSkip } from "../../lab/netns.ts";

const lab = await namespacesOrSkip("ifup, ifdown and ifquery");

describe.skipIf(!lab)("by the names of the model", () => {
  const names = temporaryFolder();
  for (const name of ["ifup", "ifdown", "ifquery"]) symlinkSync(binary, join(names, name));
  let host: Namespace;
  let folder: string;
  let hosts = 0;

  beforeEach(() => {
    host = lab?.add(`host${hosts++}`, { ipv6: false }) as Namespace;
    host.ip("link add eth0 type veth peer name far0");
    folder = temporaryFolder();
    for (const phase of ["pre-up", "up", "down", "post-down"]) {
      mkdirSync(join(folder, `if-${phase}.d`));
      const script = join(folder, `if-${phase}.d`, "told");
      writeFileSync(
        script,
        `#!/bin/sh\necho "$PHASE $IFACE $LOGICAL $ADDRFAM $METHOD $CLASS $MODE" >> ${folder}/log\n`,
      );
      chmodSync(script, 0o755);
    }
  });
  afterAll(async () => {
    await lab?.remove();
    rmSync(names, { recursive: true });
  });

  function configure(text: string): void {
    writeFileSync(join(folder, "interfaces"), text);
  }

  function environment(): Record<string, string> {
    return {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: folder,
      REEVE_HOME: folder,
      REEVE_RUN: join(folder, "run"),
      REEVE_STATE: join(folder, "state"),
      REEVE_NETCONF_INTERFACES: join(folder, "interfaces"),
      REEVE_NETCONF_IFSTATE: join(folder, "ifstate"),
      REEVE_NETCONF_SCRIPTS: folder,
      REEVE_NETCONF_POLICY: join(folder, "policy"),
    };
  }

  function run(face: string, ...words: string[]) {
    const env = environment();
    const { exitCode, stdout, stderr } = Bun.spawnSync(host.inside(join(names, face), ...words), { env });
    return { exit: exitCode, out: stdout.toString(), err: stderr.toString() };
  }

  const quiet = { exit: 0, out: "", err: "" };

  function addresses(device: string): string[] {
    return host
      .json(`addr show dev ${device}`)
      .flatMap((link) => link.addr_info as { family: string; local: string; prefixlen: number }[])
      .filter(({ family }) => family === "inet")
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  }

  function log(): string[] {
    return readFileSync(join(folder, "log"), "utf8").trim().split("\n");
  }

  test("up, again, asked, down", () => {
    configure(
      "auto eth0\niface eth0 inet static\n  address 192.0.2.1/24\n  up echo command >> $LOG\n".replace(
        "$LOG",
        join(folder, "log"),
      ),
    );
    expect(run("ifup", "eth0")).toEqual(quiet);
    expect(addresses("eth0")).toEqual(["192.0.2.1/24"]);
    expect(log()).toEqual(["pre-up eth0 eth0 inet static  start", "command", "post-up eth0 eth0 inet static  start"]);

    expect(run("ifup", "eth0")).toEqual({ ...quiet, err: "ifup: interface eth0 already configured\n" });
    expect(run("ifquery", "--state")).toEqual({ ...quiet, out: "eth0=eth0\n" });
    expect(run("ifquery", "--state", "eth0", "eth1")).toEqual({ exit: 1, out: "eth0=eth0\n", err: "" });
    expect(run("ifquery", "eth0").out).toContain("address: 192.0.2.1\n");
    expect(log()).toHaveLength(3);

    expect(run("ifdown", "eth0")).toEqual(quiet);
    expect(addresses("eth0")).toEqual([]);
    expect(log().slice(3)).toEqual(["pre-down eth0 eth0 inet static  stop", "post-down eth0 eth0 inet static  stop"]);
    expect(run("ifquery", "--state")).toEqual(quiet);
    expect(run("ifdown", "eth0")).toEqual({ ...quiet, err: "ifdown: interface eth0 not configured\n" });
  });

  test("what is asked for does not hinder: a drifted interface is mended by ifup", () => {
    configure("iface eth0 inet static\n  address 192.0.2.1/24\n");
    expect(run("ifup", "eth0").exit).toBe(0);
    host.ip("addr flush dev eth0");
    expect(run("ifup", "eth0")).toEqual({ ...quiet, err: "ifup: interface eth0 already configured\n" });
    expect(addresses("eth0")).toEqual(["192.0.2.1/24"]);
  });

  test("all of auto, the loopback with them, a name without a stanza fails alone", () => {
    configure("auto eth0 nothing0\niface eth0 inet static\n  address 192.0.2.1/24\n");
    const up = run("ifup", "-a");
    expect({ ...up, err: up.err.includes("unknown interface nothing0") }).toEqual({ exit: 1, out: "", err: true });
    expect(addresses("eth0")).toEqual(["192.0.2.1/24"]);
    expect(addresses("lo")).toEqual(["127.0.0.1/8"]);
    expect(log().at(0)).toBe("pre-up --all auto meta none auto start");
    expect(log().at(-1)).toBe("post-up --all auto meta none auto start");
    expect(run("ifdown", "-a")).toEqual(quiet);
    expect(addresses("eth0")).toEqual([]);
  });

  test("a name of its own, a file of its own, an option of its own", () => {
    configure("");
    writeFileSync(join(folder, "other"), "iface home inet static\n  address 192.0.2.1/24\n");
    const words = ["-i", join(folder, "other"), `--state-dir=${join(folder, "elsewhere")}`];
    expect(run("ifup", ...words, "-o", "address=192.0.2.9/25", "eth0=home")).toEqual(quiet);
    expect(addresses("eth0")).toEqual(["192.0.2.9/25"]);
    expect(readFileSync(join(folder, "elsewhere", "ifstate"), "utf8")).toBe("eth0=home\n");
    expect(log().at(-1)).toBe("post-up eth0 home inet static  start");
    expect(run("ifdown", ...words, "eth0")).toEqual(quiet);
    expect(addresses("eth0")).toEqual([]);
  });

  test("a broken file is refused whole, and nothing is done", () => {
    configure("iface eth0 inet static\n  address 192.0.2.1/24\niface eth1 inet nonsense\n");
    const path = join(folder, "interfaces");
    for (const face of ["ifup", "ifdown", "ifquery"]) {
      const message = `${path}:3: unknown or no method and no inherits keyword specified`;
      const err = `${face}: ${message}\n${face}: couldn't read interfaces file "${path}"\n`;
      expect(run(face, "eth0")).toEqual({ exit: 1, out: "", err });
    }
    expect(addresses("eth0")).toEqual([]);
  });

  test("a failing command, and one that may fail", () => {
    configure("iface eth0 inet manual\n  pre-up false\n  up true\n");
    const failed = run("ifup", "eth0");
    expect([failed.exit, failed.err.startsWith("ifup: failed to bring up eth0")]).toEqual([1, true]);
    expect(run("ifup", "--ignore-errors", "eth0").exit).toBe(0);
    expect(run("ifdown", "eth0").exit).toBe(0);
  });

  test("a command of a stanza may call ifup itself, for another interface", () => {
    const settings = Object.entries(environment()).map(([name, value]) => `${name}=${value}`);
    const words = ["env", ...settings, join(names, "ifup"), "far0"].join(" ");
    configure(`iface eth0 inet manual\n  up ${words}\niface far0 inet static\n  address 192.0.2.2/24\n`);
    expect(run("ifup", "eth0")).toEqual(quiet);
    expect(addresses("far0")).toEqual(["192.0.2.2/24"]);
    expect(run("ifquery", "--state").out.trim().split("\n").sort()).toEqual(["eth0=eth0", "far0=far0"]);
  });

  test("--no-scripts leaves out the folders, not the commands; no-scripts is about logical names", () => {
    const told = (word: string) => `echo ${word} >> ${join(folder, "log")}`;
    configure(
      `no-scripts ho*\niface eth0 inet manual\n  up ${told("up")}\niface home inet manual\n  up ${told("home")}\n`,
    );
    expect(run("ifup", "--no-scripts", "eth0")).toEqual(quiet);
    expect(run("ifdown", "--no-scripts", "eth0")).toEqual(quiet);
    expect(run("ifup", "eth0=home")).toEqual(quiet);
    expect(log()).toEqual(["up", "home"]);
  });

  test("the same by the daemon", async () => {
    configure("auto eth0\niface eth0 inet static\n  address 192.0.2.1/24\niface far0 inet manual\n  pre-up false\n");
    const words = host.inside(binary, "netconf", "daemon");
    const daemon = Bun.spawn(words, { env: environment(), stdout: "pipe", stderr: "ignore" });
    try {
      const reader = daemon.stdout.getReader();
      for (let heard = ""; !heard.includes("netconf.sock"); ) {
        const { value, done } = await reader.read();
        expect([done, heard]).toEqual([false, heard]);
        heard += new TextDecoder().decode(value);
      }
      expect(run("ifup", "-a").exit).toBe(0);
      expect(addresses("eth0")).toEqual(["192.0.2.1/24"]);
      expect(run("ifup", "eth0").err).toBe("ifup: interface eth0 already configured\n");
      const failed = run("ifup", "far0");
      expect([failed.exit, failed.err.startsWith("ifup: failed to bring up far0: ")]).toEqual([1, true]);
      expect(run("ifup", "-v", "--force", "eth0").err).toContain("eth0");
      expect(run("ifup", "-o", "mtu=1400", "eth0").exit).toBe(1);
      expect(run("ifdown", "eth0")).toEqual(quiet);
      expect(addresses("eth0")).toEqual([]);
    } finally {
      daemon.kill();
      await daemon.exited;
    }
  });

  test("--no-act does nothing and says what the model would", () => {
    configure("iface eth0 inet static\n  address 192.0.2.1/24\n");
    const { exit, err } = run("ifup", "--no-act", "--no-scripts", "eth0");
    const lines = [
      "ip addr add 192.0.2.1/255.255.255.0 broadcast 192.0.2.255 dev eth0 label eth0",
      "ip link set dev eth0 up",
    ];
    expect([exit, err.trim().split("\n")]).toEqual([0, lines]);
    expect(addresses("eth0")).toEqual([]);
  });

  test("VLANs come after the device below them, and go with it", () => {
    configure("iface eth0 inet manual\niface eth0.5 inet static\n  address 192.0.2.1/24\n");
    const up = run("ifup", "eth0.5");
    if (up.exit !== 0 && host.run("sh", "-c", "ip link add v0 link eth0 type vlan id 9 2>&1 || true") !== "") {
      console.warn("skipped: VLANs: this kernel has none");
      return;
    }
    expect(up).toEqual(quiet);
    expect(run("ifquery", "--state").out).toBe("eth0.5=eth0.5\neth0=eth0\n");
    expect(run("ifdown", "eth0")).toEqual(quiet);
    expect(host.json("link").map(({ ifname }) => ifname)).not.toContain("eth0.5");
  });
});
