/** What the real snmpbulkwalk prints of the corpus, in several forms, read back and held against the recordings. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openRecording } from "../../../src/snmp/recording/recording.ts";
import { compareOids, type Oid, type VarBind } from "../../../src/snmp/value.ts";
import { temporaryFolder } from "../../lab/folder.ts";
import { type Responder, startResponder } from "../../lab/responder.ts";

const shared = join(import.meta.dirname, "../../../../shared");
const corpus = join(shared, "corpus/snmp");
const mibs = join(shared, "lab/mibs.tar.xz");
const present = existsSync(corpus) && existsSync(mibs) && Bun.which("snmpbulkwalk") !== null;
if (!present) console.log("walks: skipped, there is no corpus, no MIBs or no snmpbulkwalk");

const devices = ["routeros", "gaia", "awplus", "arista_eos_1", "cisco-c3560", "hpe-procurve-516733-b21"];
/** `-m` of the MIBs that Reeve reads. */
const modules = [
  "SNMPv2-MIB:IF-MIB:IP-MIB:IPV6-MIB:BRIDGE-MIB:Q-BRIDGE-MIB:RSTP-MIB:MAU-MIB:EtherLike-MIB:ENTITY-MIB:LLDP-MIB",
  "LLDP-EXT-MED-MIB:CISCO-CDP-MIB:CISCO-VTP-MIB:CISCO-VLAN-MEMBERSHIP-MIB:IEEE8023-LAG-MIB:IEEE8021-PAE-MIB",
  "POWER-ETHERNET-MIB:OSPF-MIB:BGP4-MIB:HOST-RESOURCES-MIB:SNMP-FRAMEWORK-MIB",
].join(":");

let responder: Responder;
let folder: string;
let mibFolders: string;
let walks = 0;

beforeAll(async () => {
  if (!present) return;
  folder = temporaryFolder("walk");
  await Bun.spawn(["tar", "-xJf", mibs, "-C", folder]).exited;
  mibFolders = readdirSync(folder)
    .map((name) => join(folder, name))
    .join(":");
  responder = await startResponder({ devices: new Map(devices.map((name) => [name, file(name)])) });
}, 60_000);
afterAll(() => responder?.stop());

const file = (name: string) => join(corpus, `${name}.snmprec.gz`);

async function walk(device: string, ...options: string[]): Promise<string> {
  const target = `${responder.host}:${responder.port}`;
  const words = ["snmpbulkwalk", "-v2c", "-c", device, "-Cr40", ...options, target, "1"];
  const path = join(folder, `${device}-${++walks}.txt`);
  const env = { MIBDIRS: mibFolders, SNMP_PERSISTENT_DIR: folder, LC_ALL: "C" };
  const child = Bun.spawn(words, { env, stdout: Bun.file(path), stderr: "ignore" });
  expect(await child.exited).toBe(0);
  return path;
}

/** Net-SNMP's opaque float (RFC draft-perkins-float). */
const isFloat = (value: unknown) => value instanceof Uint8Array && value[0] === 0x9f && value[1] === 0x78;

async function rows(path: string): Promise<Map<Oid, VarBind>> {
  const found = new Map<Oid, VarBind>();
  await (await openRecording(path)).walk("1", (binding) => void found.set(binding.oid, binding));
  return found;
}

test.skipIf(!present).each(["-ObentU", "-On", "-Of", ""])(
  "numeric, %s: every row as it was recorded",
  async (form) => {
    let count = 0;
    for (const device of devices) {
      const recorded = await rows(file(device));
      const path = await walk(device, "-m", "", ...(form ? [form] : []));
      const { summary } = await openRecording(path);
      expect([device, summary.unnamed, summary.cutOff]).toEqual([device, 0, undefined]);
      expect(summary.broken.filter(({ reason }) => reason !== "a float is printed rounded")).toEqual([]);
      for (const [oid, { value }] of recorded) if (isFloat(value)) recorded.delete(oid);
      expect(await rows(path)).toEqual(recorded);
      count += recorded.size;
    }
    console.log(`walks ${form}: ${devices.length} devices, ${count} rows`);
  },
  60_000,
);

test.skipIf(!present).each(["", "-OX", "-OU", "-Ob", "-Os"])(
  "with names of MIBs, %s: never a wrong row",
  async (form) => {
    let count = 0;
    let lost = 0;
    for (const device of devices) {
      const recorded = await rows(file(device));
      const path = await walk(device, "-m", modules, ...(form ? [form] : []));
      const { summary } = await openRecording(path);
      const read = await rows(path);
      for (const [oid, binding] of read) expect(binding).toEqual(recorded.get(oid)!);
      count += read.size;
      lost += summary.broken.length;
      expect(read.size + summary.broken.length + summary.unnamed).toBeGreaterThanOrEqual(recorded.size - 1);
      const reasons = summary.broken.map(({ reason }) => reason.replace(/(index|name) .*/s, "$1"));
      expect(
        [...new Set(reasons)].filter(
          (reason) => !/^(the index|Reeve does not know the name|a float is printed rounded)$/.test(reason),
        ),
      ).toEqual([]);
      expect([...read.keys()]).toEqual([...read.keys()].sort(compareOids));
    }
    expect(count).toBeGreaterThan(1000);
    console.log(
      `walks with names ${form}: ${devices.length} devices, ${count} rows read, ${lost} printed without their bytes`,
    );
  },
  60_000,
);
