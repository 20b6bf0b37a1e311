/** ifup, ifdown and ifquery: what they say and how they end, as ifupdown 0.8.41 (ifup(8)). */
import { Problem } from "../../problem.ts";
import { type Configuration, stanzasOf } from "../interfaces/configuration.ts";
import type { Files } from "../interfaces/files.ts";
import { type MappingRunner, mapName } from "../interfaces/mapping.ts";
import { loadConfiguration, parseConfiguration } from "../interfaces/parser.ts";
import type { Device, Named } from "../interfaces/pattern.ts";
import { act } from "./act.ts";
import { isKnown, type Rename, renamesOf, Selection, withLoopback } from "./definitions.ts";
import { type Answer, type Face, hint, type Invocation, readInvocation } from "./invocation.ts";
import type { Operate } from "./operate.ts";
import { Rehearsal, type States } from "./rehearsal.ts";
import { settled } from "./settled.ts";

/** What the faces need of the world. */
export interface Scene {
  files: Files;
  /** Where nothing else is said. */
  defaults: { interfaces: string; stateDir: string };
  devices(): readonly Device[];
  states(folder: string): States;
  /** What is in force in place of the file of the settings, and why (an apply was taken back). */
  former(): { configuration: Configuration; why: string } | undefined;
  /** Whether a program is installed. */
  has(program: string): boolean;
  runMapping: MappingRunner;
  operate: Operate;
  out(line: string): void;
  err(line: string): void;
  signal: AbortSignal;
}

/** @returns the exit code: 0, or 1 when anything failed */
export async function runFace(face: Face, argv: readonly string[], scene: Scene): Promise<number> {
  const invocation = readInvocation(face, argv);
  if ("exit" in invocation) return answer(face, invocation, scene);
  try {
    return await new Run(invocation, scene).go();
  } catch (error) {
    scene.err(`${face}: ${Problem.from(error).message}`);
    return 1;
  }
}

function answer(face: Face, { stdout, stderr, exit }: Answer, scene: Scene): number {
  if (stdout !== undefined) scene.out(stdout);
  if (stderr !== undefined) scene.err(`${face}: ${stderr}`);
  if (exit !== 0) scene.err(`${face}: ${hint}`);
  return exit;
}

class Run {
  private readonly invocation: Invocation;
  private readonly scene: Scene;
  private readonly states: States;

  constructor(invocation: Invocation, scene: Scene) {
    this.invocation = invocation;
    this.scene = scene;
    this.states = scene.states(invocation.stateDir ?? scene.defaults.stateDir);
    if (invocation.readEnvironment) this.readEnvironment(scene.files.environment);
  }

  async go(): Promise<number> {
    const { face, state, list } = this.invocation;
    if (state) return this.showState();
    const configuration = this.configuration();
    if (!configuration) return 1;
    const devices = this.scene.devices();
    const renames = renamesOf(configuration, devices);
    const selection = new Selection(configuration, devices, renames, this.invocation);
    if (face === "ifquery") {
      const named = selection.named([]);
      return list ? this.showList(configuration, named) : this.show(configuration, named);
    }
    return (await this.act(configuration, selection, renames)) ? 0 : 1;
  }

  /** What networking.service leaves to `/etc/default/networking`. */
  private readEnvironment(environment: Files["environment"]): void {
    const { CONFIGURE_INTERFACES, EXCLUDE_INTERFACES = "", VERBOSE } = environment;
    if (VERBOSE === "yes") this.invocation.verbose = true;
    if (CONFIGURE_INTERFACES === "no") this.invocation.noAct = "all";
    this.invocation.exclude.push(...EXCLUDE_INTERFACES.split(/\s+/).filter(Boolean));
  }

  /** Undefined: it is refused whole, and why has been said. What is wrong in a sourced file ends that file alone. */
  private configuration(): Configuration | undefined {
    const { files, defaults } = this.scene;
    // Who looks, looks at the file; who names one, means it.
    const { face, interfaces } = this.invocation;
    const former = face === "ifquery" || interfaces !== undefined ? undefined : this.scene.former();
    if (former) {
      this.say(former.why);
      return former.configuration;
    }
    const path = this.invocation.interfaces ?? defaults.interfaces;
    let read: Configuration;
    try {
      read = loadConfiguration(path, files, { strict: true });
    } catch (error) {
      const { code, message } = Problem.from(error);
      const isMissing = code === "missing" || code === "permission";
      this.say(isMissing ? `couldn't open interfaces file "${path}": ${message}` : `${path}: ${message}`);
      if (!isMissing) return this.refuse(path);
      // As the model: nothing is configured, then, but what needs no configuration.
      read = parseConfiguration("", path, files);
    }
    if (this.invocation.verbose) for (const file of read.files) this.say(`parsing file ${file}`);
    for (const { at, message } of read.diagnostics) this.say(`${at.file}:${at.line}: ${message}`);
    if (read.diagnostics.some(({ severity, at }) => severity === "error" && at.file === path)) return this.refuse(path);
    return this.invocation.loopback ? withLoopback(read) : read;
  }

  private refuse(path: string): undefined {
    this.say(`couldn't read interfaces file "${path}"`);
    return undefined;
  }

  private showState(): number {
    const { words } = this.invocation;
    const up = this.states.list();
    const show = ({ physical, logical = physical }: Named) => this.scene.out(`${physical}=${logical}`);
    if (words.length === 0) up.toReversed().forEach(show);
    const asked = words.map((name) => up.find(({ physical }) => physical === name));
    for (const one of asked) if (one) show(one);
    return asked.every(Boolean) ? 0 : 1;
  }

  private showList(configuration: Configuration, named: readonly Named[]): number {
    let exit = 0;
    for (const { physical, logical = physical } of named) {
      if (isKnown(configuration, logical)) this.scene.out(physical);
      else {
        // The model has nothing to say of one that it has seen up.
        if (this.states.of(physical) === undefined) this.say(`unknown interface ${logical}`);
        exit = 1;
      }
    }
    return exit;
  }

  private async show(configuration: Configuration, named: readonly Named[]): Promise<number> {
    const { options, verbose } = this.invocation;
    let exit = 0;
    for (const { physical, logical = physical } of named) {
      if (!isKnown(configuration, logical)) {
        this.say(`unknown interface ${this.states.of(physical) === undefined ? logical : physical}`);
        exit = 1;
        continue;
      }
      const name = await this.mapped(configuration, physical, logical);
      const stanzas = name === undefined ? [] : stanzasOf(configuration, name);
      if (stanzas.length === 0) exit = 1;
      if (stanzas.length === 0 && name !== undefined) this.say(`unknown interface ${physical}`);
      for (const stanza of stanzas) {
        if (verbose) this.say(`querying interface ${physical}=${name} (${stanza.family})`);
        for (const { name, value } of settled(physical, stanza, options).list) this.scene.out(`${name}: ${value}`);
      }
    }
    return exit;
  }

  private async mapped(configuration: Configuration, physical: string, logical: string): Promise<string | undefined> {
    if (!this.invocation.mappings) {
      if (this.invocation.verbose) this.say(`not running mapping scripts for ${physical}`);
      return logical;
    }
    try {
      return await mapName(configuration, physical, this.scene.runMapping, logical, (script, name) => {
        if (this.invocation.verbose) this.say(`running mapping script ${script} on ${name}`);
      });
    } catch (error) {
      this.say(Problem.from(error).message);
      return undefined;
    }
  }

  private async act(configuration: Configuration, selection: Selection, renames: readonly Rename[]): Promise<boolean> {
    const { invocation, scene, states } = this;
    const { face, noAct } = invocation;
    const named = selection.named(states.list());
    if (noAct) {
      const { has, runMapping } = scene;
      const show = (line: string) => {
        if (noAct === "all" || invocation.verbose) scene.err(line);
      };
      const rehearsal = new Rehearsal({
        invocation,
        configuration,
        states,
        has,
        runMapping,
        show,
        permits: (name) => selection.permits(name),
        print: scene.err,
      });
      if (face === "ifdown") return rehearsal.down(named);
      for (const { from, to } of renames) show(`ip link set ${from} name ${to}`);
      return rehearsal.up(named);
    }
    return act(invocation, { configuration, named, renames, states }, scene);
  }

  private say(text: string): void {
    this.scene.err(`${this.invocation.face}: ${text}`);
  }
}
