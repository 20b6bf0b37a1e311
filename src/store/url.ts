/**
 * What `database.url` may say: a file for SQLite (`/var/lib/reeve/reeve.db`, `sqlite:PATH`, `:memory:`) or a PostgreSQL
 * connection URI as libpq defines it (PostgreSQL manual §34.1.1.2), with one host: `postgres://user@host:5432/db`,
 * `postgres:///db?host=/run/postgresql`. Parsed here by hand, because WHATWG's URL refuses a user without a host and
 * Bun lets PGDATABASE and DATABASE_URL override parts of what it is given.
 */
import { Problem } from "../problem.ts";

export type DatabaseAddress = { kind: "sqlite"; path: string } | PostgresAddress;

export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof sslModes)[number];

export interface PostgresAddress {
  kind: "postgres";
  /** Name, address, or (when it begins with `/`) the directory of a Unix socket; "" when the URL names none. */
  host: string;
  port: number;
  /** "" when the URL names none: the caller's own name is meant. */
  user: string;
  /** "" when the URL names none: the user's name is meant. */
  database: string;
  password: string | undefined;
  sslMode: SslMode | undefined;
  /** File of certificate authorities. */
  sslRootCert: string | undefined;
  /** Seconds; `undefined`: the default of the driver in src/store/postgres.ts. */
  connectTimeout: number | undefined;
  /** Largest number of connections of this process. */
  poolSize: number | undefined;
}

/** Throws `config` when the text is neither; the message never holds a password. */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  if (url.includes("\0")) throw new Problem("config", "the database URL contains a NUL character");
  if (/^postgres(ql)?:\/\//i.test(url)) return parsePostgres(url);
  const path = /^sqlite:(?:\/\/(?=\/))?(.*)$/is.exec(url)?.[1] ?? url;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(path)?.[1];
  if (scheme !== undefined) {
    throw new Problem(
      "config",
      `database URL of unknown kind "${scheme}": expected postgres://…, sqlite:PATH or a file path`,
    );
  }
  if (path === "")
    throw new Problem("config", "the database URL is empty: expected postgres://…, sqlite:PATH or a file path");
  return { kind: "sqlite", path };
}

/** The URL with its password, if it has one, replaced by `***`: fit for logs and messages. */
export function redactDatabaseUrl(url: string): string {
  return url
    .replace(/^(postgres(?:ql)?:\/\/[^:/?@]*):.*@(?=[^@]*$)/is, "$1:***@")
    .replace(/([?&]password=)[^&]*/gi, "$1***");
}

function parsePostgres(url: string): PostgresAddress {
  const wrong = (what: string) => new Problem("config", `database URL ${redactDatabaseUrl(url)}: ${what}`);
  const decode = (text: string, what: string): string => {
    try {
      const plain = decodeURIComponent(text);
      if (plain.includes("\0")) throw wrong(`the ${what} contains a NUL character`);
      return plain;
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw wrong(`the ${what} has a malformed percent escape`);
    }
  };

  const [head = "", ...query] = url.replace(/^[a-z]+:\/\//i, "").split("?");
  const slash = head.indexOf("/", head.lastIndexOf("@") + 1);
  const authority = slash < 0 ? head : head.slice(0, slash);
  const database = slash < 0 ? "" : head.slice(slash + 1);
  const at = authority.lastIndexOf("@");
  const credentials = at < 0 ? "" : authority.slice(0, at);
  const place = authority.slice(at + 1);
  const colon = credentials.indexOf(":");
  const found = /^(\[[0-9a-f:.%a-z]+\]|[^:[\]]*)(?::(.*))?$/i.exec(place);
  if (found === null || place.includes(",")) throw wrong("expected one host, and a port after a colon");

  const address: PostgresAddress = {
    kind: "postgres",
    host: decode(found[1]?.replace(/^\[|\]$/g, "") ?? "", "host"),
    port: parsePort(found[2]),
    user: decode(colon < 0 ? credentials : credentials.slice(0, colon), "user"),
    database: decode(database, "database name"),
    password: colon < 0 ? undefined : decode(credentials.slice(colon + 1), "password"),
    sslMode: undefined,
    sslRootCert: undefined,
    connectTimeout: undefined,
    poolSize: undefined,
  };
  for (const pair of query.join("?").split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const key = decode(equals < 0 ? pair : pair.slice(0, equals), "query");
    setParameter(key, decode(equals < 0 ? "" : pair.slice(equals + 1), `parameter "${key}"`));
  }
  return address;

  function parsePort(text: string | undefined): number {
    if (text === undefined || text === "") return 5432;
    return parseNumber("port", text, 65535);
  }

  function parseNumber(key: string, text: string, most: number): number {
    const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (number < 1 || number > most) throw wrong(`${key} must be a number from 1 to ${most}`);
    return number;
  }

  function setParameter(key: string, value: string): void {
    if (key === "host") address.host = value;
    else if (key === "port") address.port = parsePort(value);
    else if (key === "user") address.user = value;
    else if (key === "password") address.password = value;
    else if (key === "dbname") address.database = value;
    else if (key === "sslrootcert") address.sslRootCert = value;
    else if (key === "connect_timeout") address.connectTimeout = parseNumber(key, value, 3600);
    else if (key === "pool_size") address.poolSize = parseNumber(key, value, 1000);
    else if (key === "sslmode") {
      const mode = sslModes.find((known) => known === value);
      if (mode === undefined) throw wrong(`sslmode must be one of ${sslModes.join(", ")}`);
      address.sslMode = mode;
    } else {
      throw wrong(
        `unknown parameter "${key}"; known: host, port, user, password, dbname, sslmode, sslrootcert, connect_timeout, pool_size`,
      );
    }
  }
}
