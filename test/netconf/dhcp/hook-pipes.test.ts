/** The script that clients run, by the shells of distributions, and the pipes by which it asks. */
import { afterEach, describe, expect, test } from "bun:test";
import { closeSync, constants, existsSync, openSync, statSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Verdict } from "../../../src/netconf/dhcp/hook.ts";
import { type HookCall, type HookServer, serveHook } from "../../../src/netconf/dhcp/hook-server.ts";
import { scriptText } from "../../../src/netconf/dhcp/script.ts";
import { temporaryFolder } from "../../lab/folder.ts";
import { dhclient } from "./recorded.ts";

const shells = ["dash", "bash", "busybox"].filter((name) => Bun.which(name) !== null);

class Scene {
  readonly folder = temporaryFolder("pipes");
  readonly socket = join(this.folder, "netconf-hook.sock");
  readonly answerPipe = `${this.socket}.vc.4`;
  readonly calls: HookCall[] = [];
  answer: (call: HookCall) => Verdict | Promise<Verdict> = () => "ok";
  server: HookServer | undefined;
  #called = Promise.withResolvers<HookCall>();

  async serve(): Promise<void> {
    this.server = await serveHook(this.socket, async (call) => {
      this.calls.push(call);
      this.#called.resolve(call);
      return this.answer(call);
    });
    this.server.expect("vc", 4);
  }

  /** The next call, which gets no answer. */
  async unanswered(): Promise<HookCall> {
    this.answer = () => new Promise(() => undefined);
    const call = await this.#called.promise;
    this.#called = Promise.withResolvers();
    return call;
  }

  run(environment: Record<string, string> = {}, shell = "sh"): Bun.Subprocess {
    const program = join(this.folder, "program");
    writeFileSync(program, `#!/bin/sh\necho "$*" >> "${this.folder}/run"\nexit 0\n`, { mode: 0o755 });
    const script = join(this.folder, "script");
    writeFileSync(script, scriptText([program]), { mode: 0o755 });
    const words = shell === "busybox" ? ["busybox", "sh"] : [shell];
    const ours = { REEVE_HOOK: this.socket, REEVE_CLIENT: "dhclient", REEVE_INTERFACE: "vc", REEVE_FAMILY: "4" };
    const env = { PATH: "/usr/bin:/bin", ...dhclient.BOUND, ...ours, ...environment };
    return Bun.spawn([...words, script], { env, stdio: ["ignore", "inherit", "inherit"] });
  }

  /** Whether the script has run the program, which asks by the socket. */
  get ranProgram(): boolean {
    return existsSync(join(this.folder, "run"));
  }
}

let scene: Scene;
afterEach(() => scene.server?.stop(0));

async function served(): Promise<Scene> {
  scene = new Scene();
  await scene.serve();
  return scene;
}

describe("the script asks a running Reeve by pipes, and runs no program", () => {
  test.each(shells)("%s: a call is an event, its exit code the verdict", async (shell) => {
    const { calls, socket, answerPipe } = await served();
    expect(await scene.run({ PATH: "/usr/bin" }, shell).exited).toBe(0);
    expect(calls[0]?.event).toMatchObject({ reason: "bound", iface: "vc", lease: { address: "10.77.0.52" } });
    expect([calls[0]?.client, calls[0]?.environment.PATH]).toEqual(["dhclient", undefined]);
    scene.answer = () => "conflict";
    expect(await scene.run({}, shell).exited).toBe(3);
    expect(await scene.run({ reason: "EXPIRE" }, shell).exited).toBe(0);
    expect([calls.length, scene.ranProgram]).toEqual([3, false]);
    for (const path of [`${socket}.ask`, answerPipe]) {
      const { mode } = statSync(path);
      expect([mode & constants.S_IFMT, mode & 0o777]).toEqual([constants.S_IFIFO, 0o600]);
    }
  });

  test("an answer that somebody else did not wait for is none of ours", async () => {
    await served();
    const verdict = Promise.withResolvers<Verdict>();
    scene.answer = () => {
      const pipe = openSync(scene.answerPipe, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(pipe, "1 3\n\n1 0\n");
      closeSync(pipe);
      return verdict.promise;
    };
    const { exited } = scene.run();
    verdict.resolve("ok");
    expect(await exited).toBe(0);
    // Its reader was killed before it came to read it.
    const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
    const ends = [O_RDONLY, O_WRONLY].map((flag) => openSync(scene.answerPipe, flag | O_NONBLOCK));
    writeSync(ends[1] ?? -1, "1 0\n");
    for (const end of ends) closeSync(end);
    scene.answer = () => "conflict";
    expect(await scene.run().exited).toBe(3);
    expect(scene.ranProgram).toBe(false);
  });

  test("no answer in the time that it was given is no conflict, and the call is aborted", async () => {
    await served();
    const { exited } = scene.run({ REEVE_TIMEOUT: "1" });
    const { signal } = await scene.unanswered();
    expect([await exited, signal.aborted, scene.ranProgram]).toEqual([0, true, false]);
  });

  test("it is killed while it waits: the call is aborted, and the next one is heard", async () => {
    await served();
    const script = scene.run();
    const { signal } = await scene.unanswered();
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    script.kill("SIGKILL");
    await aborted;
    scene.answer = () => "conflict";
    expect([await scene.run().exited, scene.ranProgram]).toEqual([3, false]);
  });

  test("it is killed while it waits, and another one asks before it is missed: that one is heard", async () => {
    await served();
    const script = scene.run();
    const { signal } = await scene.unanswered();
    script.kill("SIGKILL");
    await script.exited;
    scene.answer = () => "conflict";
    expect([await scene.run().exited, signal.aborted, scene.ranProgram]).toEqual([3, true, false]);
  });

  test("the log of its client is kept short", async () => {
    await served();
    const log = join(scene.folder, "log");
    writeFileSync(log, "line\n".repeat(20_000));
    expect(await scene.run({ REEVE_LOG: log }).exited).toBe(0);
    expect(statSync(log).size).toBe(0);
  });
});

describe.each(shells)("the script runs the program (%s)", (shell) => {
  test("where nobody has made pipes, or none for its client", async () => {
    await served();
    expect(await scene.run({ REEVE_INTERFACE: "other" }, shell).exited).toBe(0);
    expect([scene.calls.length, scene.ranProgram]).toEqual([0, true]);
    expect(existsSync(`${scene.socket}.other.4`)).toBe(false);
  });

  test("where its variables are none of a client's of this Reeve, or cannot be understood", async () => {
    for (const wrong of [{ REEVE_CLIENT: "pump" }, { reason: "" }, { interface: "eth9" }] as Record<string, string>[]) {
      await served();
      expect(await scene.run(wrong, shell).exited).toBe(0);
      expect([wrong, scene.calls.length, scene.ranProgram]).toEqual([wrong, 0, true]);
      await scene.server?.stop(0);
    }
    await served();
    const alias = join(temporaryFolder("alias"), "folder");
    symlinkSync(scene.folder, alias);
    expect(await scene.run({ REEVE_HOOK: join(alias, "netconf-hook.sock") }, shell).exited).toBe(0);
    expect([scene.calls.length, scene.ranProgram]).toEqual([0, true]);
  });

  test("where two of one client ask at a time: each would read the other's answer", async () => {
    await served();
    const first = scene.run({}, shell);
    const { signal } = await scene.unanswered();
    const second = scene.run({}, shell);
    expect([await first.exited, await second.exited]).toEqual([0, 0]);
    expect([signal.aborted, scene.calls.length, scene.ranProgram]).toEqual([true, 1, true]);
  });

  test("when Reeve ends while it waits; one that is started then is asked by new pipes", async () => {
    await served();
    const { exited } = scene.run({}, shell);
    await scene.unanswered();
    await scene.server?.stop(0);
    expect([await exited, scene.ranProgram]).toEqual([0, true]);
    expect(existsSync(scene.answerPipe)).toBe(false);
    await scene.serve();
    scene.answer = () => "conflict";
    expect(await scene.run({}, shell).exited).toBe(3);
  });

  test("when Reeve is killed while it waits, and at once where it left its pipes", async () => {
    scene = new Scene();
    const deaf = join(import.meta.dirname, "../../lab/dhcp/deaf.ts");
    const reeve = Bun.spawn([process.execPath, deaf, scene.socket, "vc"], { stdio: ["ignore", "pipe", "inherit"] });
    const said = reeve.stdout.getReader();
    await said.read();
    const { exited } = scene.run({}, shell);
    await said.read();
    reeve.kill("SIGKILL");
    await reeve.exited;
    expect([await exited, scene.ranProgram]).toEqual([0, true]);
    expect(existsSync(scene.answerPipe)).toBe(true);
    expect(await scene.run({}, shell).exited).toBe(0);
    await scene.serve();
    scene.answer = () => "conflict";
    expect(await scene.run({}, shell).exited).toBe(3);
  });
});
