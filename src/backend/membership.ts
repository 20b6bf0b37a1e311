/** This backend among the others: its lease, and what becomes of those that are dead. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { logger } from "../log.ts";
import { endLeasesOfGone, registerBackend, removeBackend, removeDead, renewLease } from "../store/backend-row.ts";
import type { Store } from "../store/database.ts";
import { releaseAllOf, requeueDead } from "../store/job-book.ts";
import { version } from "../version.ts";
import type { DatabaseClock } from "./clock.ts";

/** Where a pid means something: the boot, and the pid namespace; "" where that cannot be told. */
export function placeOfThisProcess(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it lives, and is somebody else's
  }
}

export class Membership {
  id = "";
  readonly #store: Store;
  readonly #clock: DatabaseClock;
  /** Milliseconds. */
  readonly #lease: number;
  readonly #size: { workers: number; slots: number };
  readonly #place = placeOfThisProcess();
  /** Before it, nobody is taken for dead: after an outage of the database all leases are over. */
  #judgeFrom = 0;
  #beaten = 0;
  readonly #log = logger("backend");

  constructor(store: Store, clock: DatabaseClock, seconds: number, size: { workers: number; slots: number }) {
    this.#store = store;
    this.#clock = clock;
    this.#lease = Math.max(seconds, 1) * 1000;
    this.#size = size;
  }

  /** Milliseconds between two beats. */
  get interval(): number {
    return Math.max(200, this.#lease / 3);
  }

  async join(): Promise<void> {
    await this.#clock.set(this.#store);
    const now = this.#clock.now();
    this.id = crypto.randomUUID();
    await registerBackend(this.#store, {
      id: this.id,
      host: hostname(),
      place: this.#place,
      pid: process.pid,
      version,
      started: now,
      seen: now,
      lease_until: now + this.#lease,
      ...this.#size,
      address: "",
    });
    this.#beaten = now;
    this.#judgeFrom = now + this.#lease / 2;
    // A process of this place that does not live any more needs no waiting; nor does our own number of before.
    const gone = (pid: number) => pid !== process.pid && lives(pid);
    if (this.#place !== "") await endLeasesOfGone(this.#store, this.#place, gone, this.id);
    await this.#judge(now);
  }

  /**
   * Renews the lease and looks after those of others.
   * @returns false when this backend was taken for dead and has joined under another id
   */
  async beat(): Promise<boolean> {
    await this.#clock.set(this.#store);
    const now = this.#clock.now();
    const kept = await renewLease(this.#store, this.id, now, this.#lease);
    if (now - this.#beaten > this.#lease) this.#judgeFrom = now + this.#lease;
    this.#beaten = now;
    if (!kept) {
      this.#log.warning("this backend was taken for dead; it goes on under another id", { backend: this.id });
      await this.join();
      return false;
    }
    if (now >= this.#judgeFrom) await this.#judge(now);
    return true;
  }

  /** Jobs of the dead are free again; then the dead are forgotten. */
  async #judge(now: number): Promise<void> {
    // A lease of 0 was ended on purpose; the others' leases have to wait until we know that the database was there.
    const until = now >= this.#judgeFrom ? now : 1;
    const jobs = await requeueDead(this.#store, until);
    const dead = await removeDead(this.#store, until);
    for (const { id, host, pid } of dead) this.#log.warning("a backend is dead", { backend: id, host, pid });
    if (jobs > 0) this.#log.warning("jobs of dead backends are queued again", { jobs });
  }

  async leave(): Promise<void> {
    await releaseAllOf(this.#store, this.id, this.#clock.now());
    await removeBackend(this.#store, this.id);
  }
}
