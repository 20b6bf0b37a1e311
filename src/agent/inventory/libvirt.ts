/** VIRTUALMACHINES that libvirt runs, of whatever hypervisor. */
import type { Incomplete, Row } from "../../inventory/document.ts";
import { child, parseXml, textOf } from "../../inventory/xml.ts";
import { Problem } from "../../problem.ts";
import { type Collector, row } from "./collector.ts";

export interface LibvirtSource {
  list: string;
  /** Output of `virsh dumpxml` by name. */
  domains: Map<string, string>;
}

const states: Record<string, string> = {
  running: "running",
  idle: "blocked",
  paused: "paused",
  "in shutdown": "shutdown",
  "shut off": "off",
  crashed: "crashed",
  dying: "dying",
  pmsuspended: "paused",
};

/** `virsh list --all`: names may hold blanks, states are a closed list. */
export function parseVirshList(text: string): { name: string; status: string }[] {
  const machines: { name: string; status: string }[] = [];
  for (const line of text.split("\n")) {
    const [, name, state] =
      /^\s*(?:\d+|-)\s+(.+?)\s+(running|idle|paused|in shutdown|shut off|crashed|dying|pmsuspended)\s*$/.exec(line) ??
      [];
    if (name !== undefined && state !== undefined) machines.push({ name, status: states[state] as string });
  }
  return machines;
}

/** KiB in a size with its unit (libvirt's formatdomain, memory). */
const kibibytes: Record<string, number> = {
  b: 1 / 1024,
  bytes: 1 / 1024,
  k: 1,
  KiB: 1,
  KB: 1000 / 1024,
  M: 1024,
  MiB: 1024,
  MB: 1e6 / 1024,
  G: 1024 ** 2,
  GiB: 1024 ** 2,
  GB: 1e9 / 1024,
};

export function parseDomain(xml: string): { uuid?: string; vcpu?: number; memory?: number; type?: string } {
  const { content } = parseXml(new TextEncoder().encode(xml));
  const memory = child(content, "memory");
  const unit = typeof memory === "object" && !Array.isArray(memory) ? textOf(child(memory, "unit")) : undefined;
  const vcpu = textOf(child(content, "vcpu"));
  const uuid = textOf(child(content, "uuid"));
  const type = textOf(child(content, "type"));
  const size = Number(textOf(memory)) * (kibibytes[unit ?? "KiB"] ?? Number.NaN);
  return {
    ...(uuid === undefined ? {} : { uuid }),
    ...(vcpu === undefined ? {} : { vcpu: Number(vcpu) }),
    ...(Number.isNaN(size) ? {} : { memory: Math.round(size / 1024) }),
    ...(type === undefined ? {} : { type }),
  };
}

/** Where libvirt's daemons keep their sockets while they run. */
const socketFolders = ["/run/libvirt", "/var/run/libvirt"];

export const libvirt: Collector<LibvirtSource> = {
  sections: ["VIRTUALMACHINES"],
  deadline: 60_000,
  async read(reader) {
    const none = { list: "", domains: new Map<string, string>() };
    const sockets = (await Promise.all(socketFolders.map((folder) => reader.list(folder)))).flat();
    if (!sockets.some((name) => name.includes("sock"))) return none;
    const output = await reader.run(["virsh", "--readonly", "list", "--all"]);
    if (output === undefined) return none;
    if (output.status !== 0) throw new Problem("io", "virsh cannot reach libvirt");
    const domains = new Map<string, string>();
    for (const { name } of parseVirshList(output.stdout).slice(0, 1000)) {
      const dump = await reader.run(["virsh", "--readonly", "dumpxml", "--domain", name]);
      if (dump?.status === 0) domains.set(name, dump.stdout);
    }
    return { list: output.stdout, domains };
  },
  parse({ list, domains }) {
    const incomplete: Incomplete[] = [];
    const rows: Row[] = parseVirshList(list).map(({ name, status }) => {
      let domain: ReturnType<typeof parseDomain> = {};
      try {
        domain = parseDomain(domains.get(name) ?? "<domain/>");
      } catch (error) {
        incomplete.push({ section: "VIRTUALMACHINES", reason: `libvirt's ${name}: ${Problem.from(error).message}` });
      }
      return row({
        NAME: name,
        STATUS: status,
        SUBSYSTEM: "libvirt",
        VMTYPE: domain.type ?? "libvirt",
        UUID: domain.uuid,
        VCPU: domain.vcpu,
        MEMORY: domain.memory,
      });
    });
    return { sections: { VIRTUALMACHINES: rows }, incomplete };
  },
};
