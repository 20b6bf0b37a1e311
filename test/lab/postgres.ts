/**
 * A PostgreSQL server of the test run's own, from Debian's package: started at the first call, shared by every test
 * file of the run, and gone with it (also when the run is killed). It listens on a Unix socket, which trusts everybody,
 * and on loopback, which wants the password.
 */
import { chownSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";

export interface PostgresLab {
  /** Directory of the Unix socket. */
  directory: string;
  port: number;
  /** The superuser, and its password on loopback. */
  user: string;
  password: string;
  /** Makes an empty database and gives its name. */
  createDatabase(): Promise<string>;
  /** URL of a database through the Unix socket. */
  socketUrl(database: string): string;
  /** Runs statements as the superuser; every value as text. */
  sql(database: string, statements: string): Promise<string>;
  /** Stops the server as a crash would. */
  stop(): Promise<void>;
  /** Starts it again with the same data. */
  restart(): Promise<void>;
}

/** Why there is no server here, or `undefined` when there can be one. */
export function postgresMissing(): string | undefined {
  if (binaries() === undefined) return "PostgreSQL is not installed (apt-get install postgresql)";
  if (process.getuid?.() === 0 && owner() === undefined)
    return "PostgreSQL does not run as root, and there is no user postgres";
  return undefined;
}

let started: Promise<PostgresLab> | undefined;

/** The run's server. Throws when `postgresMissing()` has a reason, or when it does not start. */
export function startPostgres(): Promise<PostgresLab> {
  started ??= start();
  return started;
}

/**
 * What a lab test does first: the server, or `undefined` after saying why there is none. In CI its absence is an error.
 */
export async function postgresOrSkip(): Promise<PostgresLab | undefined> {
  const reason = postgresMissing();
  if (reason === undefined) return startPostgres();
  if (process.env.CI === "true" || process.env.CI === "1") throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return undefined;
}

function binaries(): string | undefined {
  const base = "/usr/lib/postgresql";
  if (!existsSync(base)) return undefined;
  const versions = readdirSync(base).filter((version) => existsSync(join(base, version, "bin", "initdb")));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(base, newest, "bin");
}

function owner(): { uid: number; gid: number } | undefined {
  const found = Bun.spawnSync(["getent", "passwd", "postgres"]).stdout.toString().split(":");
  return found.length > 3 ? { uid: Number(found[2]), gid: Number(found[3]) } : undefined;
}

/** The command as the user who owns the server, ended with this process. */
function asOwner(command: string[]): string[] {
  const identity = process.getuid?.() === 0 ? ["--reuid=postgres", "--regid=postgres", "--init-groups"] : [];
  return ["setpriv", ...identity, "--pdeathsig=QUIT", ...command];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

async function run(command: string[], input = ""): Promise<string> {
  const child = Bun.spawn(asOwner(command), {
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
    cwd: "/",
    env,
  });
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${error}`);
  return out;
}

const env = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" };

async function start(): Promise<PostgresLab> {
  const reason = postgresMissing();
  if (reason !== undefined) throw new Error(reason);
  const bin = binaries()!;
  const directory = temporaryFolder("postgres");
  const data = join(directory, "data");
  const password = crypto.randomUUID();
  const passwordFile = join(directory, "password");
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const user = process.getuid?.() === 0 ? "postgres" : userInfo().username;
  if (process.getuid?.() === 0) {
    const { uid, gid } = owner()!;
    for (const path of [directory, passwordFile]) chownSync(path, uid, gid);
  }
  let server: Bun.Subprocess | undefined;
  await run([
    join(bin, "initdb"),
    ...["-D", data, "-U", user, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
    ...["--auth-local=trust", "--auth-host=scram-sha-256", `--pwfile=${passwordFile}`],
  ]);
  let port = 0;

  const psql = (database: string, statements: string) =>
    run(
      [
        join(bin, "psql"),
        "-X",
        "-q",
        "-A",
        "-t",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        directory,
        "-p",
        String(port),
        "-U",
        user,
        "-d",
        database,
      ],
      statements,
    );

  async function launch(): Promise<void> {
    const options = ["fsync=off", "full_page_writes=off", "shared_buffers=32MB"];
    server = Bun.spawn(
      asOwner([
        join(bin, "postgres"),
        ...["-D", data, "-k", directory, "-h", "127.0.0.1", "-p", String(port)],
        ...options.flatMap((option) => ["-c", option]),
      ]),
      { stdin: "ignore", stdout: "ignore", stderr: Bun.file(join(directory, "log")), cwd: "/", env },
    );
    const deadline = Date.now() + 30_000;
    for (;;) {
      const ready = await run([join(bin, "pg_isready"), "-q", "-h", directory, "-p", String(port)]).then(
        () => true,
        () => false,
      );
      if (ready) return;
      if (server.exitCode !== null || Date.now() > deadline) {
        throw new Error(`PostgreSQL did not start: ${await Bun.file(join(directory, "log")).text()}`);
      }
      await Bun.sleep(20);
    }
  }

  // Another process may take the port between our look and the server's.
  for (let tries = 1; ; tries++) {
    port = await freePort();
    try {
      await launch();
      break;
    } catch (error) {
      if (tries === 3) throw error;
    }
  }

  let databases = 0;
  return {
    directory,
    port,
    user,
    password,
    async createDatabase() {
      databases += 1;
      const name = `test_${databases}`;
      await psql("postgres", `create database ${name}`);
      return name;
    },
    socketUrl: (database) => `postgres:///${database}?host=${encodeURIComponent(directory)}&port=${port}&user=${user}`,
    sql: psql,
    async stop() {
      server?.kill("SIGQUIT");
      await server?.exited;
    },
    restart: launch,
  };
}
