/**
 * What the commands of the inventory module answer and its pages draw. Types only: pages import no store, so the store
 * fills these shapes and both sides read them here. Times are epoch milliseconds; sizes of memory are MiB.
 */

/** One host as a row of a list. Texts a host never reported are empty, numbers and times `null`. */
export interface HostSummary {
  id: number;
  /** `name-YYYY-MM-DD-hh-mm-ss`, as OCS agents name themselves. */
  deviceId: string;
  name: string;
  osName: string;
  osVersion: string;
  /** Release of the kernel, `uname -r`. */
  kernel: string;
  memoryMb: number | null;
  cpu: string;
  manufacturer: string;
  model: string;
  serial: string;
  uuid: string;
  tag: string;
  lastUser: string;
  /** Its main address as it says itself, or else where its last report came from. */
  address: string;
  /** Name and version of the agent. */
  agent: string;
  softwareCount: number;
  /** Nobody has acknowledged this host yet. */
  isNew: boolean;
  firstSeen: number;
  /** Last PROLOG or inventory. */
  lastSeen: number;
  /** When the newest inventory was stored. */
  lastInventory: number;
}

export interface HostList {
  /** How many hosts match, over all pages. */
  total: number;
  hosts: HostSummary[];
}

/** What `queryHosts` can sort by. */
export const hostSortKeys = [
  "name",
  "osName",
  "memoryMb",
  "model",
  "tag",
  "lastUser",
  "address",
  "softwareCount",
  "firstSeen",
  "lastSeen",
  "lastInventory",
] as const;
export type HostSort = (typeof hostSortKeys)[number];

export interface HostQuery {
  /**
   * Words that must all match (each in name, address, MAC address, serial number, tag, user, operating system or model).
   * `software:NAME` asks for an installed package.
   */
  search?: string;
  sort?: HostSort;
  descending?: boolean;
  /** At most 1000; 50 when absent. */
  limit?: number;
  offset?: number;
}

export interface SectionSummary {
  /** OCS name: `STORAGES`. */
  name: string;
  /** Number of rows. */
  count: number;
  /** When its content last changed. */
  changed: number;
}

export interface HostDetail extends HostSummary {
  sections: SectionSummary[];
  /** Sections the agent could not collect in full at its last report, and why. Older rows of them are kept. */
  incomplete: { section: string; reason: string }[];
}

export type SectionRow = Record<string, string | number>;

export interface SectionRows {
  section: string;
  /** Rows of the section that match, over all pages. */
  total: number;
  /** Names of the fields that occur, in the order they first occur. */
  columns: string[];
  rows: SectionRow[];
}
