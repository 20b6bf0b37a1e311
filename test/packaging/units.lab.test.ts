/** The systemd units: right by systemd's own check, shut tight, and wide enough for what the services do. */
import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { problemCodes } from "../../src/problem.ts";
import { tag } from "../../src/snmp/value.ts";
import { openStore } from "../../src/store/database.ts";
import type { NewJob } from "../../src/store/job.ts";
import { ended, put } from "../backend/backends.ts";
import { adminPassword, binary, Visitor } from "../lab/console.ts";
import { startResponder } from "../lab/responder.ts";
import { people, slapdOrSkip, slapdPresent } from "../lab/slapd.ts";
import { output, packageFiles, scratch, skipWithout, tool } from "./package.ts";
import { allowedCalls, serviceSettings } from "./unit-file.ts";

const minute = 60_000;
const units = ["reeve-daemon", "reeve-agent", "reeve-backend", "reeve-listener", "reeve-netconf"];

describe.skipIf(skipWithout("systemd units", ["systemd-analyze", "dpkg-deb"]))("units", () => {
  let files: string;
  const unit = (name: string) => join(files, "lib/systemd/system", `${name}.service`);
  beforeAll(async () => {
    files = await packageFiles();
  }, minute);

  test("systemd-analyze verify finds nothing, manual pages included", async () => {
    const folder = scratch("units");
    for (const name of [...units, "reeve-netconf-wait-online"]) {
      // The program is not installed on this machine; everything else is as it is in the package.
      const text = readFileSync(unit(name), "utf8").replaceAll("=/usr/bin/reeve ", `=${files}/usr/bin/reeve `);
      const path = join(folder, `${name}.service`);
      writeFileSync(path, text);
      const verified = await tool(["systemd-analyze", "verify", path], {
        env: { MANPATH: join(files, "usr/share/man") },
      });
      expect([name, verified.stdout + verified.stderr, verified.status]).toEqual([name, "", 0]);
    }
  });

  test("systemd-analyze security: daemon, backend and listener at most 1.8, the agent, which is root, at most 4.0", async () => {
    for (const [name, threshold] of [
      ["reeve-daemon", 18],
      ["reeve-backend", 18],
      ["reeve-listener", 18],
      ["reeve-agent", 40],
    ] as const) {
      const { status, stdout } = await tool([
        ...["systemd-analyze", "security", "--offline=true", `--threshold=${threshold}`, unit(name)],
      ]);
      expect([status, stdout.trimEnd().split("\n").at(-1)]).toEqual([0, expect.stringContaining("OK")]);
    }
  });

  test("what a restart would not change is not restarted, and the JIT may write code", () => {
    const lasting: Record<string, (keyof typeof problemCodes)[]> = {
      "reeve-daemon": ["usage", "config", "schema-outdated", "schema-newer"],
      "reeve-agent": ["usage", "config"],
      "reeve-backend": ["usage", "config", "schema-outdated", "schema-newer"],
      "reeve-listener": ["usage", "config"],
      "reeve-netconf": ["usage", "config"],
    };
    for (const name of units) {
      const settings = serviceSettings(unit(name));
      const codes = (lasting[name] ?? []).map((code) => problemCodes[code].exit).sort();
      expect(settings("RestartPreventExitStatus")).toEqual([codes.join(" ")]);
      expect(settings("MemoryDenyWriteExecute")).toEqual([]);
      expect(settings("Type")).toEqual(["notify"]);
      expect(settings("UnsetEnvironment")[0]).toMatch(/\bBUN_BE_BUN BUN_OPTIONS\b.*\bNODE_OPTIONS\b/);
    }
    // They work on the console's database as its user; root's agent keeps to itself.
    for (const name of ["reeve-daemon", "reeve-backend", "reeve-listener"]) {
      const settings = serviceSettings(unit(name));
      expect(settings("User")).toEqual(["reeve"]);
      expect(settings("StateDirectory")).toEqual(["reeve"]);
      expect(settings("RuntimeDirectoryPreserve")).toEqual(["yes"]);
    }
    expect(serviceSettings(unit("reeve-agent"))("StateDirectory")).toEqual(["reeve-agent"]);
  });

  const untraceable = skipWithout("system calls of the services", ["strace"]);

  /** What a run asked the kernel for that its unit would refuse: system calls and address families. */
  async function refused(trace: string, name: string, programs: RegExp[]): Promise<string[]> {
    const started = readFileSync(trace, "latin1").match(/^\d+ +execve\(.*$/gm) ?? [];
    for (const program of programs) expect(started.filter((line) => program.test(line))).not.toEqual([]);
    const settings = serviceSettings(unit(name));
    const allowed = await allowedCalls(settings);
    const families = new Set(settings("RestrictAddressFamilies").flatMap((line) => line.split(" ")));
    const found = new Set<string>();
    let calls = 0;
    for (const [, call = "", family] of readFileSync(trace, "latin1").matchAll(/^\d+ +(\w+)\((?:(AF_\w+))?/gm)) {
      calls += 1;
      if (!allowed.has(call)) found.add(call);
      if (call === "socket" && family && !families.has(family)) found.add(family);
    }
    console.log(`${name}: ${calls} system calls looked at`);
    expect(calls).toBeGreaterThan(1000);
    return [...found];
  }

  test.skipIf(untraceable)(
    "the daemon and its module processes make no system call that the unit forbids",
    async () => {
      const folder = scratch("daemon");
      const [trace, password] = [join(folder, "trace"), join(folder, "password")];
      writeFileSync(password, adminPassword, { mode: 0o600 });
      // Not as root, for whom SQLite does more.
      const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
      if (user.length > 0) for (const path of [folder, password]) await output(["chown", "nobody", path]);
      const program = join(files, "usr/bin/reeve");
      const daemon = Bun.spawn(
        [
          ...["strace", ...user, "-f", "-qq", "-o", trace, program, "daemon", "--state", join(folder, "state")],
          ...["--listen", "127.0.0.1:0", "--admin-password-file", password, "--with", "agent"],
        ],
        { stdout: "pipe", stderr: "ignore", stdin: "ignore", cwd: "/", env: { PATH: "/usr/bin:/bin", HOME: folder } },
      );
      try {
        let said = "";
        for await (const piece of daemon.stdout.pipeThrough(new TextDecoderStream())) {
          said += piece;
          if (/console: \S+\n/.test(said)) break;
        }
        const url = /console: (\S+)\n/.exec(said)?.[1] ?? "";
        const answer = await fetch(`${url}/auth`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ options: { username: "admin", password: adminPassword } }),
        });
        const cookie = /UMCSessionId=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "")?.[1] ?? "";
        const visitor = new Visitor(url, cookie);
        // The embedded agent's programs run under the same filter: its report tells that they have run.
        for (let reported = 0; reported === 0; ) {
          const hosts = await visitor.call("inventory/query", {});
          expect(hosts.status).toBe(200);
          reported = hosts.json.result.total;
          if (reported === 0) await Bun.sleep(50);
        }
      } finally {
        process.kill(Number(readFileSync(join(folder, "state", "run", "daemon.pid"), "utf8")), "SIGTERM");
        expect(await daemon.exited).toBe(0);
      }
      expect(await refused(trace, "reeve-daemon", [/"reeve", "module"/, /"agent", "task"/, /setpriv/])).toEqual([]);
    },
    2 * minute,
  );

  test.skipIf(untraceable)(
    "the agent collecting an inventory makes no system call that the unit forbids",
    async () => {
      const trace = join(scratch("agent"), "trace");
      await output(["strace", "-f", "-qq", "-o", trace, binary, "agent", "--local", "-"]);
      expect(await refused(trace, "reeve-agent", [/"agent", "task"/, /setpriv/])).toEqual([]);
    },
    minute,
  );

  test.skipIf(untraceable)(
    "the backend and its workers make no system call that the unit forbids",
    async () => {
      const folder = scratch("backend");
      const trace = join(folder, "trace");
      const text = (value: string) => ({ type: tag.octetString, value: new TextEncoder().encode(value) });
      const rows = [
        { oid: "1.3.6.1.2.1.1.1.0", ...text("a switch") },
        { oid: "1.3.6.1.2.1.1.2.0", type: tag.oid, value: "1.3.6.1.4.1.99999.1" },
        { oid: "1.3.6.1.2.1.1.3.0", type: tag.timeTicks, value: 4711 },
        { oid: "1.3.6.1.2.1.1.5.0", ...text("sw1") },
        { oid: "1.3.6.1.2.1.2.2.1.2.7", ...text("eth7") },
      ];
      const responder = await startResponder({ devices: new Map([["public", { rows }]]) });
      const state = join(folder, "state");
      const told = join(folder, "told");
      writeFileSync(join(folder, "hook"), `#!/bin/sh\ncat > ${told}\n`, { mode: 0o755 });
      writeFileSync(
        join(folder, "config.yml"),
        `backend:\n  workers: 1\n  recycleAfter: 3\n  schedule: {}\n  hooks: { a: { event: discover, exec: ${join(folder, "hook")} } }\n`,
      );
      const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
      if (user.length > 0) await output(["chown", "-R", "nobody", folder]);
      const env = { PATH: "/usr/bin:/bin", HOME: folder, REEVE_HOME: folder, REEVE_RUN: join(folder, "run") };
      const program = join(files, "usr/bin/reeve");
      const backend = Bun.spawn(["strace", ...user, "-f", "-qq", "-o", trace, program, "backend", "--state", state], {
        stdout: "pipe",
        stderr: "ignore",
        stdin: "ignore",
        cwd: "/",
        env,
      });
      try {
        for await (const piece of backend.stdout.pipeThrough(new TextDecoderStream()))
          if (piece.includes("workers on")) break;
        const store = await openStore({ url: `sqlite:${join(state, "reeve.sqlite")}` });
        const device = `127.0.0.1:${responder.port}`;
        const end = async (job: NewJob) => {
          const { status, message } = await ended(store, await put(store, job));
          return status === "done" ? job.action : `${job.action}: ${message}`;
        };
        expect(await end({ action: "pingsweep", extra: "127.0.0.0/29 ::1" })).toBe("pingsweep");
        for (const action of ["discover", "macsuck", "arpnip", "nbtstat", "snapshot"]) {
          expect(await end({ action, device })).toBe(action);
        }
        expect(await end({ action: "expire" })).toBe("expire");
        await store.close();
        while (!existsSync(told)) await Bun.sleep(50);
      } finally {
        process.kill(Number(readFileSync(join(folder, "run", "backend.pid"), "utf8")), "SIGTERM");
        expect(await backend.exited).toBe(0);
        await responder.stop();
      }
      expect(await refused(trace, "reeve-backend", [/"backend", "worker"/, /setpriv/])).toEqual([]);
    },
    2 * minute,
  );

  test.skipIf(untraceable || !slapdPresent())(
    "the listener and handlers of every kind make no system call that the unit forbids",
    async () => {
      const lab = (await slapdOrSkip({ ldif: () => people(3) }))!;
      const folder = scratch("listener");
      const at = (name: string) => join(folder, name);
      const [trace, password, told] = [at("trace"), at("password"), at("told")];
      mkdirSync(at("handlers"));
      writeFileSync(password, lab.password, { mode: 0o600 });
      const filter = "(objectClass=person)";
      writeFileSync(
        at("handlers/script.ts"),
        `export const description = "x", filter = "${filter}"; export function handler() {}`,
        { mode: 0o644 },
      );
      writeFileSync(
        at("handlers/module.py"),
        `import subprocess\nname = description = "module"\nfilter = "${filter}"\ndef handler(dn, new, old): subprocess.check_call(["true"])\n`,
        { mode: 0o644 },
      );
      writeFileSync(at("program"), `#!/bin/sh\ncat >> ${told}\n`, { mode: 0o755 });
      writeFileSync(
        at("config.yml"),
        `listener:\n  shipped:\n    people: {}\n    exec: { command: ${at("program")}, filter: "${filter}" }\n` +
          `    journal: { file: ${at("changes.ldif")} }\n`,
      );
      const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
      if (user.length > 0) await output(["chown", "-R", "nobody", folder]);
      const env = { PATH: "/usr/bin:/bin", HOME: folder, REEVE_HOME: folder, REEVE_RUN: at("run") };
      const words = [
        "-H",
        lab.uri,
        "-D",
        lab.admin,
        "-y",
        password,
        "-m",
        at("handlers"),
        "--state",
        at("state"),
        "-P",
      ];
      const program = join(files, "usr/bin/reeve");
      const done = await tool(["strace", ...user, "-f", "-qq", "-o", trace, program, "listener", ...words], { env });
      await lab.kill();
      expect(done.status).toBe(0);
      expect(readFileSync(told, "utf8").match(/"initial":true/g)).toHaveLength(3);
      expect(readFileSync(at("changes.ldif"), "utf8").match(/^changetype: add$/gm)).toHaveLength(5);
      const programs = [/"listener", "handler"/, /python3/, /setpriv/];
      expect(await refused(trace, "reeve-listener", programs)).toEqual([]);
    },
    2 * minute,
  );

  test.skipIf(skipWithout("the agent without its capabilities", ["setpriv", "unshare"], true))(
    "with the unit's capabilities and a file system it cannot write to, the agent finds as much as without bounds",
    async () => {
      const kept = (serviceSettings(unit("reeve-agent"))("CapabilityBoundingSet")[0] ?? "")
        .split(" ")
        .map((name) => `+${name.replace("CAP_", "").toLowerCase()}`);
      const state = scratch("state");
      mkdirSync(state, { recursive: true });
      const collect = [binary, "agent", "--local", "-", "--json", "--state", state];
      const bounds = ["setpriv", "--no-new-privs", `--bounding-set=-all,${kept.join(",")}`];
      const readOnly = ["unshare", "--mount", "sh", "-c", 'mount -o remount,ro,bind / && exec "$@"', "sh"];
      const count = async (command: string[]) => {
        const { sections, incomplete } = JSON.parse(await output(command));
        const rows = Object.entries(sections as Record<string, unknown[]>).map(([name, list]) => [name, list.length]);
        return { rows, incomplete };
      };
      expect(await count([...readOnly, ...bounds, ...collect])).toEqual(await count(collect));
    },
    minute,
  );
});
