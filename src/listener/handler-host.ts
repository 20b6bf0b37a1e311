/**
 * `reeve listener handler NAME`: a process for one handler in TypeScript or JavaScript. It loads the site's file, says
 * what it declares, and does the calls that the listener sends, in order.
 */
import { Buffer } from "node:buffer";
import { format } from "node:util";
import { configureLog } from "../log.ts";
import { Problem } from "../problem.ts";
import type { Host } from "../process/service.ts";
import { aborted } from "../process/wait.ts";
import { provideModule } from "../system/plugin.ts";
import { refuseForeignCode } from "../system/trusted-file.ts";
import { type Change, type Entry, handlerApi, type Say } from "./handler-api.ts";
import { handlerOf, type Loaded } from "./handler-load.ts";
import type { ShippedStart } from "./handlers/shipped.ts";
import { Noise } from "./noise.ts";
import type { Call, FromHandler, ToHandler, WireEntry, WireValue } from "./wire.ts";

export type HandlerStart = Extract<ToHandler, { type: "start" }> & {
  /** Present: it is one of those that are part of Reeve, not a file. */
  shipped?: Omit<ShippedStart, "name" | "settings"> | undefined;
};

/** Characters of an error's text. */
const longestError = 8000;

export async function handlerHost(start: HandlerStart, host: Host): Promise<void> {
  const note = (message: FromHandler) => host.note(message);
  const noise = new Noise((level, message) => note({ type: "log", level, message }));
  const say: Say = (level, text) => noise.line(text.slice(0, longestError), level);
  takeConsole(say);
  let doing = "";
  const crash = (error: unknown) => {
    say("ERROR", `outside of any call${doing}: ${textOf(error)}`);
    // Not before what was said is on its way (bun.md, trap 12).
    process.send?.({ note: { type: "log", level: "ERROR", message: "the process ends" } }, undefined, undefined, () =>
      process.exit(70),
    );
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);

  const handler = await load(start, say);
  let queue = Promise.resolve();
  const { signal } = host;
  const work = async (message: ToHandler) => {
    if (message.type === "life") {
      const { id } = message;
      doing = `, during ${message.function}`;
      note(await outcome(id, () => handler.life(message.function)));
    } else if (message.type === "calls") {
      for (const call of message.calls) {
        if (signal.aborted) return;
        doing = `, during ${call.id}`;
        const said = await outcome(call.id, () => perform(handler, call));
        note(said);
        if (said.type === "failed") break;
      }
    }
    doing = "";
  };
  host.onMessage((message) => {
    queue = queue.then(() => (signal.aborted ? undefined : work(message as ToHandler)));
  });
  host.ready(handler.declaration);
  await aborted(signal);
  await queue;
  noise.flush();
}

async function load({ name, file, settings, shipped }: HandlerStart, say: Say): Promise<Loaded> {
  if (shipped) {
    const { shippedHandler } = await import("./handlers/shipped.ts");
    return handlerOf({ default: await shippedHandler({ ...shipped, name, settings }) });
  }
  refuseForeignCode(file, "config");
  provideModule("reeve/listener", handlerApi(say, settings));
  let exported: Record<string, unknown>;
  try {
    exported = await import(file);
  } catch (cause) {
    throw new Problem("config", `it cannot be loaded: ${placed(cause)}`, { cause });
  }
  try {
    return handlerOf(exported);
  } catch (error) {
    throw error instanceof Problem ? error : new Problem("config", `it cannot be loaded: ${textOf(error)}`);
  }
}

async function outcome(id: string, run: () => unknown): Promise<FromHandler> {
  try {
    await run();
    return { type: "done", id };
  } catch (error) {
    const unavailable = (error as { unavailable?: unknown } | null)?.unavailable === true;
    return { type: "failed", id, error: textOf(error), ...(unavailable ? { unavailable } : {}) };
  }
}

function perform(handler: Loaded, call: Call): unknown {
  const { id, command, dn, oldDn, uuid, csn, at } = call;
  const change: Change = { id, command, dn, oldDn, uuid, csn, at: new Date(at) };
  return handler.call(change, entryOf(call.new), entryOf(call.old));
}

function entryOf(wire: WireEntry): Entry {
  const entry: Entry = Object.create(null);
  for (const name in wire) entry[name] = wire[name]!.map(bytesOf);
  return entry;
}

function bytesOf(value: WireValue): Buffer {
  if (typeof value !== "string") return Buffer.from(value.base64, "base64");
  // A third of what Buffer.from takes of Bun, which makes a memory of its own for each: most of a call's time.
  const text = Buffer.allocUnsafe(Buffer.byteLength(value));
  text.write(value);
  return text;
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? String(error)) : format("%s", error);
  const whole = error instanceof Error && !text.includes(error.message) ? `${error}\n${text}` : text;
  return whole.slice(0, longestError);
}

/** What the compiler complains of has no stack; where it stands is a property. */
function placed(error: unknown): string {
  const { errors = [error] } = error as { errors?: unknown[] };
  const texts = errors.slice(0, 5).map((one) => {
    const { position, message } = one as {
      position?: { file: string; line: number; column: number };
      message?: string;
    };
    return position ? `${position.file}:${position.line}:${position.column}: ${message}` : textOf(one);
  });
  return texts.join("\n");
}

/** Standard output is read by the listener already; what goes to the console keeps its level. */
function takeConsole(say: Say): void {
  const at =
    (level: Parameters<Say>[0]) =>
    (...words: unknown[]) =>
      say(level, format(...words));
  console.log = console.info = at("INFO");
  console.debug = at("DEBUG");
  console.warn = at("WARNING");
  console.error = at("ERROR");
  const write = process.stderr.write.bind(process.stderr);
  configureLog({ write: (line) => void write(line) });
  process.stderr.write = ((chunk: string | Uint8Array) => {
    say("INFO", String(typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk)).trimEnd());
    return true;
  }) as typeof process.stderr.write;
}
