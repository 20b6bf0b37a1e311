/** VIRTUALMACHINES of lxc(7). */
import type { Row } from "../../inventory/document.ts";
import { Problem } from "../../problem.ts";
import { type Collector, row } from "./collector.ts";

const states: Record<string, string> = { RUNNING: "running", FROZEN: "paused", STOPPED: "off" };

/** `lxc-ls --fancy` with the columns below. */
export function parseLxcLs(text: string): Row[] {
  const [header, ...lines] = text.split("\n").filter((line) => line.trim() !== "");
  if (header === undefined) return [];
  // Columns are as wide as their widest value; only IPV4 may hold blanks, and stands last.
  const starts = [...header.matchAll(/\S+/g)].map((match) => ({ name: match[0], at: match.index }));
  return lines.map((line) => {
    const value = Object.fromEntries(
      starts.map(({ name, at }, index) => [name, line.slice(at, starts[index + 1]?.at).trim()]),
    );
    const [, size, unit] = /^([\d.]+)(KB|MB|GB|B)$/.exec(value.RAM ?? "") ?? [];
    const factor = { B: 1 / 1024 ** 2, KB: 1 / 1024, MB: 1, GB: 1024 }[unit ?? ""] ?? Number.NaN;
    return row({
      NAME: value.NAME,
      STATUS: states[value.STATE ?? ""] ?? value.STATE?.toLowerCase(),
      VMTYPE: "lxc",
      MEMORY: size === undefined ? undefined : Math.round(Number(size) * factor),
      IPADDR: value.IPV4 === "-" ? undefined : value.IPV4?.split(/,\s*/).join("/"),
    });
  });
}

export const lxc: Collector<string> = {
  sections: ["VIRTUALMACHINES"],
  deadline: 30_000,
  async read(reader) {
    if ((await reader.list("/var/lib/lxc")).length === 0) return "";
    const output = await reader.run(["lxc-ls", "--fancy", "--fancy-format", "NAME,STATE,RAM,IPV4"], {
      timeout: 25_000,
    });
    if (output !== undefined && output.status !== 0)
      throw new Problem("io", `lxc-ls failed with status ${output.status}`);
    return output?.stdout ?? "";
  },
  parse: (text) => ({ sections: { VIRTUALMACHINES: parseLxcLs(text) } }),
};
