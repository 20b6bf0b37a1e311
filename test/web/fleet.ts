/** A hundred machines of a made-up organisation, stored as if their agents had reported over the last weeks. */
import type { InventoryDocument, Row } from "../../src/inventory/document.ts";
import { openStore } from "../../src/store/database.ts";
import { acknowledgeHosts, storeInventory } from "../../src/store/host.ts";

type Kind = readonly [
  prefix: string,
  count: number,
  system: readonly [name: string, version: string, kernel: string],
  machine: readonly [manufacturer: string, model: string],
  gib: number,
];

const debian = ["Debian GNU/Linux 12 (bookworm)", "12.12", "6.1.0-40-amd64"] as const;
const ubuntu = ["Ubuntu 24.04.3 LTS", "24.04", "6.8.0-87-generic"] as const;
const windows = ["Microsoft Windows 11 Pro", "10.0.26100", ""] as const;
const kinds: readonly Kind[] = [
  ["build", 6, debian, ["Supermicro", "AS-1114S-WN10RT"], 256],
  ["db", 4, debian, ["Dell Inc.", "PowerEdge R760"], 512],
  ["laptop", 40, ubuntu, ["LENOVO", "ThinkPad T14 Gen 5"], 32],
  ["mail", 2, debian, ["QEMU", "Standard PC (Q35 + ICH9, 2009)"], 8],
  ["reception", 3, windows, ["Dell Inc.", "OptiPlex 7010"], 16],
  ["web", 5, debian, ["QEMU", "Standard PC (Q35 + ICH9, 2009)"], 4],
  ["ws", 60, windows, ["HP", "HP Z2 Tower G9 Workstation"], 64],
];

const people = ["ada", "bela", "chiara", "dimitri", "emine", "farid", "grete", "henrik"];
const places = ["Berlin", "Bremen", "Graz"];
const packages = ["bash", "coreutils", "libc6", "openssh-server", "openssl", "python3", "systemd"];

function machine(
  [prefix, , system, [manufacturer, model], gib]: Kind,
  index: number,
  order: number,
): InventoryDocument {
  const name = `${prefix}-${String(index + 1).padStart(2, "0")}`;
  const person = people[order % people.length]!;
  const isServer = !["laptop", "reception", "ws"].includes(prefix);
  const HARDWARE: Row = {
    NAME: name,
    OSNAME: system[0],
    OSVERSION: system[1],
    ...(system[2] && { OSCOMMENTS: system[2] }),
    MEMORY: gib * 1024 - 256 - order,
    UUID: `4c4c4544-0042-3510-8052-${String(order).padStart(12, "0")}`,
    USERID: isServer ? "root" : person,
    IPADDR: `192.0.2.${order + 1}`,
  };
  const version = isServer ? "3.0.17-1~deb12u3" : "3.0.13";
  return {
    deviceId: `${name}-2026-01-12-08-30-00`,
    tag: isServer ? "Datacentre" : places[order % places.length]!,
    agent: "Reeve-Agent_v0.1.0",
    collected: Date.now(),
    sections: {
      HARDWARE: [HARDWARE],
      BIOS: [{ SMANUFACTURER: manufacturer, SMODEL: model, SSN: `SN${40_000 + order}` }],
      NETWORKS: [{ DESCRIPTION: "eth0", STATUS: "Up", IPADDRESS: `192.0.2.${order + 1}`, IPMASK: "255.255.255.0" }],
      SOFTWARES: [...packages, ...(isServer ? ["postgresql-15"] : [])].map((NAME) => ({ NAME, VERSION: version })),
    },
    incomplete: [],
  };
}

/** Text that does harm where a page forgets to escape it, or a layout to break it. */
export const hostileText = `zz"><img src=x onerror=alert(1)>${"long".repeat(20)}`;

function hostileMachine(): InventoryDocument {
  const HARDWARE: Row = {
    NAME: hostileText,
    OSNAME: hostileText,
    MEMORY: 2048,
    USERID: hostileText,
    DESCRIPTION: hostileText,
  };
  return {
    deviceId: "hostile-2026-01-12-08-30-00",
    tag: hostileText,
    agent: hostileText,
    collected: Date.now(),
    sections: {
      HARDWARE: [HARDWARE],
      SOFTWARES: [{ NAME: "=cmd|' /C calc'!A0", VERSION: hostileText, COMMENTS: hostileText }],
    },
    incomplete: [{ section: "BIOS", reason: hostileText }],
  };
}

/** Fills the database of a console that does not run yet. Gives the number of the hostile machine. */
export async function storeFleet(database: string): Promise<{ hostile: number }> {
  const store = await openStore({ url: database });
  try {
    const now = Date.now();
    const known: number[] = [];
    let order = 0;
    const stored = await store.transaction(async (transaction) => {
      for (const kind of kinds) {
        for (let index = 0; index < kind[1]; index++, order++) {
          // The last of each kind are the longest silent.
          const report = { address: `192.0.2.${order + 1}`, now: now - index * index * 47 * 60_000 - order * 1000 };
          const { id } = await storeInventory(transaction, machine(kind, index, order), report);
          if (index !== 2) known.push(id);
        }
      }
      return storeInventory(transaction, hostileMachine(), { address: "192.0.2.254", now: now - 90 * 86_400_000 });
    });
    await acknowledgeHosts(store, known);
    return { hostile: stored.id };
  } finally {
    await store.close();
  }
}
