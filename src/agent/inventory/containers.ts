/** VIRTUALMACHINES of docker and podman, which answer the same commands. */
import type { Row } from "../../inventory/document.ts";
import { Problem } from "../../problem.ts";
import { type Collector, type Reader, row } from "./collector.ts";

/** The part of `container inspect` that we read. */
interface Container {
  Id?: string;
  Name?: string;
  State?: { Status?: string; Running?: boolean; Paused?: boolean };
  Config?: { Image?: string };
  HostConfig?: { Memory?: number; NanoCpus?: number };
  NetworkSettings?: {
    IPAddress?: string;
    Networks?: Record<string, { IPAddress?: string; MacAddress?: string } | null>;
  };
}

/** `container inspect`: one JSON list, or several one after the other. */
export function parseContainers(json: string, type: string): Row[] {
  let list: unknown;
  try {
    list = JSON.parse(json.trim() === "" ? "[]" : json);
  } catch (error) {
    throw new Problem("protocol", `${type} did not answer with JSON`, { cause: error });
  }
  if (!Array.isArray(list)) throw new Problem("protocol", `${type} did not answer with a list`);
  return (list as Container[]).map((each) => {
    const networks = Object.values(each.NetworkSettings?.Networks ?? {}).filter((one) => one !== null);
    const addresses = networks.map((one) => one.IPAddress).filter((address) => address);
    const macs = networks.map((one) => one.MacAddress).filter((address) => address);
    const { Memory: memory = 0, NanoCpus: cpus = 0 } = each.HostConfig ?? {};
    const running = each.State?.Running === true || each.State?.Status === "running";
    return row({
      NAME: each.Name?.replace(/^\//, ""),
      STATUS: each.State?.Paused ? "paused" : running ? "running" : "off",
      VMTYPE: type,
      // Twelve digits, as docker itself shows it.
      UUID: each.Id?.slice(0, 12),
      IMAGE: each.Config?.Image,
      // 0 is "no limit".
      MEMORY: memory > 0 ? Math.round(memory / 1024 / 1024) : undefined,
      VCPU: cpus > 0 ? Math.ceil(cpus / 1e9) : undefined,
      IPADDR: addresses.join("/"),
      MAC: macs.join("/"),
    });
  });
}

async function inspect(reader: Reader, program: string): Promise<string> {
  const ids = await reader.run([program, "container", "ls", "--all", "--quiet", "--no-trunc"]);
  if (ids === undefined) return "";
  if (ids.status !== 0) throw new Problem("io", `${program} does not answer`);
  const found = ids.stdout.split("\n").filter((id) => /^[0-9a-f]{12,64}$/.test(id));
  if (found.length === 0) return "";
  const output = await reader.run([program, "container", "inspect", ...found.slice(0, 1000)], { timeout: 25_000 });
  // A container that ended in between makes the status 1 and leaves the others.
  return output?.stdout ?? "";
}

function containersOf(program: string, places: readonly string[]): Collector<string> {
  return {
    sections: ["VIRTUALMACHINES"],
    deadline: 40_000,
    async read(reader) {
      for (const place of places) if ((await reader.modified(place)) !== undefined) return inspect(reader, program);
      return "";
    },
    parse: (json) => ({ sections: { VIRTUALMACHINES: parseContainers(json, program) } }),
  };
}

/** Asked only while its daemon listens. */
export const docker = containersOf("docker", ["/run/docker.sock", "/var/run/docker.sock"]);

/** Root's containers; there is no daemon to ask, and none without storage. */
export const podman = containersOf("podman", [
  "/var/lib/containers/storage/overlay-containers",
  "/var/lib/containers/storage/vfs-containers",
]);
