/** Starts a handler's process, whatever language it is in, and speaks wire.ts with it. */
import { type Level, levels } from "../log.ts";
import { Problem } from "../problem.ts";
import { type ChildExit, startChild } from "../process/child.ts";
import { converse } from "../process/dialogue.ts";
import { LineCutter } from "../process/lines.ts";
import { childStart } from "../process/service.ts";
import type { HandlerFile } from "./handler-file.ts";
import type { HandlerStart } from "./handler-host.ts";
import type { Noise } from "./noise.ts";
import { pythonCommand, pythonSources } from "./python/command.ts";
import type { Call, FromHandler, ToHandler } from "./wire.ts";

/** Who the process runs as. */
export interface Identity {
  uid: number;
  gid: number;
  name: string;
  home: string;
}

export interface Peer {
  pid: number;
  declaration: unknown;
  warnings: string[];
  /** Calls it may have at a time. */
  window: number;
  say(message: ToHandler): void;
  /** How it ended, for a person. */
  exited: Promise<string>;
  /** Asks it to end after the call that is under way; after `grace` milliseconds it is killed with all it started. */
  stop(grace: number): Promise<void>;
}

export interface PeerEvents {
  /** Of everything but `ready` and `refused`. */
  onMessage(message: FromHandler): void;
  noise: Noise;
  /** Of the directory, for who may ask for it. */
  bindPassword?: () => string;
}

/** Bytes of a line that a process may say: an error's text or a declaration. */
const longest = 256 * 1024;

/**
 * @param readyTimeout milliseconds until it must have said that it is ready
 * @throws Problem `config`: it refuses to run; others: trying again may help
 */
export async function startPeer(
  { kind, file, folder }: HandlerFile,
  start: HandlerStart,
  identity: Identity | undefined,
  events: PeerEvents,
  readyTimeout: number,
  signal: AbortSignal,
): Promise<Peer> {
  const as = identity ? { uid: identity.uid, gid: identity.gid } : {};
  const env = identity
    ? { HOME: identity.home, USER: identity.name, LOGNAME: identity.name, XDG_RUNTIME_DIR: "" }
    : undefined;
  const common = { ...as, ...(env ? { env } : {}) };
  if (kind === "script" || kind === "shipped") return startScript(start, common, events, readyTimeout, signal);
  // The bridge takes on another user by itself, as the model's modules may ask to be root for a while.
  if (kind === "python")
    return startLines(pythonCommand(start.name), start, { cwd: "/" }, events, readyTimeout, signal);
  return startLines([file], start, { ...common, cwd: folder }, events, readyTimeout, signal);
}

type Common = { uid?: number; gid?: number; env?: Record<string, string>; cwd?: string };

async function startScript(
  start: HandlerStart,
  common: Common,
  events: PeerEvents,
  readyTimeout: number,
  signal: AbortSignal,
): Promise<Peer> {
  const child = await startChild(["listener", "handler", start.name], {
    ...common,
    start: childStart(start),
    stdout: "pipe",
    readyTimeout,
    signal,
    onNote(note) {
      const message = checked(note);
      if (message) events.onMessage(message);
      else events.noise.line("it said something that is no message", "WARNING");
    },
  });
  drain(child.stdout, events.noise).catch(() => undefined); // its end is on the way
  return {
    pid: child.pid,
    declaration: child.ready,
    warnings: [],
    window: Number.POSITIVE_INFINITY,
    say: (message) => void child.send(message),
    exited: child.exited.then(async (exit) => {
      await child.stop(0); // what it started
      return describe(exit);
    }),
    stop: async (grace) => void (await child.stop(grace)),
  };
}

async function drain(stdout: ReadableStream<Uint8Array> | undefined, noise: Noise): Promise<void> {
  const lines = new LineCutter(4096, (line) => noise.line(line));
  for await (const chunk of stdout ?? []) lines.push(chunk);
  lines.end();
}

function describe({ status, signal, fault }: ChildExit & { fault?: string }): string {
  return fault ?? (signal ? `ended by ${signal}` : `ended with status ${status}`);
}

async function startLines(
  command: string[],
  start: HandlerStart,
  common: Common,
  { onMessage, noise, bindPassword }: PeerEvents,
  readyTimeout: number,
  signal: AbortSignal,
): Promise<Peer> {
  const ready = Promise.withResolvers<Extract<FromHandler, { type: "ready" }>>();
  let fault: string | undefined;
  const end = (reason: string) => {
    fault ??= reason;
    void dialogue.stop(0);
  };
  const tellPassword = () => {
    if (!bindPassword) return end("it asked for the directory's password");
    try {
      dialogue.say(JSON.stringify({ type: "password", bindpw: bindPassword() } satisfies ToHandler));
    } catch (error) {
      end((error as Error).message);
    }
  };
  const dialogue = await converse(command, {
    ...common,
    longest,
    onNoise: (line) => noise.line(line),
    onLine(line) {
      const message = read(line);
      if (message === undefined) end(`it said something that is no message: ${line.slice(0, 200)}`);
      else if (message.type === "password") tellPassword();
      else if (message.type === "ready") ready.resolve(message);
      else if (message.type === "refused") ready.reject(new Problem("config", message.reason));
      else onMessage(message);
    },
  });
  const exited = dialogue.exited.then((exit) => fault ?? describe(exit));
  void exited.then((reason) =>
    ready.reject(new Problem("child-failed", `it was not ready when it ended: ${[reason, ...noise.last].join("\n")}`)),
  );
  const timer = setTimeout(
    () => ready.reject(new Problem("timeout", `it was not ready after ${readyTimeout / 1000} s and was ended`)),
    readyTimeout,
  );
  const onAbort = () => ready.reject(new Problem("cancelled", "stopped"));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const python = start.file.endsWith(".py");
    if (python) dialogue.say(pythonSources());
    dialogue.say(JSON.stringify(start));
    const { declaration, warnings } = await ready.promise;
    return {
      pid: dialogue.pid,
      declaration,
      warnings: Array.isArray(warnings) ? warnings.map(String) : [],
      window: python ? Number.POSITIVE_INFINITY : 1,
      say: (message) => dialogue.say(textOf(message)),
      exited,
      stop: (grace) => dialogue.stop(grace),
    };
  } catch (error) {
    await dialogue.stop(0);
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

const made = new WeakMap<Call, string>();

/** One line. Keys come in the order of wire.ts, always: a shell can cut the first ones out. */
function textOf(message: ToHandler): string {
  if (message.type !== "calls") return JSON.stringify(message);
  const calls = message.calls.map((call) => {
    const text = made.get(call) ?? JSON.stringify(call);
    made.set(call, text);
    return text;
  });
  return `{"type":"calls","calls":[${calls.join(",")}]}`;
}

const texts: Record<FromHandler["type"], readonly string[]> = {
  ready: [],
  refused: ["reason"],
  password: [],
  done: ["id"],
  failed: ["id", "error"],
  log: ["message"],
};

function read(line: string): FromHandler | undefined {
  try {
    return checked(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** Undefined: that is none. */
function checked(said: unknown): FromHandler | undefined {
  if (said === null || typeof said !== "object") return undefined;
  const message = said as Record<string, unknown>;
  if (message.type === "log" && !levels.includes(message.level as Level)) return undefined;
  const wanted = Object.hasOwn(texts, String(message.type)) ? texts[message.type as FromHandler["type"]] : undefined;
  return wanted?.every((name) => typeof message[name] === "string") ? (said as FromHandler) : undefined;
}
