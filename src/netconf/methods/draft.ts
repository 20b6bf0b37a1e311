/** A Wanted in the making: what methods, links and common options write into. */

import { isDeepStrictEqual } from "node:util";
import { type Diagnostic, type Option, type Position, place } from "../interfaces/configuration.ts";
import { addressKey, type Family, type LinkValue, type Route, type Rule, routeKey, ruleKey } from "../kernel/state.ts";
import type { LinkSettings, NewAddress } from "../kernel/step.ts";
import { nothing, type Wanted } from "../plan/wanted.ts";
import type { Context } from "./context.ts";
import { type Reader, Unfit } from "./value.ts";

export class Draft {
  readonly wanted: Wanted;
  readonly diagnostics: Diagnostic[] = [];
  readonly context: Context;
  /** It goes by the links that there are. */
  looked = false;
  /** The interface's physical name; of an alias `eth0:1` as well. */
  readonly name: string;
  /** What addresses are put on: the name without `:1`. */
  readonly device: string;
  /** Label of its IPv4 addresses, when it is an alias. */
  readonly label: string;

  constructor(name: string, context: Context) {
    this.name = name;
    const look = () => {
      this.looked = true;
      return context.links;
    };
    const { stanzas, tables, seed, known } = context;
    this.context = {
      ...{ stanzas, tables, seed, known },
      get links() {
        return look();
      },
    };
    this.device = name.replace(/:.*/s, "");
    this.label = name === this.device ? "" : name;
    this.wanted = nothing(name);
  }

  /** The interface cannot be configured because of it. */
  error(at: Position, message: string): void {
    this.#note({ severity: "error", message, at, refuses: [this.name] });
  }

  warning(at: Position, message: string): void {
    this.#note({ severity: "warning", message, at, refuses: [] });
  }

  /** Once, however many addresses an option is read for. */
  #note(diagnostic: Diagnostic): void {
    const { at } = diagnostic;
    const message = shown(diagnostic.message, 400);
    const known = this.diagnostics.some((other) => other.message === message && place(other.at) === place(at));
    if (!known) this.diagnostics.push({ ...diagnostic, message });
  }

  /** Undefined: the option is absent, or it was wrong, which is noted. */
  read<Value>(option: Option | undefined, reader: Reader<Value>): Value | undefined {
    return option && this.part(option, option.value.trim(), reader);
  }

  /** Of a part of the option's value. */
  part<Value>(option: Option, text: string, reader: Reader<Value>): Value | undefined {
    try {
      return reader(text);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      this.error(option.at, `${option.name} "${shown(text)}": ${error.message}`);
      return undefined;
    }
  }

  set<Name extends keyof LinkSettings>(name: Name, value: LinkSettings[Name] | undefined, at: Position): void {
    if (value === undefined || this.label) return;
    const { is, lines } = this.wanted.settings;
    this.wanted.settings = { is: { ...is, [name]: value }, at, from: "configuration", lines: { ...lines, [name]: at } };
  }

  /** It is up, for all we know; a stanza may say otherwise. */
  up(at: Position): void {
    if (this.wanted.settings.is.up === undefined) this.set("up", true, at);
  }

  link(kind: string, at: Position, rest: { lower?: string; peer?: string; data?: Data } = {}): void {
    const { lower = "", peer = "", data = {} } = rest;
    const values = Object.fromEntries(Object.entries(data).map(([name, { is }]) => [name, is]));
    const lines = Object.fromEntries(Object.entries(data).map(([name, { at }]) => [name, at]));
    this.wanted.link = { is: { kind, lower, peer, data: values }, at, from: "configuration", lines };
    if (lower) this.requires(at, lower);
  }

  requires(at: Position, ...names: readonly string[]): void {
    const { wanted, device, label } = this;
    for (const name of names) {
      if ((name === device && !label) || wanted.requires.includes(name)) continue;
      wanted.requires.push(name);
      wanted.requiresAt = { ...wanted.requiresAt, [name]: at };
    }
  }

  address(address: Omit<NewAddress, "device" | "label" | "protocol">, at: Position): void {
    const label = address.family === 4 ? this.label : "";
    const is: NewAddress = { ...address, device: this.device, label, protocol: 0 };
    const known = this.wanted.addresses.find((other) => addressKey(other.is) === addressKey(is));
    if (!known) this.wanted.addresses.push({ is, at, from: "configuration" });
    else if (!isDeepStrictEqual(known.is, is)) {
      this.warning(
        at,
        `${is.address}/${is.prefix} has no effect a second time: it stands at ${place(known.at!)}, and differs`,
      );
    }
  }

  route(is: Route, at: Position): void {
    const known = this.wanted.routes.find((other) => routeKey(other.is) === routeKey(is));
    if (!known) this.wanted.routes.push({ is, at, from: "configuration" });
    else if (!isDeepStrictEqual(known.is, is)) {
      const to = `${is.destination}/${is.prefix}`;
      this.warning(at, `a route to ${to} of the same metric stands at ${place(known.at!)}: that one counts`);
    }
  }

  rule(is: Rule, at: Position): void {
    const known = this.wanted.rules.some((other) => ruleKey(other.is) === ruleKey(is));
    if (!known) this.wanted.rules.push({ is, at, from: "configuration" });
  }

  /** `net/ipvN/conf/DEVICE/NAME`; the last one counts. */
  sysctl(family: Family | "mpls", name: string, value: string | number, at: Position): void {
    if (this.label) return;
    const protocol = family === "mpls" ? family : `ipv${family}`;
    const key = [protocol, "conf", this.device, name];
    const others = this.wanted.sysctls.filter(({ is }) => is.key.join("/") !== key.join("/"));
    this.wanted.sysctls = [...others, { is: { key, value: String(value) }, at, from: "configuration" }];
  }
}

/** Values of a link's kind, each with its line. */
export type Data = Readonly<Record<string, { is: LinkValue; at: Position }>>;

/** Fit for a terminal: without what steers it, and not longer than this, nor any word of it than 60. */
function shown(text: string, limit = 60): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}]/gu, "\ufffd").replace(/\S{61,}/g, (word) => `${word.slice(0, 59)}…`);
  return plain.length > limit ? `${plain.slice(0, limit - 1)}…` : plain;
}
