/** `reeve listener try`: which calls a handler gets, of recorded changes and of those that happen. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "ldapts";
import { binary, reeve } from "../lab/console.ts";
import { people, replace, type SlapdLab, slapdOrSkip, slapdPresent } from "../lab/slapd.ts";
import { callsOf, type ListenerFolders, listenerFolders, RunningListener, recorder } from "./running-listener.ts";

const moved = "uid=moved,ou=people,dc=lab";
const dn = (number: number) => `uid=user${String(number).padStart(6, "0")},ou=people,dc=lab`;

describe.skipIf(!slapdPresent() || !existsSync(binary))("try", () => {
  let lab: SlapdLab;
  let client: Client;
  let folders: ListenerFolders;
  let it: RunningListener;
  let file: string;
  let ids: string[];
  beforeAll(async () => {
    lab = (await slapdOrSkip({ ldif: () => people(3) }))!;
    client = await lab.connect();
    folders = listenerFolders(lab);
    it = await RunningListener.start(lab, folders);
    await replace(client, dn(1), { title: ["a"], mobile: ["1"] });
    await client.modifyDN(dn(1), "uid=moved,ou=people,dc=lab");
    await replace(client, "ou=people,dc=lab", { description: ["of no concern"] });
    await client.del("uid=moved,ou=people,dc=lab");
    await it.until(({ head }) => head === 4);
    ids = await Promise.all([1, 2, 3, 4].map(async (seq) => (await it.ask("change", { seq })).id));
    // Not in the folder that the listener looks at.
    file = join(folders.folder, "one.ts");
    writeFileSync(file, recorder(folders), { mode: 0o644 });
  });
  afterAll(async () => {
    await it.stop();
    await client.unbind();
    await lab.kill();
  });

  const attempt = (words: string, ...more: string[]) =>
    reeve(["listener", "try", file, ...words.split(" "), ...more, "-c", folders.cache, "--state", folders.state]);

  test("of the journal: shown by default, called with --run, written down in neither case", async () => {
    const shown = await attempt("--from-journal 1..4");
    expect([shown.status, shown.stderr]).toEqual([0, expect.stringContaining("3 of 4 changes concern it\n")]);
    expect(shown.stdout.replace(/\d+ attributes/g, "N attributes").split("\n")).toEqual([
      `m\t${dn(1)}\tmobile, title\t${ids[0]}.1`,
      `r\t${dn(1)}\tN attributes\t${ids[1]}.1`,
      `a\t${dn(1)} → ${moved}\tN attributes\t${ids[1]}.2`,
      `d\t${moved}\tN attributes\t${ids[3]}.1`,
      "",
    ]);
    expect(callsOf(folders, "one")).toEqual([]);
    const before = statSync(join(folders.cache, "listener.db")).mtimeMs;
    const run = await attempt("--from-journal 1..4 --run");
    expect([run.status, run.stdout.split("\n").filter((line) => line === "\tdone")]).toEqual([
      0,
      ["\tdone", "\tdone", "\tdone"],
    ]);
    expect(callsOf(folders, "one")).toEqual([
      ...["prerun", `m ${dn(1)}`, `r ${dn(1)}`, `a ${moved}`, `d ${moved}`, "postrun"],
    ]);
    expect(statSync(join(folders.cache, "listener.db")).mtimeMs).toBe(before);
    expect((await it.ask("status", {})).handlers.map(({ name }) => name)).toEqual(["people"]);
  });

  test("one event as JSON is what the handler reads; a failure is told, and counts", async () => {
    const { status, stdout } = await attempt("--from-journal 1 --json");
    const { calls } = JSON.parse(stdout);
    expect([status, calls]).toEqual([0, [expect.objectContaining({ command: "m", dn: dn(1), id: `${ids[0]}.1` })]]);
    expect(calls[0].new.title).toEqual(["a"]);
    writeFileSync(join(folders.folder, "one.fails"), "moved");
    const run = await attempt("--from-journal 1..4 --run");
    expect([run.status, run.stderr]).toEqual([81, expect.stringContaining("it failed on 2\n")]);
    expect(run.stdout.split("\n").filter((line) => line.startsWith("\t"))).toEqual([
      "\tdone",
      expect.stringContaining("\tfailed: Error: told to fail"),
      expect.stringContaining("\tfailed: Error: told to fail"),
    ]);
    rmSync(join(folders.folder, "one.fails"));
  });

  test("of a dump, as an initial load", async () => {
    const dump = join(folders.folder, "dump.ldif");
    writeFileSync(dump, (await it.ctl("dump")).stdout);
    const shown = await attempt("--from-ldif", dump);
    expect([shown.status, shown.stdout.split("\n").map((line) => line.split("\t").slice(0, 2).join(" "))]).toEqual([
      ...[0, [`n ${dn(0)}`, `n ${dn(2)}`, ""]],
    ]);
    expect((await attempt("--from-ldif", dump, "-b", dn(2))).stdout).toStartWith(`n\t${dn(2)}\t`);
    expect((await attempt("--from-ldif", join(folders.folder, "absent"))).status).toBe(74);
    writeFileSync(dump, "dn: dc=lab\nchangetype: delete\n\n");
    expect((await attempt("--from-ldif", dump)).status).toBe(65);
  });

  test("as it happens, until somebody ends it", async () => {
    const words = ["listener", "try", file, "--live", "-c", folders.cache, "--state", folders.state];
    const child = Bun.spawn([binary, ...words], { stdout: "pipe", stderr: "pipe", env: { HOME: "/nonexistent" } });
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    // It says nothing before the first change: there are changes until it does.
    let done = false;
    const first = lines.read().finally(() => (done = true));
    for (let number = 0; !done; number++) {
      await replace(client, dn(0), { title: [`${number}`] });
      await Bun.sleep(50);
    }
    expect((await first).value).toStartWith(`m\t${dn(0)}\ttitle\t`);
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
    expect(await new Response(child.stderr).text()).toMatch(/^(\d+) of \1 changes concern it$/m);
  });

  test("what is not there is said", async () => {
    expect((await attempt("--from-journal 4000..4001")).status).toBe(66);
    expect((await attempt("--from-journal 2..1")).status).toBe(64);
    expect((await attempt("--live --from-journal 1")).status).toBe(64);
    const nowhere = ["listener", "try", file, "--from-journal", "1", "--state", join(folders.folder, "none")];
    expect((await reeve(nowhere)).status).toBe(66);
    expect((await reeve(["listener", "try", "/nonexistent/one.ts", "--live", "-c", folders.cache])).status).toBe(78);
  });
});
