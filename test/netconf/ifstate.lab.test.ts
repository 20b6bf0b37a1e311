/** ifstate beside the real ifup: the same files, and nobody gets in the other's way. */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changeIfstate, lockInterface, readIfstate, stateOf } from "../../src/netconf/ifstate.ts";
import { findProgram } from "../../src/process/program.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { namespacesOrSkip } from "../lab/netns.ts";

const ifup = findProgram("ifup");
const lab = ifup ? await namespacesOrSkip("ifstate beside ifup") : undefined;
if (!ifup) console.log("skipped: ifstate beside ifup: ifupdown is not installed");

describe("ifstate", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });

  test("has a line for each interface, and a file; places are kept, what is down goes", async () => {
    const state = join(folder, "state");
    expect(readIfstate(state)).toEqual([]);
    expect(stateOf(state, "eth0")).toBeUndefined();
    await changeIfstate(
      state,
      new Map([
        ["eth0", "eth0"],
        ["eth1", "home"],
        ["eth2", "eth2"],
      ]),
    );
    await changeIfstate(
      state,
      new Map([
        ["eth0", "work"],
        ["eth1", undefined],
        ["eth3", undefined],
      ]),
    );
    expect(readFileSync(join(state, "ifstate"), "utf8")).toBe("eth0=work\neth2=eth2\n");
    expect(["eth0", "eth1", "eth2", "eth3"].map((name) => stateOf(state, name))).toEqual(["work", "", "eth2", ""]);
    expect(readFileSync(join(state, "ifstate.eth0"), "utf8")).toBe("work\n");
  });

  test("many at once lose nothing", async () => {
    const names = Array.from({ length: 40 }, (_, at) => `eth${at}`);
    await Promise.all(names.map((name) => changeIfstate(folder, new Map([[name, name]]))));
    expect(
      readIfstate(folder)
        .map(({ physical }) => physical)
        .sort(),
    ).toEqual(names.sort());
  });

  test("a name is no path, a link no file of ours", async () => {
    await changeIfstate(folder, new Map([["../x/y", "z"]]));
    expect(readIfstate(folder)).toEqual([{ physical: "../x/y", logical: "z" }]);
    expect(stateOf(folder, "../x/y")).toBe("z");
    mkdirSync(join(folder, "ifstate.eth0"));
    await expect(changeIfstate(folder, new Map([["eth0", "eth0"]]))).rejects.toMatchObject({ code: "io" });
  });

  test("a lock is waited for, and given up by a signal", async () => {
    const first = await lockInterface(folder, "eth0", () => undefined);
    const told: string[] = [];
    const second = lockInterface(folder, "eth0", (path) => told.push(path));
    (await lockInterface(folder, "eth1", () => undefined)).release();
    const stop = new AbortController();
    const third = lockInterface(folder, "eth0", () => stop.abort(), stop.signal);
    await expect(third).rejects.toMatchObject({ code: "cancelled" });
    first.release();
    (await second).release();
    expect(told).toEqual([join(folder, "ifstate.eth0")]);
  });

  describe.skipIf(!lab)("of the real ifup", () => {
    const host = lab?.add("host");
    afterAll(async () => {
      await lab?.remove();
    });

    test("is read, changed, and locked while a script of it runs", async () => {
      const gate = join(folder, "gate");
      const state = join(folder, "state");
      mkdirSync(state);
      Bun.spawnSync(["mkfifo", gate]);
      host?.ip("link add eth0 type veth peer name far0");
      writeFileSync(join(folder, "if"), `iface eth0 inet manual\n  up cat ${gate}\niface far0 inet manual\n`);
      const words = ["-i", join(folder, "if"), `--state-dir=${state}`, "--no-scripts"];
      const inside = (...command: string[]) => host?.inside(...command) ?? [];
      const real = Bun.spawn(inside("ifup", ...words, "eth0"), { stdout: "ignore", stderr: "ignore" });
      // Its script reads from the gate: from here on it holds the lock.
      const open = Bun.spawn(["sh", "-c", `exec 3>${gate}; echo open; read line; echo go >&3`], {
        stdin: "pipe",
        stdout: "pipe",
      });
      const { value } = await open.stdout.getReader().read();
      expect(new TextDecoder().decode(value)).toBe("open\n");
      const waited = Promise.withResolvers<string>();
      const locked = lockInterface(state, "eth0", waited.resolve);
      expect(await waited.promise).toBe(join(state, "ifstate.eth0"));
      open.stdin.write("\n");
      open.stdin.end();
      expect(await real.exited).toBe(0);
      (await locked).release();
      expect(readIfstate(state)).toEqual([{ physical: "eth0", logical: "eth0" }]);
      expect(stateOf(state, "eth0")).toBe("eth0");

      await changeIfstate(state, new Map([["far0", "far0"]]));
      const asked = Bun.spawnSync(inside("ifquery", `--state-dir=${state}`, "--state"));
      expect(asked.stdout.toString()).toBe("far0=far0\neth0=eth0\n");
      const again = Bun.spawnSync(inside("ifup", ...words, "far0"));
      expect(again.stderr.toString()).toBe("ifup: interface far0 already configured\n");
      expect(Bun.spawnSync(inside("ifdown", ...words, "far0")).exitCode).toBe(0);
      expect(readIfstate(state)).toEqual([{ physical: "eth0", logical: "eth0" }]);
    });

    test("waits for ours", async () => {
      const state = join(folder, "state");
      const lock = await lockInterface(state, "lo", () => undefined);
      writeFileSync(join(folder, "if"), "iface lo inet loopback\n");
      const words = ["-v", "-i", join(folder, "if"), `--state-dir=${state}`, "--no-scripts", "lo"];
      const real = Bun.spawn(host?.inside("ifup", ...words) ?? [], { stdout: "ignore", stderr: "pipe" });
      const reader = real.stderr.getReader();
      let heard = "";
      while (!heard.includes("waiting for lock")) heard += new TextDecoder().decode((await reader.read()).value);
      lock.release();
      expect(await real.exited).toBe(0);
    });
  });
});
