/** The real `Reader`: this machine's files, and programs run by `process/run`. */
import { open, readdir, readFile, readlink, stat, statfs } from "node:fs/promises";
import { machine, networkInterfaces } from "node:os";
import { Problem } from "../../problem.ts";
import { run } from "../../process/run.ts";
import type { Reader, RunOutput } from "./collector.ts";

/** Larger than any file that is read whole: dpkg's status of a full desktop has 10 MB. */
const mostOfAFile = 64 * 1024 * 1024;

/** What sysfs, procfs and races answer instead of a value. */
const absent = new Set([
  "ENOENT",
  "ENOTDIR",
  "EINVAL",
  "EIO",
  "ENODEV",
  "ENXIO",
  "EOPNOTSUPP",
  "ENODATA",
  "EBUSY",
  "EISDIR",
]);

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

/** Undefined for a file that is not there; a Problem for one that is closed or broken. */
function unreadable(path: string, error: unknown): undefined {
  const code = codeOf(error);
  if (absent.has(code)) return undefined;
  if (code === "EACCES" || code === "EPERM")
    throw new Problem("permission", `no permission to read ${path}`, { cause: error });
  throw new Problem("io", `${path} cannot be read`, { cause: error });
}

async function text(path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path);
    return bytes.toString("utf8", 0, Math.min(bytes.length, mostOfAFile));
  } catch (error) {
    return unreadable(path, error);
  }
}

async function lastBytes(path: string, most: number): Promise<Uint8Array | undefined> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      // Binary files of sysfs say 0, or a page.
      const start = Math.max(0, size - most);
      const { buffer, bytesRead } = await file.read(new Uint8Array(most), 0, most, start);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    return unreadable(path, error);
  }
}

/** Undefined where the call fails, whatever the reason. */
async function attempt<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch {
    return undefined;
  }
}

/** @param signal ends programs that still run. */
export function systemReader(signal?: AbortSignal): Reader {
  return {
    root: process.geteuid?.() === 0,
    machine: machine(),
    file: text,
    bytes: lastBytes,
    list: async (folder) => ((await attempt(readdir(folder))) ?? []).sort(),
    link: (path) => attempt(readlink(path)),
    modified: async (path) => (await attempt(stat(path)))?.mtimeMs,
    async space(path) {
      const found = await attempt(statfs(path));
      return found && { total: found.blocks * found.bsize, free: found.bavail * found.bsize };
    },
    addresses: () =>
      Object.entries(networkInterfaces()).flatMap(([device, all]) =>
        (all ?? []).map(({ address, cidr }) => ({ device, address, prefix: Number(cidr?.split("/")[1] ?? 0) })),
      ),
    async run(command, options = {}): Promise<RunOutput | undefined> {
      try {
        return await run(command, {
          timeout: options.timeout ?? 10_000,
          maxOutput: mostOfAFile,
          env: { LC_ALL: "C" },
          ...(signal === undefined ? {} : { signal }),
        });
      } catch (error) {
        if (error instanceof Problem && error.code === "missing") return undefined;
        throw error;
      }
    },
  };
}
