/** The module's commands against the daemon's control sockets. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Begun, Refusal, Way } from "../../../src/console/interfaces/answer.ts";
import { commands } from "../../../src/console/interfaces/commands.ts";
import {
  type ApplyResult,
  controlName,
  type NetconfStatus,
  type Results,
  verbs,
} from "../../../src/console/interfaces/control.ts";
import { interfaces } from "../../../src/console/interfaces/declaration.ts";
import { watch } from "../../../src/console/interfaces/netconf.ts";
import { marked, newestEvents } from "../../../src/console/interfaces/shown.ts";
import { markOf } from "../../../src/console/mark.ts";
import type { CommandContext } from "../../../src/console/module.ts";
import { logger } from "../../../src/log.ts";
import { Problem } from "../../../src/problem.ts";
import { FakeNetconf } from "../../fake/netconf-daemon.ts";
import { problemOf } from "../../store/suite/subject.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-interfaces-"));
let daemon: FakeNetconf;
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  daemon = new FakeNetconf();
  await daemon.start(folder);
});
afterEach(() => daemon.stop());

type Name = keyof typeof interfaces.commands;

/** What programs would print: who we are, which group the socket has, the way back. */
async function programs([name = "", ...args]: readonly string[]) {
  const printed = { id: "reeve\n", getent: "netdev:x:103:\n", ip: '[{"dst":"192.0.2.77","dev":"br0","uid":0}]' };
  const failed = name === "ip" && args.at(-1) === "203.0.113.1";
  const stdout = failed ? "" : (printed[name as keyof typeof printed] ?? "");
  return { status: failed ? 2 : 0, signal: null, stdout, stderr: "", truncated: false };
}

function contextWith(more: Partial<CommandContext> = {}): CommandContext {
  return {
    ...{ user: { name: "ada", administrator: true }, session: "", address: "192.0.2.77", locale: "en" },
    ...{ flavor: undefined, signal: new AbortController().signal, progress: () => undefined, sockets: folder },
    ...{ run: programs, store: () => Promise.reject(new Error("no store")), log: logger("test"), ...more },
  };
}

async function call<Result>(name: Name, given: object = {}, more: Partial<CommandContext> = {}): Promise<Result> {
  const options = interfaces.commands[name].options.parse(given);
  return (await commands[name](options as never, contextWith(more))) as Result;
}

test("reading goes to the socket that is open to everybody, with the options of the contract", async () => {
  const status = await call<NetconfStatus>("status", { names: ["br0"] });
  expect(status.interfaces.map(({ name, setup }) => [name, setup])).toEqual([["br0", "configured"]]);
  const first = await call<Results["events"]>("events", { limit: 5 });
  const second = await call<Results["events"]>("events", { limit: 5, before: first.before });
  expect(second.events[0]!.id).toBeLessThan(first.events.at(-1)!.id);
  expect((await call<Results["events"]>("events", { kind: "LEASE" })).events).toHaveLength(1);
  for (const [name, given] of [
    ["check", {}],
    ["why", { name: "br0" }],
    ["query", { names: ["br0"] }],
    ["leases", {}],
    ["event", { id: first.events[0]!.id }],
    ["attach", { id: first.events[0]!.id }],
  ] as const) {
    await call(name, given);
    expect(daemon.asked.at(-1)).toEqual({ verb: name, options: { ...given }, by: "ada", changing: false });
    expect(verbs[name].changes).toBe(false);
  }
  expect((await problemOf(call("why", { name: "eth99" }))).code).toBe("not-found");
});

test("much at a time is asked over one connection, also after the daemon was started anew", async () => {
  for (const _ of [1, 2]) {
    const all = Array.from({ length: 100 }, () => call<NetconfStatus>("status"));
    expect((await Promise.all(all)).every(({ pid }) => pid === 612)).toBe(true);
    expect(daemon.connections).toBe(1);
    await daemon.stop();
    await daemon.start(folder);
  }
});

test("what changes something goes to the other one, says who asks, and hands status lines on", async () => {
  const said: unknown[] = [];
  const progress = (partial: unknown) => void said.push(partial);
  const up = await call<Results["up"]>("up", { names: ["enp7s0"] }, { progress });
  expect(up.interfaces).toEqual([{ name: "enp7s0", logical: "enp7s0", outcome: "done", reason: "" }]);
  expect(said).toEqual([
    { message: expect.stringContaining("requested by ada"), event: up.event },
    { message: "CTLSOCK_IFUP enp7s0: done", event: up.event },
  ]);
  const given: [name: Name, given: object, verb: string, options: object][] = [
    ["up", { names: ["br0=lan"], timeout: 9 }, "up", { names: ["br0=lan"], force: false, timeout: 9 }],
    ["down", { names: ["br0"], force: true }, "down", { names: ["br0"], force: true }],
    ["renew", { name: "bond0.20" }, "renew", { name: "bond0.20" }],
    ["reload", {}, "reload", {}],
    ["preview", { names: ["br0"] }, "apply", { names: ["br0"], dryRun: true }],
    ["apply", { timeout: 60 }, "apply", { timeout: 60 }],
    ["confirm", {}, "confirm", {}],
    ["apply", {}, "apply", {}],
    ["rollback", {}, "rollback", {}],
  ];
  for (const [name, options, verb, sent] of given) {
    await call(name, options);
    expect(daemon.asked.at(-1)).toEqual({ verb, options: sent, by: "ada", changing: true });
  }
});

test("without waiting, the answer is the number of the event, and the daemon goes on", async () => {
  const open = Promise.withResolvers<void>();
  daemon.gate = open.promise;
  const { event } = await call<Begun>("down", { names: ["br0"], wait: false });
  expect(daemon.events.at(-1)).toMatchObject({ id: event, kind: "CTLSOCK_IFDOWN", outcome: null });
  open.resolve();
  while (daemon.events.at(-1)?.ended === null) await Bun.sleep(5);
  expect(daemon.links.find(({ name }) => name === "br0")?.setup).toBe("down");
  // Where the first line is that of a part, it is the whole that is told.
  const renewed = await call<Begun>("renew", { name: "bond0.20", wait: false });
  expect(daemon.events.at(-1)).toMatchObject({ id: renewed.event, kind: "CARRIER" });
  expect((await problemOf(call("rollback", { wait: false }))).code).toBe("conflict");
});

test("options that say too little, or what no interface is called, never reach the daemon", () => {
  for (const [name, given] of [
    ["up", {}],
    ["up", { names: [] }],
    ["down", { names: ["a b"] }],
    ["why", { name: "" }],
    ["events", { kind: "a b" }],
    ["event", { id: 0 }],
    ["apply", { timeout: -1 }],
    ["renew", { name: "../x" }],
  ] as const) {
    expect([name, interfaces.commands[name].options.safeParse(given).success]).toEqual([name, false]);
  }
});

test("users may look, administrators alone may act; all that changes something is audited", () => {
  const open = Object.entries(interfaces.commands).filter(([, { access }]) => access === "user");
  expect(open.map(([name]) => name)).toEqual([
    ...["status", "watch", "check", "why", "query", "leases", "events", "event", "attach", "monitor", "way"],
  ]);
  expect(open.some(([, command]) => "changes" in command)).toBe(false);
  const closed = Object.entries(interfaces.commands).filter(([, { access }]) => access === "administrator");
  expect(closed.filter(([, command]) => !("changes" in command)).map(([name]) => name)).toEqual(["preview"]);
});

test("without a daemon: not running, in words", async () => {
  await daemon.stop();
  for (const name of ["status", "reload"] as const) {
    const { code, message } = await problemOf(call(name));
    expect([code, message]).toEqual(["not-running", "reeve netconf does not run on this host"]);
  }
});

test("what the policy forbids is told with the lines that would allow it, by the name that it knows us by", async () => {
  daemon.forbids = "the policy does not allow reeve to take br0 down";
  const sections: [Name, object, Refusal["section"]][] = [
    ["down", { names: ["br0"] }, "IFDOWN"],
    ["up", { names: ["br0"], wait: false }, "IFUP"],
    ["renew", { name: "br0" }, "IFUP"],
    ["preview", {}, "APPLY"],
    ["confirm", {}, "APPLY"],
  ];
  for (const [name, given, section] of sections) {
    const { code, message, detail } = Problem.from(await call(name, given).catch((error: unknown) => error));
    expect([code, detail]).toEqual(["forbidden", { by: "policy", user: "reeve", group: "", section }]);
    expect(message).toBe(
      `${daemon.forbids}: the console asks as reeve; write \`[${section}]\` and \`allow reeve\` into the policy`,
    );
  }
});

describe.skipIf(process.getuid?.() !== 0)("a socket that does not let us in", () => {
  test("is told with its group, or with the key that would give it one", async () => {
    // Root is let in everywhere: who asks is somebody else.
    const script = `
      import { chmodSync, chownSync } from "node:fs";
      import { commands } from "${join(import.meta.dirname, "../../../src/console/interfaces/commands.ts")}";
      const [folder, mode, group] = process.argv.slice(-3);
      chmodSync(folder, 0o755);
      chownSync(folder + "/${controlName}", 0, Number(group));
      chmodSync(folder + "/${controlName}", Number.parseInt(mode, 8));
      process.setgroups([]);
      process.setgid(65534);
      process.setuid(65534);
      const run = async ([name]) => ({ status: 0, stdout: name === "id" ? "nobody" : "netdev:x:103:" });
      const context = { user: { name: "ada" }, signal: new AbortController().signal, sockets: folder, run, progress() {} };
      const status = await commands.status({}, context);
      const problem = await commands.reload({}, context).catch((error) => error);
      console.log(JSON.stringify([status.pid, problem.code, problem.message, problem.detail]));
      process.exit(0);
    `;
    const ask = async (mode: string, group: string) => {
      const child = Bun.spawn([process.execPath, "-e", script, "--", folder, mode, group], {
        stdout: "pipe",
        stderr: "pipe",
      });
      const [text, wrong] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
      if (text === "") throw new Error(wrong);
      return JSON.parse(text) as unknown;
    };
    const refused = (group: string) => ({ by: "socket", user: "nobody", group, section: "APPLY" });
    expect(await ask("660", "103")).toEqual([
      ...[612, "permission"],
      "reeve netconf does not let the console in: make nobody a member of the group netdev, and start the console anew",
      refused("netdev"),
    ]);
    expect(await ask("600", "0")).toEqual([
      ...[612, "permission"],
      "reeve netconf does not let the console in: name a group of nobody in netconf.group, and start reeve netconf anew",
      refused(""),
    ]);
  });
});

test("the way by which who asks is reached: the link of the route back, and what it stands on", async () => {
  expect(await call<Way>("way")).toEqual({ link: "br0", names: ["br0", "bond0", "eno1", "eno2"] });
  for (const address of ["uid 1000", "", "203.0.113.1"]) {
    expect(await call<Way>("way", {}, { address })).toEqual({ link: null, names: [] });
  }
  const run = () => Promise.reject(new Error("no such program"));
  expect(await call<Way>("way", {}, { run })).toEqual({ link: null, names: [] });
});

test("a preview tells what stays as it is; an apply that nobody confirms is taken back", async () => {
  const { differences, refused, steps, deadline } = await call<ApplyResult>("preview");
  expect([differences.map(({ name }) => name), refused.map(({ name }) => name), steps.length, deadline]).toEqual([
    ...[["br0", "bond0.20"], ["enp9s0"], 3, null],
  ]);
  await call("apply", { timeout: 0.01 });
  while (daemon.pending) await Bun.sleep(5);
  expect((await call<NetconfStatus>("status")).rolledBack?.why).toBe("nobody has confirmed it in time");
});

test("the monitor hands on what happens, in words", async () => {
  const gone = new AbortController();
  const told = Promise.withResolvers<unknown>();
  const progress = (partial: unknown) => {
    if ((partial as { message: string }).message !== "") told.resolve(partial);
  };
  const done = call("monitor", {}, { signal: gone.signal, progress }).catch(() => undefined);
  const again = setInterval(() => daemon.happens("CARRIER", "eno2", { reason: "the cable was pulled" }), 5);
  expect(await told.promise).toMatchObject({ message: "CARRIER eno2: done: the cable was pulled", what: "line" });
  clearInterval(again);
  gone.abort();
  await done;
});

describe("a watch", () => {
  function watching(shown: string | undefined, look: number) {
    const gone = new AbortController();
    const it = { count: 0, told: Promise.withResolvers<void>() };
    const progress = () => {
      it.count++;
      it.told.resolve();
    };
    const ended = watch(contextWith({ signal: gone.signal, progress }), shown, look);
    return Object.assign(it, {
      async end() {
        gone.abort();
        return await ended;
      },
    });
  }

  async function shownNow(): Promise<string> {
    const [status, { events }] = await Promise.all([
      call<NetconfStatus>("status"),
      call<Results["events"]>("events", { limit: newestEvents }),
    ]);
    return markOf(marked({ status, newest: events }));
  }

  test("is woken by what happens, long before it would look again", async () => {
    const it = watching(await shownNow(), 60_000);
    const again = setInterval(() => daemon.happens("CARRIER", "eno2"), 20);
    await it.told.promise;
    clearInterval(again);
    expect(await it.end()).toEqual({ ended: false });
  });

  test("says nothing while a page shows what is so, though the ends of addresses are counted anew each time", async () => {
    const it = watching(await shownNow(), 5);
    const enough = daemon.looks + 5;
    while (daemon.looks < enough) await Bun.sleep(5);
    await it.end();
    expect(it.count).toBe(0);
  });

  test("tells that the daemon went, and that it came", async () => {
    const it = watching(await shownNow(), 5);
    await daemon.stop();
    await it.told.promise;
    it.told = Promise.withResolvers();
    await daemon.start(folder);
    daemon.happens("CARRIER", "eno2");
    await it.told.promise;
    await it.end();
  });
});
