/**
 * The whole directory for the first time, into a durable cache, beside programs that keep nothing of it: OpenLDAP's own
 * ldapsearch by the same protocol, and python-ldap's syncrepl. Then the same listener, back after changes that it missed.
 */
import { cpSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../lab/folder.ts";
import { admin, type SlapdLab, suffix } from "../lab/slapd.ts";
import {
  bindWords,
  directoryMissing,
  directoryOf,
  listenerEnvironment,
  listenerWords,
  passwordFile,
  type Run,
  run,
  scaled,
  write,
} from "./listener-lab.ts";
import { inTurns } from "./measure.ts";
import type { Bench, Report, Row } from "./report.ts";

const python = "/usr/bin/python3";
const missed = 5000;

function pythonMissing(): boolean {
  return !existsSync(python) || Bun.spawnSync([python, "-c", "import ldap.syncrepl"]).exitCode !== 0;
}

const mebibytes = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 2 ** 20;

async function first(slapd: SlapdLab, folder: string): Promise<Run> {
  rmSync(folder, { recursive: true, force: true });
  return run(listenerWords(slapd, folder, "-d", "1", "-P"), listenerEnvironment);
}

const of = (figures: readonly Run[], key: keyof Run): number[] => figures.map((figure) => figure[key]);

async function load(entries: number, repetitions: number): Promise<Report[]> {
  const folder = temporaryFolder("bench");
  const slapd = await directoryOf(entries);
  try {
    const all = ["-b", suffix, "-E", "sync=ro", "(objectClass=*)", "*", "+"];
    const script = [python, join(import.meta.dirname, "listener-syncrepl.py")];
    const withoutPython = pythonMissing();
    const figures = await inTurns(
      {
        floor: () => run(["ldapsearch", ...bindWords(slapd), ...all]),
        reeve: () => first(slapd, join(folder, "reeve")),
        python: (): Promise<Run> | Run =>
          withoutPython
            ? { wall: Number.NaN, cpu: Number.NaN, peak: Number.NaN }
            : run([...script, slapd.uri, suffix, admin, passwordFile(slapd), String(entries + 2)]),
      },
      { warmup: 1, repetitions },
    );
    const { floor, reeve, python: peer } = figures;
    const against = { name: "ldapsearch", values: of(floor, "wall") };
    const rows: Row[] = [
      { what: "ldapsearch -E sync=ro, thrown away", unit: "ms", values: of(floor, "wall") },
      { what: "reeve listener -P, durable cache", unit: "ms", values: of(reeve, "wall"), against },
      {
        ...{ what: "… against python-ldap", unit: "ms", values: of(reeve, "wall") },
        against: { name: "python-ldap", values: of(peer, "wall") },
      },
      { what: "python-ldap's syncrepl, thrown away", unit: "ms", values: of(peer, "wall"), against },
      { what: "reeve: processor time", unit: "ms", values: of(reeve, "cpu") },
      { what: "python-ldap: processor time", unit: "ms", values: of(peer, "cpu") },
      { what: "reeve: resident memory, at most", unit: "MiB", values: of(reeve, "peak") },
      { what: "python-ldap: resident memory, at most", unit: "MiB", values: of(peer, "peak") },
      { what: "reeve: size of the cache's files", unit: "MiB", values: [mebibytes(join(folder, "reeve", "cache"))] },
    ];
    const notes = [
      "From start to end of each program; all attributes, operational ones included, about 1.1 kB an entry.",
    ];
    if (withoutPython) notes.push("python-ldap is not installed (python3-ldap).");
    const title = `First load of ${entries} entries`;
    const reports = [{ title, rows: rows.filter(({ values }) => !values.some(Number.isNaN)), notes }];
    return entries < scaled(100_000) ? reports : [...reports, await catchUp(slapd, folder, entries)];
  } finally {
    await slapd.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each time from a copy of the same cache. */
async function catchUp(slapd: SlapdLab, folder: string, entries: number): Promise<Report> {
  const kept = join(folder, "reeve");
  const back = join(folder, "back");
  await write(slapd, folder, 4, missed, entries);
  const figures = await inTurns(
    {
      reeve: () => {
        rmSync(back, { recursive: true, force: true });
        cpSync(kept, back, { recursive: true });
        return run(listenerWords(slapd, back, "-d", "1", "-P"), listenerEnvironment);
      },
    },
    { warmup: 1, repetitions: 5 },
  );
  return {
    title: `${missed} of ${entries} entries changed while the listener was away`,
    rows: [
      { what: "reeve listener -P, start to end", unit: "ms", values: of(figures.reeve, "wall") },
      { what: "… processor time", unit: "ms", values: of(figures.reeve, "cpu") },
      { what: "… resident memory, at most", unit: "MiB", values: of(figures.reeve, "peak") },
    ],
    notes: ["The provider's log covers the absence; all changes are in the journal with both sides when it ends."],
  };
}

export const bench: Bench = async () => {
  const missing = directoryMissing();
  if (missing !== undefined)
    return [{ title: "First load of a directory", rows: [], notes: [`Not measured: ${missing}.`] }];
  return [...(await load(scaled(10_000), 5)), ...(await load(scaled(100_000), 5))];
};
