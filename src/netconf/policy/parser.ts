/**
 * The policy's text, as netconf's slides of 2007 had it:
 *
 *     [IFUP eth* wlan0]        [cfg DHCP]
 *     allow @netdev alice      hostname laptop
 *     prereq ifup eth0         FAIL,TIMEOUT LinkLocal
 *
 * A line is a section's head (a directive may follow it) or a directive; what follows a word that begins with # is a
 * comment: nobody is allowed something for being named there. What is wrong is left out and said.
 */
import type { Outcome } from "../events/event.ts";
import type { Diagnostic, Option, Position } from "../interfaces/configuration.ts";
import { builtIn, type Policy, type Right, type Rule, rights, type Way } from "./policy.ts";

/** Characters of a text, lines of it. */
const limits = { size: 1024 * 1024, lines: 20_000 } as const;

const outcomeWords: Readonly<Record<string, Outcome>> = {
  FAIL: "failed",
  TIMEOUT: "timeout",
  NOTFOUND: "notfound",
  CONFLICT: "conflict",
  DEFERRED: "deferred",
};

type Open<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };
type OpenWay = Omit<Open<Way>, "next"> & { next: Map<Outcome, { name: string; at: Position }> };

interface Word {
  text: string;
  at: Position;
}

export function parsePolicy(text: string, file: string): Policy {
  return new Parser(file).parse(text);
}

class Parser {
  readonly #file: string;
  readonly #rules: Open<Rule>[] = [];
  readonly #ways = new Map<string, OpenWay>();
  readonly #diagnostics: Diagnostic[] = [];
  readonly #starts: Word[] = [];
  #rule: Open<Rule> | undefined;
  #way: OpenWay | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  parse(text: string): Policy {
    const lines = text.split("\n");
    if (text.length > limits.size || lines.length > limits.lines) {
      this.#wrong({ file: this.#file, line: 1, column: 1 }, "the policy is too large: nothing of it counts");
      return this.#result();
    }
    for (const [index, line] of lines.entries()) this.#line(words(line, this.#file, index + 1));
    for (const way of this.#ways.values()) {
      for (const { name, at } of way.next.values()) {
        if (name.toLowerCase() !== "error" && !this.#known(name)) this.#wrong(at, `there is no section [cfg ${name}]`);
      }
    }
    for (const { text, at } of this.#starts) {
      if (!this.#known(text)) this.#wrong(at, `there is no section [cfg ${text}]`);
    }
    return this.#result();
  }

  #known(name: string): boolean {
    return this.#ways.has(name.toLowerCase()) || name.toLowerCase() in builtIn;
  }

  #result(): Policy {
    return { rules: this.#rules, ways: this.#ways, diagnostics: this.#diagnostics };
  }

  #wrong(at: Position, message: string): undefined {
    this.#diagnostics.push({ severity: "error", message, at, refuses: [] });
  }

  #line(line: Word[]): undefined {
    const [first] = line;
    if (first === undefined) return;
    if (!first.text.startsWith("[")) return this.#directive(line);
    this.#rule = undefined;
    this.#way = undefined;
    const end = line.findIndex(({ text }) => text.endsWith("]"));
    if (end < 0) return this.#wrong(first.at, "the section's head has no ]");
    const head = line
      .slice(0, end + 1)
      .map(({ text, at }) => ({ text: text.replace(/^\[/, "").replace(/\]$/, ""), at }))
      .filter(({ text }) => text !== "");
    this.#head(first.at, head);
    if (line.length > end + 1) this.#directive(line.slice(end + 1));
  }

  #head(at: Position, [kind, ...rest]: Word[]): undefined {
    const right = rights.find((name) => name === kind?.text);
    if (right) return this.#openRule(right, rest);
    const [name] = rest;
    if (kind?.text !== "cfg" || name === undefined || rest.length > 1) {
      return this.#wrong(at, `a section is [cfg NAME] or one of ${rights.join(", ")} with names of interfaces`);
    }
    const key = name.text.toLowerCase();
    if (this.#ways.has(key)) return this.#wrong(name.at, `[cfg ${name.text}] stands there twice`);
    this.#way = { name: name.text, method: builtIn[key] ?? "", options: [], next: new Map(), at };
    this.#ways.set(key, this.#way);
  }

  #openRule(right: Right, interfaces: Word[]): undefined {
    this.#rule = { right, interfaces: interfaces.map(({ text }) => text), allow: [], startAt: "", prerequisites: [] };
    this.#rules.push(this.#rule);
  }

  #directive([first, ...rest]: Word[]): undefined {
    if (first === undefined) return;
    if (this.#rule) return this.#ruleDirective(this.#rule, first, rest);
    if (this.#way) return this.#wayDirective(this.#way, first, rest);
    this.#wrong(first.at, "it stands in no section");
  }

  #ruleDirective(rule: Open<Rule>, { text, at }: Word, rest: Word[]): undefined {
    const [one, two] = rest;
    if (text === "allow" && one) rule.allow.push(...rest.flatMap((word) => word.text.split(",").filter(Boolean)));
    else if (text === "startat" && one && rest.length === 1 && rule.right === "IFUP") {
      rule.startAt = one.text;
      this.#starts.push(one);
    } else if (text === "prereq" && one?.text === "ifup" && two && rule.right === "IFUP") {
      rule.prerequisites.push(...rest.slice(1).map((word) => ({ name: word.text, at: word.at })));
    } else
      this.#wrong(
        at,
        `[${rule.right}] knows allow WHO…${rule.right === "IFUP" ? ", startat WAY, prereq ifup NAME…" : ""}`,
      );
  }

  #wayDirective(way: OpenWay, { text, at }: Word, rest: Word[]): undefined {
    const value = rest.map((word) => word.text).join(" ");
    if (/^[A-Z]+(,[A-Z]+)*$/.test(text)) {
      const [next] = rest;
      if (next === undefined || rest.length > 1) return this.#wrong(at, `${text} is followed by the name of one way`);
      for (const word of text.split(",")) {
        const outcome = outcomeWords[word];
        if (outcome) way.next.set(outcome, { name: next.text, at: next.at });
        else this.#wrong(at, `${word} is no outcome; there are ${Object.keys(outcomeWords).join(", ")}`);
      }
    } else if (text === "method" && rest.length === 1) way.method = value;
    else if (value === "") this.#wrong(at, `${text} has no value`);
    else if (!(way.method === "eni" && text === "file")) way.options.push({ name: text, value, at } satisfies Option);
  }
}

function words(line: string, file: string, number: number): Word[] {
  const all = Array.from(line.matchAll(/\S+/g), (match) => ({
    text: match[0],
    at: { file, line: number, column: match.index + 1 },
  }));
  const comment = all.findIndex(({ text }) => text.startsWith("#"));
  return comment < 0 ? all : all.slice(0, comment);
}
