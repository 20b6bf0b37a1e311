/** Handlers of a temporary folder, followed by a process of its own (test/fake/handlers.ts). */
import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Declaration } from "../../src/listener/declaration.ts";
import type { HandlerStats } from "../../src/listener/handler.ts";
import type { Call } from "../../src/listener/wire.ts";
import type { Delivery } from "../../src/listener/worker.ts";
import type { FollowerStart } from "../fake/handlers.ts";
import { temporaryFolder } from "../lab/folder.ts";

const program = join(import.meta.dirname, "..", "fake", "handlers.ts");

export interface State {
  name: string;
  state: string;
  reason?: string;
  declaration: Declaration;
}

/** Whatever the process tells. */
export interface Told {
  added?: State;
  state?: State;
  removed?: string;
  open?: State[];
  answer?: number;
  delivery?: Delivery;
  done?: string[];
  error?: string;
  stats?: HandlerStats;
  log?: { level: string; message: string; handler?: string; text?: string; reason?: string };
}

export class Follower {
  readonly folder = temporaryFolder("handlers");
  readonly told: Told[] = [];
  process!: Bun.Subprocess<"pipe", "pipe", "inherit">;
  #waiting: (() => void)[] = [];
  #questions = 0;

  /** @param files by name; those without an ending, and .sh and .pl, are executable */
  static async start(
    files: Record<string, string>,
    more: Omit<Partial<FollowerStart>, "folders"> = {},
  ): Promise<Follower> {
    const it = new Follower();
    for (const [name, text] of Object.entries(files)) it.write(name, text);
    const start: FollowerStart = { folders: [it.folder], settings: {}, ...more };
    it.process = Bun.spawn([process.execPath, program, JSON.stringify(start)], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    void it.#read();
    await it.until(({ open }) => open !== undefined);
    return it;
  }

  write(name: string, text: string, mode = /\.(ts|js|mjs|py)$/.test(name) ? 0o644 : 0o755): void {
    const beside = join(this.folder, `.${name}.new`);
    writeFileSync(beside, text);
    chmodSync(beside, mode);
    renameSync(beside, join(this.folder, name));
  }

  remove(name: string): void {
    rmSync(join(this.folder, name));
  }

  /** The first thing told, from `from` on, that is what is looked for. */
  async until(wanted: (told: Told) => boolean | undefined, from = 0): Promise<Told> {
    for (;;) {
      const found = this.told.slice(from).find(wanted);
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves when it is in that state, from now on or from `from` on. */
  async reaches(name: string, state: string, from = this.told.length): Promise<State> {
    const told = await this.until((one) => one.state?.name === name && one.state.state === state, from);
    return told.state!;
  }

  stateOf(name: string): State | undefined {
    return (
      this.told.findLast(({ added, state }) => (state ?? added)?.name === name)?.state ??
      this.told.find(({ added }) => added?.name === name)?.added
    );
  }

  async send(name: string, ...calls: Partial<Call>[]): Promise<{ delivery: Delivery; done: string[] }> {
    const { delivery, done } = await this.#ask({ name, calls: calls.map(callOf) });
    return { delivery: delivery!, done: done! };
  }

  async life(name: string, life: string): Promise<string | undefined> {
    return (await this.#ask({ name, life })).error;
  }

  async stats(name: string): Promise<HandlerStats> {
    return (await this.#ask({ name, verb: "stats" })).stats!;
  }

  tell(message: object): void {
    this.process.stdin.write(`${JSON.stringify(message)}\n`);
    this.process.stdin.flush();
  }

  lines(name: string): string[] {
    return this.told.flatMap(({ log }) => (log?.handler === name && log.text !== undefined ? [log.text] : []));
  }

  async close(): Promise<number> {
    this.process.stdin.end();
    return this.process.exited;
  }

  async #ask(question: object): Promise<Told> {
    const id = ++this.#questions;
    this.tell({ id, ...question });
    return this.until(({ answer }) => answer === id);
  }

  async #read(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of this.process.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.told.push(JSON.parse(line));
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }
}

let number = 0;

export function callOf(call: Partial<Call>): Call {
  const own = { id: `e.${++number}.1`, command: "a" as const, dn: "uid=anna,dc=lab" };
  return { ...own, new: {}, old: {}, uuid: "00000000-0000-0000-0000-000000000001", csn: "", at: 0, ...call };
}
