import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import type { Handler } from "../../../src/listener/handler-api.ts";
import { journalFile } from "../../../src/listener/handlers/journal-file.ts";
import { webhook } from "../../../src/listener/handlers/webhook.ts";
import { temporaryFolder } from "../../lab/folder.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function start(settings: Record<string, string[]>) {
  return { name: "x", settings, source: "dc=lab", database: { url: "" } };
}

function create(handler: Handler, number: number, value = "x"): unknown {
  const dn = `cn=${number},dc=lab`;
  handler.change = { id: `e.${number}.1`, command: "a", dn, uuid: "", csn: "", at: new Date(0) } as never;
  return handler.create(dn, { cn: [Buffer.from(value)] });
}

describe("the file of changes", () => {
  test("is begun anew where it was renamed, and no link is followed, nor a pipe waited for", () => {
    const file = join(temporaryFolder("journal"), "changes");
    const handler = journalFile(start({ file: [file] }));
    create(handler, 1);
    renameSync(file, `${file}.1`);
    create(handler, 2);
    expect([`${file}.1`, file].map((one) => /cn=(\d)/.exec(readFileSync(one, "utf8"))?.[1])).toEqual(["1", "2"]);
    for (const make of [
      () => symlinkSync(`${file}.elsewhere`, file),
      () => Bun.spawnSync(["mkfifo", file]),
      () => Bun.spawnSync(["mkdir", file]),
    ]) {
      Bun.spawnSync(["rm", "-rf", file]);
      make();
      for (let time = 0; time < 2; time++) {
        expect(() => create(handler, 3)).toThrow(expect.objectContaining({ unavailable: true }));
      }
    }
    expect(existsSync(`${file}.elsewhere`)).toBe(false);
    Bun.spawnSync(["rm", "-rf", file]);
    create(handler, 4);
    expect(readFileSync(file, "utf8")).toContain("cn=4,dc=lab");
  });

  test("holds whole records, though the disk was full in the middle of one", () => {
    const disk = temporaryFolder("tmpfs");
    if (Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk]).exitCode !== 0) {
      console.warn("skipped: no right to mount a file system");
      return;
    }
    ends.push(() => Bun.spawnSync(["umount", "-l", disk]));
    const file = join(disk, "changes");
    const handler = journalFile(start({ file: [file], format: ["json"] }));
    create(handler, 1);
    writeFileSync(join(disk, "else"), Buffer.alloc(40_000));
    const before = readFileSync(file, "utf8");
    expect(() => create(handler, 2, "y".repeat(30_000))).toThrow(/cannot be written.*ENOSPC/);
    expect(readFileSync(file, "utf8")).toBe(before);
    unlinkSync(join(disk, "else"));
    create(handler, 2, "y".repeat(30_000));
    const ids = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(ids.map((line) => JSON.parse(line).id)).toEqual(["e.1.1", "e.2.1"]);
  });
});

test("a webhook's secrets are in no error: user, password and query of its URL", async () => {
  const server: Server = createServer((_, response) => response.writeHead(418).end("no"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const at = (to: number) => webhook(start({ url: [`http://anna:s3cret@127.0.0.1:${to}/hook?key=s3cret`] }));
  const texts = [at(port).configuration?.description ?? ""];
  for (const to of [port, 1]) {
    const error = await Promise.resolve(create(at(to), 1)).catch((error: Error) => error);
    texts.push((error as Error).message);
  }
  server.close();
  expect(texts).toEqual([
    `posts changes to http://127.0.0.1:${port}/hook`,
    `http://127.0.0.1:${port}/hook answered 418: no`,
    expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/hook: /),
  ]);
  expect(texts.join()).not.toContain("s3cret");
});
