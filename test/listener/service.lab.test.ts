/** `reeve listener` as a process: options, one of each, its end, taking over, beside the console. */
import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "ldapts";
import { allGone } from "../fake/lives.ts";
import { binary, Console, reeve } from "../lab/console.ts";
import { people, replace, type SlapdLab, type SlapdOptions, slapdOrSkip, slapdPresent } from "../lab/slapd.ts";
import {
  callsOf,
  type ListenerFolders,
  linesOf,
  listenerArguments,
  listenerFolders,
  RunningListener,
  recorder,
  writeHandler,
} from "./running-listener.ts";

const labTest = test.skipIf(!slapdPresent() || !existsSync(binary));

const labs: { lab: SlapdLab; client: Client }[] = [];
const running: RunningListener[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  for (const { lab, client } of labs.splice(0)) {
    await client.unbind();
    await lab.kill();
  }
});

async function slapd(options: SlapdOptions = {}) {
  const lab = (await slapdOrSkip({ ldif: () => people(5), ...options }))!;
  const one = { lab, client: await lab.connect() };
  labs.push(one);
  return one;
}

async function start(lab: SlapdLab, folders: ListenerFolders, args: string[] = [], env: Record<string, string> = {}) {
  const it = await RunningListener.start(lab, folders, args, env);
  running.push(it);
  return it;
}

const person = (name: string) => ({ objectClass: ["inetOrgPerson"], cn: name, sn: name });

/** Runs to its end. */
const run = (lab: SlapdLab, folders: ListenerFolders, args: string[], env: Record<string, string> = {}) =>
  reeve(["listener", ...listenerArguments(lab, folders), ...args], { env });

const dn = (number: number) => `uid=user${String(number).padStart(6, "0")},ou=people,dc=lab`;
const loaded = ["clean", "initialize", "prerun", ...[0, 1, 2, 3, 4].map((number) => `n ${dn(number)}`), "postrun"];

labTest("-P loads all handlers and ends; -i forgets everything first; -g forgets and goes on", async () => {
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  writeHandler(folders, "one.ts", recorder(folders));
  const first = await run(lab, folders, ["-P"]);
  expect([first.status, first.stdout]).toEqual([
    0,
    `Reeve listener: 2 handlers, ${lab.uri}, cache in ${folders.cache}\n`,
  ]);
  // postrun although nobody was quiet for long.
  expect(callsOf(folders, "one")).toEqual(loaded);

  await replace(client, dn(1), { title: ["meanwhile"] });
  expect((await run(lab, folders, ["-P"])).status).toBe(0);
  expect(callsOf(folders, "one").slice(loaded.length)).toEqual(["prerun", `m ${dn(1)}`, "postrun"]);

  expect((await run(lab, folders, ["-i"])).status).toBe(0);
  expect(callsOf(folders, "one").slice(loaded.length + 3)).toEqual(loaded);
  const it = await start(lab, folders, ["-g"]);
  await it.until(() => callsOf(folders, "one").length === 3 * loaded.length + 3);
  expect(await it.json("changes")).toMatchObject({ head: 0, changes: [] });
});

labTest("one listener works on a cache, whatever its state folder", async () => {
  const { lab } = await slapd();
  const folders = listenerFolders(lab);
  const it = await start(lab, folders);
  const same = await run(lab, folders, []);
  expect([same.status, same.stderr]).toEqual([
    75,
    expect.stringContaining(`it already runs as process ${it.process.pid}`),
  ]);
  const other = await run(lab, { ...folders, state: join(folders.folder, "other") }, []);
  expect([other.status, other.stderr]).toEqual([75, expect.stringContaining(`another listener uses ${folders.cache}`)]);
  // A purge by one that may not begin takes nothing away.
  expect((await run(lab, { ...folders, state: join(folders.folder, "other") }, ["-g"])).status).toBe(75);
  expect((await it.json("status")).entries).toBe(7);
});

labTest("TERM: the call under way ends, postrun comes, what is not begun comes after the next start", async () => {
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  const slow = `
    import { appendFileSync } from "node:fs";
    export const description = "slow", filter = "(title=*)", quiet = 60;
    const note = (line) => appendFileSync(${JSON.stringify(join(folders.folder, "slow.calls"))}, line + "\\n");
    export async function handler(dn) { note("begun " + dn); await new Promise((r) => setTimeout(r, 700)); note("done " + dn); }
    export const postrun = () => note("postrun");`;
  writeHandler(folders, "slow.ts", slow);
  const it = await start(lab, folders);
  const pids = (await it.json("status")).handlers.map(({ pid }: { pid: number }) => pid);
  for (const number of [0, 1]) await replace(client, dn(number), { title: ["x"] });
  await it.noted("slow", `begun ${dn(0)}`);
  expect(await it.stop()).toBe(0);
  running.length = 0;
  const calls = callsOf(folders, "slow");
  expect(calls.slice(0, 2)).toEqual([`begun ${dn(0)}`, `done ${dn(0)}`]);
  expect(calls.at(-1)).toBe("postrun");
  expect(await allGone([...pids, it.process.pid], 1000)).toEqual([]);
  const again = await start(lab, folders);
  await again.noted("slow", `done ${dn(1)}`);
  expect(callsOf(folders, "slow").filter((line) => line.startsWith("done"))).toEqual([
    `done ${dn(0)}`,
    `done ${dn(1)}`,
  ]);
});

labTest("at kill -9 all its processes end; postrun is still owed, and nothing is lost", async () => {
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  writeHandler(folders, "one.ts", recorder(folders).replace("quiet = 0.3", "quiet = 1"));
  const it = await start(lab, folders);
  await it.noted("one", "postrun");
  await replace(client, dn(1), { title: ["x"] });
  await it.noted("one", `m ${dn(1)}`);
  const pids = (await it.json("status")).handlers.map(({ pid }: { pid: number }) => pid);
  it.process.kill("SIGKILL");
  await it.ended();
  running.length = 0;
  expect(await allGone(pids, 3000)).toEqual([]);
  await replace(client, dn(2), { title: ["y"] });
  const before = callsOf(folders, "one").length;
  const again = await start(lab, folders);
  await again.noted("one", `m ${dn(2)}`);
  await again.until(({ handlers }) => handlers.every(({ prepared }) => !prepared));
  expect(callsOf(folders, "one").slice(before)).toContain("postrun");
  const ids = linesOf(folders.folder, "one").filter((line) => line.startsWith(`m ${dn(1)} `));
  expect(new Set(ids).size).toBe(1);
});

labTest("options as the model has them: what is wrong is said with 64 or 78 before anything begins", async () => {
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  const wrong: [string[], number, string][] = [
    [["-w", "secret"], 64, "-y"],
    [["-Y", "GSSAPI"], 64, "EXTERNAL"],
    [["-p", "389"], 64, "-h"],
    [["-h", "127.0.0.1", "-p", "x"], 64, "port"],
    [["-d", "9"], 64, "0 to 4"],
    [["--adopt", "/nowhere"], 64, "--dump"],
    [["-y", join(folders.folder, "absent")], 78, "listener.bindPasswordFile"],
    [["-m", join(folders.folder, "absent")], 78, "absent cannot be read"],
    [["-H", "http://127.0.0.1"], 78, "ldap://"],
    [["--nonsense"], 64, "nonsense"],
  ];
  for (const [args, status, text] of wrong) {
    const answer = await run(lab, folders, args);
    expect([args, answer.status, answer.stderr]).toEqual([args, status, expect.stringContaining(text)]);
  }
  const nowhere = await reeve(["listener", "--state", folders.state]);
  expect([nowhere.status, nowhere.stderr]).toEqual([78, expect.stringContaining("-H ldap://HOST")]);
  // -h and -p in place of a URI; -x, -o, -B and -l are accepted; -d 4 is everything.
  expect((await run(lab, folders, ["-P"])).status).toBe(0);
  await client.del(dn(1));
  const host = `-h 127.0.0.1 -p ${new URL(lab.uri).port}`.split(" ");
  const args = [...host, ...listenerArguments(lab, folders).filter((word) => word !== "-H" && word !== lab.uri)];
  const model = await reeve(["listener", ...args, ..."-x -o -B -l /etc/ldap -d 4 -P".split(" ")]);
  expect([model.status, model.stderr]).toEqual([0, expect.stringMatching(/"level":"DEBUG".*"kind":"delete"/)]);
  expect(model.stderr).not.toContain(lab.password);
});

labTest("over ldapi as root or the user it runs as, and StartTLS insisted on where there is none", async () => {
  const { lab } = await slapd();
  const folders = listenerFolders(lab);
  const { state, cache, handlers } = folders;
  const local = await reeve([
    "listener",
    "-H",
    lab.localUri,
    "-Y",
    "external",
    "-m",
    handlers,
    "-c",
    cache,
    "--state",
    state,
    "-P",
  ]);
  expect([local.status, local.stderr]).toEqual([0, expect.stringContaining("the directory is loaded")]);
  const it = new RunningListener(lab, listenerFolders(lab), ["-ZZ"]);
  running.push(it);
  const status = await it.until(({ error }) => error !== "");
  expect(status).toMatchObject({ phase: "connecting", error: expect.stringMatching(/StartTLS/i) });
  expect((await it.ctl("status")).status).toBe(81);
});

labTest("an account with limits is told what it lacks; mended there, it goes on by itself", async () => {
  const { lab, client } = await slapd({ sizeLimit: 3, access: ["to * by * read"] });
  await client.add("cn=reader,dc=lab", { ...person("reader"), userPassword: lab.password });
  const it = new RunningListener(lab, listenerFolders(lab), ["-D", "cn=reader,dc=lab"]);
  running.push(it);
  await it.until(({ error }) => error !== "");
  const { status, stdout, stderr } = await it.ctl("status");
  expect([status, stderr]).toEqual([81, "reeve listener ctl status: the directory is not followed\n"]);
  expect(stdout).toMatch(/^error\t.*sizeLimitExceeded \(4\).*limits dn\.exact/m);
  await lab.reconfigure({ sizeLimit: 1000 });
  expect((await it.settled()).entries).toBe(8);
  expect((await it.ctl("status")).status).toBe(0);
});

labTest(
  "takes over from a Univention listener: handlers that were in order get what has changed since, others all",
  async () => {
    const { lab, client } = await slapd();
    const folders = listenerFolders(lab);
    for (const name of ["one", "late", "broken"]) writeHandler(folders, `${name}.ts`, recorder(folders));
    const [model, dump] = [join(folders.folder, "model"), join(folders.folder, "dump.ldif")];
    mkdirSync(join(model, "handlers"), { recursive: true });
    writeFileSync(join(model, "handlers", "one"), "3");
    writeFileSync(join(model, "handlers", "broken"), "1");
    // As univention-directory-listener-dump writes it: the master entry of its own, and who has had each entry.
    const noted = lab.dump().replace(/^(dn: .*)$/gm, "$1\nListenerModule: one");
    writeFileSync(dump, `dn: cn=master\nid: 4711\n\n${noted}`);
    await replace(client, dn(2), { title: ["meanwhile"] });
    await client.del(dn(3));
    const take = ["--adopt", model, "--dump", dump];
    const it = await start(lab, folders, take);
    expect(await it.noted("one", "postrun")).toEqual(expect.arrayContaining([`m ${dn(2)}`, `d ${dn(3)}`]));
    expect(callsOf(folders, "one").sort()).toEqual([`d ${dn(3)}`, `m ${dn(2)}`, "postrun", "prerun"].sort());
    for (const name of ["late", "broken"]) expect(callsOf(folders, name).slice(0, 2)).toEqual(["clean", "initialize"]);
    expect((await it.json("changes")).changes).toHaveLength(2);
    await it.stop();
    running.length = 0;
    // Once: what it has by then is newer.
    const twice = await run(lab, folders, take);
    expect([twice.status, twice.stderr]).toEqual([73, expect.stringContaining("-g")]);
    const bad = listenerFolders(lab);
    const wrong = await run(lab, bad, ["--adopt", model, "--dump", join(folders.folder, "absent")]);
    expect([wrong.status, wrong.stderr]).toEqual([74, expect.stringContaining("absent")]);
    writeFileSync(dump, "dn: dc=lab\nthis is no LDIF\n");
    expect((await run(lab, bad, take)).status).toBe(65);
  },
);

labTest.skipIf(process.getuid?.() !== 0)(
  "the control socket is closed to others but a group that is named (root only)",
  async () => {
    const { lab } = await slapd();
    const folders = listenerFolders(lab);
    const it = await start(lab, folders);
    const socket = join(folders.state, "run", "listener.sock");
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    await it.stop();
    running.length = 0;
    const again = await start(lab, folders, [], { REEVE_LISTENER_GROUP: "daemon" });
    expect([statSync(socket).mode & 0o777, statSync(socket).gid]).toEqual([0o660, 1]);
    await again.stop();
    running.length = 0;
    const nobody = await run(lab, folders, [], { REEVE_LISTENER_GROUP: "no-such-group" });
    expect([nobody.status, nobody.stderr]).toEqual([78, expect.stringContaining("no-such-group")]);
  },
);

labTest("--background, status and stop", async () => {
  const { lab } = await slapd();
  const folders = listenerFolders(lab);
  writeHandler(folders, "one.ts", recorder(folders));
  const begun = await run(lab, folders, ["--background"]);
  expect([begun.status, begun.stdout]).toEqual([
    0,
    expect.stringMatching(/^Reeve listener: 2 handlers, .*\nProcess \d+, log in .*listener\.log\n$/),
  ]);
  const pid = Number(/Process (\d+)/.exec(begun.stdout)?.[1]);
  const state = ["--state", folders.state];
  expect(JSON.parse((await reeve(["listener", "status", "--json", ...state])).stdout)).toEqual({
    service: "listener",
    running: true,
    pid,
    within: null,
  });
  expect((await reeve(["listener", "ctl", "status", ...state])).status).toBe(0);
  expect((await reeve(["listener", "stop", ...state])).stdout).toBe(`process ${pid} has ended\n`);
  expect(await allGone([pid], 1000)).toEqual([]);
  expect(callsOf(folders, "one").at(-1)).toBe("postrun");
  expect((await reeve(["listener", "stop", ...state])).status).toBe(3);
});

labTest("beside the console: on the console's database, known to status, ended with it", async () => {
  const refused = await reeve([
    "daemon",
    "--with",
    "listener",
    "--state",
    join(listenerFolders({ password: "" } as SlapdLab).folder, "state"),
  ]);
  expect([refused.status, refused.stderr]).toEqual([78, expect.stringContaining("listener.servers")]);
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  writeHandler(folders, "one.ts", recorder(folders));
  const settings = {
    ...{ "listener.servers": lab.uri, "listener.bindDn": lab.admin, "listener.bindPasswordFile": folders.password },
    "listener.handlers": folders.handlers,
  };
  const own = await Console.start({ settings, args: ["--with", "listener"] });
  let pid = 0;
  try {
    const visitor = await own.login();
    let found: { result: { total: number } };
    do found = (await visitor.call("directory/people", { search: "Given3" })).json;
    while (found.result.total === 0 && (await Bun.sleep(50)) === undefined);
    expect(found).toMatchObject({ result: { total: 1 } });
    const status = await reeve(["listener", "status", "--state", own.state]);
    expect([status.status, status.stdout]).toEqual([
      0,
      expect.stringMatching(/^running as process \d+ within the daemon\n$/),
    ]);
    pid = Number(/\d+/.exec(status.stdout)?.[0]);
    const seen = await reeve(["listener", "ctl", "status", "--json", "--state", own.state]);
    expect(JSON.parse(seen.stdout)).toMatchObject({ pid, phase: "following" });
    expect((await visitor.call("directory/status", {})).json.result).toMatchObject({ pid });
    await replace(client, dn(1), { displayName: ["Somebody Else"] });
    do found = (await visitor.call("directory/people", { search: "Somebody" })).json;
    while (found.result.total === 0 && (await Bun.sleep(50)) === undefined);
  } finally {
    await own.stop();
  }
  expect(await allGone([pid], 1000)).toEqual([]);
  expect(readdirSync(folders.folder)).toContain("one.calls");
  expect(readFileSync(join(folders.folder, "one.calls"), "utf8")).toEndWith("postrun\n");
});
