/** The module's commands and pages on a real listener that follows a real directory. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "ldapts";
import type { People, Person } from "../../../src/console/directory/answer.ts";
import { commands } from "../../../src/console/directory/commands.ts";
import type {
  ChangeDetail,
  ChangeList,
  HandlerModule,
  ListenerStatus,
  ParkedList,
} from "../../../src/console/directory/control.ts";
import { directory } from "../../../src/console/directory/declaration.ts";
import { pages } from "../../../src/console/directory/pages.tsx";
import { logger } from "../../../src/log.ts";
import { openStore, type Store } from "../../../src/store/database.ts";
import { binary } from "../../lab/console.ts";
import { people, replace, type SlapdLab, slapdOrSkip } from "../../lab/slapd.ts";
import { type ListenerFolders, listenerFolders, RunningListener, recorder } from "../../listener/running-listener.ts";
import { problemOf } from "../../store/suite/subject.ts";
import { Rendered } from "../rendered.ts";

const lab = existsSync(binary) ? await slapdOrSkip({ ldif: () => people(5) }) : undefined;
const labTest = test.skipIf(lab === undefined);
const dn = (number: number) => `uid=user${String(number).padStart(6, "0")},ou=people,dc=lab`;

let client: Client;
let folders: ListenerFolders;
let listener: RunningListener;
let store: Store;
beforeAll(async () => {
  if (lab === undefined) return;
  client = await lab.connect();
  folders = listenerFolders(lab);
  writeFileSync(join(folders.handlers, "one.ts"), recorder(folders));
  listener = await RunningListener.start(lab, folders);
  store = await openStore({ url: `sqlite:${join(folders.state, "reeve.sqlite")}` });
}, 60_000);
afterAll(async () => {
  await store?.close();
  await listener?.stop();
  await client?.unbind();
  await (lab as SlapdLab | undefined)?.kill();
});

async function call<Result>(path: string, given: Record<string, unknown> = {}): Promise<Result> {
  const name = path.replace(/^directory\//, "") as keyof typeof directory.commands;
  const context = {
    ...{ user: { name: "ada", administrator: true }, session: "", address: "", locale: "en", flavor: undefined },
    ...{ signal: new AbortController().signal, progress: () => undefined, sockets: join(folders.state, "run") },
    ...{ run: () => Promise.reject(new Error("nothing is run")), store: async () => store, log: logger("test") },
  };
  return (await commands[name](directory.commands[name].options.parse(given) as never, context)) as Result;
}

const rendered = new Rendered(directory, pages, (name, options) => call(name, options));
const read = (path: string) => rendered.text(path);

/** Asks until it is so. */
async function until<Result>(ask: () => Promise<Result>, so: (result: Result) => boolean): Promise<Result> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const result = await ask();
    if (so(result)) return result;
    if (Date.now() > deadline) throw new Error(`in vain: ${Bun.inspect(result)}`);
    await Bun.sleep(50);
  }
}

labTest("people come into the cache, and what changes is found there and in the log, side by side", async () => {
  const { people: found } = await until(
    () => call<People>("people", { kind: "person" }),
    ({ total }) => total === 5,
  );
  const one = found.find((person) => person.dn === dn(1))!;
  await replace(client, dn(1), { description: ["an old one", "keeps"] });
  await replace(client, dn(1), {
    description: ["a new one", "keeps"],
    telephoneNumber: ["+49 30 1"],
    userPassword: ["x"],
  });
  await until(
    () => call<Person>("person", { uuid: one.uuid }),
    ({ phone }) => phone === "+49 30 1",
  );
  const { changes } = await call<ChangeList>("changes", { uuid: one.uuid });
  expect(changes.map(({ kind, origin, differing }) => [kind, origin, [...differing].sort()])).toEqual([
    ["modify", "live", ["description", "telephoneNumber"]],
    ["modify", "live", ["description"]],
  ]);
  const seq = changes[0]!.seq;
  const change = await call<ChangeDetail>("change", { seq });
  const description = change.attributes.find(({ name }) => name === "description")!;
  expect(description.old.values.map(({ text, only }) => [text, only])).toEqual([
    ["an old one", true],
    ["keeps", false],
  ]);
  expect(change.earlier).toBe(changes[1]!.seq);
  const attributes = change.attributes.map(({ name }) => name.toLowerCase());
  expect(attributes).toContain("cn");
  expect(attributes).not.toContain("userpassword");
  const text = await read(`/directory/changes/${seq}`);
  expect(text).toMatch(/description an old one keeps a new one keeps/);
  expect(await read(`/directory/changes?dn=${encodeURIComponent("USER000001,ou")}`)).toContain(String(seq));
  expect(await read(`/people/${one.uuid}`)).toContain("+49 30 1");
});

labTest("what a handler fails on is parked and retried; pausing, resync and verification go through", async () => {
  writeFileSync(join(folders.folder, "one.fails"), "user000002");
  await replace(client, dn(2), { description: ["fails"] });
  const { items } = await until(
    () => call<ParkedList>("parked"),
    ({ total }) => total === 1,
  );
  expect(items[0]).toMatchObject({ handler: "one", dn: dn(2), kind: "modify", behind: 0, waitsFor: null });
  expect(items[0]!.error).toContain("told to fail");
  expect(await read("/directory/parked")).toContain("told to fail");
  expect(await read("/directory/handlers/one")).toMatch(/Parked 1 failed/);
  await call("retry", { handler: "one" });
  rmSync(join(folders.folder, "one.fails"));
  await call("retry", { id: items[0]!.id }).catch(() => undefined);
  await until(
    () => call<ParkedList>("parked"),
    ({ total }) => total === 0,
  );
  expect((await problemOf(call("skip", { id: 999_999, reason: "is not there" }))).code).toBe("not-found");

  await call("pause", { handler: "one" });
  const paused = await call<HandlerModule[]>("handlers");
  expect(paused.find(({ name }) => name === "one")?.state).toBe("paused");
  await call("resume", { handler: "one" });
  expect(await call<{ handlers: string[] }>("resync", { handler: "one" })).toEqual({ handlers: ["one"] });
  await call("resync", { dn: dn(3) });
  await call("verify");
  const { verified } = await until(
    () => call<ListenerStatus>("status"),
    (status) => status.verified !== null && !status.verifying,
  );
  expect(verified).toMatchObject({ added: 0, modified: 0, removed: 0, held: 0, error: "" });
  const text = await read("/directory/handlers");
  expect(text).toMatch(/follows/);
  expect(text).toMatch(/nothing differed/);
  expect(await read("/directory/held")).toContain("No deletion is held");
});
