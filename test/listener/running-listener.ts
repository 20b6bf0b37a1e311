/** The built binary's `reeve listener` against a lab's slapd, with handlers of a temporary folder. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HandlerStatus, ListenerStatus, Options, Results, Verb } from "../../src/console/directory/control.ts";
import { socketName } from "../../src/console/directory/control.ts";
import { connect } from "../../src/umcp/client.ts";
import { binary, reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import type { SlapdLab } from "../lab/slapd.ts";

export interface ListenerFolders {
  /** Of everything: state, cache, handlers, password. */
  folder: string;
  state: string;
  cache: string;
  handlers: string;
  password: string;
}

export function listenerFolders(lab: SlapdLab, files: Record<string, string> = {}): ListenerFolders {
  const folder = temporaryFolder("listener");
  const at = (name: string) => join(folder, name);
  const folders = {
    ...{ folder, state: at("state"), cache: at("cache"), handlers: at("handlers"), password: at("password") },
  };
  mkdirSync(folders.handlers);
  writeFileSync(folders.password, `${lab.password}\n`, { mode: 0o600 });
  for (const [name, text] of Object.entries(files)) writeHandler(folders, name, text);
  return folders;
}

export function writeHandler({ handlers }: ListenerFolders, name: string, text: string): void {
  const beside = join(handlers, `.${name}.new`);
  writeFileSync(beside, text);
  chmodSync(beside, name.includes(".") ? 0o644 : 0o755);
  renameSync(beside, join(handlers, name));
}

/**
 * A handler that notes its calls (`m uid=a,…`) in `NAME.calls` of the folder, and fails on DNs that have what stands in
 * `NAME.fails` in them.
 */
export function recorder({ folder }: { folder: string }, more = ""): string {
  return `
import { appendFileSync, existsSync, readFileSync } from "node:fs";
export const description = "notes its calls";
export const filter = "(objectClass=inetOrgPerson)";
export const modrdn = true;
export const quiet = 0.3;
const at = (kind) => ${JSON.stringify(`${folder}/`)} + import.meta.url.split("/").at(-1).replace(/\\.ts$/, "") + "." + kind;
const note = (line) => appendFileSync(at("calls"), line + "\\n");
export function handler(dn, now, old, letter, change) {
  if (existsSync(at("fails")) && dn.includes(readFileSync(at("fails"), "utf8"))) throw new Error("told to fail");
  note(letter + " " + dn + " " + change.id);
}
export const clean = () => note("clean");
export const initialize = () => note("initialize");
export const prerun = () => note("prerun");
export const postrun = () => note("postrun");
${more}`;
}

/** What a recorder noted, without the ids. */
export function callsOf({ folder }: ListenerFolders, name: string): string[] {
  return linesOf(folder, name).map((line) => line.replace(/ \S+\.\S+$/, ""));
}

export function linesOf(folder: string, name: string): string[] {
  const file = join(folder, `${name}.calls`);
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

const environment = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", REEVE_HOME: "/nonexistent" };

export class RunningListener {
  readonly folders: ListenerFolders;
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  stdout = "";
  log = "";
  readonly #read: Promise<unknown>;

  constructor(lab: SlapdLab, folders: ListenerFolders, args: string[] = [], env: Record<string, string> = {}) {
    this.folders = folders;
    this.process = Bun.spawn([binary, "listener", ...listenerArguments(lab, folders), ...args], {
      ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe", cwd: "/", env: { ...environment, ...env } },
    });
    this.#read = Promise.all([
      each(this.process.stdout, (text) => (this.stdout += text)),
      each(this.process.stderr, (text) => (this.log += text)),
    ]);
  }

  /** Starts it, and waits until every handler is loaded or cannot be. */
  static async start(
    lab: SlapdLab,
    folders: ListenerFolders,
    args: string[] = [],
    env: Record<string, string> = {},
  ): Promise<RunningListener> {
    const it = new RunningListener(lab, folders, args, env);
    await it.settled();
    return it;
  }

  /** Everything handed on, as far as it can be. */
  settled(): Promise<ListenerStatus> {
    return this.until(
      ({ phase, handlers }) =>
        phase === "following" &&
        handlers.every(
          ({ state, lag, parked }) =>
            /refused|paused|gone/.test(state) || (state === "following" && lag.events + parked.waiting === 0),
        ),
    );
  }

  /** Asks again and again. */
  async until(condition: (status: ListenerStatus) => boolean): Promise<ListenerStatus> {
    let last: unknown;
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await Bun.sleep(20)) {
      if (this.process.exitCode !== null) throw new Error(`the listener has ended: ${this.log}`);
      try {
        const status = await this.ask("status", {});
        last = status;
        if (condition(status)) return status;
      } catch (error) {
        last = error;
      }
    }
    throw new Error(`in vain waited for the listener: ${Bun.inspect(last)} ${this.log}`);
  }

  /** Until the handler has noted such a call; all that it noted. */
  async noted(name: string, line: string): Promise<string[]> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await Bun.sleep(10)) {
      const calls = callsOf(this.folders, name);
      if (calls.includes(line)) return calls;
    }
    throw new Error(`${name} did not note ${line}: ${callsOf(this.folders, name).join("; ")} ${this.log}`);
  }

  async ask<V extends Verb>(verb: V, options: Options[V]): Promise<Results[V]> {
    const client = await connect({ unix: join(this.folders.state, "run", socketName) });
    try {
      return (await client.request("COMMAND", [verb], { options: options as never })).result as Results[V];
    } finally {
      client.close();
    }
  }

  async handler(name: string): Promise<HandlerStatus> {
    return (await this.ask("status", {})).handlers.find((one) => one.name === name)!;
  }

  /** `reeve listener ctl WORDS…`, a word at each space. */
  ctl(words: string, ...more: string[]) {
    return reeve(["listener", "ctl", ...words.split(" "), ...more, "--state", this.folders.state]);
  }

  /** The same with `--json`; fails unless the exit code is 0. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
  async json(words: string, ...more: string[]): Promise<any> {
    const { status, stdout, stderr } = await this.ctl(words, ...more, "--json");
    if (status !== 0) throw new Error(`ctl ${words}: ${status} ${stderr}`);
    return JSON.parse(stdout);
  }

  /** TERM; its exit code. */
  async stop(): Promise<number> {
    this.process.kill("SIGTERM");
    return this.ended();
  }

  async ended(): Promise<number> {
    const status = await this.process.exited;
    await this.#read;
    return status;
  }
}

export function listenerArguments(lab: SlapdLab, { state, cache, handlers, password }: ListenerFolders): string[] {
  return [
    ...["-F", "-H", lab.uri, "-b", lab.suffix, "-D", lab.admin, "-y", password],
    ...["-m", handlers, "-c", cache, "--state", state],
  ];
}

async function each(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}
