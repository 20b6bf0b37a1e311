/** VIRTUALMACHINES of VirtualBox: those of the user the agent runs as. */
import type { Row } from "../../inventory/document.ts";
import { Problem } from "../../problem.ts";
import { type Collector, row } from "./collector.ts";

const states: Record<string, string> = {
  running: "running",
  paused: "paused",
  saved: "off",
  "powered off": "off",
  aborted: "off",
  starting: "running",
  "guru meditation": "crashed",
};

/** `VBoxManage list --long vms`: a block of `Name: value` lines for each machine. */
export function parseVboxList(text: string): Row[] {
  const rows: Row[] = [];
  for (const part of text.split(/^(?=Name:\s)/m)) {
    const value = (name: string) => new RegExp(`^${name}:\\s+(.*?)\\s*$`, "m").exec(part)?.[1];
    const [name, uuid, state] = [value("Name"), value("UUID"), value("State")];
    // Shared folders have a Name as well.
    if (name === undefined || state === undefined) continue;
    const plain = state.replace(/\s*\(.*$/, "");
    rows.push(
      row({
        NAME: name,
        STATUS: states[plain] ?? plain,
        SUBSYSTEM: "Oracle VM VirtualBox",
        VMTYPE: "virtualbox",
        UUID: uuid,
        MEMORY: Number(/^(\d+)/.exec(value("Memory size") ?? "")?.[1]),
        VCPU: Number(value("Number of CPUs") ?? 1),
        OPERATINGSYSTEM: value("Guest OS"),
      }),
    );
  }
  return rows;
}

export const virtualbox: Collector<string> = {
  sections: ["VIRTUALMACHINES"],
  deadline: 30_000,
  async read(reader) {
    if ((await reader.modified("/dev/vboxdrv")) === undefined) return "";
    const output = await reader.run(["VBoxManage", "--nologo", "list", "--long", "vms"], { timeout: 25_000 });
    if (output !== undefined && output.status !== 0)
      throw new Problem("io", `VBoxManage failed with status ${output.status}`);
    return output?.stdout ?? "";
  },
  parse: (text) => ({ sections: { VIRTUALMACHINES: parseVboxList(text) } }),
};
