import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { collect } from "../../../src/agent/inventory/collect.ts";
import { systemReader } from "../../../src/agent/inventory/reader.ts";
import { normalise } from "../../../src/inventory/document.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-reader-"));
afterAll(() => rmSync(folder, { recursive: true }));
const reader = systemReader();

describe("systemReader", () => {
  test("reads files, their ends, folders and links", async () => {
    writeFileSync(join(folder, "b"), "0123456789");
    symlinkSync("b", join(folder, "a"));
    expect(await reader.file(join(folder, "a"))).toBe("0123456789");
    expect(Buffer.from((await reader.bytes(join(folder, "b"), 4)) ?? []).toString()).toBe("6789");
    expect(Buffer.from((await reader.bytes(join(folder, "b"), 400)) ?? []).toString()).toBe("0123456789");
    expect(await reader.list(folder)).toEqual(["a", "b"]);
    expect(await reader.link(join(folder, "a"))).toBe("b");
    expect(await reader.modified(join(folder, "b"))).toBeGreaterThan(0);
    expect((await reader.space(folder))?.total).toBeGreaterThan(0);
  });

  test("gives nothing for what is not there", async () => {
    const absent = join(folder, "absent");
    expect(await reader.file(absent)).toBeUndefined();
    expect(await reader.file(folder)).toBeUndefined();
    expect(await reader.file(join(folder, "b", "below"))).toBeUndefined();
    expect(await reader.bytes(absent, 1)).toBeUndefined();
    expect(await reader.list(absent)).toEqual([]);
    expect(await reader.link(folder)).toBeUndefined();
    expect(await reader.modified(absent)).toBeUndefined();
    expect(await reader.space(absent)).toBeUndefined();
    expect(await reader.run(["reeve-no-such-program"])).toBeUndefined();
  });

  test("runs programs in the C locale and reports their status", async () => {
    expect((await reader.run(["env"]))?.stdout).toContain("LC_ALL=C\n");
    expect((await reader.run(["false"]))?.status).toBe(1);
  });

  test("ends programs when it is cancelled", async () => {
    const abort = new AbortController();
    const running = systemReader(abort.signal).run(["sleep", "60"], { timeout: 60_000 });
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: "cancelled" });
  });
});

test("this machine's inventory is what the machine says of itself, and a valid document", async () => {
  const found = await collect(reader);
  const [hardware] = found.sections.HARDWARE ?? [];
  expect(hardware?.NAME).toBe(hostname().split(".")[0]);
  expect(hardware?.OSVERSION).toBe(release());
  expect(hardware?.MEMORY).toBe(Math.floor(totalmem() / 1024 / 1024));
  expect(found.sections.CPUS?.length).toBeGreaterThan(0);
  expect(found.sections.DRIVES?.some((drive) => drive.TYPE === "/")).toBe(true);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const query = await reader.run(["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package}\\n"]);
  const installed = query?.stdout.split("\n").filter((line) => line.startsWith("installed ")).length;
  if (installed !== undefined)
    expect(found.sections.SOFTWARES?.filter((one) => one.FROM === "deb").length).toBe(installed);

  const identity = { deviceId: "vm-2026-11-21-19-29-04", agent: "test", collected: 1 };
  const { document, dropped } = normalise({ ...identity, ...found });
  expect(dropped).toEqual({ sections: [], fields: 0, rows: 0, truncated: 0 });
  expect(document.sections).toEqual(found.sections);
});
