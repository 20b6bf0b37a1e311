/** What can be done to the kernel, one thing at a time. Devices are named; the writer looks their numbers up when it acts. */
import type { Address, BridgeVlan, Forwarding, LinkData, Route, Rule } from "./state.ts";

/** Settings of any link; what is absent stays as it is. */
export interface LinkSettings {
  up?: boolean;
  mtu?: number;
  /** Hardware address. */
  address?: string;
  /** "" frees it from its master. */
  master?: string;
  alias?: string;
  arp?: boolean;
  multicast?: boolean;
  allmulticast?: boolean;
  promiscuous?: boolean;
  txQueueLength?: number;
  addressGeneration?: string;
  /** The new name. */
  name?: string;
}

/** Of an address, what can be said when it is made; lifetimes as seconds, null for ever. */
export type NewAddress = Omit<Address, "flags"> & {
  flags: readonly ("nodad" | "noprefixroute" | "mngtmpaddr" | "home")[];
};

export type Step =
  /** @property peer name of the other end of a veth @property settings set in the same message */
  | {
      do: "link-add";
      name: string;
      kind: string;
      lower?: string;
      data: LinkData;
      peer?: string;
      settings?: LinkSettings;
    }
  | { do: "link-delete"; name: string }
  | { do: "link-set"; name: string; settings: LinkSettings }
  /** Data of its kind, of an existing link. */
  | { do: "link-data"; name: string; kind: string; data: LinkData }
  /** Data it has as a port; `kind` is its master's. */
  | { do: "port-data"; name: string; kind: string; data: LinkData }
  /** @property self of the bridge itself, not of a port */
  | { do: "vlan-add"; name: string; vlan: BridgeVlan; self: boolean }
  | { do: "vlan-delete"; name: string; vlan: number; self: boolean }
  /** Makes it, or gives what is there these lifetimes, flags, scope. */
  | { do: "address-add"; address: NewAddress }
  | { do: "address-delete"; address: Address | NewAddress }
  /**
   * Makes it, or replaces the one with the same key.
   * @property beside IPv4: it replaces none, and comes before or behind those with the same key, of which the first counts
   */
  | { do: "route-add"; route: Route; beside?: "before" | "behind" }
  | { do: "route-delete"; route: Route }
  | { do: "rule-add"; rule: Rule }
  | { do: "rule-delete"; rule: Rule }
  | { do: "forwarding-add"; entry: Forwarding }
  | { do: "forwarding-delete"; entry: Forwarding }
  /** `/proc/sys/net/…`: the key in parts, for a device's name may have dots (`["ipv6", "conf", "eth0.1", "accept_ra"]`). */
  | { do: "sysctl"; key: readonly string[]; value: string }
  /** `ethtool --SECTION DEVICE WORDS…`, e.g. section `offload`: `["gso", "off"]`; section `change`: `["speed", "1000"]`. */
  | { do: "ethtool"; name: string; section: EthtoolSection; words: readonly string[] };

export type EthtoolSection = "change" | "offload" | "ring" | "pause" | "coalesce" | "channels" | "private-flags";

/** What became of a step. `EEXIST` of an add and `ENOENT`/`EADDRNOTAVAIL`/`ESRCH`/`ENODEV`/`ENXIO` of a delete count as done. */
export type StepResult =
  | { ok: true }
  /** @property code `EPERM`, `EINVAL` …, or `EPROGRAM` for a program (ethtool, ip) @property message the kernel's own (extended ack), or errno's */
  | { ok: false; errno: number; code: string; message: string };

/** A step, and what would take it back, in order; empty where there is nothing to take back. */
export interface Undoable {
  step: Step;
  inverse: readonly Step[];
}
