/**
 * interfaces(5) as ifupdown 0.8.41 and ifupdown-ng 0.11 read it. What is wrong becomes a diagnostic with its place and the
 * names that cannot be configured because of it; reading goes on behind it.
 */
import { dirname, resolve } from "node:path";
import { Problem } from "../../problem.ts";
import {
  type Configuration,
  type Diagnostic,
  type Mapping,
  type Option,
  type Position,
  place,
  type Stanza,
} from "./configuration.ts";
import { byBytes, ExpansionError, expandWords } from "./expansion.ts";
import { hasMethod, isFamily } from "./families.ts";
import { type Files, systemFiles } from "./files.ts";
import { type Line, linesOf, type Word } from "./lines.ts";

export const limits = {
  /** Bytes of one file. */
  file: 4 * 1024 * 1024,
  files: 2000,
  /** Stanzas, options (inherited ones count again), words of classes and mappings, in all files together. */
  things: 500_000,
  diagnostics: 1000,
} as const;

export interface ParseOptions {
  /** As the model: the first error ends the reading of its file. What `source` cannot expand is but a warning. */
  strict?: boolean;
}

interface Draft extends Stanza {
  options: Option[];
  inherits: string[];
}

type Open = { mapping: Mapping & { maps: string[] } } | { stanza: Draft } | "nothing" | "passed over";

/** The first error of a file, where the reading is strict. */
class EndOfFile extends Error {}

/**
 * Reads a file and what it sources; each file once.
 * @throws Problem `missing`, `permission`, `io`, `too-large` when the file itself cannot be read (text: why); `config` when
 *   it holds more than `limits`
 */
export function loadConfiguration(path: string, files: Files = systemFiles, options: ParseOptions = {}): Configuration {
  const reading = new Reading(files, options.strict ?? false);
  reading.text(files.read(path, limits.file), path);
  return reading.result();
}

/** The same for a text, e.g. one that is not saved yet; what it sources is read by `files`. */
export function parseConfiguration(
  text: string,
  file: string,
  files: Files,
  options: ParseOptions = {},
): Configuration {
  const reading = new Reading(files, options.strict ?? false);
  reading.text(text, file);
  return reading.result();
}

class Reading {
  private readonly files: Files;
  private readonly strict: boolean;
  private readonly stanzas: Draft[] = [];
  private readonly templates: Draft[] = [];
  private readonly named = new Map<string, Draft[]>();
  /** Something in them is wrong. */
  private readonly broken = new Set<Draft>();
  private readonly classes = new Map<string, Map<string, Word>>();
  private readonly renames: { from: string; to: string; at: Position }[] = [];
  private readonly mappings: Mapping[] = [];
  private readonly lists = { "no-auto-down": [] as string[], "no-scripts": [] as string[] };
  private readonly diagnostics: Diagnostic[] = [];
  private readonly read: string[] = [];
  private readonly seen = new Set<string>();
  private open: Open = "nothing";
  private things = 0;

  constructor(files: Files, strict: boolean) {
    this.files = files;
    this.strict = strict;
  }

  result(): Configuration {
    return {
      stanzas: this.stanzas,
      templates: this.templates,
      classes: new Map(
        Array.from(this.classes, ([name, words]) => [name, Array.from(words, ([word, { at }]) => ({ word, at }))]),
      ),
      noAutoDown: this.lists["no-auto-down"],
      noScripts: this.lists["no-scripts"],
      renames: this.renames,
      mappings: this.mappings,
      diagnostics: this.diagnostics,
      files: this.read,
    };
  }

  text(text: string, file: string): void {
    this.read.push(file);
    this.seen.add(resolve(file));
    this.open = "nothing";
    try {
      for (const line of linesOf(text, file)) this.line(line);
    } catch (error) {
      if (!(error instanceof EndOfFile)) throw error;
    }
    this.open = "nothing";
  }

  private line(line: Line): void {
    const [head] = line.words;
    if (!head) return;
    this.count(line.words.length, head.at);
    if (`${head.text}${line.rest}`.includes("\ufffd"))
      this.warn("this is no UTF-8, and is not passed on as it stands", head.at);
    const keyword = head.text.replace(/^allow-.+/s, "allow-CLASS");
    const statement = Object.hasOwn(this.statements, keyword) ? this.statements[keyword] : undefined;
    if (!statement) this.detail(line, head);
    else {
      this.open = "nothing";
      statement(line, head);
    }
  }

  private readonly statements: Record<string, (line: Line, head: Word) => void> = {
    auto: ({ words }) => this.class("auto", words.slice(1)),
    "allow-CLASS": ({ words }, { text }) => this.class(text.slice("allow-".length), words.slice(1)),
    "no-auto-down": (line) => this.list("no-auto-down", line),
    "no-scripts": (line) => this.list("no-scripts", line),
    rename: ({ words }) => this.rename(words.slice(1)),
    source: (line, head) => this.source(line, head),
    "source-directory": (line, head) => this.source(line, head),
    mapping: ({ words }, { at }) => {
      const mapping = { patterns: words.slice(1).map(({ text }) => text), script: "", maps: [], at };
      this.mappings.push(mapping);
      this.open = { mapping };
    },
    iface: (line, head) => this.stanza(line, head, this.stanzas),
    template: (line, head) => this.stanza(line, head, this.templates),
  };

  /** A line that belongs to the stanza above it. */
  private detail({ rest, restAt }: Line, { text: name, at }: Word): void {
    if (this.open === "passed over") return;
    if (this.open === "nothing") this.error("misplaced option", at, []);
    else if ("mapping" in this.open) {
      const { mapping } = this.open;
      if (name === "map") mapping.maps.push(rest);
      else if (name !== "script") this.error("misplaced option", at, mapping.patterns);
      else if (mapping.script !== "") this.error("duplicate script in mapping", at, mapping.patterns);
      else mapping.script = rest;
    } else {
      const { stanza } = this.open;
      if (rest === "") {
        this.broken.add(stanza);
        this.error("option with empty value", at, [stanza.name]);
      } else if (name !== "inherit" || !this.inheritOption(stanza, rest, restAt)) {
        stanza.options.push({ name, value: rest, at });
      }
    }
  }

  private class(name: string, words: readonly Word[]): void {
    const known = this.classes.get(name) ?? new Map<string, Word>();
    this.classes.set(name, known);
    for (const word of words) if (!known.has(word.text)) known.set(word.text, word);
  }

  private list(name: keyof typeof this.lists, { words }: Line): void {
    for (const { text } of words.slice(1)) this.lists[name].push(text);
  }

  private rename(words: readonly Word[]): void {
    for (const { text, at } of words) {
      const [, from, to] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
      if (from && to) this.renames.push({ from, to, at });
      else this.warn(`not of the form CUR=NEW, and ignored: ${text}`, at);
    }
  }

  private source({ rest, restAt }: Line, { text: keyword, at }: Word): void {
    const folder = dirname(at.file);
    let paths: string[];
    try {
      paths = expandWords(rest, folder, this.files);
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error;
      this.doubt(`${keyword} is not understood: ${error.message}`, restAt);
      return;
    }
    if (paths.length === 0) this.warn(`${keyword} without a path`, at);
    for (const path of paths) {
      if (keyword === "source") this.include(path, restAt);
      else {
        const names = this.files.list(path).filter((name) => /^[a-zA-Z0-9_-]+$/.test(name));
        for (const name of [...names].sort(byBytes)) this.include(`${path.replace(/\/+$/, "")}/${name}`, restAt);
      }
    }
  }

  /** Nothing is said of a file that is not there: the model does not, either. */
  private include(path: string, at: Position): void {
    if (this.seen.has(resolve(path))) return;
    if (this.seen.size >= limits.files) throw new Problem("config", `${place(at)}: more than ${limits.files} files`);
    let text: string;
    try {
      text = this.files.read(path, limits.file);
    } catch (error) {
      const { code, message } = Problem.from(error);
      if (message === "Is a directory") this.warn(`${path}: ${message}`, at);
      else if (code !== "missing") this.doubt(`${path}: ${message}`, at);
      return;
    }
    this.text(text, path);
  }

  private stanza({ words }: Line, head: Word, into: Draft[]): void {
    this.open = "passed over";
    const [, name, ...rest] = words;
    if (!name) {
      this.error(`too few parameters for ${head.text} line`, head.at, []);
      return;
    }
    const draft: Draft = {
      name: name.text,
      family: "",
      method: "",
      options: [],
      at: head.at,
      inherits: [],
    };
    const wrong = this.headline(draft, rest, name.at);
    if (wrong) {
      this.error(wrong.text, wrong.at, [name.text]);
      return;
    }
    into.push(draft);
    const same = this.named.get(draft.name);
    if (same) same.push(draft);
    else this.named.set(draft.name, [draft]);
    this.open = { stanza: draft };
  }

  /** `[FAMILY METHOD] [inherits NAME]`; what is wrong with it is returned. */
  private headline(draft: Draft, words: readonly Word[], at: Position): Word | undefined {
    const noMethod = "unknown or no method and no inherits keyword specified";
    const rest = [...words];
    if (rest[0] && rest[0].text !== "inherits") {
      const { text, at } = rest.shift() as Word;
      if (!isFamily(text)) return { text: "unknown or no address type and no inherits keyword specified", at };
      draft.family = text;
      if (rest[0]?.text !== "inherits") {
        const method = rest.shift();
        if (!method || !hasMethod(text, method.text)) return { text: noMethod, at: (method ?? { at }).at };
        draft.method = method.text;
      }
    }
    for (let word = rest.shift(); word; word = rest.shift()) {
      if (word.text !== "inherits") {
        this.warn(`extra parameter for the iface line not understood and ignored: ${word.text}`, word.at);
        continue;
      }
      const parent = rest.shift();
      if (!parent) return { text: "'inherits' keyword is missing a parameter", at: word.at };
      if (!this.inherit(draft, parent.text, parent.at)) {
        return { text: `unknown iface to inherit from: ${parent.text} (${draft.family || "*"})`, at: parent.at };
      }
      // The model does not look at what follows.
      if (rest[0]) this.warn(`ignored after the inherited interface: ${rest[0].text}`, rest[0].at);
      break;
    }
    return draft.family !== "" && draft.method === "" ? { text: noMethod, at } : undefined;
  }

  /** ifupdown-ng's `inherit NAME…`; false: in a stanza of Debian's kind it may be an option of some script. */
  private inheritOption(draft: Draft, names: string, at: Position): boolean {
    for (const name of names.split(/\s+/)) {
      if (this.inherit(draft, name, at)) continue;
      if (draft.family !== "") return false;
      this.broken.add(draft);
      this.error(`unknown iface to inherit from: ${name} (*)`, at, [draft.name]);
    }
    return true;
  }

  /**
   * Adds what stanzas above have: the first one of the family (of any, where none was said), or all those of ifupdown-ng's
   * kind, without a family. False where there is none.
   */
  private inherit(draft: Draft, name: string, at: Position): boolean {
    const { family } = draft;
    const above = this.named.get(name) ?? [];
    this.count(above.length, at);
    const fitting = above.filter(
      (parent) => parent !== draft && (family === "" || parent.family === family || parent.family === ""),
    );
    const [first] = fitting;
    if (!first) return false;
    draft.family ||= first.family;
    draft.method ||= first.method;
    draft.inherits.push(name);
    for (const parent of first.family === "" ? fitting.filter((other) => other.family === "") : [first]) {
      this.count(parent.options.length, at);
      for (const option of parent.options) draft.options.push(option);
      if (!this.broken.has(parent) || this.broken.has(draft) || this.strict) continue;
      this.broken.add(draft);
      this.error(`what it inherits is wrong: ${name}`, at, [draft.name]);
    }
    return true;
  }

  private count(things: number, at: Position): void {
    this.things += things;
    if (this.things > limits.things) throw new Problem("config", `${place(at)}: the configuration is too large`);
  }

  private warn(message: string, at: Position): void {
    this.report({ severity: "warning", message, at, refuses: [] });
  }

  /** Something may be missing that nobody can name; the model takes no offence. */
  private doubt(message: string, at: Position): void {
    if (this.strict) this.warn(message, at);
    else this.error(message, at, []);
  }

  private error(message: string, at: Position, refuses: readonly string[]): void {
    this.report({ severity: "error", message, at, refuses });
    if (this.strict) throw new EndOfFile();
  }

  private report(diagnostic: Diagnostic): void {
    if (this.diagnostics.length >= limits.diagnostics) {
      throw new Problem("config", `${place(diagnostic.at)}: more than ${limits.diagnostics} errors and warnings`);
    }
    this.diagnostics.push(diagnostic);
  }
}
