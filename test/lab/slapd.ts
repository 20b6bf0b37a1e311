/**
 * OpenLDAP's slapd from Debian's package on loopback, with a configuration, a data folder and certificates of the
 * test's own. It ends with the test's process; stop, kill, restart and `reconfigure` keep data and port.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { Attribute, Change, Client } from "ldapts";
import { temporaryFolder } from "./folder.ts";

export interface SlapdOptions {
  /**
   * Where the provider looks up what was deleted since a cookie: `accesslog` (default) survives a restart; `memory` has
   * `sessionLog` changes and ends with the process; `none` answers every cookie with a present phase.
   */
  log?: "accesslog" | "memory" | "none";
  /** A change is on disk before it is acknowledged; default false, which a kill does not show either. */
  durable?: boolean;
  /** Changes that a log of kind `memory` holds; default 100. */
  sessionLog?: number;
  /** Of everybody but the administrator; default unlimited. */
  sizeLimit?: number;
  /** `olcAccess` values without number, e.g. `to * by * read`; default: everybody reads everything. */
  access?: string[];
  /** Who connects over ldapi as this process's uid; default the administrator. */
  peer?: string;
  /** Seconds. */
  idleTimeout?: number;
  /** ldaps and StartTLS with a certificate for `localhost` and 127.0.0.1; it listens on 127.0.0.2, too. */
  tls?: boolean;
  /** Certificates of clients are asked for and checked. */
  clientCertificates?: boolean;
  /** Suffix of a second, empty database, e.g. `dc=second`. */
  second?: string;
  /** Further lines before the first database: `attributetype …`, `objectclass …`, `limits` … */
  global?: string[];
  /** Further lines of the database dc=lab. */
  lines?: string[];
  /** Entries in the beginning, as LDIF; default the suffix alone. Called once, before the first start. */
  ldif?: () => Iterable<string>;
}

export interface SlapdLab {
  /** ldap://127.0.0.1:PORT */
  uri: string;
  /** ldaps://localhost:PORT, with the option `tls`. */
  secureUri: string;
  /** ldapi://%2F… */
  localUri: string;
  folder: string;
  /** PEM files of the option `tls`. */
  caFile: string;
  /** An authority that signed none of them. */
  otherCaFile: string;
  clientCertFile: string;
  clientKeyFile: string;
  suffix: string;
  admin: string;
  password: string;
  /** A connection as the administrator, which the caller unbinds. */
  connect(): Promise<Client>;
  /** A connection as the administrator of cn=config: changes without a restart, lost with it. */
  configuration(): Promise<Client>;
  /** Sets the access rules of dc=lab at once, without a restart; lost with it. */
  setAccess(rules: string[]): Promise<void>;
  start(): Promise<void>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Stops, changes these options and starts; the data stays. */
  reconfigure(options: SlapdOptions): Promise<void>;
  /** The database, as slapcat(8) gives it; also while it runs. */
  dump(): string;
  readonly pid: number | undefined;
}

export const suffix = "dc=lab";
export const admin = "cn=admin,dc=lab";
export const password = "secret";

const programs = "/usr/sbin";
const environment = { PATH: "/usr/sbin:/usr/bin:/bin" };

/** Says why not. In CI its absence is an error. */
export function slapdPresent(): boolean {
  if (existsSync(join(programs, "slapd"))) return true;
  const reason = "slapd is not installed (apt-get install slapd)";
  if (process.env.CI === "true" || process.env.CI === "1") throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return false;
}

export async function slapdOrSkip(options: SlapdOptions = {}): Promise<SlapdLab | undefined> {
  return slapdPresent() ? startSlapd(options) : undefined;
}

export const top = `dn: ${suffix}\nobjectClass: dcObject\nobjectClass: organization\ndc: lab\no: lab\n`;

/** The suffix, `ou=people` and as many persons of about 1.1 kB each, operational attributes included. */
export function* people(count: number): Generator<string> {
  yield top;
  yield `dn: ou=people,${suffix}\nobjectClass: organizationalUnit\nou: people\n`;
  for (let number = 0; number < count; number++) yield person(number);
}

export function person(number: number): string {
  const uid = `user${String(number).padStart(6, "0")}`;
  return [
    `dn: uid=${uid},ou=people,${suffix}`,
    ...["top", "person", "organizationalPerson", "inetOrgPerson", "posixAccount"].map((name) => `objectClass: ${name}`),
    `uid: ${uid}`,
    `cn: Given${number} Family${number}`,
    `givenName: Given${number}`,
    `sn: Family${number}`,
    `displayName: Given${number} Family${number}`,
    `mail: ${uid}@lab.example`,
    `uidNumber: ${10_000 + number}`,
    `gidNumber: ${5_000 + (number % 100)}`,
    `homeDirectory: /home/${uid}`,
    "loginShell: /bin/bash",
    `employeeNumber: ${number}`,
    `telephoneNumber: +49 30 ${1_000_000 + number}`,
    `description: ${"Lorem ipsum dolor sit amet ".repeat(14)}${number}`,
    "",
  ].join("\n");
}

/** Replaces these attributes' values; none means the attribute goes. */
export async function replace(client: Client, dn: string, values: Record<string, (string | Buffer)[]>): Promise<void> {
  const changes = Object.entries(values).map(([type, list]) => change("replace", type, list));
  await client.modify(dn, changes);
}

export function change(operation: "add" | "delete" | "replace", type: string, values: (string | Buffer)[]): Change {
  const modification = new Attribute({ type, values: values as string[] | Buffer[] });
  return new Change({ operation, modification });
}

function ports(count: number): Promise<number[]> {
  // Below the ports that outgoing connections get: it stays ours while slapd restarts.
  const wanted = Array.from({ length: count }, () => 20_000 + Math.floor(Math.random() * 12_000));
  const tries = wanted.map(
    (port) =>
      new Promise<number>((resolve, reject) => {
        const server = createServer().once("error", reject);
        server.listen(port, "127.0.0.1", () => server.close(() => resolve(port)));
      }),
  );
  return Promise.all(tries).catch(() => ports(count));
}

function run(command: string[], input?: Uint8Array): string {
  const done = Bun.spawnSync(command, { stdin: input ?? "ignore", stderr: "pipe", env: environment });
  if (done.exitCode !== 0) throw new Error(`${command.join(" ")}: ${done.stderr.toString().slice(-2000)}`);
  return done.stdout.toString();
}

function certificates(folder: string): void {
  const file = (name: string) => join(folder, name);
  const ca = ["-CA", file("ca.pem"), "-CAkey", file("ca.key")];
  const make = (name: string, subject: string, signed: string[], extension: string[]) =>
    run([
      ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
      ...["-subj", subject, "-keyout", file(`${name}.key`), "-out", file(`${name}.pem`), ...signed],
      ...extension.flatMap((line) => ["-addext", line]),
    ]);
  make("ca", "/CN=Test CA", [], []);
  make("other", "/CN=Other CA", [], []);
  const leaf = "basicConstraints=critical,CA:FALSE";
  make("server", "/CN=localhost", ca, [leaf, "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
  make("client", "/CN=listener", ca, [leaf]);
}

function configuration(folder: string, options: SlapdOptions): string {
  const log = options.log ?? "accesslog";
  const file = (name: string) => join(folder, name);
  const identity = `gidNumber=${process.getgid?.()}[+]uidNumber=${process.getuid?.()},cn=peercred,cn=external,cn=auth`;
  const index = ["index objectClass,entryUUID,entryCSN eq"];
  const lazily = options.durable ? [] : ["dbnosync"];
  const lines = [
    ...["core", "cosine", "nis", "inetorgperson"].map((name) => `include /etc/ldap/schema/${name}.schema`),
    `pidfile ${file("pid")}`,
    `argsfile ${file("args")}`,
    "modulepath /usr/lib/ldap",
    ...["back_mdb", "syncprov", "accesslog"].map((name) => `moduleload ${name}`),
    "threads 4",
    "sizelimit unlimited",
    "timelimit unlimited",
    "sockbuf_max_incoming_auth 134217728",
    `authz-regexp "${identity}" "${options.peer ?? admin}"`,
    ...(options.idleTimeout ? [`idletimeout ${options.idleTimeout}`] : []),
    ...(options.tls
      ? [
          `TLSCACertificateFile ${file("ca.pem")}`,
          `TLSCertificateFile ${file("server.pem")}`,
          `TLSCertificateKeyFile ${file("server.key")}`,
          `TLSVerifyClient ${options.clientCertificates ? "demand" : "never"}`,
          `authz-regexp "cn=listener" "${admin}"`,
        ]
      : []),
    ...(options.global ?? []),
    "database config",
    "rootdn cn=admin,cn=config",
    `rootpw ${password}`,
  ];
  if (log === "accesslog")
    lines.push(
      ...["database mdb", "suffix cn=accesslog", `directory ${file("log")}`, "maxsize 1073741824", ...lazily],
      ...[`rootdn ${admin}`, "index entryCSN,objectClass,reqEnd,reqResult,reqStart,reqDN eq"],
      ...["overlay syncprov", "syncprov-nopresent TRUE", "syncprov-reloadhint TRUE"],
    );
  lines.push(
    ...["database mdb", `suffix ${suffix}`, `rootdn ${admin}`, `rootpw ${password}`, `directory ${file("db")}`],
    ...["maxsize 2147483648", ...lazily, ...index, "index uid eq"],
    ...(options.sizeLimit === undefined ? [] : [`sizelimit ${options.sizeLimit}`]),
    ...(options.access ?? []).map((rule) => `access ${rule}`),
    ...(options.lines ?? []),
    ...["overlay syncprov", "syncprov-checkpoint 100 1"],
  );
  if (log === "memory") lines.push(`syncprov-sessionlog ${options.sessionLog ?? 100}`);
  if (log === "accesslog")
    lines.push(
      ...["syncprov-sessionlog-source cn=accesslog", "overlay accesslog", "logdb cn=accesslog", "logops writes"],
      ...["logsuccess TRUE", "logold (objectClass=*)", "logpurge 07+00:00 01+00:00"],
    );
  if (options.second)
    lines.push(
      ...["database mdb", `suffix ${options.second}`, `rootdn cn=admin,${options.second}`, `rootpw ${password}`],
      ...[`directory ${file("second")}`, "maxsize 1073741824", "dbnosync", ...index, "overlay syncprov"],
    );
  return `${lines.join("\n")}\n`;
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function startSlapd(first: SlapdOptions): Promise<SlapdLab> {
  const folder = temporaryFolder("slapd");
  const file = (name: string) => join(folder, name);
  const [port = 0, securePort = 0] = await ports(2);
  let options = first;
  let server: Bun.Subprocess<"ignore", "ignore", Bun.BunFile> | undefined;
  for (const name of ["db", "log", "second"]) mkdirSync(file(name));
  if (options.tls) certificates(folder);
  const configure = () => writeFileSync(file("slapd.conf"), configuration(folder, options), { mode: 0o600 });
  configure();
  const ldif = Buffer.from([...(options.ldif?.() ?? [top])].join("\n"));
  // -w: the suffix gets the contextCSN that cookies are made of.
  run([join(programs, "slapadd"), "-q", "-w", "-f", file("slapd.conf"), "-b", suffix], ldif);

  const lab: SlapdLab = {
    uri: `ldap://127.0.0.1:${port}`,
    secureUri: `ldaps://localhost:${securePort}`,
    localUri: `ldapi://${encodeURIComponent(file("ldapi"))}`,
    folder,
    caFile: file("ca.pem"),
    otherCaFile: file("other.pem"),
    clientCertFile: file("client.pem"),
    clientKeyFile: file("client.key"),
    suffix,
    admin,
    password,
    async connect() {
      const client = new Client({ url: lab.uri });
      await client.bind(admin, password);
      return client;
    },
    async configuration() {
      const client = new Client({ url: lab.uri });
      await client.bind("cn=admin,cn=config", password);
      return client;
    },
    async setAccess(rules) {
      const client = await lab.configuration();
      const filter = `(olcSuffix=${suffix})`;
      const { searchEntries } = await client.search("cn=config", { filter, attributes: ["1.1"] });
      await replace(client, searchEntries[0]?.dn ?? "", { olcAccess: rules });
      await client.unbind();
    },
    async start() {
      if (server) throw new Error("slapd runs already");
      rmSync(file("ldapi"), { force: true });
      const urls = [lab.uri, lab.localUri];
      if (options.tls) {
        urls.push(`ldaps://127.0.0.1:${securePort}`, `ldaps://127.0.0.2:${securePort}`);
        urls.push(lab.uri.replace("127.0.0.1", "127.0.0.2"));
      }
      const child = Bun.spawn(
        [
          ...["setpriv", "--pdeathsig=KILL", join(programs, "slapd"), "-f", file("slapd.conf")],
          // Any -d keeps it in the foreground.
          ...["-h", urls.map((url) => `${url}/`).join(" "), "-d", "0"],
        ],
        { stdio: ["ignore", "ignore", Bun.file(file("stderr"))], cwd: "/", env: environment },
      );
      const deadline = Date.now() + 20_000;
      while (!(await accepts(port))) {
        if (child.exitCode !== null || Date.now() > deadline) {
          child.kill("SIGKILL");
          throw new Error(`slapd did not start: ${readFileSync(file("stderr"), "utf8").slice(-2000)}`);
        }
        await Bun.sleep(10);
      }
      server = child;
    },
    async stop() {
      server?.kill("SIGTERM");
      await server?.exited;
      server = undefined;
    },
    async kill() {
      server?.kill("SIGKILL");
      await server?.exited;
      server = undefined;
    },
    async restart() {
      await lab.stop();
      await lab.start();
    },
    async reconfigure(changed) {
      await lab.stop();
      options = { ...options, ...changed };
      configure();
      await lab.start();
    },
    dump: () => run([join(programs, "slapcat"), "-f", file("slapd.conf"), "-b", suffix]),
    get pid() {
      return server?.pid;
    },
  };
  await lab.start();
  return lab;
}
