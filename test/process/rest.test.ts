/** A process at rest gives back what it can: looked at from outside, in one that does nothing else. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { programMappings } from "../../src/system/memory.ts";

const program = `
import { giveBackAtRest } from ${JSON.stringify(new URL("../../src/process/rest.ts", import.meta.url).pathname)};
giveBackAtRest(new AbortController().signal, 200);
process.stdin.on("data", () => process.stdout.write("alive"));
process.stdout.write("ready");
`;

/** KiB of its program that are resident. */
function resident(pid: number): number {
  const mappings = programMappings(readFileSync(`/proc/${pid}/smaps`, "utf8"));
  return mappings.reduce((sum, one) => sum + one.resident, 0);
}

describe("at rest", () => {
  test("the program's pages go, and come back when they are needed", async () => {
    const child = Bun.spawn([process.execPath, "-e", program], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    const reader = child.stdout.getReader();
    await reader.read();
    const begun = resident(child.pid);
    expect(begun).toBeGreaterThan(4096);
    while (resident(child.pid) > begun / 2) await Bun.sleep(50);
    child.stdin.write("?");
    await child.stdin.flush();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("alive");
    child.kill();
    await child.exited;
  }, 60_000);

  test("nothing that was written to is let go", () => {
    const mapping = (head: string, dirty: number, anonymous = 0) =>
      `${head}\nSize: 64 kB\nRss:                  40 kB\nShared_Dirty:          0 kB\nPrivate_Dirty:        ${dirty} kB\nAnonymous:            ${anonymous} kB\nVmFlags: rd\n`;
    const text = [
      mapping("00400000-00410000 r-xp 00000000 fe:01 7 /usr/bin/reeve", 0),
      mapping("00410000-00420000 r--p 00010000 fe:01 7 /usr/bin/reeve with spaces (deleted)", 0),
      mapping("00420000-00430000 r--p 00020000 fe:01 7 /usr/bin/reeve", 4, 4),
      mapping("00430000-00440000 rw-p 00030000 fe:01 7 /usr/bin/reeve", 0),
      mapping("00440000-00450000 r--s 00030000 fe:01 7 /usr/bin/reeve", 0),
      mapping("00450000-00460000 r-xp 00000000 00:00 0 [vdso]", 0),
      mapping("00460000-00470000 r-xp 00000000 00:00 0", 0),
    ].join("");
    expect(programMappings(text)).toEqual([
      { from: 0x400000n, to: 0x410000n, resident: 40 },
      { from: 0x410000n, to: 0x420000n, resident: 40 },
    ]);
  });
});
