/**
 * `ifup --no-act` and `ifdown --no-act`: what ifupdown 0.8.41 would run, line by line and in its order, on standard error.
 */

import { Problem } from "../../problem.ts";
import { type Configuration, type Stanza, stanzasOf } from "../interfaces/configuration.ts";
import { matches } from "../interfaces/glob.ts";
import { type MappingRunner, mapName } from "../interfaces/mapping.ts";
import type { Named } from "../interfaces/pattern.ts";
import { isKnown, loopback, vlanOf } from "./definitions.ts";
import type { Invocation } from "./invocation.ts";
import type { Asked, Line } from "./method.ts";
import { methods } from "./methods.ts";
import { type Phase, Variables } from "./variables.ts";

/** Which interfaces are up, and as what. */
export interface States {
  list(): readonly string[];
  /** Logical name; undefined: it is not up. */
  of(physical: string): string | undefined;
  /** @param logical undefined: it is down */
  set(physical: string, logical: string | undefined): Promise<void>;
}

export interface Stage {
  invocation: Invocation;
  configuration: Configuration;
  states: States;
  /** Whether a program is installed. */
  has(program: string): boolean;
  runMapping: MappingRunner;
  /** A line of standard error. */
  print(line: string): void;
}

/** A line lacks these. */
class Lacking extends Error {
  readonly names: readonly string[];
  constructor(names: readonly string[]) {
    super();
    this.names = names;
  }
}

export class Rehearsal {
  private readonly stage: Stage;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** @returns false: something failed */
  async up(named: readonly Named[]): Promise<boolean> {
    const { all } = this.stage.invocation;
    if (all) this.scripts("pre-up", "");
    let good = true;
    for (const one of named) good = (await this.bringUp(one)) && good;
    if (all) this.scripts("up", "");
    return good;
  }

  async down(named: readonly Named[]): Promise<boolean> {
    const { all } = this.stage.invocation;
    if (all) this.scripts("down", "");
    let good = true;
    for (const one of named) good = (await this.takeDown(one)) && good;
    if (all) this.scripts("post-down", "");
    return good;
  }

  private async bringUp({ physical, logical = physical }: Named): Promise<boolean> {
    const { configuration, invocation, states } = this.stage;
    if (states.of(physical) !== undefined && !invocation.force) {
      this.say(`interface ${physical} already configured`);
      return true;
    }
    if (!isKnown(configuration, { physical, logical })) {
      this.say(`unknown interface ${logical}`);
      return false;
    }
    const vlan = vlanOf(physical);
    if (vlan && isKnown(configuration, { physical: vlan.lower, logical: undefined })) {
      const lower = { physical: vlan.lower, logical: undefined };
      const isUp = states.of(vlan.lower) !== undefined && !invocation.force;
      if (!isUp && !(await this.bringUp(lower))) {
        this.say(`could not bring up parent interface ${vlan.lower}`);
        return false;
      }
    }
    const name = await this.map({ physical, logical });
    if (name === undefined) return false;
    const stanzas = stanzasOf(configuration, name);
    const [first] = stanzas;
    if (!first) {
      this.say(`ignoring unknown interface ${physical}=${name}`);
      return true;
    }
    this.link(physical, first, "up");
    const good = stanzas.every((stanza) => this.stanzaUp(physical, stanza));
    if (!good) this.say(`failed to bring up ${physical}`);
    if (invocation.noAct === "commands") await states.set(physical, good ? name : undefined);
    return good;
  }

  private stanzaUp(physical: string, stanza: Stanza): boolean {
    this.configuring(physical, stanza);
    const variables = this.variables(physical, stanza);
    const { up } = methodOf(stanza);
    // All of it must be possible before anything of it is done.
    const lines: string[] = [];
    try {
      if (stanza !== loopback) for (const line of up) lines.push(this.line(line, variables));
    } catch (error) {
      if (!(error instanceof Lacking)) throw error;
      this.lacking(error);
      this.say(`missing required configuration variables for interface ${physical}/${stanza.family}`);
      return false;
    }
    this.print(variables.commands("pre-up"));
    this.scripts("pre-up", stanza.name);
    this.print(lines);
    this.print(variables.commands("up"));
    this.scripts("up", stanza.name);
    return true;
  }

  private async takeDown({ physical, logical = physical }: Named): Promise<boolean> {
    const { configuration, invocation, states } = this.stage;
    const recorded = states.of(physical);
    if (recorded === undefined && !isKnown(configuration, { physical, logical })) {
      this.say(`unknown interface ${logical}`);
      return false;
    }
    if (recorded === undefined && !invocation.force) {
      if (!invocation.all) this.say(`interface ${physical} not configured`);
      return true;
    }
    const name = recorded ?? (await this.map({ physical, logical }));
    if (name === undefined) return false;
    const stanzas = stanzasOf(configuration, name);
    const [first] = stanzas;
    if (!first) {
      this.say(`ignoring unknown interface ${physical}=${name}`);
      return true;
    }
    const above = new Set(configuration.stanzas.map((stanza) => stanza.name).filter((one) => isAbove(one, physical)));
    for (const one of above) {
      if (states.of(one) !== undefined || invocation.force) await this.takeDown({ physical: one, logical: undefined });
    }
    for (const stanza of stanzas) this.stanzaDown(physical, stanza);
    this.link(physical, first, "down");
    if (invocation.noAct === "commands") await states.set(physical, undefined);
    return true;
  }

  private stanzaDown(physical: string, stanza: Stanza): void {
    this.configuring(physical, stanza);
    const variables = this.variables(physical, stanza);
    this.scripts("down", stanza.name);
    this.print(variables.commands("down"));
    for (const line of stanza === loopback ? [] : methodOf(stanza).down) {
      try {
        this.print([this.line(line, variables)]);
      } catch (error) {
        if (!(error instanceof Lacking)) throw error;
        this.lacking(error);
      }
    }
    this.scripts("post-down", stanza.name);
    this.print(variables.commands("post-down"));
  }

  /** What is done to the link itself: a VLAN is made before and deleted after all else. */
  private link(physical: string, stanza: Stanza, way: "up" | "down"): void {
    const vlan = vlanOf(physical);
    const isAlias = physical.includes(":");
    if (stanza === loopback) this.print([`ip link set ${way} dev ${physical} 2>/dev/null`]);
    else if (vlan && way === "up") {
      this.print([`ip link set up dev ${vlan.lower}`]);
      this.print([`ip link add link ${vlan.lower} name ${vlan.device} type vlan id ${vlan.id}`]);
    } else if (vlan && !isAlias) this.print([`ip link del ${vlan.device}`]);
    const description = this.variables(physical, stanza).get("description");
    if (description && way === "up") this.print([`ip link set ${physical.replace(/:.*/, "")} alias "${description}"`]);
  }

  private async map({ physical, logical }: Named): Promise<string | undefined> {
    const { configuration, invocation, runMapping } = this.stage;
    if (!invocation.mappings) {
      if (invocation.verbose) this.say(`not running mapping scripts for ${physical}`);
      return logical ?? physical;
    }
    try {
      return await mapName(configuration, physical, runMapping, logical);
    } catch (error) {
      this.say(Problem.from(error).message);
      return undefined;
    }
  }

  private variables(physical: string, stanza: Stanza): Variables {
    return settled(physical, stanza, this.stage.invocation.options);
  }

  private line(line: Line, variables: Variables): string {
    const names: string[] = [];
    const { iface } = variables;
    const get = (name: string) => variables.get(name);
    const asked: Asked = {
      iface,
      get,
      given: (before, name) => (get(name) === undefined ? "" : `${before}${get(name)}`),
      need(name) {
        const value = get(name);
        if (value === undefined) names.push(name);
        return value ?? "";
      },
      has: this.stage.has,
      own: !vlanOf(iface) && !iface.includes(":"),
      all: this.stage.invocation.all,
    };
    const text = line(asked);
    if (names.length > 0) throw new Lacking(names);
    return text;
  }

  private lacking({ names }: Lacking): void {
    for (const name of names) this.say(`missing required variable: ${name}`);
  }

  private configuring(physical: string, { name, family }: Stanza): void {
    if (this.stage.invocation.verbose) this.say(`configuring interface ${physical}=${name} (${family})`);
  }

  private scripts(phase: Phase, logical: string): void {
    const { invocation, configuration } = this.stage;
    if (!invocation.scripts) return;
    if (logical !== "" && configuration.noScripts.some((pattern) => matches(pattern, logical))) return;
    const { face, ignoreErrors, verbose } = invocation;
    const strict = face === "ifup" && !ignoreErrors ? "--exit-on-error " : "";
    this.print([`run-parts ${strict}${verbose ? "--verbose " : ""}/etc/network/if-${phase}.d`]);
  }

  private print(lines: readonly string[]): void {
    for (const line of lines) if (line !== "") this.stage.print(line);
  }

  private say(text: string): void {
    this.stage.print(`${this.stage.invocation.face}: ${text}`);
  }
}

/** The options of a stanza, those of the command line among them, as its method changes and completes them. */
export function settled(physical: string, stanza: Stanza, options: Invocation["options"]): Variables {
  const variables = new Variables(physical, stanza);
  for (const [name, value] of options) {
    if (value === "") variables.remove(name);
    else variables.set(name, value);
  }
  for (const settle of methodOf(stanza).settle ?? []) settle(variables);
  return variables;
}

function methodOf({ family, method }: Stanza) {
  const known = family === "" || family === "link" ? undefined : methods[family][method];
  return known ?? { up: [], down: [] };
}

function isAbove(name: string, physical: string): boolean {
  return name.startsWith(`${physical}.`);
}
