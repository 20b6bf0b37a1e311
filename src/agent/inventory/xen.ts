/** VIRTUALMACHINES of a Xen host that is managed by xl(1). */
import type { Row } from "../../inventory/document.ts";
import { Problem } from "../../problem.ts";
import { type Collector, row } from "./collector.ts";

const states: Record<string, string> = {
  r: "running",
  b: "blocked",
  p: "paused",
  s: "shutdown",
  c: "crashed",
  d: "dying",
};

/** `xl list -v`, also the older `xm list`: a guest without a number or without any flag is not running. */
export function parseXlList(text: string, subsystem = "xl"): Row[] {
  const rows: Row[] = [];
  for (const line of text.split("\n")) {
    const [, name, memory, vcpus, flags, uuid] =
      /^(\S.*?)\s+(?:\d+\s+)?(\d+)\s+(\d+)\s+([rbpscd-]{5,6})?\s+[\d.]+(?:\s+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?/.exec(
        line,
      ) ?? [];
    // The host itself is the first domain.
    if (name === undefined || name === "Domain-0") continue;
    const flag = (flags ?? "").replaceAll("-", "")[0];
    rows.push(
      row({
        NAME: name,
        STATUS: states[flag ?? ""] ?? "off",
        SUBSYSTEM: subsystem,
        VMTYPE: "xen",
        MEMORY: Number(memory),
        VCPU: Number(vcpus),
        UUID: uuid,
      }),
    );
  }
  return rows;
}

export const xen: Collector<string> = {
  sections: ["VIRTUALMACHINES"],
  async read(reader) {
    if ((await reader.modified("/proc/xen/privcmd")) === undefined) return "";
    const output = await reader.run(["xl", "list", "-v"]);
    if (output !== undefined && output.status !== 0)
      throw new Problem("io", `xl list failed with status ${output.status}`);
    return output?.stdout ?? "";
  },
  parse: (text) => ({ sections: { VIRTUALMACHINES: parseXlList(text) } }),
};
