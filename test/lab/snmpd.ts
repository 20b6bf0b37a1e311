/**
 * Net-SNMP's agent from Debian's package, with a configuration of the test's own: v1 and v2c with `public` (read) and
 * `private` (write), and v3 users of every kind it knows. It listens on loopback and ends with the test's process.
 */

import { createSocket } from "node:dgram";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { authProtocols, type Credential, privProtocols } from "../../src/snmp/credential.ts";
import { temporaryFolder } from "./folder.ts";

export const authPassword = "authentic-1";
export const privPassword = "private-22";

export interface SnmpdLab {
  port: number;
  /** Where it listens; by default 127.0.0.1 and ::1. */
  addresses: string[];
  /** v3 users of every kind; those with a password may write. */
  users: Credential[];
  stop(): Promise<void>;
}

const program = "/usr/sbin/snmpd";

/** In CI its absence is an error. */
export async function snmpdOrSkip(addresses?: string[]): Promise<SnmpdLab | undefined> {
  if (existsSync(program)) return startSnmpd(addresses);
  const reason = "snmpd is not installed (apt-get install snmpd)";
  if (process.env.CI === "true" || process.env.CI === "1") throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return undefined;
}

export function community(name: string, other: Partial<Credential> = {}): Credential {
  const plain = { contextPrefix: "vlan-", read: true, write: false, only: [], no: [] };
  return { tag: name, version: 2, community: name, ...plain, ...other };
}

/** One of every kind. */
function users(): Credential[] {
  const all: Credential[] = [community("noauth", { version: 3, user: "noauth" })];
  for (const protocol of authProtocols) {
    const auth = { protocol, password: authPassword };
    all.push(community(protocol, { version: 3, user: protocol, auth }));
    for (const priv of privProtocols) {
      const tag = `${protocol}-${priv}`;
      all.push(community(tag, { version: 3, user: tag, auth, priv: { protocol: priv, password: privPassword } }));
    }
  }
  return all;
}

const authNames = {
  md5: "MD5",
  sha: "SHA",
  sha224: "SHA-224",
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
};
const privNames = { des: "DES", aes: "AES", aes256b: "AES-256", aes256r: "AES-256-C" };

function configuration(credentials: Credential[]): string {
  const lines = [
    "rocommunity public",
    "rocommunity6 public",
    "rwcommunity private",
    // What the configuration sets, nobody may SET; the access module keeps the rest writable.
    "sysName reeve-lab",
    "sysServices 6",
    "master no",
  ];
  for (const { user, auth, priv } of credentials) {
    if (!auth) lines.push(`createUser ${user}`, `rouser ${user} noauth`);
    else {
      const cipher = priv ? ` ${privNames[priv.protocol]} "${priv.password}"` : "";
      lines.push(`createUser ${user} ${authNames[auth.protocol]} "${auth.password}"${cipher}`);
      lines.push(`rwuser ${user} ${priv ? "priv" : "auth"}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

async function startSnmpd(addresses = ["127.0.0.1", "::1"]): Promise<SnmpdLab> {
  const folder = temporaryFolder("snmpd");
  const credentials = users();
  const port = await freePort();
  const file = join(folder, "snmpd.conf");
  const log = join(folder, "log");
  writeFileSync(file, configuration(credentials), { mode: 0o600 });
  const server = Bun.spawn(
    [
      ...["setpriv", "--pdeathsig=KILL", program, "-f", "-C", "-c", file, "-I", "-smux"],
      ...["-Lf", log, "-p", join(folder, "pid")],
      // Here and not in the file, whose lines may not be so long.
      ...addresses.map((address) => (address.includes(":") ? `udp6:[${address}]:${port}` : `udp:${address}:${port}`)),
    ],
    {
      stdio: ["ignore", "ignore", "ignore"],
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/bin", SNMP_PERSISTENT_DIR: join(folder, "state"), MIBS: "" },
    },
  );
  const deadline = Date.now() + 20_000;
  // It says its version when it listens.
  while (!(existsSync(log) && readFileSync(log, "utf8").includes("NET-SNMP version"))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      server.kill("SIGKILL");
      throw new Error(`snmpd did not start: ${existsSync(log) ? readFileSync(log, "utf8").slice(-2000) : "no log"}`);
    }
    await Bun.sleep(20);
  }
  return {
    port,
    addresses,
    users: credentials,
    async stop() {
      server.kill("SIGKILL");
      await server.exited;
    },
  };
}
