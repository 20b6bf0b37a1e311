/** One server the agent reports to, with what must survive a restart: when it is due, and what it has not had yet. */
import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type InventoryDocument, normalise } from "../inventory/document.ts";
import type { AccountInfo } from "../inventory/ocs.ts";
import { allChecksumBits, checksumOf, type SectionName } from "../inventory/sections.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { makeFolder, readJson, replaceFile, syncFolder } from "../system/file.ts";

interface Saved {
  url: string;
  /** Epoch milliseconds of the next contact. */
  next: number;
  /** Hours, as the server said last. */
  interval: number;
  accountInfo?: AccountInfo;
  /** Hash of each section the server has acknowledged. */
  sections?: Record<string, string>;
}

/** Hours; a server that asks for more is asked once a year what it meant. */
const longestInterval = 8760;

export class Target {
  readonly url: string;
  readonly #folder: string;
  #saved: Saved;
  #failures = 0;

  /** @throws Problem `config` for what is no http or https URL */
  constructor(url: string, state: string, interval: number) {
    const parsed = URL.parse(url);
    if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) {
      throw new Problem(
        "config",
        `agent.servers: expected http(s)://HOST/ocsinventory without a password, found ${url}`,
      );
    }
    this.url = parsed.href;
    const name = createHash("sha256").update(this.url).digest("hex").slice(0, 16);
    this.#folder = join(state, "servers", `${parsed.hostname}-${name}`);
    makeFolder(this.#folder, 0o700);
    const saved = readJson(join(this.#folder, "state.json")) as Saved | undefined;
    const whole = saved?.url === this.url && Number.isFinite(saved.next) && Number.isFinite(saved.interval);
    this.#saved = whole ? saved : { url: this.url, next: 0, interval };
  }

  /** Epoch milliseconds. What a crash left unsent is due at once. */
  get next(): number {
    if (this.#failures === 0 && existsSync(this.#outbox)) return 0;
    const { next, interval } = this.#saved;
    // Further away than it can have been set: the clock was wrong then and has been put right.
    return next > Date.now() + Math.max(interval, 1) * 3_600_000 ? 0 : next;
  }

  get accountInfo(): AccountInfo | undefined {
    return this.#saved.accountInfo;
  }

  get #outbox(): string {
    return join(this.#folder, "outbox.json");
  }

  /** Kept until `acknowledged`. */
  keep(document: InventoryDocument): void {
    replaceFile(this.#outbox, JSON.stringify(document));
  }

  /** The inventory this server has not acknowledged. */
  unsent(): InventoryDocument | undefined {
    if (!existsSync(this.#outbox)) return undefined;
    try {
      return normalise(readJson(this.#outbox)).document;
    } catch (error) {
      if (error instanceof Problem && error.code === "io") throw error;
      logger("agent").warning("an unsent inventory could not be read and is collected anew", { error });
      rmSync(this.#outbox, { force: true });
      return undefined;
    }
  }

  /** CHECKSUM for a document: the bits of what changed since this server's last acknowledgement. */
  checksum(document: InventoryDocument): number {
    const before = this.#saved.sections;
    if (!before) return allChecksumBits;
    const now = hashes(document);
    return checksumOf((Object.keys(now) as SectionName[]).filter((name) => now[name] !== before[name]));
  }

  acknowledged(document: InventoryDocument, accountInfo: AccountInfo | undefined): void {
    this.#saved.sections = hashes(document);
    if (accountInfo) this.#saved.accountInfo = accountInfo;
    this.#save();
    if (!existsSync(this.#outbox)) return;
    rmSync(this.#outbox);
    syncFolder(this.#folder);
  }

  /** The server may or may not have stored what was sent: the next one tells it to take all. */
  uncertain(): void {
    if (!this.#saved.sections) return;
    delete this.#saved.sections;
    this.#save();
  }

  /** Contacted with success: next time after the interval less a little, so that hosts do not come all at once. */
  wait(hours: number | undefined): void {
    if (hours !== undefined && hours > 0) this.#saved.interval = Math.min(hours, longestInterval);
    const interval = this.#saved.interval * 3_600_000;
    const spread = Math.min(interval / 6, 3_600_000);
    this.#saved.next = Date.now() + interval - Math.random() * spread;
    this.#failures = 0;
    this.#save();
  }

  /** Not reached: after a minute, doubled up to an hour. @returns seconds */
  waitAfterFailure(): number {
    const seconds = Math.min(60 * 2 ** this.#failures++, 3600);
    this.#saved.next = Date.now() + seconds * 1000;
    this.#save();
    return seconds;
  }

  // A full disk is no reason to fall silent: this process goes on with what it knows.
  #save(): void {
    try {
      replaceFile(join(this.#folder, "state.json"), JSON.stringify(this.#saved));
    } catch (error) {
      logger("agent").error("the state of a server could not be written", { server: this.url, error });
    }
  }
}

function hashes(document: InventoryDocument): Record<string, string> {
  const hash = (rows: unknown) => createHash("sha256").update(JSON.stringify(rows)).digest("base64url").slice(0, 22);
  return Object.fromEntries(Object.entries(document.sections).map(([name, rows]) => [name, hash(rows)]));
}
