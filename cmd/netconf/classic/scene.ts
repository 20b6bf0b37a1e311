/** This host, as ifup, ifdown and ifquery see it. */
import { readdirSync, readFileSync } from "node:fs";
import type { Settings } from "../../../src/config/keys.ts";
import type { Scene } from "../../../src/netconf/classic/face.ts";
import type { States } from "../../../src/netconf/classic/rehearsal.ts";
import { formerHere } from "../../../src/netconf/here/former.ts";
import { changeIfstate, readIfstate, stateOf } from "../../../src/netconf/ifstate.ts";
import { systemFiles } from "../../../src/netconf/interfaces/files.ts";
import type { Device } from "../../../src/netconf/interfaces/pattern.ts";
import { Problem } from "../../../src/problem.ts";
import { findProgram } from "../../../src/process/program.ts";
import { run } from "../../../src/process/run.ts";

const network = "/sys/class/net";

function attributeOf(device: string, name: string): string | undefined {
  try {
    return readFileSync(`${network}/${device}/${name}`, "utf8").replace(/\n$/, "");
  } catch {
    return undefined;
  }
}

/** In the order of their numbers. */
function devices(): Device[] {
  let names: string[] = [];
  try {
    names = readdirSync(network);
  } catch {
    // no sysfs: no patterns
  }
  return names
    .map((name) => ({ name, index: Number(attributeOf(name, "ifindex") ?? Number.NaN) }))
    .filter(({ index }) => !Number.isNaN(index))
    .sort((a, b) => a.index - b.index)
    .map(({ name }) => ({
      name,
      address: attributeOf(name, "address") ?? "",
      attribute: (file) => (file.includes("/") ? undefined : attributeOf(name, file)),
    }));
}

function states(folder: string): States {
  return {
    list: () => readIfstate(folder),
    of: (physical) => stateOf(folder, physical),
    set: (physical, logical) => changeIfstate(folder, new Map([[physical, logical]])),
  };
}

async function runMapping(script: string, physical: string, input: string): Promise<string> {
  const { status, stdout, stderr } = await run([script, physical], { stdin: input });
  process.stderr.write(stderr);
  if (status === 0) return stdout;
  throw new Problem("child-failed", `${script} ended with status ${status}`);
}

export function systemScene(settings: Settings, signal: AbortSignal, operate: Scene["operate"]): Scene {
  return {
    files: systemFiles,
    defaults: { interfaces: settings["netconf.interfaces"], stateDir: settings["netconf.ifstate"] || "/run/network" },
    devices,
    states,
    former: () => formerHere(settings),
    has: (program) => findProgram(program) !== undefined,
    runMapping,
    operate,
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    signal,
  };
}
