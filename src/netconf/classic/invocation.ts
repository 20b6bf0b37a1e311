/** The command lines of ifup, ifdown and ifquery, as getopt_long reads them: options anywhere, long ones shortened. */

import { version } from "../../version.ts";

export const faces = ["ifup", "ifdown", "ifquery"] as const;
export type Face = (typeof faces)[number];

export interface Invocation {
  face: Face;
  /** Names, patterns, `eth0=home`; in order. */
  words: string[];
  all: boolean;
  /** CLASS of `--allow`; undefined: not said, `auto` with `all`. */
  allow: string | undefined;
  /** Undefined: /etc/network/interfaces, or what the settings say. */
  interfaces: string | undefined;
  /** Undefined: /run/network, or what the settings say. */
  stateDir: string | undefined;
  /** Shell patterns of names. */
  exclude: string[];
  /** `-o OPTION=VALUE`; an empty value takes the option away. */
  options: [name: string, value: string][];
  /** `commands`: nothing is run, but the state is kept as if it had been. */
  noAct: false | "commands" | "all";
  verbose: boolean;
  force: boolean;
  ignoreErrors: boolean;
  mappings: boolean;
  scripts: boolean;
  loopback: boolean;
  list: boolean;
  state: boolean;
  readEnvironment: boolean;
}

/** What is to be said and how to end, where there is nothing to do. */
export interface Answer {
  stdout?: string;
  /** Without the program's name. */
  stderr?: string;
  exit: number;
}

interface OptionSpec {
  short?: string;
  /** Name of the value; absent: it takes none. */
  value?: string;
  faces?: readonly Face[];
  /** Absent: it is not in the help. */
  help?: string;
  set(value: string, invocation: Invocation): Partial<Invocation> | Answer;
}

const acting: readonly Face[] = ["ifup", "ifdown"];
const asking: readonly Face[] = ["ifquery"];

const specs: Record<string, OptionSpec> = {
  help: { short: "h", help: "show this help", set: (_, { face }) => ({ stdout: helpOf(face), exit: 0 }) },
  version: {
    short: "V",
    help: "show the version",
    set: (_, { face }) => ({ stdout: `${face} version ${version} (Reeve)`, exit: 0 }),
  },
  all: {
    short: "a",
    help: 'all interfaces marked "auto"',
    set: () => ({ all: true }),
  },
  allow: {
    value: "CLASS",
    help: "only interfaces of allow-CLASS",
    set: (value) => ({ allow: value }),
  },
  interfaces: {
    short: "i",
    value: "FILE",
    help: "definitions of interfaces, in place of /etc/network/interfaces",
    set: (value) => ({ interfaces: value }),
  },
  "state-dir": {
    value: "DIR",
    help: "where the state is kept, in place of /run/network",
    set: (value) => ({ stateDir: value }),
  },
  exclude: {
    short: "X",
    value: "PATTERN",
    help: "leave out interfaces that match the shell pattern",
    set: (value, { exclude }) => ({ exclude: [...exclude, value] }),
  },
  "no-act": {
    short: "n",
    faces: acting,
    help: "show what would be done (mapping scripts run all the same)",
    set: () => ({ noAct: "all" }),
  },
  "no-act-commands": {
    faces: acting,
    set: () => ({ noAct: "commands" }),
  },
  verbose: {
    short: "v",
    help: "say what is done",
    set: () => ({ verbose: true }),
  },
  option: {
    short: "o",
    value: "OPTION=VALUE",
    help: "set an option as if it were in the file",
    set(value, { options }) {
      const at = value.indexOf("=");
      if (at < 0) return { stderr: `error in --option "${value}" -- no "=" character`, exit: 1 };
      return { options: [...options, [value.slice(0, at), value.slice(at + 1)]] };
    },
  },
  "no-mappings": {
    help: "run no mappings",
    set: () => ({ mappings: false }),
  },
  "no-scripts": {
    help: "run no scripts of if-*.d",
    set: () => ({ scripts: false }),
  },
  "no-loopback": {
    help: "do not add the loopback interface",
    set: () => ({ loopback: false }),
  },
  force: {
    short: "f",
    faces: acting,
    help: "also what is configured already, or is not configured",
    set: () => ({ force: true }),
  },
  "ignore-errors": {
    faces: acting,
    help: "go on when a command or script fails",
    set: () => ({ ignoreErrors: true }),
  },
  list: {
    short: "l",
    faces: asking,
    help: "list all interfaces that match",
    set: () => ({ list: true }),
  },
  state: {
    faces: asking,
    help: "show which interfaces are up, and as what",
    set: () => ({ state: true }),
  },
  "read-environment": {
    set: () => ({ readEnvironment: true }),
  },
};

const usage: Answer = { exit: 1 };

/** @param argv words behind the program's name */
export function readInvocation(face: Face, argv: readonly string[]): Invocation | Answer {
  const invocation: Invocation = {
    face,
    words: [],
    all: false,
    allow: undefined,
    interfaces: undefined,
    stateDir: undefined,
    exclude: [],
    options: [],
    noAct: false,
    verbose: false,
    force: false,
    ignoreErrors: false,
    mappings: true,
    scripts: true,
    loopback: true,
    list: false,
    state: false,
    readEnvironment: false,
  };
  const rest = [...argv];
  const take: Take = ({ faces: of, set }, value) => {
    if (of && !of.includes(face)) return usage;
    const result = set(value, invocation);
    if ("exit" in result) return result;
    Object.assign(invocation, result);
    return undefined;
  };

  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    let answer: Answer | undefined;
    if (word === "--") {
      invocation.words.push(...rest.splice(0));
    } else if (word.startsWith("--")) answer = long(word, rest, take);
    else if (word.startsWith("-") && word !== "-") answer = short(word, rest, take);
    else invocation.words.push(word);
    if (answer) return answer;
  }
  return wrong(invocation) ?? invocation;
}

type Take = (spec: OptionSpec, value: string) => Answer | undefined;

function long(word: string, rest: string[], take: Take): Answer | undefined {
  const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const fitting = Object.hasOwn(specs, name) ? [name] : Object.keys(specs).filter((known) => known.startsWith(name));
  const [known, another] = fitting;
  if (known === undefined) return { stderr: `unrecognized option '--${name}'`, exit: 1 };
  if (another !== undefined) {
    const possible = fitting.map((one) => `'--${one}'`).join(" ");
    return { stderr: `option '--${name}' is ambiguous; possibilities: ${possible}`, exit: 1 };
  }
  const spec = specs[known] as OptionSpec;
  if (!spec.value && value !== undefined) {
    return { stderr: `option '--${known}' doesn't allow an argument`, exit: 1 };
  }
  const given = spec.value ? (value ?? rest.shift()) : "";
  return given === undefined ? { stderr: `option '--${known}' requires an argument`, exit: 1 } : take(spec, given);
}

function short(word: string, rest: string[], take: Take): Answer | undefined {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? "";
    const spec = Object.values(specs).find((one) => one.short === letter);
    if (!spec) return { stderr: `invalid option -- '${letter}'`, exit: 1 };
    const value = spec.value ? word.slice(at + 1) || rest.shift() : "";
    if (value === undefined) return { stderr: `option requires an argument -- '${letter}'`, exit: 1 };
    const answer = take(spec, value);
    if (answer || spec.value) return answer;
  }
  return undefined;
}

function wrong({ face, words, all, list, state }: Invocation): Answer | undefined {
  if (all && words.length > 0) {
    return { stderr: "either use the --all option, or specify interface(s), but not both", exit: 1 };
  }
  if (list || state) return undefined;
  if (face === "ifquery" && all) return usage;
  return words.length > 0 || all ? undefined : { stderr: "no interface(s) specified", exit: 1 };
}

/** What follows every complaint about a command line. */
export const hint = "Use --help for help";

function helpOf(face: Face): string {
  const lines = [`Usage: ${face} <options> <ifaces...>`];
  if (face === "ifquery") lines.push("       ifquery <options> --list", "       ifquery --state <ifaces...>");
  lines.push("", "Options:");
  for (const [name, { short: letter, value, help, faces: of }] of Object.entries(specs)) {
    if (help === undefined || (of && !of.includes(face))) continue;
    const names = `${letter ? `-${letter}, ` : "    "}--${name}${value ? ` ${value}` : ""}`;
    lines.push(`  ${names.padEnd(30)}${help}`);
  }
  return lines.join("\n");
}
