/** Import arrows point one way: `cmd → service → console → level 2 → system → level 0` (src/README.md). */
import { expect, test } from "bun:test";
import { type Source, sources } from "./sources.ts";

const all = sources("cmd", "src");

const levels: Record<string, number> = {
  problem: 0,
  log: 0,
  config: 0,
  version: 0,
  address: 0,
  target: 0,
  clock: 0,
  system: 1,
  process: 2,
  umcp: 2,
  http: 2,
  store: 2,
  inventory: 2,
  snmp: 2,
  network: 2,
  ldap: 2,
  console: 3,
  daemon: 4,
  module: 4,
  agent: 4,
  backend: 4,
  listener: 4,
  netconf: 4,
  cmd: 5,
};

/** `src/store/user.ts` → `store`, `src/log.ts` → `log`, `cmd/agent/run.ts` → `cmd`. */
function roomOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "src" ? second.replace(/\.ts$/, "") : first;
}

function levelOf(path: string): number {
  const level = levels[roomOf(path)];
  if (level === undefined) throw new Error(`${path} stands in no known room: give it a level`);
  return level;
}

function allowed(from: string, to: string): boolean {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (room === target) return true;
  const [above, below] = [levelOf(from), levelOf(to)];
  if (above !== below) return above > below;
  // Level 0 is one floor; within level 2 all may start processes; services never meet.
  return above === 0 || (above === 2 && target === "process");
}

function wrong(arrows: (source: Source) => string[]): string[] {
  return all.flatMap((source) =>
    arrows(source)
      .filter((target) => !allowed(source.path, target))
      .map((target) => `${source.path} → ${target}`),
  );
}

test("values are imported from below only", () => {
  expect(all.length).toBeGreaterThan(80);
  expect(wrong((source) => source.imports)).toEqual([]);
});

test("types are imported from below, too; on one level from the contracts of inventory and network", () => {
  const arrows = wrong((source) => source.types);
  expect(arrows.filter((arrow) => !/^src\/store\/\S+ → src\/(inventory|network)\//.test(arrow))).toEqual([]);
});

test("pages have no data path of their own, commands draw nothing", () => {
  for (const { path, imports, types, packages } of all) {
    if (!path.startsWith("src/console/")) continue;
    if (path.endsWith(".tsx")) expect([path, imports.filter((to) => to.startsWith("src/store/"))]).toEqual([path, []]);
    if (path.endsWith("/commands.ts")) {
      const drawn = [...imports, ...types].filter((to) => to.endsWith(".tsx"));
      expect([path, packages.filter((name) => name.startsWith("hono")), drawn]).toEqual([path, [], []]);
    }
  }
});

test("only cmd/ reads argv or sets the exit code", () => {
  const readers = all.filter(({ code }) => /process\.(argv|exitCode)/.test(code)).map(({ path }) => path);
  // The child's half of a task finds its name where its parent put it.
  expect(readers.filter((path) => !path.startsWith("cmd/"))).toEqual(["src/agent/task-host.ts"]);
});

test("a helper's drawer is no room: no utils, helpers, common, misc, index", () => {
  expect(all.map(({ path }) => path).filter((path) => /\b(utils?|helpers?|common|misc|index)\b/.test(path))).toEqual(
    [],
  );
});
