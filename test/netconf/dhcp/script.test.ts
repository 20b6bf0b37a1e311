/** The script before the hook, run by the shell; and which program is given to clients. */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keepShort, lastLine } from "../../../src/netconf/dhcp/client-log.ts";
import { hookScript, scriptText } from "../../../src/netconf/dhcp/script.ts";
import { clientFolder, dhclientConfined } from "../../../src/netconf/dhcp/suppliers.ts";
import { installedCommand } from "../../../src/process/self.ts";
import { temporaryFolder } from "../../lab/folder.ts";

describe("the script before the hook", () => {
  /** Its exit code, and the words its program was called with; undefined: it was not. */
  function call(program: string, environment: Record<string, string>): { code: number | null; called?: string } {
    const folder = temporaryFolder("script's");
    const hook = join(folder, "the hook");
    if (program !== "") writeFileSync(hook, `#!/bin/sh\necho "$*" > "${folder}/called"\n${program}\n`, { mode: 0o755 });
    const script = join(folder, "script");
    writeFileSync(script, scriptText([hook]), { mode: 0o755 });
    const { status } = spawnSync(script, { env: { PATH: "/usr/bin:/bin", REEVE_HOOK: "/x", ...environment } });
    const called = join(folder, "called");
    return { code: status, ...(existsSync(called) ? { called: readFileSync(called, "utf8").trim() } : {}) };
  }

  test("calls the hook, and says conflict for its code alone", () => {
    const called = "netconf dhcp-hook";
    expect(call("exit 0", { reason: "BOUND" })).toEqual({ code: 0, called });
    expect(call("exit 3", { reason: "BOUND" })).toEqual({ code: 3, called });
    for (const defect of ["exit 1", "exit 70", "kill -9 $$", "kill -ABRT $$"]) {
      expect(call(defect, { reason: "BOUND" })).toEqual({ code: 0, called });
    }
    expect(call("", { reason: "BOUND" })).toEqual({ code: 0 });
  });

  test("answers PREINIT by itself where no Reeve has a socket, and only that", () => {
    const socket = join(temporaryFolder("socket"), "hook.sock");
    using _server = Bun.listen({ unix: socket, socket: { data() {} } });
    for (const reason of ["PREINIT", "PREINIT6"]) {
      expect(call("exit 0", { reason })).toEqual({ code: 0 });
      expect(call("exit 0", { reason, REEVE_HOOK: socket }).called).toBe("netconf dhcp-hook");
    }
    expect(call("exit 0", { reason: "EXPIRE" }).called).toBe("netconf dhcp-hook");
  });

  test("is Debian's own for clients of others", () => {
    expect(scriptText(["reeve"])).toContain('[ -n "$REEVE_HOOK" ] || exec /sbin/dhclient-script\n');
  });
});

describe("which program clients are given", () => {
  test("the one that was set; else one of the state folder, which is made once", () => {
    const folder = join(temporaryFolder("hook"), "netconf");
    expect(hookScript("/opt/script", folder, "/run")).toBe("/opt/script");
    const path = hookScript("", folder, "/run");
    const { ino, mode } = statSync(path);
    expect([path, mode & 0o111]).toEqual([join(folder, "reeve-dhcp-hook"), 0o111]);
    expect(readFileSync(path, "utf8")).toBe(scriptText(installedCommand([])));
    hookScript("", folder, "/run");
    expect(statSync(path).ino).toBe(ino);
    // Of another version, or of a program that was elsewhere.
    writeFileSync(path, "#!/bin/sh\n");
    hookScript("", folder, "/run");
    expect(readFileSync(path, "utf8")).toBe(scriptText(installedCommand([])));
  });

  test("where nothing can be written, and there are but sources, there is none", () => {
    expect(() => hookScript("", "/proc/nowhere", "/proc")).toThrow("/proc/nowhere");
  });

  test("AppArmor confines dhclient only where its own profile is enforced", () => {
    const profiles = join(temporaryFolder("apparmor"), "profiles");
    expect(dhclientConfined(profiles)).toBe(false);
    const others = "/usr/lib/connman/scripts/dhclient-script (enforce)\n/usr/sbin/ntpd (enforce)\n";
    writeFileSync(profiles, others);
    expect(dhclientConfined(profiles)).toBe(false);
    writeFileSync(profiles, `${others}/{,usr/}sbin/dhclient (complain)\n`);
    expect(dhclientConfined(profiles)).toBe(false);
    writeFileSync(profiles, `${others}/{,usr/}sbin/dhclient (enforce)\n`);
    expect(dhclientConfined(profiles)).toBe(true);
    if (!dhclientConfined()) expect(clientFolder("/var/lib/reeve")).toBe("/var/lib/reeve/netconf/dhcp");
  });
});

describe("what a client prints", () => {
  test("its last line, fit for a terminal; a file that grew is emptied", () => {
    const path = join(temporaryFolder("log"), "log");
    expect(lastLine(path)).toBe("");
    writeFileSync(path, `first\nDHCPOFFER of \u001b[31mx\u0007\n\n`);
    expect(lastLine(path)).toBe("DHCPOFFER of ?[31mx?");
    keepShort(path);
    expect(lastLine(path)).not.toBe("");
    writeFileSync(path, "line\n".repeat(20_000));
    expect(lastLine(path)).toBe("line");
    keepShort(path);
    expect([lastLine(path), statSync(path).size]).toEqual(["", 0]);
  });
});
