/**
 * `ifup --no-act` and `ifdown --no-act`: what ifupdown 0.8.41 would run, line by line and in its order, on standard error.
 */

import { Problem } from "../../problem.ts";
import { allOptions, type Configuration, type Stanza, stanzasOf } from "../interfaces/configuration.ts";
import { matches } from "../interfaces/glob.ts";
import { type MappingRunner, mapName } from "../interfaces/mapping.ts";
import type { Named } from "../interfaces/pattern.ts";
import { isKnown, loopback, vlanOf } from "./definitions.ts";
import type { Invocation } from "./invocation.ts";
import type { Asked, Line } from "./method.ts";
import { ownLines } from "./own-lines.ts";
import { methodOf, settled } from "./settled.ts";
import type { Phase, Variables } from "./variables.ts";

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

export class Rehearsal {
  private readonly stage: Stage;
  /** Those that wait for what they require. */
  private readonly busy = new Set<string>();

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
    const good = (await this.required(physical, stanzas)) && this.stanzasUp(physical, stanzas);
    if (!good) this.say(`failed to bring up ${name}`);
    await this.record(physical, good ? name : undefined);
    return good;
  }

  /** ifupdown-ng's: what an interface requires comes up before it. */
  private async required(physical: string, stanzas: readonly Stanza[]): Promise<boolean> {
    const { configuration, states, invocation } = this.stage;
    const words = stanzas
      .flatMap((stanza) => allOptions(stanza, "requires"))
      .flatMap(({ value }) => value.split(/\s+/));
    for (const name of words.filter(Boolean)) {
      if (!isKnown(configuration, name) || (states.of(name) && !invocation.force)) continue;
      if (this.busy.has(name)) {
        this.say(`recursion detected for interface ${name} in pre-up phase`);
        return false;
      }
      this.busy.add(physical);
      const good = await this.bringUp({ physical: name, logical: undefined });
      this.busy.delete(physical);
      if (!good) return false;
    }
    return true;
  }

  /** @returns false: one of them cannot be done; why has been told */
  private stanzasUp(physical: string, stanzas: readonly Stanza[]): boolean {
    try {
      return stanzas.every((stanza) => this.stanzaUp(physical, stanza, stanzas));
    } catch (error) {
      this.say(Problem.from(error).message);
      return false;
    }
  }

  private async record(physical: string, logical: string | undefined): Promise<void> {
    if (this.stage.invocation.noAct === "commands") await this.stage.states.set(physical, logical);
  }

  private stanzaUp(physical: string, stanza: Stanza, stanzas: readonly Stanza[]): boolean {
    this.configuring(physical, stanza);
    const variables = this.variables(physical, stanza);
    // All of it must be possible before anything of it is done.
    const lines: string[] = [];
    const possible = this.lines(physical, stanza, stanzas, "up").every((line) =>
      this.tried(line, variables, (text) => lines.push(text)),
    );
    if (!possible) {
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
    for (const stanza of stanzas) this.stanzaDown(physical, stanza, stanzas);
    this.link(physical, first, "down");
    await this.record(physical, undefined);
    return true;
  }

  private stanzaDown(physical: string, stanza: Stanza, stanzas: readonly Stanza[]): void {
    this.configuring(physical, stanza);
    const variables = this.variables(physical, stanza);
    const down = this.lines(physical, stanza, stanzas, "down");
    // As when it goes up, all of it is looked at first; what lacks then stops nothing.
    down.every((line) => this.tried(line, variables, () => undefined));
    this.scripts("down", stanza.name);
    this.show(variables.commands("down"));
    for (const line of down) this.tried(line, variables, (text) => this.show([text]));
    this.scripts("post-down", stanza.name);
    this.show(variables.commands("post-down"));
  }

  /** Those of its method; all that are ifupdown-ng's together are done with the first of them. */
  private lines(physical: string, stanza: Stanza, stanzas: readonly Stanza[], way: "up" | "down"): readonly Line[] {
    if (stanza.family !== "") return methodOf(stanza)[way];
    const own = stanzas.filter(({ family }) => family === "");
    return stanza === own[0] ? ownLines(this.stage.configuration, physical, own, way).map((line) => () => line) : [];
  }

  /** @returns false: what it needs is missing, and has been told */
  private tried(line: Line, variables: Variables, act: (text: string) => void): boolean {
    const { text, lacking } = this.line(line, variables);
    for (const name of lacking) this.say(`missing required variable: ${name}`);
    if (lacking.length === 0) act(text);
    return lacking.length === 0;
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

  private line(line: Line, variables: Variables): { text: string; lacking: string[] } {
    const lacking: string[] = [];
    const { iface } = variables;
    const get = (name: string) => variables.get(name);
    const asked: Asked = {
      iface,
      get,
      given: (before, name) => (get(name) === undefined ? "" : `${before}${get(name)}`),
      need(name) {
        const value = get(name);
        if (value === undefined) lacking.push(name);
        return value ?? "";
      },
      has: this.stage.has,
      own: !vlanOf(iface) && !iface.includes(":"),
      all: this.stage.invocation.all,
    };
    return { text: line(asked), lacking };
  }

  private configuring(physical: string, { name, family }: Stanza): void {
    if (this.stage.invocation.verbose) this.say(`configuring interface ${physical}=${name} (${family || "inet"})`);
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
