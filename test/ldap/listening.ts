/** What the tests of synchronisation with a real slapd share. */
import { afterAll, afterEach } from "bun:test";
import { type Directory, type DirectoryOptions, openDirectory } from "../../src/ldap/connect.ts";
import type { Cookie, SyncEntry, SyncMessage, SyncRequest } from "../../src/ldap/sync-message.ts";
import { admin, password, type SlapdLab, type SlapdOptions, slapdOrSkip } from "../lab/slapd.ts";

const opened: { close(): void }[] = [];
const labs: SlapdLab[] = [];

/** Closes what `open` opened after each test, and stops what `start` started after all. */
export function clean(): void {
  afterEach(() => {
    for (const one of opened.splice(0)) one.close();
  });
  afterAll(async () => {
    await Promise.all(labs.splice(0).map((one) => one.stop()));
  });
}

export async function start(options: SlapdOptions): Promise<SlapdLab> {
  const lab = await slapdOrSkip(options);
  if (!lab) throw new Error("the tests that need it are skipped without it");
  labs.push(lab);
  return lab;
}

/** As the administrator, unless the options say another. */
export async function open(lab: SlapdLab, options: Partial<DirectoryOptions> = {}): Promise<Directory> {
  const directory = await openDirectory({ uri: lab.uri, identity: { dn: admin, password }, ...options });
  opened.push(directory);
  return directory;
}

/** A message in a line: what tests compare. */
export function line(message: SyncMessage): string {
  const cookie = message.cookie ? ` cookie${message.cookie.length === 0 ? "=" : ""}` : "";
  if (message.kind === "entry")
    return `${message.state} ${message.dn}${message.attributes.length > 0 ? " attributes" : ""}${cookie}`;
  if (message.kind === "phase") return `${message.phase}${message.done ? " done" : ""}${cookie}`;
  if (message.kind === "set") return `${message.deleted ? "deleted" : "present"} set${cookie}`;
  if (message.kind === "done") return `done${message.refreshDeletes ? " deletes" : ""}${cookie}`;
  return "new cookie";
}

export const lines = (messages: SyncMessage[]) => messages.map(line);
export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
export const entries = (messages: SyncMessage[]) => messages.filter((one): one is SyncEntry => one.kind === "entry");
export const uuidOf = (messages: SyncMessage[], dn: string) =>
  hex(entries(messages).find((one) => one.dn === dn)?.uuid ?? new Uint8Array());
export const idsOf = (messages: SyncMessage[], deleted: boolean) =>
  messages.flatMap((one) => (one.kind === "set" && one.deleted === deleted ? one.uuids.map(hex) : []));
export function lastCookie(messages: SyncMessage[]): Cookie {
  const cookie = messages.findLast((one) => one.cookie)?.cookie;
  if (!cookie) throw new Error(`no cookie in ${lines(messages).join(", ")}`);
  return cookie;
}

export async function refresh(lab: SlapdLab, other: Partial<SyncRequest> = {}): Promise<SyncMessage[]> {
  const directory = await open(lab);
  const messages: SyncMessage[] = [];
  for await (const batch of directory.sync({ base: "dc=lab", mode: "refresh", ...other })) messages.push(...batch);
  directory.close();
  return messages;
}

export class Listening {
  private readonly stream: AsyncIterator<SyncMessage[]>;
  private waiting: SyncMessage[] = [];

  constructor(directory: Directory, other: Partial<SyncRequest> = {}) {
    this.stream = directory.sync({ base: "dc=lab", mode: "persist", ...other })[Symbol.asyncIterator]();
  }

  /** What came, up to the first message for which it is true. */
  async until(last: (message: SyncMessage) => boolean): Promise<SyncMessage[]> {
    const messages: SyncMessage[] = [];
    for (;;) {
      for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
        messages.push(next);
        if (last(next)) return messages;
      }
      const { value, done } = await this.stream.next();
      if (done) throw new Error(`it ended after ${lines(messages).join(", ")}`);
      this.waiting = value;
    }
  }

  refreshed(): Promise<SyncMessage[]> {
    return this.until((message) => message.kind === "phase" && message.done);
  }
}
