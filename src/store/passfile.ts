/**
 * PostgreSQL's password file (manual §34.16): lines `host:port:database:user:password`, `*` for any, `\:` and `\\`
 * escaped; the first line that fits wins. Like libpq, a file that others may read is passed over with a warning.
 */
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import type { PostgresAddress } from "./url.ts";

type Environment = Record<string, string | undefined>;

const log = logger("store");

/** Directories that libpq takes for its default one: a socket there is written `localhost` in the file. */
const defaultSocketDirectories = ["", "/var/run/postgresql", "/run/postgresql", "/tmp"];

/** The password of the first line that fits, or `undefined`. */
export function findPassword(
  file: string,
  address: Pick<PostgresAddress, "host" | "port" | "database" | "user">,
): string | undefined {
  const host = defaultSocketDirectories.includes(address.host) ? "localhost" : address.host;
  const wanted = [host, String(address.port), address.database, address.user];
  for (const line of file.split(/\r?\n/)) {
    if (line === "" || line.startsWith("#")) continue;
    const fields = splitLine(line);
    if (fields.length < 5) continue;
    // A socket's directory may also stand there by its own name.
    const fits = wanted.every(
      (value, index) =>
        fields[index] === "*" || unescaped(fields[index]!) === value || (index === 0 && fields[0] === address.host),
    );
    if (fits) return unescaped(fields[4]!);
  }
  return undefined;
}

/** Five fields; what follows the fourth colon is the password, further colons included. */
function splitLine(line: string): string[] {
  const fields: string[] = [];
  let start = 0;
  for (let at = 0; at < line.length && fields.length < 4; at++) {
    if (line[at] === "\\") at++;
    else if (line[at] === ":") {
      fields.push(line.slice(start, at));
      start = at + 1;
    }
  }
  fields.push(line.slice(start));
  return fields;
}

function unescaped(field: string): string {
  return field.replace(/\\(.)/g, "$1");
}

/**
 * The password for a PostgreSQL server: from `passwordFile`, else the URL, else PGPASSFILE or ~/.pgpass, else
 * PGPASSWORD. `undefined` when none is given: the server may trust us or ask the operating system who we are.
 *
 * @throws Problem `config` when `passwordFile` is named but cannot be read or is empty.
 */
export function resolvePassword(
  address: PostgresAddress,
  passwordFile: string | undefined,
  environment: Environment = process.env,
): string | undefined {
  if (passwordFile !== undefined) return readPasswordFile(passwordFile);
  if (address.password !== undefined) return address.password;
  const passfile = environment.PGPASSFILE || join(environment.HOME || homedir(), ".pgpass");
  const content = readPassfile(passfile);
  const found = content === undefined ? undefined : findPassword(content, address);
  return found ?? (environment.PGPASSWORD || undefined);
}

function readPasswordFile(path: string): string {
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      log.warning("the file of the database password may be read by others; it should have mode 0600", { path });
    }
    const password = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    if (password !== "") return password;
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new Problem("config", `the database password's file ${path} cannot be read (${reason})`, { cause: error });
  }
  throw new Problem("config", `the database password's file ${path} is empty`);
}

function readPassfile(path: string): string | undefined {
  try {
    const status = statSync(path);
    if (!status.isFile()) {
      log.warning("the PostgreSQL password file is not a plain file and is passed over", { path });
      return undefined;
    }
    if ((status.mode & 0o077) !== 0) {
      log.warning("the PostgreSQL password file may be read by others and is passed over; it must have mode 0600", {
        path,
      });
      return undefined;
    }
    return readFileSync(path, "utf8");
  } catch {
    // libpq does the same: no password file, or none that we may read, means no password.
    return undefined;
  }
}
