/** What only Bun has stands in these files and nowhere else; all others run on any runtime with the web and node APIs. */
import { expect, test } from "bun:test";
import { sources } from "./sources.ts";

const border = [
  "src/http/server.ts", // Bun.serve
  "src/listener/database.ts", // bun:sqlite
  "src/process/child.ts", // Bun.spawn with a channel
  "src/process/run.ts", // Bun.spawn
  "src/process/self.ts", // how the binary runs itself
  "src/store/postgres.ts", // Bun.SQL
  "src/store/sqlite.ts", // bun:sqlite
  "src/system/fifo.ts", // Bun.file of a descriptor
  "src/system/libc.ts", // bun:ffi
  "src/system/memory.ts", // Bun.gc
  "src/system/netlink.ts", // Bun.file of a descriptor
  "src/system/packet.ts", // Bun.file of a descriptor, bun:ffi
  "src/system/password.ts", // Bun.password
  "src/system/plugin.ts", // Bun.plugin
  "src/system/udp.ts", // Bun.udpSocket
  "src/umcp/client.ts", // Bun.connect
  "src/umcp/server.ts", // Bun.listen
];

test("Bun.* and bun:* stand in the border files only, and in each of them", () => {
  const users = sources("cmd", "src")
    .filter(({ code }) => /\bBun\.\w|["']bun(:\w+)?["']/.test(code))
    .map(({ path }) => path);
  expect(users).toEqual(border);
});

/** Text that root wrote for a shell into interfaces(5), and nothing else. */
const shell = "src/process/shell.ts";

test("processes are started in src/process/ only, and by a shell in one file", () => {
  for (const { path, code } of sources("cmd", "src")) {
    const starts = /\bspawn(Sync)?\(|child_process|Bun\.\$|new Worker\(/.test(code);
    expect([path, starts && !path.startsWith("src/process/")]).toEqual([path, false]);
    expect([path, /["']\/bin\/|["']sh["'], *["']-c/.test(code)]).toEqual([path, path === shell]);
  }
});

test("a pure test (it imports node:test, and runs under Deno as well) reaches no border file by static imports", () => {
  const all = new Map(sources("cmd", "src", "test").map((source) => [source.path, source]));
  const reached = (from: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(from)) return seen;
    seen.add(from);
    const source = all.get(from);
    const dynamic = new Set(
      Array.from(source?.code.matchAll(/\bimport\("([^"]+)"/g) ?? [], ([, target = ""]) => target),
    );
    for (const target of source?.imports ?? []) {
      if (![...dynamic].some((name) => target.endsWith(name.replace(/^[./]+/, "")))) reached(target, seen);
    }
    return seen;
  };
  const pure = [...all.values()].filter(
    ({ packages, path }) => packages.includes("node:test") && path.startsWith("test/"),
  );
  expect(pure.length).toBeGreaterThan(60);
  const wrong = pure.flatMap(({ path }) =>
    border.filter((file) => reached(path).has(file)).map((file) => `${path} → ${file}`),
  );
  expect(wrong).toEqual([]);
});
