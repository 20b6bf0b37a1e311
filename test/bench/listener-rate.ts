/**
 * Changes as fast as slapd can write them (four writers, without fsync) and what becomes of them: in the journal, and at
 * no, one and twenty handlers. Then, at a rate that leaves everybody time, how soon a handler hears of a change.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Attribute, Change } from "ldapts";
import { temporaryFolder } from "../lab/folder.ts";
import { type SlapdLab, suffix } from "../lab/slapd.ts";
import { directoryMissing, directoryOf, handlersFolder, listen, scaled, write } from "./listener-lab.ts";
import { median, quantile } from "./measure.ts";
import { memoryOf, peakOf, processorTime } from "./proc.ts";
import { type Bench, digits, type Grid, type Report } from "./report.ts";

const entries = scaled(2000);
const count = scaled(20_000);
const writers = 4;
const crowds = [0, 1, 20];

const trivial = `export const description = "measured";
export const filter = "(objectClass=person)";
export function handler() {}
`;

/** Writes down when it was called for which change. */
const watching = (file: string) => `import { openSync, writeSync } from "node:fs";
const file = openSync(${JSON.stringify(file)}, "a");
export const description = "measured";
export const filter = "(objectClass=person)";
export function handler(dn, now) {
  const name = String(now.employeeNumber);
  if (name.startsWith("l")) writeSync(file, name + " " + (performance.timeOrigin + performance.now()) + "\\n");
}
`;

function handlers(folder: string, sources: string[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(handlersFolder(folder), { recursive: true });
  for (const [at, source] of sources.entries()) writeFileSync(join(handlersFolder(folder), `h${at}.ts`), source);
}

const rate = (number: number, milliseconds: number): string => digits((number / milliseconds) * 1000);
const mebibytes = (pid: number): string => digits(memoryOf(pid)?.rss ?? Number.NaN);

/** One line of the table: its cells by the heads below. */
async function sustained(slapd: SlapdLab, folder: string, crowd: number): Promise<string[]> {
  handlers(
    folder,
    Array.from({ length: crowd }, () => trivial),
  );
  const listener = await listen(slapd, folder);
  try {
    const before = await listener.status();
    const pids = before.handlers.map(({ pid }) => pid ?? 0);
    const spent = (of: number[]) => of.reduce((sum, pid) => sum + processorTime(pid), 0);
    const [own, theirs, provider] = [spent([listener.pid]), spent(pids), spent([slapd.pid ?? 0])];
    const expected = before.head + count;
    const begun = performance.now();
    let journalled = Number.NaN;
    const journal = listener
      .until(({ head }) => head >= expected, 50)
      .then(() => {
        journalled = performance.now() - begun;
      });
    const wrote = await write(slapd, folder, writers, count, entries);
    const { head, handlers: then } = await listener.status();
    const lag = expected - head;
    const behind = then.map(({ position }) => expected - position);
    await journal;
    await listener.until((now) => now.handlers.every(({ position }) => position >= expected), 50);
    const drained = performance.now() - begun;
    const total = pids.reduce((sum, pid) => sum + (memoryOf(pid)?.pss ?? 0), 0);
    return [
      String(crowd),
      rate(count, wrote),
      rate(count, journalled),
      String(lag),
      crowd === 0 ? "–" : rate(count * crowd, drained),
      crowd === 0 ? "–" : String(Math.max(...behind)),
      crowd === 0 ? "–" : `${digits((drained - wrote) / 1000)} s`,
      `${digits(spent([listener.pid]) - own)} s`,
      crowd === 0 ? "–" : `${digits(spent(pids) - theirs)} s`,
      `${digits(spent([slapd.pid ?? 0]) - provider)} s`,
      `${digits(peakOf(listener.pid))} MiB`,
      crowd === 0 ? "–" : `${mebibytes(pids[0] ?? 0)} MiB`,
      crowd === 0 ? "–" : `${digits(total)} MiB`,
    ];
  } finally {
    await listener.stop();
  }
}

const heads = [
  ...["handlers", "written/s", "journalled/s", "lag at the end", "calls/s", "behind at the end", "drained after"],
  ...["CPU listener", "CPU handlers", "CPU slapd", "listener at most", "a handler (RSS)", "handlers (PSS)"],
];

/** Milliseconds from a change's sending and from its acknowledgement to the handler's call, at so many a second. */
async function latency(slapd: SlapdLab, folder: string, perSecond: number, changes: number): Promise<Report> {
  const file = join(folder, "calls");
  rmSync(file, { force: true });
  handlers(folder, [watching(file)]);
  const listener = await listen(slapd, folder);
  const client = await slapd.connect();
  const clock = () => performance.timeOrigin + performance.now();
  const sent: number[] = [];
  const acknowledged: number[] = [];
  try {
    const { head } = await listener.status();
    const begun = performance.now();
    for (let number = 0; number < changes; number++) {
      const wait = begun + (number * 1000) / perSecond - performance.now();
      if (wait > 0) await Bun.sleep(wait);
      const uid = `user${String(number % entries).padStart(6, "0")}`;
      const modification = new Attribute({ type: "employeeNumber", values: [`l${number}`] });
      sent.push(clock());
      await client.modify(`uid=${uid},ou=people,${suffix}`, new Change({ operation: "replace", modification }));
      acknowledged.push(clock());
    }
    await listener.until((now) => now.handlers.every(({ position }) => position >= head + changes));
  } finally {
    await client.unbind();
    await listener.stop();
  }
  const called = new Map(
    readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string])
      .map(([name, at]) => [Number(name.slice(1)), Number(at)]),
  );
  if (called.size !== changes) throw new Error(`${called.size} of ${changes} changes reached the handler`);
  const since = (times: number[]) => times.map((time, number) => (called.get(number) ?? Number.NaN) - time);
  const row = (what: string, values: number[]) => ({
    what,
    ...{ unit: "ms", values: [median(values)] },
    p99: quantile(values, 0.99),
    most: quantile(values, 1),
  });
  const rows = [
    row(
      "write sent to write acknowledged",
      acknowledged.map((time, number) => time - (sent[number] ?? Number.NaN)),
    ),
    row("write sent to handler called", since(sent)),
    row("write acknowledged to handler called", since(acknowledged)),
  ];
  return {
    title: `From a write to the handler, ${perSecond} changes a second, one writer`,
    rows: rows.flatMap(({ what, unit, values, p99, most }) => [
      { what: `${what}, p50`, unit, values },
      { what: "… p99", unit, values: [p99] },
      { what: "… longest", unit, values: [most] },
    ]),
    notes: [
      `${changes} changes, one after the other; one clock. slapd may tell the listener before it acknowledges, hence negative times.`,
      "In between, the event, both sides and the cookie are written with fsync.",
    ],
  };
}

export const bench: Bench = async () => {
  const missing = directoryMissing();
  if (missing !== undefined)
    return [{ title: "Changes in the directory", rows: [], notes: [`Not measured: ${missing}.`] }];
  const folder = temporaryFolder("bench");
  const slapd = await directoryOf(entries);
  try {
    // Once for nothing: its files grow.
    await write(slapd, folder, writers, count, entries);
    const alone: number[] = [];
    const lines: string[][] = [];
    for (const crowd of crowds) {
      alone.push((count / (await write(slapd, folder, writers, count, entries))) * 1000);
      lines.push(await sustained(slapd, join(folder, `with-${crowd}`), crowd));
    }
    const grid: Grid = {
      title: `${count} changes by ${writers} writers, as fast as slapd takes them`,
      grid: [heads, ...lines],
      notes: [
        `slapd alone, without a listener: ${alone.map(digits).join(", ")} changes a second (each before the line of the same place).`,
        "Each change is one attribute of an entry of 1.1 kB; each event holds both sides. Handlers do nothing but acknowledge.",
        "Lag and being behind: of changes that are written, those that are not in the journal yet, or not yet done with.",
      ],
    };
    return [grid, await latency(slapd, join(folder, "latency"), 200, scaled(4000))];
  } finally {
    await slapd.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
