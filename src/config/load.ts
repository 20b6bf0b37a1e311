/**
 * The effective configuration: flags before environment before `environments/<environment>.yml` before `config.yml`
 * before defaults. Everything works with no file at all.
 */
import { lstatSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { type Key, type KeyName, keys, type Settings, variableOf } from "./keys.ts";

export interface Configuration {
  settings: Settings;
  /** Where each value that is not a default came from: `FILE:LINE`, a variable's name, or `command line`. */
  sources: Partial<Record<KeyName, string>>;
}

/** Values of command-line flags; undefined where a flag was not given. */
export type Flags = Partial<Record<KeyName, string | undefined>>;

export type Environment = Record<string, string | undefined>;

/** A configuration file larger than this is a mistake. */
const largestFile = 1024 * 1024;

const table = keys as Record<string, Key<unknown>>;

/** The two files in the order they are merged, whether they exist or not. */
export function configFiles(environment: Environment = process.env): string[] {
  const root = process.getuid?.() === 0;
  const own = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), ".config");
  const home = environment.REEVE_HOME || (root ? "/etc/reeve" : join(own, "reeve"));
  const folder = environment.REEVE_ENVDIR || join(home, "environments");
  const name = environment.REEVE_ENVIRONMENT || "deployment";
  if (!/^[\w-]+$/.test(name)) throw new Problem("config", `REEVE_ENVIRONMENT: expected a plain name, found ${name}`);
  return [join(home, "config.yml"), join(folder, `${name}.yml`)];
}

/**
 * @param folder name of the folders in /var/lib and /run that are root's defaults for `state` and `run`
 * @throws Problem `config` that names file, line, key and what was expected
 */
export async function loadConfiguration(
  flags: Flags = {},
  environment: Environment = process.env,
  folder = "reeve",
): Promise<Configuration> {
  const values: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  const set = (name: string, value: unknown, source: string) => {
    values[name] = value;
    sources[name] = source;
  };
  for (const file of configFiles(environment)) {
    if (isThere(file, environment)) await readFile(file, set);
  }
  readVariables(environment, set);
  for (const [name, given] of Object.entries(flags)) {
    if (given === undefined) continue;
    const absolute = table[name]?.kind === keys.state.kind && given !== "" ? resolve(given) : given;
    set(name, readWord(name, absolute, "command line"), "command line");
  }
  for (const [name, { default: preset }] of Object.entries(table)) values[name] ??= preset;
  const settings = values as Settings;
  fillFolders(settings, environment, folder);
  return { settings, sources };
}

/**
 * A secret: the first line of a file.
 * @throws Problem `config`; also where that line is empty, for no secret at all would open what it is to close
 */
export function readSecretFile(path: string, name: string): string {
  let secret: string;
  try {
    const mode = statSync(path).mode & 0o077;
    if (mode & 0o007) logger("config").warning("a file with a secret is open to every user", { file: path });
    secret = readFileSync(path, "utf8").split("\n")[0]?.trimEnd() ?? "";
  } catch (cause) {
    throw new Problem("config", `${name}: cannot read ${path}`, { cause });
  }
  if (secret === "") throw new Problem("config", `${name}: the first line of ${path} is empty`);
  return secret;
}

// A folder that was named and may not be entered is no absent one; somebody else's home is.
function isThere(file: string, { REEVE_HOME, REEVE_ENVDIR }: Environment): boolean {
  try {
    lstatSync(file);
    return true;
  } catch (cause) {
    const absent = /^(ENOENT|ENOTDIR)$/.test((cause as NodeJS.ErrnoException).code ?? "");
    if (absent || !(REEVE_HOME || REEVE_ENVDIR)) return false;
    throw new Problem("config", `${file}: cannot be read`, { cause });
  }
}

function readWord(name: string, given: string, source: string): unknown {
  const kind = table[name]?.kind;
  const value = kind?.readText(given);
  if (value === undefined) {
    const found = table[name]?.secret ? "something else" : JSON.stringify(given);
    throw new Problem("config", `${source}: ${name}: expected ${kind?.expected}, found ${found}`);
  }
  return value;
}

async function readFile(file: string, set: Put): Promise<void> {
  let content: string;
  try {
    const status = statSync(file);
    if (!status.isFile()) throw new Problem("config", `${file}: is no file`);
    if (status.size > largestFile) throw new Problem("config", `${file}: larger than ${largestFile} bytes`);
    content = readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("config", `${file}: cannot be read`, { cause });
  }
  const { isMap, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const [error] = document.errors;
  if (error) throw new Problem("config", `${at(error.pos[0])}: ${error.message}`);

  const walk = (node: unknown, prefix: string) => {
    // A group whose keys are all commented out.
    if (prefix !== "" && isScalar(node) && node.value === null) return;
    if (!isMap(node)) throw new Problem("config", `${file}: ${prefix || "the file"}: expected keys with values`);
    for (const pair of node.items) {
      const offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
      const name = `${prefix}${isScalar(pair.key) ? String(pair.key.value) : "?"}`;
      if (Object.keys(table).some((known) => known.startsWith(`${name}.`))) {
        walk(pair.value, `${name}.`);
        continue;
      }
      const key = Object.hasOwn(table, name) ? table[name] : undefined;
      if (!key) throw new Problem("config", `${at(offset)}: unknown key ${name}${nearest(name)}`);
      const expected = `${at(offset)}: ${name}: expected ${key.kind.expected}`;
      let given: unknown;
      let found: string;
      try {
        given = (pair.value as { toJS?(document: unknown): unknown } | null)?.toJS?.(document) ?? null;
        found = key.secret ? "something else" : JSON.stringify(given).slice(0, 200);
      } catch (cause) {
        // Aliases of aliases, or one that contains itself.
        throw new Problem("config", `${expected}, found too many aliases`, { cause });
      }
      const value = key.kind.read(given);
      if (value === undefined) throw new Problem("config", `${expected}, found ${found}`);
      set(name, value, at(offset));
    }
  };
  if (document.contents !== null) walk(document.contents, "");
}

function nearest(name: string): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, "");
  const close = Object.keys(keys).find(
    (known) => plain(known) === plain(name) || known.split(".").at(-1) === name.split(".").at(-1),
  );
  return close ? ` (did you mean ${close}?)` : "";
}

const reserved = ["REEVE_HOME", "REEVE_ENVDIR", "REEVE_ENVIRONMENT", "REEVE_EVENT"];

/** Takes a value and where it came from. */
type Put = (name: string, value: unknown, source: string) => void;

function readVariables(environment: Environment, set: Put): void {
  const given = Object.keys(environment).filter((variable) => variable.startsWith("REEVE_"));
  if (given.length === 0) return;
  const known = new Map(Object.keys(keys).map((name) => [variableOf(name), name]));
  for (const variable of given) {
    const [name, value] = [known.get(variable), environment[variable]];
    if (name !== undefined && value !== undefined) set(name, readWord(name, value, variable), variable);
    // Not an error: another Reeve on this host, older or newer, may know it. Tests of Reeve set some of their own.
    if (name === undefined && !reserved.includes(variable) && !variable.startsWith("REEVE_TEST_")) {
      logger("config").warning("unknown environment variable", { variable });
    }
  }
}

function fillFolders(settings: Settings, environment: Environment, folder: string): void {
  const root = process.getuid?.() === 0;
  const stateGiven = settings.state !== "";
  const own = environment.XDG_STATE_HOME || join(environment.HOME || homedir(), ".local", "state");
  if (!stateGiven) settings.state = root ? `/var/lib/${folder}` : join(own, "reeve");
  if (settings.run === "") settings.run = root && !stateGiven ? `/run/${folder}` : join(settings.state, "run");
  if (settings.database === "") settings.database = join(settings.state, "reeve.sqlite");
  else if (!/^\w+:/.test(settings.database) && !isAbsolute(settings.database)) {
    settings.database = resolve(settings.database);
  }
}
