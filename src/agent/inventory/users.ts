/** USERS: who is logged in, by utmp(5) and logind; HARDWARE's last login, by wtmp. */
import { attribute, type Collector, ocsTime, row } from "./collector.ts";

export interface UserSource {
  machine: string;
  utmp: Uint8Array | undefined;
  /** The end of it, a whole number of records. */
  wtmp: Uint8Array | undefined;
  /** Files of /run/systemd/sessions. */
  sessions: string[];
}

export interface Login {
  user: string;
  line: string;
  /** Epoch milliseconds. */
  since: number;
}

const userProcess = 7;

/**
 * User processes of a utmp or wtmp file, oldest first. glibc keeps 32-bit times and sessions (records of 384 bytes) on
 * the machines that once had 32-bit programs, and 64-bit ones (400 bytes) on the younger machines.
 */
export function parseUtmp(bytes: Uint8Array, machine: string): Login[] {
  const young = /^(?:aarch64|riscv64|loongarch64|alpha|ia64)/.test(machine);
  const size = young ? 400 : 384;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !/^(?:s390x?|ppc64|sparc64|mips)$/.test(machine);
  const text = (start: number, length: number) =>
    new TextDecoder("latin1").decode(bytes.subarray(start, start + length)).replace(/\0.*$/s, "");
  const logins: Login[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    if (view.getInt16(at, little) !== userProcess) continue;
    const seconds = young ? Number(view.getBigInt64(at + 344, little)) : view.getUint32(at + 340, little);
    const user = text(at + 44, 32);
    if (user !== "") logins.push({ user, line: text(at + 8, 32), since: seconds * 1000 });
  }
  return logins;
}

/** User of a logind session that is a person's (sd-login(3)); undefined for the greeter, cron and the like. */
export function parseSession(text: string): string | undefined {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1];
  const alive = value("STATE") !== "closing" && (value("CLASS") ?? "user") === "user";
  return alive ? value("USER") : undefined;
}

/** A multiple of both record sizes. */
const tail = 384 * 400;

export const users: Collector<UserSource> = {
  sections: ["USERS", "HARDWARE"],
  async read(reader) {
    const folder = "/run/systemd/sessions";
    const names = (await reader.list(folder)).filter((name) => !name.endsWith(".ref"));
    const sessions = await Promise.all(names.map((name) => attribute(reader, `${folder}/${name}`)));
    return {
      machine: reader.machine,
      utmp: await reader.bytes("/run/utmp", 8 * tail),
      wtmp: await reader.bytes("/var/log/wtmp", tail),
      sessions: sessions.filter((text) => text !== undefined),
    };
  },
  parse({ machine, utmp, wtmp, sessions }) {
    const logins = new Set((utmp === undefined ? [] : parseUtmp(utmp, machine)).map((login) => login.user));
    for (const session of sessions) {
      const user = parseSession(session);
      if (user !== undefined) logins.add(user);
    }
    const last = wtmp === undefined ? undefined : parseUtmp(wtmp, machine).at(-1);
    const hardware = row({
      USERID: [...logins].join("/"),
      LASTLOGGEDUSER: last?.user,
      DATELASTLOGGEDUSER: last === undefined ? undefined : ocsTime(last.since),
    });
    return { sections: { USERS: [...logins].map((LOGIN) => ({ LOGIN })), HARDWARE: [hardware] } };
  },
};
