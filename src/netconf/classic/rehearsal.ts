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
import type { Asked, Line, Method } from "./method.ts";
import { methods } from "./methods.ts";
import { type Phase, Variables } from "./variables.ts";

/** Which interfaces are up, and as what. */
export interface States {
  list(): readonly Named[];
  /** Logical name; "": it was up once, and is down; undefined: it never was. */
  of(physical: string): string | undefined;
  /** @param logical undefined: it is down */
  set(physical: string, logical: string | undefined): Promise<void>;
}

export interface Stage {
  invocation: Invocation;
  configuration: Configuration;
  states: States;
  /** Whether an interface may come or go along with another. */
  permits(name: string): boolean;
  /** Whether a program is installed. */
  has(program: string): boolean;
  runMapping: MappingRunner;
  /** What would be run. */
  show(line: string): void;
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
    const { all, allow = "auto" } = this.stage.invocation;
    if (all) this.scripts("pre-up", allow);
    let good = true;
    for (const one of named) good = (await this.bringUp(one)) && good;
    if (all) this.scripts("up", allow);
    return good;
  }

  async down(named: readonly Named[]): Promise<boolean> {
    const { all, allow = "auto" } = this.stage.invocation;
    if (all) this.scripts("down", allow);
    let good = true;
    for (const one of named) good = (await this.takeDown(one)) && good;
    if (all) this.scripts("post-down", allow);
    return good;
  }

  private async bringUp({ physical, logical = physical }: Named): Promise<boolean> {
    const { configuration, invocation, states } = this.stage;
    if (!isKnown(configuration, logical)) {
      this.say(`unknown interface ${logical}`);
      return false;
    }
    const vlan = vlanOf(physical);
    if (vlan && isKnown(configuration, vlan.lower) && this.stage.permits(vlan.lower)) {
      const lower = { physical: vlan.lower, logical: undefined };
      const isUp = states.of(vlan.lower) && !invocation.force;
      if (!isUp && !(await this.bringUp(lower))) {
        this.say(`could not bring up parent interface ${vlan.lower}`);
        return false;
      }
    }
    if (states.of(physical) && !invocation.force) {
      if (!invocation.all) this.say(`interface ${physical} already configured`);
      return true;
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
    if (!good) this.say(`failed to bring up ${name}`);
    await this.record(physical, good ? name : undefined);
    return good;
  }

  private async record(physical: string, logical: string | undefined): Promise<void> {
    if (this.stage.invocation.noAct === "commands") await this.stage.states.set(physical, logical);
  }

  private stanzaUp(physical: string, stanza: Stanza): boolean {
    this.configuring(physical, stanza);
    const variables = this.variables(physical, stanza);
    const { up } = methodOf(stanza);
    // All of it must be possible before anything of it is done.
    const lines: string[] = [];
    try {
      for (const line of up) lines.push(this.line(line, variables));
    } catch (error) {
      if (!(error instanceof Lacking)) throw error;
      this.lacking(error);
      this.say(`missing required configuration variables for interface ${stanza.name}/${stanza.family}`);
      return false;
    }
    this.show(variables.commands("pre-up"));
    this.scripts("pre-up", stanza.name);
    this.show(lines);
    this.show(variables.commands("up"));
    this.scripts("up", stanza.name);
    return true;
  }

  private async takeDown({ physical, logical = physical }: Named): Promise<boolean> {
    const { configuration, invocation, states } = this.stage;
    const recorded = states.of(physical);
    if (recorded === undefined && !isKnown(configuration, logical)) {
      this.say(`unknown interface ${logical}`);
      return false;
    }
    // Once for each of their stanzas, as the model: what is down already is no more work.
    for (const { name: above } of configuration.stanzas) {
      if (!above.startsWith(`${physical}.`) || !this.stage.permits(above)) continue;
      if (states.of(above) || invocation.force) await this.takeDown({ physical: above, logical: undefined });
    }
    if (!recorded && !invocation.force) {
      if (!invocation.all) this.say(`interface ${physical} not configured`);
      await this.record(physical, undefined);
      return true;
    }
    const name = invocation.force || !recorded ? logical : recorded;
    const stanzas = stanzasOf(configuration, name);
    const [first] = stanzas;
    if (!first) {
      if (!invocation.force) this.say(`ignoring unknown interface ${physical}=${name}`);
      await this.record(physical, undefined);
      return true;
    }
    for (const stanza of stanzas) this.stanzaDown(physical, stanza);
    this.link(physical, first, "down");
    await this.record(physical, undefined);
    return true;
  }

  private stanzaDown(physical: string, stanza: Stanza): void {
    this.configuring(physical, stanza);
    const variables = this.variables(physical, stanza);
    const { down } = methodOf(stanza);
    const done = (line: Line, act: (text: string) => void) => {
      try {
        act(this.line(line, variables));
        return true;
      } catch (error) {
        if (!(error instanceof Lacking)) throw error;
        this.lacking(error);
        return false;
      }
    };
    // As when it goes up, all of it is looked at first; what lacks then stops nothing.
    down.every((line) => done(line, () => undefined));
    this.scripts("down", stanza.name);
    this.show(variables.commands("down"));
    for (const line of down) done(line, (text) => this.show([text]));
    this.scripts("post-down", stanza.name);
    this.show(variables.commands("post-down"));
  }

  /** What is done to the link itself: a VLAN is made before and deleted after all else. */
  private link(physical: string, stanza: Stanza, way: "up" | "down"): void {
    const vlan = vlanOf(physical);
    const isAlias = physical.includes(":");
    if (vlan && way === "up") {
      this.show([`ip link set up dev ${vlan.lower}`]);
      this.show([`ip link add link ${vlan.lower} name ${vlan.device} type vlan id ${vlan.id}`]);
    } else if (vlan && !isAlias) this.show([`ip link del ${vlan.device}`]);
    if (stanza === loopback) this.show([`ip link set ${way} dev ${physical} 2>/dev/null`]);
    const description = this.variables(physical, stanza).get("description");
    if (description && way === "up") this.show([`ip link set ${physical.replace(/:.*/, "")} alias "${description}"`]);
  }

  private async map({ physical, logical }: Named): Promise<string | undefined> {
    const { configuration, invocation, runMapping } = this.stage;
    if (!invocation.mappings) {
      if (invocation.verbose) this.say(`not running mapping scripts for ${physical}`);
      return logical ?? physical;
    }
    try {
      return await mapName(configuration, physical, runMapping, logical, (script, name) => {
        if (invocation.verbose) this.say(`running mapping script ${script} on ${name}`);
      });
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
    if (configuration.noScripts.some((pattern) => matches(pattern, logical))) return;
    const { face, ignoreErrors, verbose } = invocation;
    const strict = face === "ifup" && !ignoreErrors ? "--exit-on-error " : "";
    this.show([`run-parts ${strict}${verbose ? "--verbose " : ""}/etc/network/if-${phase}.d`]);
  }

  private show(lines: readonly string[]): void {
    for (const line of lines) if (line !== "") this.stage.show(line);
  }

  private say(text: string): void {
    this.stage.print(`${this.stage.invocation.face}: ${text}`);
  }
}

/** The options of a stanza, those of the command line among them, as its method changes and completes them. */
export function settled(physical: string, stanza: Stanza, options: Invocation["options"]): Variables {
  const variables = new Variables(physical, stanza);
  const { defaults = {}, settle = [] } = methodOf(stanza);
  for (const [name, value] of Object.entries(defaults)) if (!variables.has(name)) variables.set(name, value);
  for (const [name, value] of options) {
    if (value === "") variables.remove(name);
    else variables.set(name, value);
  }
  for (const change of settle) change(variables);
  return variables;
}

function methodOf(stanza: Stanza): Method {
  const { family, method } = stanza;
  // The link itself is all there is of it.
  if (stanza === loopback) return { up: [], down: [] };
  const known = family === "" || family === "link" ? undefined : methods[family][method];
  return known ?? { up: [], down: [] };
}
