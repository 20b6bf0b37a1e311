/** `reeve listener` of the built binary, started, killed at any moment and started again on the same folders. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ListenerStatus, VerifyResult } from "../../src/console/directory/control.ts";
import { allGone } from "../fake/lives.ts";
import { binary, reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import type { SlapdLab } from "../lab/slapd.ts";
import { writeHandlers } from "./listener-handlers.ts";

export class ListenerRun {
  readonly folder = temporaryFolder("listener");
  readonly home = join(this.folder, "home");
  readonly cache: string;
  /** Its log, of all its lives. */
  readonly log = join(this.folder, "log");
  process: Bun.Subprocess | undefined;
  readonly #lab: SlapdLab;

  /** @param cache folder of its database; default: one of its own */
  constructor(lab: SlapdLab, cache?: string) {
    this.#lab = lab;
    this.cache = cache ?? join(this.folder, "cache");
    writeHandlers(join(this.folder, "handlers"), this.home);
    mkdirSync(join(this.folder, "state"), { mode: 0o700 });
    writeFileSync(join(this.folder, "password"), `${lab.password}\n`, { mode: 0o600 });
    this.calm(false);
  }

  /** Whether handlers fail now and then. */
  calm(calm: boolean): void {
    const path = join(this.home, "calm");
    if (calm) writeFileSync(path, "");
    else if (existsSync(path)) Bun.spawnSync(["rm", path]);
  }

  start(): void {
    const { folder } = this;
    const words = ["listener", "-F", "-H", this.#lab.uri, "-b", this.#lab.suffix, "-D", this.#lab.admin];
    this.process = Bun.spawn(
      [
        ...[binary, ...words, "-y", join(folder, "password"), "-m", join(folder, "handlers"), "-c", this.cache],
        ...["--state", join(folder, "state")],
      ],
      {
        cwd: "/",
        env: {
          PATH: process.env.PATH ?? "",
          HOME: "/nonexistent",
          REEVE_HOME: "/nonexistent",
          REEVE_LOG_FORMAT: "json",
        },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    void this.#keep(this.process.stderr as ReadableStream<Uint8Array>);
  }

  async #keep(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of stream) appendFileSync(this.log, chunk);
  }

  get lives(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  /** SIGKILL; nothing of it is left. */
  async kill(): Promise<void> {
    const children = this.children();
    this.process?.kill("SIGKILL");
    await this.process?.exited;
    const left = await allGone(children, 5000);
    if (left.length > 0) throw new Error(`processes outlive the listener: ${left.join(", ")}`);
  }

  async stop(): Promise<void> {
    this.process?.kill("SIGTERM");
    const status = await this.process?.exited;
    if (status !== 0) throw new Error(`the listener ended with status ${status}: ${this.logEnd()}`);
  }

  /** Pids of its handlers, and of what they started. */
  children(): number[] {
    const { stdout } = Bun.spawnSync(["ps", "-o", "pid=", "--ppid", String(this.process?.pid)]);
    return stdout.toString().trim().split(/\s+/).filter(Boolean).map(Number);
  }

  logEnd(): string {
    return existsSync(this.log) ? readFileSync(this.log, "utf8").slice(-4000) : "";
  }

  async #ctl<T>(...words: string[]): Promise<T> {
    const { stdout, stderr } = await this.ask(...words);
    // A status that somebody has to see to is one, too.
    if (stdout === "") throw new Error(`ctl ${words.join(" ")}: ${stderr}`);
    return JSON.parse(stdout);
  }

  ask(...words: string[]) {
    return reeve(["listener", "ctl", ...words, "--json", "--state", join(this.folder, "state")]);
  }

  status(): Promise<ListenerStatus> {
    return this.#ctl("status");
  }

  verify(): Promise<VerifyResult> {
    return this.#ctl("verify");
  }

  /** @throws after `within` seconds, with the last status */
  async until(condition: (status: ListenerStatus) => boolean, what: string, within = 120): Promise<ListenerStatus> {
    const deadline = performance.now() + within * 1000;
    for (let last: unknown = ""; ; await Bun.sleep(100)) {
      if (!this.lives) throw new Error(`the listener has ended: ${this.logEnd()}`);
      try {
        const status = await this.status();
        if (condition(status)) return status;
        last = status;
      } catch (error) {
        last = String(error);
      }
      if (performance.now() < deadline) continue;
      throw new Error(`in vain waited until ${what}: ${JSON.stringify(last, null, 1)}\n${this.logEnd()}`);
    }
  }

  /** Until everybody has had the initial load. */
  settledOnce(): Promise<ListenerStatus> {
    return this.until(
      ({ phase, handlers }) =>
        phase === "following" && handlers.length > 1 && handlers.every(({ state }) => state === "following"),
      "all follow",
    );
  }

  /** Until there is nothing left to do: no call for anybody, no postrun for these. */
  settled(names: readonly string[]): Promise<ListenerStatus> {
    return this.until(
      ({ phase, handlers: all, parked }) =>
        phase === "following" &&
        names.every((one) => all.some(({ name, prepared }) => name === one && !prepared)) &&
        all.every(({ state, lag }) => state === "following" && lag.events === 0) &&
        parked.failed + parked.waiting + parked.dead === 0,
      "all is settled",
    );
  }
}
