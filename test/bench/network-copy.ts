/**
 * Copies of one recorded device that are devices of their own: without that Reeve would find, rightly, that they are one.
 * Each has its own name, serial numbers, MAC addresses, engine id and IP addresses, wherever these stand.
 */
import { about, aboutObjects } from "../../src/backend/device/about.ts";
import { identities } from "../../src/backend/device/identity-facts.ts";
import { modules, modulesObjects } from "../../src/backend/device/modules.ts";
import { ports, portsObjects } from "../../src/backend/device/ports.ts";
import { system, systemObjects } from "../../src/backend/device/system.ts";
import { openRecording } from "../../src/snmp/recording/recording.ts";
import type { Oid, VarBind } from "../../src/snmp/value.ts";
import type { DeviceSpec } from "../lab/responder.ts";

/** Columns whose index is, or ends in, an address of the device: ipAddrTable, ipAddressTable, IPV6-MIB's, Cisco's. */
const addressTables: readonly Oid[] = [
  "1.3.6.1.2.1.4.20.1",
  "1.3.6.1.2.1.4.34.1",
  "1.3.6.1.2.1.55.1.8.1",
  "1.3.6.1.4.1.9.10.86.1.1.2.1",
];
const ipAdEntAddr = "1.3.6.1.2.1.4.20.1.1";
const snmpEngineId = "1.3.6.1.6.3.10.2.1.1.0";
const names: ReadonlySet<Oid> = new Set(["1.3.6.1.2.1.1.5.0", "1.0.8802.1.1.2.1.3.3.0"]);

/** Bytes that two copies differ by. */
const step = 29;

export interface Original {
  file: string;
  bindings: VarBind[];
  macs: ReadonlySet<string>;
  serials: ReadonlySet<string>;
}

export async function readOriginal(file: string): Promise<Original> {
  const recording = await openRecording(file);
  const bindings: VarBind[] = [];
  for (const root of ["0", "1", "2"]) await recording.walk(root, (binding) => void bindings.push(binding));
  const what = about(await recording.read(aboutObjects));
  const objects = [...aboutObjects, ...systemObjects(what), ...portsObjects(what), ...modulesObjects(what)];
  const tables = await recording.read([...new Set([...objects, "1.3.6.1.2.1.17.1.1.0", "1.0.8802.1.1.2.1.3.1.0"])]);
  const facts = system(tables, what);
  const { part } = ports(tables, what);
  const found = identities(tables, facts, part);
  const isMac = (text: string) => /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(text);
  const serials = [facts.serial, ...modules(tables, what).rows.map(({ serial }) => serial)];
  const macs = [...found.map(({ value }) => value), ...part.rows.map(({ mac }) => mac ?? ""), facts.mac ?? ""];
  return {
    file,
    bindings,
    macs: new Set(macs.filter(isMac)),
    serials: new Set([...serials, facts.chassis_id].filter((text) => text.length > 3 && !isMac(text))),
  };
}

/** @param number 0 is the device as it was recorded */
export function copyOf({ file, bindings, macs, serials }: Original, number: number): DeviceSpec {
  const rows: VarBind[] = [];
  for (const binding of bindings) {
    const table = addressTables.find((root) => binding.oid.startsWith(`${root}.`));
    if (table) {
      const oid = ownIndex(binding.oid, table, number);
      rows.push({ ...binding, oid, ...(oid.startsWith(`${ipAdEntAddr}.`) ? { value: oid.slice(-length4(oid)) } : {}) });
      continue;
    }
    const value = ownValue(binding, macs, serials, number);
    if (value !== undefined) rows.push({ ...binding, value });
  }
  return { file, rows, without: addressTables };
}

/** Characters of the last four numbers. */
function length4(oid: Oid): number {
  return oid.split(".").slice(-4).join(".").length;
}

/** Another network in the second byte, or in the sixth of an IPv6 address; loopback and link-local addresses stay. */
function ownIndex(oid: Oid, table: Oid, number: number): Oid {
  const numbers = oid.split(".").map(Number);
  const index = table.split(".").length + 1;
  const [kind = 0, length = 0] = numbers.slice(index);
  const plain4 = table === addressTables[0];
  const plain6 = table === addressTables[2];
  const start = plain4 ? index : plain6 ? index + 1 : index + 2;
  const family = plain4 ? 4 : plain6 ? 16 : length >= 16 ? 16 : kind === 1 || kind === 3 ? 4 : 0;
  const first = numbers[start] ?? 0;
  if (family === 0 || first === 127 || first === 0 || first === 0xfe) return oid;
  const at = start + (family === 4 ? 1 : 5);
  numbers[at] = ((numbers[at] ?? 0) + step * number) & 255;
  return numbers.join(".");
}

function ownValue(
  { oid, value }: VarBind,
  macs: ReadonlySet<string>,
  serials: ReadonlySet<string>,
  number: number,
): Uint8Array | undefined {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0 || number === 0) return undefined;
  const text = Buffer.from(bytes).toString("latin1");
  if (oid === snmpEngineId) return changed(bytes, bytes.length - 1, number);
  if (names.has(oid)) return Buffer.from(`${text}-${number}`, "latin1");
  if (bytes.length === 6 && macs.has(spelled(bytes))) return changed(bytes, 3, number);
  if (macs.has(text.toLowerCase())) {
    const own = changed(Buffer.from(text.replaceAll(":", ""), "hex"), 3, number);
    return Buffer.from(spelled(own), "latin1");
  }
  if (serials.has(text.trim())) return Buffer.from(`${text.trim().slice(0, -2)}X${number}`, "latin1");
  return undefined;
}

function changed(bytes: Uint8Array, at: number, number: number): Uint8Array {
  return bytes.map((byte, place) => (place === at ? (byte + step * number) & 255 : byte));
}

function spelled(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").match(/../g)?.join(":") ?? "";
}
