/** Opens the listener's database for one process, for as long as it lives; what is damaged is moved aside and made anew. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import { isUnder, treeKey } from "../ldap/dn.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { makeFolder, syncFolder } from "../system/file.ts";
import { lockFile } from "../system/flock.ts";
import { refuseForeignFile } from "../system/trusted-file.ts";
import { stored } from "./damage.ts";
import {
  type Database,
  damageOf,
  databaseProblem,
  filesOf,
  makeTables,
  movedAside,
  openFile,
  openToRead,
  version,
} from "./database.ts";
import { Journal } from "./journal.ts";

const log = logger("listener");

export interface OpenOptions {
  /** Made if it is absent, for its owner alone. */
  folder: string;
  /** DN of `listener.base`; empty: any. A database of another directory is moved aside. */
  base: string;
  /** Forget everything first. */
  purge?: boolean;
  clock?: Clock;
}

export interface OpenJournal {
  journal: Journal;
  /** Why it was made anew although there was one; undefined: it was not. Handlers must be loaded again then. */
  rebuilt: string | undefined;
  /** It was found damaged while open: the next `openJournal` makes it anew. */
  condemn(reason: string): void;
  close(): void;
}

interface Opened {
  database: Database;
  journal: Journal;
}

function open(path: string, clock: Clock): Opened {
  const database = openFile(path);
  try {
    if (!hasTables(database)) makeTables(database);
    return { database, journal: new Journal(database, clock) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * @throws Problem `already-running`: another process has it; `permission`, `io`
 */
export function openJournal({ folder, base, purge = false, clock = systemClock }: OpenOptions): OpenJournal {
  makeFolder(folder, 0o700);
  // Whoever may write to it may put links where we write.
  refuseForeignFile(folder, "permission");
  // Never unlinked: two processes would hold two files of one name.
  const lock = lockFile(join(folder, "lock"));
  if (lock === undefined) throw new Problem("already-running", `another listener uses ${folder}`);
  const path = join(folder, "listener.db");
  const suspect = `${path}.suspect`;
  try {
    if (purge) for (const file of [...filesOf(path), suspect]) rmSync(file, { force: true });
    let rebuilt: string | undefined;
    if (existsSync(path)) {
      rebuilt = existsSync(suspect) ? readFileSync(suspect, "utf8") : flawOf(path, base);
      if (rebuilt !== undefined) {
        log.error("the listener's database is moved aside and made anew", { reason: rebuilt, kept: movedAside(path) });
        moveAside(path);
      }
    }
    rmSync(suspect, { force: true });
    let opened: Opened;
    try {
      opened = open(path, clock);
    } catch (error) {
      // Damage that the look before has not met.
      if (rebuilt !== undefined || damageOf(error) !== "damaged") throw error;
      rebuilt = "it is damaged";
      log.error("the listener's database is moved aside and made anew", { reason: rebuilt, kept: movedAside(path) });
      moveAside(path);
      opened = open(path, clock);
    }
    const { database, journal } = opened;
    return {
      journal,
      rebuilt,
      condemn(reason) {
        writeFileSync(suspect, reason, { mode: 0o600 });
        syncFolder(folder);
      },
      close() {
        try {
          // Statements that are not collected yet keep the file open, and the log beside it.
          database.run("PRAGMA wal_checkpoint(TRUNCATE)");
        } catch (error) {
          log.warning("the listener's database is closed with its log", { error });
        }
        database.close();
        rmSync(`${path}.stage`, { force: true });
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw databaseProblem(error);
  }
}

/**
 * The journal of a listener that may be running, to read only. The caller closes its database.
 * @throws Problem `not-found` where there is none, `config` for one of another version, `io`
 */
export function readJournal(folder: string): Journal {
  const path = join(folder, "listener.db");
  if (!existsSync(path)) throw new Problem("not-found", `there is no listener's database in ${folder}`);
  const database = openToRead(path);
  try {
    const found = database.prepare<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version;
    if (found !== version) throw new Problem("config", `${path} is of version ${found}, this is ${version}`);
    return new Journal(database);
  } catch (error) {
    database.close();
    throw databaseProblem(error);
  }
}

function hasTables(database: Database): boolean {
  return database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'meta'").get() !== null;
}

/** Why it cannot be used; undefined: it can. */
function flawOf(path: string, base: string): string | undefined {
  let database: Database | undefined;
  try {
    database = openFile(path);
    if (!hasTables(database)) {
      const any = database.prepare("SELECT 1 FROM sqlite_master LIMIT 1").get() !== null;
      return any ? "it is of another program" : undefined;
    }
    const { user_version } = database.prepare<{ user_version: number }, []>("PRAGMA user_version").get()!;
    if (user_version !== version) return `it is of version ${user_version}, this is ${version}`;
    const check = database.prepare<{ integrity_check: string }, []>("PRAGMA integrity_check(1)").get();
    if (check?.integrity_check !== "ok") return `it is damaged: ${check?.integrity_check}`;
    const unread = "SELECT 1 FROM handler WHERE declaration <> '' AND NOT json_valid(declaration) LIMIT 1";
    if (database.prepare(unread).get() !== null) return "it is damaged: a handler's declaration";
    const { meta } = new Journal(database);
    const suffix = meta.get("suffix");
    if (!meta.get("epoch")) return "it has no epoch";
    if (suffix !== undefined) stored(() => treeKey(suffix));
    if (suffix !== undefined && base !== "" && !isUnder(base, suffix)) return `it holds ${suffix}, not ${base}`;
    return undefined;
  } catch (error) {
    const damage = damageOf(error);
    // A full disk or a lock says nothing of what is in it.
    if (damage === "damaged" || error instanceof SyntaxError) return `it is damaged: ${(error as Error).message}`;
    // A table or a column is not there.
    if (damage === "other" && existsSync(path) && /SQLITE_ERROR/.test(codeOf(error))) return "its tables are others";
    throw error;
  } finally {
    database?.close();
  }
}

function codeOf(error: unknown): string {
  const inner = error instanceof Problem ? error.cause : error;
  return inner instanceof Error && "code" in inner ? String(inner.code) : "";
}

/** One is kept, for whoever wants to know what has happened. */
function moveAside(path: string): void {
  const kept = filesOf(movedAside(path));
  for (const [index, file] of filesOf(path).entries()) {
    rmSync(kept[index]!, { force: true });
    if (existsSync(file)) renameSync(file, kept[index]!);
  }
}
