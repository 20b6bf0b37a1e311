/** The table of collectors: what an inventory is made of, in the order its parts are put together. */
import { accounts } from "./accounts.ts";
import { batteries } from "./batteries.ts";
import { bios } from "./bios.ts";
import { board } from "./board.ts";
import type { Collector } from "./collector.ts";
import { docker, podman } from "./containers.ts";
import { cpus } from "./cpus.ts";
import { dpkg } from "./dpkg.ts";
import { drives } from "./drives.ts";
import { libvirt } from "./libvirt.ts";
import { lxc } from "./lxc.ts";
import { memories } from "./memories.ts";
import { monitors } from "./monitors.ts";
import { networks } from "./networks.ts";
import { pci } from "./pci.ts";
import { rpm } from "./rpm.ts";
import { storages } from "./storages.ts";
import { system } from "./system.ts";
import { usb } from "./usb.ts";
import { users } from "./users.ts";
import { virtualbox } from "./virtualbox.ts";
import { xen } from "./xen.ts";

export const collectors: Readonly<Record<string, Collector>> = {
  system,
  bios,
  cpus,
  memories,
  board,
  storages,
  drives,
  networks,
  pci,
  usb,
  monitors,
  batteries,
  dpkg,
  rpm,
  users,
  accounts,
  libvirt,
  docker,
  podman,
  lxc,
  xen,
  virtualbox,
};
