/** A host for ifup, ifdown and ifquery that is only in memory. */
import { runFace, type Scene } from "../../../src/netconf/classic/face.ts";
import type { Face } from "../../../src/netconf/classic/invocation.ts";
import type { Operation } from "../../../src/netconf/classic/operate.ts";
import type { States } from "../../../src/netconf/classic/rehearsal.ts";
import type { Device } from "../../../src/netconf/interfaces/pattern.ts";
import { memoryFiles } from "../interfaces/files.ts";

export interface Ran {
  exit: number;
  out: string[];
  err: string[];
}

export class Host {
  /** Which interfaces are up, and as what, as ifstate has them. */
  readonly up = new Map<string, string>();
  private readonly was = new Set<string>();
  /** What was to be done for real. */
  readonly asked: Operation[] = [];
  private readonly changes: Partial<Scene>;

  constructor(changes: Partial<Scene> = {}) {
    this.changes = changes;
  }

  async run(face: Face, ...words: string[]): Promise<Ran> {
    const out: string[] = [];
    const err: string[] = [];
    const states: States = {
      list: () => Array.from(this.up, ([physical, logical]) => ({ physical, logical })),
      of: (name) => this.up.get(name) ?? (this.was.has(name) ? "" : undefined),
      set: async (name, logical) => {
        this.was.add(name);
        if (logical === undefined) this.up.delete(name);
        else this.up.set(name, logical);
      },
    };
    const scene: Scene = {
      files: memoryFiles({}),
      defaults: { interfaces: "/etc/network/interfaces", stateDir: "/run/network" },
      devices: () => [],
      states: () => states,
      former: () => undefined,
      has: (program) => program === "dhclient",
      runMapping: async () => "",
      operate: async (operation) => {
        this.asked.push(operation);
        return operation.named.map(({ physical, logical = physical }) => ({
          physical,
          logical,
          outcome: "done" as const,
          reason: operation.action === "down" && !this.up.has(physical) ? "it is not configured" : "",
        }));
      },
      out: (line) => out.push(line),
      err: (line) => err.push(line),
      signal: new AbortController().signal,
      ...this.changes,
    };
    return { exit: await runFace(face, words, scene), out, err };
  }
}

/** A host with that configuration. */
export function hostWith(text: string, changes: Partial<Scene> = {}, others: Record<string, string> = {}): Host {
  return new Host({ files: memoryFiles({ "/etc/network/interfaces": text, ...others }), ...changes });
}

export function device(name: string, address = "", attributes: Record<string, string> = {}): Device {
  return { name, address, attribute: (file) => attributes[file] };
}
