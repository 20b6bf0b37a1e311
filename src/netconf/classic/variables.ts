/** Options of a stanza as ifupdown 0.8.41 has them while it works: one value each, changed and completed by the method. */
import { type Option, optionKey, type Stanza } from "../interfaces/configuration.ts";

export type Phase = "pre-up" | "up" | "down" | "post-down";

/** Names under which commands are written, and the phase that each belongs to. */
const phases: Record<string, Phase> = {
  "pre-up": "pre-up",
  up: "up",
  "post-up": "up",
  down: "down",
  "pre-down": "down",
  "post-down": "post-down",
};

export interface Variable {
  name: string;
  value: string;
}

export function isCommand({ name }: Pick<Option, "name">): boolean {
  return Object.hasOwn(phases, name);
}

export class Variables {
  /** Physical name. */
  readonly iface: string;
  /** In the order in which `ifquery` prints them, commands under the name of their phase. */
  readonly list: Variable[] = [];

  constructor(iface: string, { options }: Pick<Stanza, "options">) {
    this.iface = iface;
    for (const { name, value } of options) {
      const phase = phases[name];
      const known = phase ? undefined : this.find(name);
      // What is given several times is one value of several lines.
      if (known) known.value += `\n${value}`;
      else this.list.push({ name: phase ?? name, value });
    }
  }

  /** Undefined where it is not given, or empty. */
  get(name: string): string | undefined {
    return this.find(name)?.value || undefined;
  }

  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /** Changes it where it stands, or puts it at the end. Commands are added. */
  set(name: string, value: string): void {
    const known = isCommand({ name }) ? undefined : this.find(name);
    if (known) known.value = value;
    else this.list.push({ name: phases[name] ?? name, value });
  }

  remove(name: string): void {
    const at = this.list.findIndex((variable) => optionKey(variable.name) === optionKey(name));
    if (at >= 0) this.list.splice(at, 1);
  }

  commands(phase: Phase): string[] {
    return this.list.filter(({ name }) => name === phase).map(({ value }) => value);
  }

  private find(name: string): Variable | undefined {
    return this.list.find((variable) => optionKey(variable.name) === optionKey(name));
  }
}
