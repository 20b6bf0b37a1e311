/** Places where a file cannot be replaced: it is mounted there, or the file system is read-only. */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../lab/folder.ts";

const root = process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0;
if (!root) console.warn("skipped: mounts of one's own want root");

describe.skipIf(!root)("a resolv.conf that cannot be replaced", () => {
  /** What `ResolvFile` did, in a mount namespace that was prepared by these commands. */
  function inMounts(folder: string, commands: string): string {
    const code = `
      import { ResolvFile } from ${JSON.stringify(join(import.meta.dirname, "../../../src/netconf/dns/file.ts"))};
      const file = new ResolvFile({ path: "etc/resolv.conf", run: "run", state: "state" });
      try {
        file.set("eth0", { servers: ["192.0.2.1"], search: [], options: [] });
        console.log(await Bun.file("etc/resolv.conf").text());
        file.set("eth0", { servers: [], search: [], options: [] });
        console.log(await Bun.file("etc/resolv.conf").text());
      } catch (error) {
        console.log(error.code, error.message);
      }`;
    writeFileSync(join(folder, "code.ts"), code);
    const script = `cd "$1" && ${commands} && exec "$2" code.ts`;
    const words = ["--mount", "sh", "-c", script, "sh", folder, process.execPath];
    const { stdout, stderr } = spawnSync("unshare", words, { encoding: "utf8" });
    return stdout + stderr;
  }

  function prepared(): string {
    const folder = temporaryFolder("mounted");
    mkdirSync(join(folder, "etc"));
    writeFileSync(join(folder, "etc/resolv.conf"), "nameserver 9.9.9.9\n");
    writeFileSync(join(folder, "other"), "nameserver 8.8.8.8\n");
    return folder;
  }

  test("mounted (containers, ip netns exec): it is written in place", () => {
    const folder = prepared();
    const said = inMounts(folder, "mount --bind other etc/resolv.conf");
    expect(said).toMatch(/nameserver 192\.0\.2\.1\n[\s\S]*nameserver 8\.8\.8\.8\n/);
    expect(readFileSync(join(folder, "etc/resolv.conf"), "utf8")).toBe("nameserver 9.9.9.9\n");
    expect(readFileSync(join(folder, "other"), "utf8")).toBe("nameserver 8.8.8.8\n");
  });

  test("read-only: a problem that says so", () => {
    const folder = prepared();
    const said = inMounts(folder, "mount --bind etc etc && mount -o remount,ro,bind etc");
    expect(said).toMatch(/^io cannot write etc\/resolv\.conf: .*(EROFS|read-only)/);
    expect(readFileSync(join(folder, "etc/resolv.conf"), "utf8")).toBe("nameserver 9.9.9.9\n");
  });
});
