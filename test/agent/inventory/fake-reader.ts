/** A machine made of texts: files, links, folders and the answers of programs. */
import type { Reader, RunOutput } from "../../../src/agent/inventory/collector.ts";
import { Problem } from "../../../src/problem.ts";

export interface FakeMachine {
  root?: boolean;
  machine?: string;
  /** By path; null: nobody but root may read it. */
  files?: Record<string, string | null>;
  binaries?: Record<string, Uint8Array>;
  links?: Record<string, string>;
  /** By command line, words joined by blanks. */
  programs?: Record<string, string | { status: number }>;
  addresses?: ReturnType<Reader["addresses"]>;
  space?: Record<string, { total: number; free: number }>;
}

export function fakeReader(machine: FakeMachine): Reader & { ran: string[] } {
  const paths = [
    ...Object.keys(machine.files ?? {}),
    ...Object.keys(machine.links ?? {}),
    ...Object.keys(machine.binaries ?? {}),
  ];
  const ran: string[] = [];
  return {
    ran,
    root: machine.root ?? true,
    machine: machine.machine ?? "x86_64",
    async file(path) {
      const text = machine.files?.[path];
      if (text === null) throw new Problem("permission", `no permission to read ${path}`);
      return text;
    },
    bytes: async (path) => machine.binaries?.[path],
    async list(folder) {
      const below = paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
      return [...new Set(below.map((path) => path.split("/")[0] as string))].sort();
    },
    link: async (path) => machine.links?.[path],
    modified: async (path) =>
      paths.some((each) => each === path || each.startsWith(`${path}/`)) ? 1_700_000_000_000 : undefined,
    space: async (path) => machine.space?.[path],
    addresses: () => machine.addresses ?? [],
    async run(command): Promise<RunOutput | undefined> {
      const line = command.join(" ");
      ran.push(line);
      const answer = machine.programs?.[line];
      if (answer === undefined) return undefined;
      if (typeof answer === "string") return { status: 0, stdout: answer, stderr: "" };
      return { status: answer.status, stdout: "", stderr: "it failed" };
    },
  };
}
