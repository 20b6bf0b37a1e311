/**
 * What Bun 1.4.5 does to a compiled program that nobody would guess. Where we have a remedy, the test holds the remedy;
 * where we live with it, it holds what is known, so that another Bun shows what has changed.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { binary, Console, reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { output, skipWithout, tool, top } from "../packaging/package.ts";

const minute = 60_000;
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder whose `bunfig.toml` and `.env` change what runs in it; `marker` exists once they have. */
function baitedFolder(): { path: string; marker: string; preload: string } {
  const path = join(folder, crypto.randomUUID());
  mkdirSync(path);
  const [marker, preload] = [join(path, "marker"), join(path, "preload.ts")];
  writeFileSync(preload, `require("node:fs").writeFileSync(${JSON.stringify(marker)}, "");`);
  writeFileSync(join(path, "bunfig.toml"), `preload = ["./preload.ts"]\n`);
  writeFileSync(join(path, ".env"), "REEVE_LISTEN=192.0.2.1:1\nREEVE_LOG_LEVEL=nonsense\n");
  return { path, marker, preload };
}

describe.skipIf(skipWithout("the built binary", []))("the built binary", () => {
  test("runs nothing and reads nothing from the folder it is started in (trap 1)", async () => {
    const { path, marker } = baitedFolder();
    const shown = await reeve(["daemon", "config", "--json"], { cwd: path });
    expect([shown.status, JSON.parse(shown.stdout).listen]).toEqual([0, "127.0.0.1:8090"]);
    expect(existsSync(marker)).toBe(false);
  });

  test(
    "known: without our build flags it would (trap 1)",
    async () => {
      const { path, marker } = baitedFolder();
      const program = join(path, "plain");
      writeFileSync(join(path, "plain.ts"), "console.log(process.env.REEVE_LISTEN);");
      await output([process.execPath, "build", "--compile", `--outfile=${program}`, join(path, "plain.ts")], {
        cwd: folder,
      });
      expect((await output([program], { cwd: path })).trim()).toBe("192.0.2.1:1");
      expect(existsSync(marker)).toBe(true);
    },
    minute,
  );

  test("known: BUN_BE_BUN and BUN_OPTIONS turn it into something else; units unset them (trap 2)", async () => {
    const { marker, preload } = baitedFolder();
    const other = await tool([binary, "-e", "console.log(6 * 7)"], { env: { BUN_BE_BUN: "1" } });
    expect(other.stdout).toBe("42\n");
    await tool([binary, "--version"], { env: { BUN_OPTIONS: `--preload ${preload}` } });
    expect(existsSync(marker)).toBe(true);
  });

  test.skipIf(skipWithout("stripping", ["strip"]))(
    "known: stripped it is no longer Reeve (trap 3)",
    async () => {
      const copy = join(folder, "stripped");
      copyFileSync(binary, copy);
      await output(["strip", copy]);
      const ran = await tool([copy, "daemon", "config"]);
      expect(ran.status).not.toBe(0);
      expect(ran.stdout + ran.stderr).toContain('Script not found "daemon"');
      rmSync(copy);
    },
    minute,
  );

  test("is not stripped, and asks for nothing newer than glibc 2.17", async () => {
    const sections = await output(["readelf", "-W", "-S", binary]);
    expect(sections).toContain(".symtab");
    const versions = [...(await output(["readelf", "-W", "--version-info", binary])).matchAll(/GLIBC_(\d+)\.(\d+)/g)];
    const newest = Math.max(...versions.map(([, major, minor]) => Number(major) * 1000 + Number(minor)));
    expect(newest).toBe(2017);
    const needed = [...(await output(["readelf", "-W", "-d", binary])).matchAll(/NEEDED.*\[(.+?)\.so/g)];
    const libraries = needed.map(([, name = ""]) => name).filter((name) => !name.startsWith("ld-linux"));
    expect(libraries.sort()).toEqual(["libc", "libdl", "libm", "libpthread"]);
  });

  test(
    "the same sources make the same binary, byte for byte",
    async () => {
      const path = join(folder, "again", "reeve");
      const build = async () => {
        rmSync(path, { force: true });
        // The recipe alone: what it needs is made already.
        await output(["make", "-C", top, "-o", ".tools/setup", `BINARY=${path}`, path], {
          env: { HOME: process.env.HOME ?? "/" },
        });
        return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
      };
      mkdirSync(join(folder, "again"));
      expect(await build()).toBe(await build());
      rmSync(join(folder, "again"), { recursive: true });
    },
    2 * minute,
  );

  test.skipIf(skipWithout("no /proc", ["unshare"], true))("known: without /proc it does not start", async () => {
    const hidden = 'mount -t tmpfs none /proc && exec "$0" --version';
    const ran = await tool(["unshare", "--mount", "sh", "-c", hidden, binary]);
    expect([ran.status === 0, ran.stdout]).toEqual([false, ""]);
  });

  test(
    "what a slow reader has not taken yet is not lost at the end (trap 12)",
    async () => {
      const child = Bun.spawn([binary, "agent", "--local", "-", "--json"], {
        stdout: "pipe",
        stderr: "pipe",
        cwd: "/",
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: folder, REEVE_HOME: folder },
      });
      const stderr = child.stderr.getReader();
      await stderr.read(); // "inventory collected": from here on it writes
      const text = await new Response(child.stdout).text();
      expect(await child.exited).toBe(0);
      expect(text.length).toBeGreaterThan(65_536);
      expect(Object.keys(JSON.parse(text))).toContain("sections");
    },
    minute,
  );

  test("known: calls into libc do not work under MemoryDenyWriteExecute (trap 17)", async () => {
    // PR_SET_MDWE (65), PR_MDWE_REFUSE_EXEC_GAIN (1): what systemd's setting is on a recent kernel; children inherit it.
    const script = `
      const { dlopen } = require("bun:ffi");
      const { prctl } = dlopen("libc.so.6", { prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" } }).symbols;
      const set = prctl(65, 1n, 0n, 0n, 0n);
      const call = 'require("bun:ffi").dlopen("libc.so.6", { getpid: { args: [], returns: "i32" } }).symbols.getpid()';
      const ran = Bun.spawnSync([${JSON.stringify(binary)}, "-e", call], { env: { BUN_BE_BUN: "1" }, stderr: "pipe" });
      console.log(JSON.stringify({ set, status: ran.exitCode, said: ran.stderr.toString() }));`;
    const { set, status, said } = JSON.parse(await output([process.execPath, "-e", script]));
    if (set !== 0) return console.warn("skipped: this kernel has no PR_SET_MDWE");
    expect(status).not.toBe(0);
    expect(said).toContain("requires the JIT");
  });
});

describe.skipIf(skipWithout("the built daemon", []))("processes of ours", () => {
  let console_: Console;
  let copy: string;

  beforeAll(async () => {
    copy = join(folder, "reeve-copy");
    copyFileSync(binary, copy);
    // Harmless to the daemon itself, and yet they must not cross.
    const env = {
      BUN_OPTIONS: "--smol",
      NODE_OPTIONS: "--no-warnings",
      BUN_CONFIG_VERBOSE_FETCH: "0",
      LD_DEBUG_OUTPUT: "/dev/null",
    };
    console_ = await Console.start({ program: copy, env });
  }, minute);
  afterAll(() => console_?.stop());

  test(
    "start from the running file after an upgrade has replaced and removed it, and get a clean environment",
    async () => {
      const inode = statSync(copy).ino;
      writeFileSync(`${copy}.new`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
      renameSync(`${copy}.new`, copy);
      expect(statSync(copy).ino).not.toBe(inode);
      rmSync(copy);

      const admin = await console_.login();
      const { pid } = (await admin.call("lab/echo", { value: 1 })).json.result;
      expect(readlinkSync(`/proc/${pid}/exe`)).toBe(`${copy} (deleted)`);
      expect(statSync(`/proc/${pid}/exe`).ino).toBe(inode);

      const names = readFileSync(`/proc/${pid}/environ`, "latin1")
        .split("\0")
        .map((line) => line.split("=")[0]);
      expect(names).toContain("PATH");
      expect(
        names.filter(
          (name) =>
            /^(BUN|NODE|LD)_/.test(name ?? "") &&
            name !== "NODE_CHANNEL_FD" &&
            name !== "NODE_CHANNEL_SERIALIZATION_MODE",
        ),
      ).toEqual([]);
      expect(readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").slice(0, 2)).toEqual(["reeve", "module"]);
    },
    minute,
  );
});

describe("Bun itself", () => {
  test("known: a Unix socket that was left behind cannot be listened on (trap 8)", async () => {
    const path = join(folder, "stale.sock");
    const script = `Bun.listen({ unix: ${JSON.stringify(path)}, socket: { data() {} } }); console.log("listening")`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await child.stdout.getReader().read();
    child.kill("SIGKILL");
    await child.exited;
    expect(existsSync(path)).toBe(true);
    expect(() => Bun.listen({ unix: path, socket: { data() {} } })).toThrow(
      expect.objectContaining({ code: "EADDRINUSE" }),
    );
  });

  test("known: writing to a child that no longer reads throws, it does not reject (trap 11)", async () => {
    const child = Bun.spawn(["sh", "-c", "exec 0<&-; echo closed; read line <&1"], { stdin: "pipe", stdout: "pipe" });
    await child.stdout.getReader().read();
    const write = () => {
      child.stdin.write("x");
      return child.stdin.flush();
    };
    expect(write).toThrow(expect.objectContaining({ code: "EPIPE" }));
    child.kill("SIGKILL");
    await child.exited;
  });

  test("known: process.title is not what other processes see; argv0 is (trap 18)", async () => {
    const script = `process.title = "other"; console.log(require("node:fs").readFileSync("/proc/self/cmdline", "latin1").split("\\0")[0])`;
    const child = Bun.spawn([process.execPath, "-e", script], { argv0: "named", stdout: "pipe" });
    expect((await new Response(child.stdout).text()).trim()).toBe("named");
  });
});
