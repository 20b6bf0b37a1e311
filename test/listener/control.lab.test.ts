/** `reeve listener` and every verb of `reeve listener ctl`, the built binary against OpenLDAP. */
import { afterEach, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "ldapts";
import { binary, reeve } from "../lab/console.ts";
import { people, replace, type SlapdLab, type SlapdOptions, slapdOrSkip, slapdPresent } from "../lab/slapd.ts";
import {
  callsOf,
  type ListenerFolders,
  linesOf,
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

const dn = (number: number) => `uid=user${String(number).padStart(6, "0")},ou=people,dc=lab`;
const person = (name: string) => ({ objectClass: "inetOrgPerson", cn: name, sn: name });

labTest(
  "status and modules tell how it stands; 0 when all is well, 81 when something wants a person, 3 when it does not run",
  async () => {
    const { lab } = await slapd();
    const folders = listenerFolders(lab);
    writeHandler(folders, "one.ts", recorder(folders));
    writeHandler(folders, "broken.ts", "export const filter = 1;");
    const it = await start(lab, folders);
    const bad = await it.ctl("status");
    expect([bad.status, bad.stderr]).toEqual([81, "reeve listener ctl status: refused: broken\n"]);
    rmSync(join(folders.handlers, "broken.ts"));
    await it.until(({ handlers }) => handlers.every(({ state }) => state !== "refused"));
    const good = await it.ctl("status");
    expect([good.status, good.stderr]).toEqual([0, ""]);
    for (const line of [
      /^phase\tfollowing since 20\S+ \S+, process \d+$/m,
      /^entries\t7$/m,
      /^lag\t0 events, 0 s$/m,
      /^base\tdc=lab$/m,
    ])
      expect(good.stdout).toMatch(line);
    expect(good.stdout).toMatch(/^handler\tone\tfollowing, 0 events behind \(0 s\), \d+\.\d\/s$/m);
    expect(good.stdout).toContain(`server\t${lab.uri}\n`);
    expect(await it.json("status")).toMatchObject({
      ...{ head: 0, headAt: null },
      ...{ pid: it.process.pid, server: lab.uri, suffix: "dc=lab", phase: "following", entries: 7, held: 0 },
      handlers: [
        { name: "broken", state: "gone" },
        { name: "one", state: "following", parked: { failed: 0, waiting: 0, dead: 0 } },
        { name: "people" },
      ],
    });
    const [, one] = await it.json("modules");
    expect(one).toMatchObject({
      name: "one",
      description: "notes its calls",
      kind: "script",
      file: join(folders.handlers, "one.ts"),
      filter: "(objectClass=inetOrgPerson)",
      warnings: [],
    });
    expect((await it.ctl("modules")).stdout).toContain("one\tfollowing\tpriority 50\tscript\t");
    const alive = await reeve(["listener", "status", "--state", folders.state]);
    expect(alive).toMatchObject({ status: 0, stdout: `running as process ${it.process.pid}\n` });
    expect(await it.stop()).toBe(0);
    running.length = 0;
    expect(await it.ctl("status")).toMatchObject({ status: 3, stdout: "" });
    expect((await reeve(["listener", "status", "--state", folders.state])).status).toBe(3);
  },
);

labTest("resync loads one handler anew and no other; one object goes to whom it concerns", async () => {
  const { lab } = await slapd();
  const folders = listenerFolders(lab);
  for (const name of ["one", "two"]) writeHandler(folders, `${name}.ts`, recorder(folders));
  const it = await start(lab, folders);
  const first = await it.noted("one", "postrun");
  await it.noted("two", "postrun");
  expect(first).toEqual([
    "clean",
    "initialize",
    "prerun",
    ...[0, 1, 2, 3, 4].map((number) => `n ${dn(number)}`),
    "postrun",
  ]);
  const answer = await it.ctl("resync one");
  expect(answer).toEqual({ status: 0, stdout: "begun: one\n", stderr: "" });
  await it.until(({ handlers }) => handlers.every(({ state }) => state === "following"));
  await it.until(() => callsOf(folders, "one").length === first.length * 2);
  expect(callsOf(folders, "one")).toEqual([...first, ...first]);
  expect(callsOf(folders, "two")).toEqual(first);
  // Not the same calls as before: their ids say so.
  const ids = linesOf(folders.folder, "one")
    .filter((line) => line.startsWith("n "))
    .map((line) => line.split(" ").at(-1));
  expect(new Set(ids).size).toBe(10);

  expect(await it.json("resync two --object", dn(3).toUpperCase())).toEqual({ handlers: ["two"] });
  await it.until(() => callsOf(folders, "two").filter((line) => line === `n ${dn(3)}`).length === 2);
  await it.ctl("resync --object", dn(4));
  await it.until(() => callsOf(folders, "two").filter((line) => line === `n ${dn(4)}`).length === 2);
  await it.until(() => callsOf(folders, "one").filter((line) => line === `n ${dn(4)}`).length === 3);
  expect((await it.ctl("resync")).status).toBe(64);
  expect((await it.ctl("resync three")).status).toBe(66);
  expect(await it.ctl("resync --object uid=nobody,dc=lab")).toMatchObject({
    status: 66,
    stderr: expect.stringContaining("uid=nobody"),
  });
  expect((await it.ctl("resync --object nonsense")).status).toBe(65);

  // Deleting the state file asks for the same at the next start.
  await it.stop();
  running.length = 0;
  expect(readFileSync(join(folders.cache, "handlers", "two"), "utf8")).toBe("3");
  rmSync(join(folders.cache, "handlers", "two"));
  const before = [callsOf(folders, "one").length, callsOf(folders, "two").filter((line) => line === "clean").length];
  const again = await start(lab, folders);
  await again.until(() => callsOf(folders, "two").filter((line) => line === "clean").length > before[1]!);
  expect(callsOf(folders, "one").slice(before[0])).not.toContain("clean");
});

labTest("verify finds what access rules have shown and hidden; a dump is what handlers were told", async () => {
  const { lab, client } = await slapd({ access: ["to * by * read"] });
  const folders = listenerFolders(lab);
  writeHandler(folders, "one.ts", recorder(folders, `export const needs = ["userPassword"];`));
  // Not as the administrator, to whom no rule applies.
  await client.add("cn=reader,dc=lab", {
    objectClass: ["person", "simpleSecurityObject"],
    sn: "reader",
    cn: "reader",
    userPassword: lab.password,
  });
  const it = await start(lab, folders, ["-D", "cn=reader,dc=lab"]);
  await it.noted("one", "postrun");
  await lab.setAccess([`{0}to dn.exact="${dn(1)}" by * none`, "{1}to * by * read"]);
  await client.add("uid=new,ou=people,dc=lab", person("new"));
  await it.noted("one", "a uid=new,ou=people,dc=lab");
  expect(callsOf(folders, "one")).not.toContain(`d ${dn(1)}`);

  const verified = await it.ctl("verify");
  expect(verified).toEqual({
    status: 0,
    stderr: "",
    stdout: "8 compared: 0 added, 0 modified, 0 moved, 1 removed, 0 held\n",
  });
  await it.noted("one", `d ${dn(1)}`);
  await lab.setAccess(["{0}to * by * read"]);
  expect(await it.json("verify")).toMatchObject({ compared: 9, added: 1, removed: 0, error: "" });
  await it.noted("one", `a ${dn(1)}`);
  expect((await it.ctl("verify --no-wait")).stdout).toBe("begun\n");
  await it.until(({ verifying, verified }) => !verifying && verified?.added === 0);
  expect((await it.ctl("status")).stdout).toMatch(/^verified\t20\S+ \S+: 9 compared, 0 added,/m);
  expect((await it.json("changes --origin verify")).changes).toHaveLength(2);

  const dump = await it.ctl("dump");
  expect([dump.status, dump.stderr]).toEqual([0, "9 entries\n"]);
  const dns = dump.stdout.match(/^dn: .*$/gm) ?? [];
  expect(dns.slice(0, 3)).toEqual(["dn: dc=lab", "dn: cn=reader,dc=lab", "dn: ou=people,dc=lab"]);
  expect(dns).toHaveLength(9);
  expect(dump.stdout).toContain("\nmail: user000001@lab.example\n");
  // Withheld, also where a handler needs it.
  expect(dump.stdout.toLowerCase()).not.toContain("userpassword");
});

labTest("what a handler fails on is parked with what depends on it: listed, dumped, retried, skipped", async () => {
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  writeHandler(folders, "one.ts", recorder(folders));
  const it = await start(lab, folders);
  await it.noted("one", "postrun");
  const fails = (text: string) => writeFileSync(join(folders.folder, "one.fails"), text);
  fails("user000001");
  await replace(client, dn(1), { title: ["first"] });
  await replace(client, dn(1), { title: ["second"] });
  await replace(client, dn(2), { title: ["flows on"] });
  await it.noted("one", `m ${dn(2)}`);
  await it.until(({ parked }) => parked.failed === 1 && parked.waiting === 1);
  const { total, items } = await it.json("parked");
  expect(total).toBe(2);
  expect(items).toMatchObject([
    { handler: "one", state: "waiting", kind: "modify", dn: dn(1), waitsFor: items[1].id },
    {
      state: "failed",
      attempts: expect.any(Number),
      error: expect.stringContaining("told to fail"),
      behind: 1,
      waitsFor: null,
    },
  ]);
  expect((await it.json("parked --parked-state waiting")).items).toHaveLength(1);
  expect((await it.json("parked --handler people")).items).toHaveLength(0);
  const page = await it.ctl("parked --limit 1");
  expect(page.stdout).toMatch(
    new RegExp(
      `^${items[0].id}\\tone\\twaiting\\tmodify\\t${dn(1)}\\tbehind ${items[1].id}\\n… of 2; go on with --before ${items[0].id}\\n$`,
    ),
  );
  expect((await it.json("parked --before", String(items[0].id))).items).toHaveLength(1);
  const dumped = await it.ctl("dump --parked");
  expect(
    dumped.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).dn),
  ).toEqual([dn(1), dn(1)]);
  // Being parked is no alarm: it is tried again by itself.
  expect((await it.ctl("status")).status).toBe(0);

  fails("nobody");
  expect(await it.ctl(`retry ${items[1].id}`)).toMatchObject({ status: 0, stdout: "1 tried again\n" });
  const settled = await it.until(({ parked }) => parked.failed + parked.waiting === 0);
  expect(settled.parked.dead).toBe(0);
  expect(callsOf(folders, "one").filter((line) => line === `m ${dn(1)}`)).toHaveLength(2);

  fails("user000003");
  await replace(client, dn(3), { title: ["given up"] });
  await replace(client, dn(3), { title: ["wanted"] });
  await it.until(({ parked }) => parked.failed === 1 && parked.waiting === 1);
  const [, first] = (await it.json("parked")).items;
  fails("nobody");
  expect(await it.ctl(`skip ${first.id} --reason`, "mended by hand")).toMatchObject({ status: 0, stdout: "skipped\n" });
  await it.noted("one", `m ${dn(3)}`);
  expect(it.log).toContain("mended by hand");
  expect((await it.json("parked --parked-state skipped")).items).toMatchObject([{ id: first.id, state: "skipped" }]);

  fails("user000004");
  await client.modifyDN(dn(4), `uid=moved,ou=people,dc=lab`);
  await it.until(({ parked }) => parked.failed === 1);
  fails("nobody");
  expect(await it.json("retry --handler one")).toEqual({ retried: 1 });
  expect(await it.noted("one", "a uid=moved,ou=people,dc=lab")).toContain(`r ${dn(4)}`);

  expect((await it.ctl("retry")).status).toBe(64);
  expect((await it.ctl("retry 1 --handler one")).status).toBe(64);
  expect((await it.ctl("retry x")).status).toBe(64);
  expect((await it.ctl("retry 999")).status).toBe(66);
  expect((await it.ctl("skip 999")).status).toBe(66);
  expect((await it.ctl("retry --handler three")).status).toBe(66);
  expect((await it.ctl("parked --parked-state odd")).status).toBe(64);
});

labTest("a change that was tried often enough is dead, and wants a person", async () => {
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  writeHandler(folders, "one.ts", recorder(folders));
  const it = await start(lab, folders, [], { REEVE_LISTENER_ATTEMPTS: "2" });
  writeFileSync(join(folders.folder, "one.fails"), "user000001");
  await replace(client, dn(1), { title: ["poison"] });
  await it.until(({ parked }) => parked.dead === 1);
  expect(await it.ctl("status")).toMatchObject({
    status: 81,
    stderr: "reeve listener ctl status: 1 changes were given up\n",
  });
  expect((await it.ctl("parked")).stdout).toMatch(/\tone\tdead\tmodify\t.*\t2 tries since 20.*told to fail\n$/);
  const [{ id }] = (await it.json("parked")).items;
  expect((await it.ctl(`skip ${id}`)).status).toBe(0);
  expect((await it.ctl("status")).status).toBe(0);
});

labTest(
  "paused handlers get nothing, and all of it later; a range of changes is handed on once more under the same ids",
  async () => {
    const { lab, client } = await slapd();
    const folders = listenerFolders(lab);
    for (const name of ["one", "two"]) writeHandler(folders, `${name}.ts`, recorder(folders));
    const it = await start(lab, folders);
    for (const name of ["one", "two"]) await it.noted(name, "postrun");
    expect(await it.ctl("pause one")).toEqual({ status: 0, stdout: "paused: one\n", stderr: "" });
    for (const number of [0, 1, 2]) await replace(client, dn(number), { title: ["x"] });
    await it.noted("two", `m ${dn(2)}`);
    expect(await it.handler("one")).toMatchObject({ state: "paused", lag: { events: 3 } });
    // Whoever is paused lags by intent.
    expect((await it.json("status")).lag.events).toBe(0);
    expect(callsOf(folders, "one")).not.toContain(`m ${dn(0)}`);
    expect(await it.json("resume one")).toEqual({ handlers: ["one"] });
    await it.noted("one", `m ${dn(2)}`);
    await it.settled();

    const before = linesOf(folders.folder, "one").filter((line) => line.startsWith("m "));
    const { head, changes } = await it.json("changes");
    expect(changes.map(({ seq }: { seq: number }) => seq)).toEqual([head, head - 1, head - 2]);
    expect(await it.json("status")).toMatchObject({ head, headAt: changes[0].at });
    expect(await it.ctl(`replay one ${head - 2} ${head - 1}`)).toMatchObject({
      status: 0,
      stdout: "2 events once more\n",
    });
    await it.until(() => linesOf(folders.folder, "one").filter((line) => line.startsWith("m ")).length === 5);
    expect(
      linesOf(folders.folder, "one")
        .filter((line) => line.startsWith("m "))
        .slice(3),
    ).toEqual(before.slice(0, 2));
    expect(callsOf(folders, "two").filter((line) => line.startsWith("m "))).toHaveLength(3);
    for (const [words, status] of [
      [`replay one ${head} ${head + 1}`, 65],
      ["replay one 2 1", 65],
      ["replay three 1 1", 66],
      ["replay one 1", 64],
      ["pause three", 66],
    ] as const)
      expect([words, (await it.ctl(words)).status]).toEqual([words, status]);

    expect(await it.json("pause")).toEqual({ handlers: ["one", "people", "two"] });
    // Over a restart, too.
    await it.stop();
    running.length = 0;
    const again = await start(lab, folders);
    expect((await again.json("status")).handlers.map(({ state }: { state: string }) => state)).toEqual([
      "paused",
      "paused",
      "paused",
    ]);
    expect((await again.json("resume")).handlers).toHaveLength(3);
    await again.settled();
  },
);

labTest("the change log: filtered, page by page, one change attribute by attribute", async () => {
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  writeHandler(folders, "one.ts", recorder(folders, `export const needs = ["userPassword"];`));
  const it = await start(lab, folders);
  await client.add("uid=ä,ou=people,dc=lab", person("ä"));
  await replace(client, "uid=ä,ou=people,dc=lab", {
    title: ["one", "two"],
    userPassword: ["hush"],
    jpegPhoto: [Buffer.from([255, 216, 0])],
  });
  await client.modifyDN("uid=ä,ou=people,dc=lab", "uid=b,dc=lab");
  await client.del("uid=b,dc=lab");
  await it.until(({ head }) => head === 4);
  await it.settled();
  const text = (await it.ctl("changes")).stdout.split("\n");
  expect(text.map((line) => line.replace(/\t20\S+ \S+/, ""))).toEqual([
    "4\tdelete\tuid=b,dc=lab",
    "3\tmove\tuid=ä,ou=people,dc=lab → uid=b,dc=lab\tuid",
    "2\tmodify\tuid=ä,ou=people,dc=lab\tjpegPhoto, title, userPassword",
    "1\tcreate\tuid=ä,ou=people,dc=lab",
    "",
  ]);
  const seqs = async (words: string, ...more: string[]) =>
    (await it.json(`changes${words}`, ...more)).changes.map(({ seq }: { seq: number }) => seq);
  expect(await seqs(" --limit 2")).toEqual([4, 3]);
  expect(await seqs(" --before 3")).toEqual([2, 1]);
  expect(await seqs(" --kind modify")).toEqual([2]);
  expect(await seqs(" --dn", "UID=B,")).toEqual([4, 3]);
  expect(await seqs(" --origin refresh")).toEqual([]);
  expect((await it.ctl("changes --limit 2")).stdout).toEndWith("… go on with --before 3\n");
  expect((await it.ctl("changes --kind odd")).status).toBe(64);
  const one = await it.ctl("change 2");
  expect(one.stdout.split("\n").slice(1)).toEqual(
    expect.arrayContaining(["+ title: one", "+ title: two", "+ jpegPhoto: (3 bytes)"]),
  );
  expect(one.stdout).not.toContain("hush");
  const detail = await it.json("change 2");
  expect(detail).toMatchObject({
    seq: 2,
    kind: "modify",
    earlier: 1,
    later: 3,
    id: expect.stringMatching(/^[0-9a-f]{12}\.2$/),
  });
  expect((await it.ctl("change 5")).status).toBe(66);
  expect((await it.ctl("change x")).status).toBe(64);
});

labTest("many deletions found after an absence are held: approved or rejected, all or some", async () => {
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  writeHandler(folders, "one.ts", recorder(folders));
  const env = { REEVE_LISTENER_GUARD_LEAST: "2", REEVE_LISTENER_GUARD_PERCENT: "10" };
  const first = await start(lab, folders, [], env);
  await first.stop();
  running.length = 0;
  for (const number of [0, 1, 2, 3]) await client.del(dn(number));
  const it = await start(lab, folders, [], env);
  expect(await it.ctl("status")).toMatchObject({
    status: 81,
    stderr: "reeve listener ctl status: 4 deletions wait for approval\n",
  });
  const { total, items } = await it.json("held");
  expect([total, items.map((item: { dn: string }) => item.dn)]).toEqual([4, [0, 1, 2, 3].map(dn)]);
  expect((await it.ctl("held --limit 1")).stdout).toMatch(
    new RegExp(`^${items[0].uuid}\\t${dn(0)}\\tsince 20.*\\n… of 4\\n$`),
  );
  expect((await it.ctl("approve")).status).toBe(64);
  expect((await it.ctl("approve nonsense")).status).toBe(65);
  expect(await it.ctl(`approve ${items[0].uuid}`)).toMatchObject({ status: 0, stdout: "1 approved\n" });
  await it.noted("one", `d ${dn(0)}`);
  expect(await it.json(`reject ${items[1].uuid}`)).toEqual({ rejected: 1 });
  expect((await it.json("held")).total).toBe(2);
  expect(await it.ctl("approve --all")).toMatchObject({ status: 0, stdout: "2 approved\n" });
  await it.noted("one", `d ${dn(2)}`);
  expect(callsOf(folders, "one")).not.toContain(`d ${dn(1)}`);
  expect((await it.ctl("status")).status).toBe(0);
  // Rejected: in the cache until a verification misses it again, alone and so not held.
  expect((await it.ctl("verify")).stdout).toContain("1 removed, 0 held");
  await it.noted("one", `d ${dn(1)}`);
});

labTest("values of many megabytes are dumped and told of", async () => {
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  const it = await start(lab, folders);
  const large = Buffer.alloc(15_000_000, "Reeve\0");
  await replace(client, dn(1), { jpegPhoto: [large] });
  await it.until(({ head }) => head === 1);
  const { status, stdout } = await it.ctl("dump");
  const value = /^jpegPhoto:: (.*(?:\n .*)*)$/m.exec(stdout)?.[1]?.replaceAll("\n ", "") ?? "";
  expect([status, Buffer.from(value, "base64").equals(large)]).toEqual([0, true]);
  expect((await it.ctl("change 1")).stdout).toContain("+ jpegPhoto: (15000000 bytes)\n");
});

labTest("a handler whose file is gone keeps its place until it is forgotten", async () => {
  const { lab, client } = await slapd();
  const folders = listenerFolders(lab);
  writeHandler(folders, "one.ts", recorder(folders));
  const it = await start(lab, folders);
  await it.noted("one", "postrun");
  rmSync(join(folders.handlers, "one.ts"));
  await it.until(({ handlers }) => handlers.some(({ state }) => state === "gone"));
  await replace(client, dn(1), { title: ["missed"] });
  await it.until(({ head }) => head === 1);
  expect((await it.ctl("status")).stdout).toMatch(/^handler\tone\tgone, 1 events behind/m);
  expect((await it.ctl("status")).status).toBe(0);
  writeHandler(folders, "one.ts", recorder(folders));
  await it.noted("one", `m ${dn(1)}`);
  expect((await it.ctl("forget one")).status).toBe(73);
  rmSync(join(folders.handlers, "one.ts"));
  await it.until(({ handlers }) => handlers.some(({ state }) => state === "gone"));
  // What it had missed is wanted no longer: the journal may forget it.
  const loads = callsOf(folders, "one").filter((line) => line === "clean").length;
  expect((await it.ctl("resync one")).status).toBe(0);
  await replace(client, dn(2), { title: ["missed, too"] });
  writeHandler(folders, "one.ts", recorder(folders));
  await it.until(() => callsOf(folders, "one").filter((line) => line === "clean").length === loads + 1);
  await it.settled();
  expect(callsOf(folders, "one")).not.toContain(`m ${dn(2)}`);
  rmSync(join(folders.handlers, "one.ts"));
  await it.until(({ handlers }) => handlers.some(({ state }) => state === "gone"));
  expect(await it.ctl("forget one")).toMatchObject({ status: 0, stdout: "forgotten: one\n" });
  expect((await it.json("modules")).map(({ name }: { name: string }) => name)).toEqual(["people"]);
  expect(existsSync(join(folders.cache, "handlers", "one"))).toBe(false);
  expect((await it.ctl("forget one")).status).toBe(66);
});

labTest(
  "a changed handler that needs a password from now on gets it at a resync, and no more when it does not",
  async () => {
    const { lab, client } = await slapd();
    await replace(client, dn(1), { userPassword: ["geheim"] });
    const folders = listenerFolders(lab);
    const write = (needs: string) =>
      writeHandler(
        folders,
        "one.ts",
        `import { appendFileSync } from "node:fs";
       export const description = "notes whether it sees a password";
       export const filter = "(uid=user000001)";
       export const needs = [${needs}];
       export const handler = (dn, now) =>
         appendFileSync(${JSON.stringify(join(folders.folder, "one.calls"))}, ("userPassword" in now) + "\\n");`,
      );
    const seen = () => linesOf(folders.folder, "one").at(-1);
    write("");
    const it = await start(lab, folders);
    expect(seen()).toBe("false");
    for (const [needs, sees] of [
      [`"userPassword"`, "true"],
      ["", "false"],
    ] as const) {
      write(needs);
      for (const deadline = Date.now() + 30_000; seen() !== sees; ) {
        if (Date.now() > deadline) throw new Error(`needs ${needs}: ${it.log}`);
        await it.json("resync one");
        await it.settled();
      }
    }
    await it.stop();
    running.length = 0;
    const database = readFileSync(join(folders.cache, "listener.db"), "latin1");
    expect([database.includes("user000001"), database.includes("geheim")]).toEqual([true, false]);
  },
);

labTest("a handler that was given up is tried again when a person says so", async () => {
  const { lab } = await slapd();
  const folders = listenerFolders(lab);
  const missing = join(folders.folder, "missing");
  writeHandler(
    folders,
    "one.ts",
    `import { readFileSync } from "node:fs"; readFileSync("${missing}");${recorder(folders)}`,
  );
  const it = await start(lab, folders);
  expect((await it.ctl("modules")).stdout).toMatch(/one\trefused[\s\S]*error: .*missing/);
  for (const words of ["resync one", "retry --handler one"]) {
    await Bun.write(missing, "");
    const before = callsOf(folders, "one").length;
    expect((await it.ctl(words)).status).toBe(0);
    await it.until(() => callsOf(folders, "one").length > before);
    rmSync(missing);
    writeHandler(
      folders,
      "one.ts",
      `import { readFileSync } from "node:fs"; readFileSync("${missing}");${recorder(folders)} // ${words}`,
    );
    await it.until(({ handlers }) => handlers.some(({ name, state }) => name === "one" && state === "refused"));
  }
});
