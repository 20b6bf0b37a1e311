/** HARDWARE's system fields: name, operating system, kernel, memory, and what kind of machine it runs on. */
import { attribute, type Collector, type Reader, row } from "./collector.ts";
import { meaningful } from "./dmi.ts";

export interface SystemSource {
  machine: string;
  hostname: string;
  osRelease: string;
  kernel: string | undefined;
  kernelVersion: string | undefined;
  meminfo: string;
  virtual: VirtualSource;
}

/** Where a virtual machine or a container shows itself. */
export interface VirtualSource {
  /** /run/systemd/container, which systemd and podman write inside a container. */
  systemdContainer: string | undefined;
  dockerEnv: boolean;
  containerEnv: boolean;
  /** Cgroups of process 1. */
  cgroup: string | undefined;
  /** Strings of /sys/class/dmi/id that name maker and product. */
  dmi: string;
  hypervisorType: string | undefined;
  /** Whether the kernel is Xen's first domain, which runs on the metal. */
  dom0: boolean;
  clockSources: string | undefined;
  deviceTree: string | undefined;
  cpuinfo: string;
}

/** Value of a KEY=value file, unquoted (os-release(5)). */
function shellValue(text: string, key: string): string | undefined {
  const value = new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1]?.trim();
  return value?.replace(/^(["'])(.*)\1$/, "$2").replace(/\\(.)/g, "$1");
}

/** KiB of a line of /proc/meminfo in MB. */
function megabytes(meminfo: string, name: string): number | undefined {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(meminfo)?.[1];
  return kibibytes === undefined ? undefined : Math.floor(Number(kibibytes) / 1024);
}

const containers: [RegExp, string][] = [
  [/docker/, "Docker"],
  [/podman|libpod/, "Podman"],
  [/lxc/, "lxc"],
  [/systemd-nspawn/, "systemd-nspawn"],
  [/kubepods|containerd|crio/, "Container"],
];

/** Order matters: a product's own name says more than the hypervisor it stands on. */
const products: [RegExp, string][] = [
  [/VMware/i, "VMware"],
  [/VirtualBox|innotek/i, "VirtualBox"],
  [/Parallels/i, "Parallels"],
  [/OpenStack|KubeVirt|\bKVM\b|oVirt|RHEV|Red Hat|Proxmox|Google Compute|DigitalOcean|Amazon EC2/i, "KVM"],
  [/QEMU|Bochs|Standard PC/i, "QEMU"],
  [/\bXen\b/i, "Xen"],
  [/Microsoft Corporation.*Virtual|Hyper-V/is, "Hyper-V"],
  [/BHYVE/i, "bhyve"],
  [/Apple Virtualization/i, "Apple Virtualization"],
];

/** `Physical`, or the name of what it runs in. The tests are those of systemd-detect-virt(1) that need no CPU instruction. */
export function virtualSystem(source: VirtualSource): string {
  const named = containers.find(([pattern]) => pattern.test(source.systemdContainer ?? ""))?.[1];
  if (source.systemdContainer !== undefined) return named ?? "Container";
  if (source.dockerEnv) return "Docker";
  if (source.containerEnv) return "Podman";
  const grouped = containers.find(([pattern]) => pattern.test(source.cgroup ?? ""))?.[1];
  if (grouped !== undefined) return grouped;
  if (source.dom0) return "Physical";
  const product = products.find(([pattern]) => pattern.test(source.dmi))?.[1];
  if (product !== undefined) return product;
  if (source.hypervisorType === "xen") return "Xen";
  if (/kvm/.test(`${source.clockSources} ${source.deviceTree}`)) return "KVM";
  if (/hyperv/.test(source.clockSources ?? "")) return "Hyper-V";
  if (/^vendor_id\s*: User Mode Linux/m.test(source.cpuinfo)) return "UML";
  if (/^Hypervisor.*VM00|^VM00 Control Program: z\/VM|^VM00.*KVM/m.test(source.cpuinfo)) return "z/VM";
  return /^flags\s*:.*\bhypervisor\b/m.test(source.cpuinfo) ? "Virtual Machine" : "Physical";
}

async function readVirtual(reader: Reader): Promise<VirtualSource> {
  const dmi = ["sys_vendor", "product_name", "board_vendor", "bios_vendor", "product_version"];
  const exists = async (path: string) => (await reader.modified(path)) !== undefined;
  return {
    systemdContainer: await attribute(reader, "/run/systemd/container"),
    dockerEnv: await exists("/.dockerenv"),
    containerEnv: await exists("/run/.containerenv"),
    cgroup: await attribute(reader, "/proc/1/cgroup"),
    dmi: (await Promise.all(dmi.map((name) => attribute(reader, `/sys/class/dmi/id/${name}`)))).join("\n"),
    hypervisorType: await attribute(reader, "/sys/hypervisor/type"),
    dom0: /control_d/.test((await attribute(reader, "/proc/xen/capabilities")) ?? ""),
    clockSources: await attribute(reader, "/sys/devices/system/clocksource/clocksource0/available_clocksource"),
    deviceTree: await attribute(reader, "/proc/device-tree/hypervisor/compatible"),
    cpuinfo: (await reader.file("/proc/cpuinfo")) ?? "",
  };
}

export const system: Collector<SystemSource> = {
  sections: ["HARDWARE"],
  async read(reader) {
    return {
      machine: reader.machine,
      hostname: (await attribute(reader, "/proc/sys/kernel/hostname")) ?? "",
      osRelease: (await attribute(reader, "/etc/os-release")) ?? (await attribute(reader, "/usr/lib/os-release")) ?? "",
      kernel: await attribute(reader, "/proc/sys/kernel/osrelease"),
      kernelVersion: await attribute(reader, "/proc/sys/kernel/version"),
      meminfo: (await reader.file("/proc/meminfo")) ?? "",
      virtual: await readVirtual(reader),
    };
  },
  parse(source) {
    const hardware = row({
      NAME: source.hostname.split(".")[0],
      OSNAME:
        meaningful(shellValue(source.osRelease, "PRETTY_NAME") ?? shellValue(source.osRelease, "NAME")) ?? "Linux",
      // As FusionInventory and GLPI have it; OCS's agent repeats the distribution's version, which OSNAME tells.
      OSVERSION: source.kernel,
      OSCOMMENTS: source.kernelVersion,
      MEMORY: megabytes(source.meminfo, "MemTotal"),
      SWAP: megabytes(source.meminfo, "SwapTotal"),
      ARCH: source.machine,
      DESCRIPTION: source.machine,
      VMSYSTEM: virtualSystem(source.virtual),
    });
    return { sections: { HARDWARE: [hardware] } };
  },
};
