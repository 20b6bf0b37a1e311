/** Writes what a source holds as snmprec, the format of snmpsim. */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, renameSync, unlinkSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Problem } from "../../problem.ts";
import { syncFolder } from "../../system/file.ts";
import type { ReadOptions, Source } from "../source.ts";
import { type Oid, tag, type VarBind } from "../value.ts";
import { cutOffRemark } from "./snmprec.ts";

/** One row, with its line's end. */
export function formatRow({ oid, type, value }: VarBind): string {
  if (value === null) return `${oid}|${type}|\n`;
  if (typeof value !== "object") return `${oid}|${type}|${value}\n`;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  // Blanks at an end, and whatever other readers might take for something else, are written in hex.
  const plain = type === tag.octetString && bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  const text = plain ? bytes.toString("latin1") : "";
  return plain && text === text.trim() ? `${oid}|${type}|${text}\n` : `${oid}|${type}x|${bytes.toString("hex")}\n`;
}

export interface Recorded {
  /** What was written: `partialName` of the file when it is not complete. */
  file: string;
  rows: number;
  complete: boolean;
  reason?: string | undefined;
}

/** `sw1.snmprec.gz` → `sw1.partial.snmprec.gz`. */
export function partialName(file: string): string {
  return file.replace(/(?:\.snmprec)?(?:\.gz)?$/, (ending) => `.partial${ending}`);
}

/**
 * Records everything below the roots in order (default: `1`, where all that agents have lies), packed if the name ends
 * in `.gz`. The file is replaced when all is on disk, and stays what it was otherwise. A walk that is cut off is recorded
 * as far as it came, says so in the file, and goes beside it under `partialName`.
 * @throws Problem `io`, `permission`; whatever the source throws
 */
export async function record(
  source: Source,
  file: string,
  options: ReadOptions & { roots?: readonly Oid[] } = {},
): Promise<Recorded> {
  const writer = await openWriter(file);
  try {
    let rows = 0;
    let result: Recorded = { file, rows, complete: true };
    for (const root of options.roots ?? ["1"]) {
      const walked = await source.walk(
        root,
        (binding) => {
          rows++;
          return writer.write(formatRow(binding));
        },
        options,
      );
      result = { ...walked, file: walked.complete ? file : partialName(file), rows };
      if (!walked.complete) break;
    }
    if (!result.complete) {
      await writer.write(`${cutOffRemark}${(result.reason ?? "unknown").replaceAll(/[\r\n]+/g, " ")}\n`);
    }
    await writer.commit(result.file);
    return result;
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

interface Writer {
  write(text: string): Promise<void> | undefined;
  /** @param file its name from now on */
  commit(file: string): Promise<void>;
  abandon(): Promise<void>;
}

async function openWriter(file: string): Promise<Writer> {
  const beside = `${file}.${randomBytes(6).toString("hex")}.new`;
  const failed = (cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException;
    return new Problem(code === "EACCES" ? "permission" : "io", `cannot write ${file}: ${message}`, { cause });
  };
  const target = createWriteStream(beside, { flags: "wx", mode: 0o600 });
  await once(target, "open").catch((cause: unknown) => {
    throw failed(cause);
  });
  const gzip = file.endsWith(".gz") ? createGzip() : undefined;
  const head: Writable = gzip ?? target;
  const done = gzip ? pipeline(gzip, target) : finished(target);
  let failure: unknown;
  done.catch((cause: unknown) => {
    failure = cause;
  });
  return {
    write(text) {
      if (failure !== undefined) throw failed(failure);
      if (head.write(text, "latin1")) return undefined;
      return Promise.race([once(head, "drain").then(() => undefined), done]).catch((cause: unknown) => {
        throw failed(cause);
      });
    },
    async commit(name) {
      try {
        head.end();
        await done;
        const handle = await open(beside, "r");
        await handle.sync().finally(() => handle.close());
        renameSync(beside, name);
        syncFolder(dirname(name));
      } catch (cause) {
        throw failed(cause);
      }
    },
    async abandon() {
      head.destroy();
      target.destroy();
      await done.catch(() => undefined);
      try {
        unlinkSync(beside);
      } catch {
        // It was never there, or went with the failure that is being reported.
      }
    },
  };
}
