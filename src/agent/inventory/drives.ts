/** DRIVES: mounted file systems, each once, with its space as statfs(2) tells it. */
import type { Incomplete, Row } from "../../inventory/document.ts";
import { type Collector, type Reader, row } from "./collector.ts";
import { parseUdev, readUdevBlock } from "./udev.ts";

export interface Mount {
  /** Major and minor number of the file system. */
  device: string;
  mountPoint: string;
  type: string;
  /** Block device or remote place. */
  source: string;
}

export interface MountedSpace extends Mount {
  /** Bytes; undefined when it did not answer in time. */
  space: { total: number; free: number } | undefined;
  udev: string | undefined;
}

/** File systems that hold no files of anybody: the kernel's own, memory, and read-only images of packages. */
const pseudo = new Set(
  `autofs bpf binder binfmt_misc cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fuse.gvfsd-fuse fuse.lxcfs
   fuse.portal fusectl hugetlbfs mqueue nfsd none nsfs overlay proc pstore ramfs resctrl rpc_pipefs securityfs selinuxfs
   squashfs sysfs tmpfs tracefs`.split(/\s+/),
);

/** mountinfo writes blank, tab, newline and backslash in octal. */
function fromOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** /proc/self/mountinfo (proc(5)): the mounts worth reporting, each file system at its first place only. */
export function parseMountinfo(text: string): Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of text.split("\n")) {
    const [before, after] = line.split(" - ");
    const [, , device, , mountPoint] = (before ?? "").split(" ");
    const [type, source] = (after ?? "").split(" ");
    if (device === undefined || mountPoint === undefined || type === undefined || source === undefined) continue;
    // A container's root is an overlay, and yet all it has.
    if (pseudo.has(type) && !(type === "overlay" && mountPoint === "/")) continue;
    const mount = { device, mountPoint: fromOctal(mountPoint), type, source: fromOctal(source) };
    // Subvolumes of btrfs have numbers of their own, but share one space. A later mount over "/" is the one in force.
    const key = type === "btrfs" ? mount.source : device;
    if (!mounts.has(key) || mount.mountPoint === "/") mounts.set(key, mount);
  }
  return [...mounts.values()];
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function readMount(reader: Reader, mount: Mount): Promise<MountedSpace> {
  // A file server that is gone blocks statfs for ever: it costs this row's numbers, no more.
  const space = await within(3000, reader.space(mount.mountPoint));
  const udev = mount.source.startsWith("/dev/") ? await readUdevBlock(reader, mount.device) : undefined;
  return { ...mount, space, udev };
}

export function driveRow(mount: MountedSpace): Row {
  const udev = parseUdev(mount.udev);
  const megabytes = (bytes: number | undefined) => (bytes === undefined ? undefined : Math.floor(bytes / 1024 / 1024));
  return row({
    TYPE: mount.mountPoint,
    VOLUMN: mount.source === "/dev/root" && udev.DEVNAME !== undefined ? udev.DEVNAME : mount.source,
    FILESYSTEM: mount.type,
    TOTAL: megabytes(mount.space?.total),
    FREE: megabytes(mount.space?.free),
    LABEL: udev.ID_FS_LABEL,
    SERIAL: udev.ID_FS_UUID,
  });
}

export const drives: Collector<MountedSpace[]> = {
  sections: ["DRIVES"],
  async read(reader) {
    const mountinfo = await reader.file("/proc/self/mountinfo");
    return Promise.all(parseMountinfo(mountinfo ?? "").map((mount) => readMount(reader, mount)));
  },
  parse(mounts) {
    const silent = mounts.filter((mount) => mount.space === undefined).map((mount) => mount.mountPoint);
    const incomplete: Incomplete[] =
      silent.length === 0 ? [] : [{ section: "DRIVES", reason: `no answer about the space of ${silent.join(", ")}` }];
    return { sections: { DRIVES: mounts.map(driveRow) }, incomplete };
  },
};
