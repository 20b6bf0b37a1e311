/** The built binary: `reeve backend do`, on recordings that are written here. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { recordings } from "./device/raw-rows.ts";
import { addressOf, present } from "./device/recorded.ts";

const folder = temporaryFolder("do");
const address = "192.0.2.1";
const tables = [
  ...["device", "device_ip", "device_port", "device_vlan", "device_port_vlan", "device_port_power", "device_module"],
  ...["neighbors", "node", "node_ip"],
];

const hex = (text: string) => Buffer.from(text).toString("hex");
const mib2 = "1.3.6.1.2.1";
const lldp = "1.0.8802.1.1.2.1.4.1.1";
const port = (index: number): [string, string, string][] => [
  [`${mib2}.2.2.1.2.${index}`, "4", `port${index}`],
  [`${mib2}.2.2.1.3.${index}`, "2", "6"],
  [`${mib2}.2.2.1.5.${index}`, "66", "1000000000"],
  [`${mib2}.2.2.1.6.${index}`, "4x", `0200000001${index}0`],
  [`${mib2}.2.2.1.7.${index}`, "2", "1"],
  [`${mib2}.2.2.1.8.${index}`, "2", "1"],
  [`${mib2}.17.1.4.1.2.${index}`, "2", String(index)],
  [`${mib2}.17.7.1.4.5.1.1.${index}`, "66", "10"],
  [`${mib2}.105.1.1.1.3.1.${index}`, "2", "1"],
  [`${mib2}.105.1.1.1.6.1.${index}`, "2", "3"],
  [`${mib2}.105.1.1.1.10.1.${index}`, "2", "2"],
];

/** Of a switch with one row or two in each table: OID, snmpsim's type, value. */
const rows: readonly (readonly [string, string, string])[] = [
  [`${mib2}.1.1.0`, "4", "a switch of the test"],
  [`${mib2}.1.2.0`, "6", "1.3.6.1.4.1.8072.3.2.10"],
  [`${mib2}.1.3.0`, "67", "1000"],
  [`${mib2}.1.5.0`, "4", "sw1"],
  [`${mib2}.1.7.0`, "2", "6"],
  ...port(1),
  ...port(2),
  [`${mib2}.4.20.1.2.${address}`, "2", "1"],
  [`${mib2}.4.20.1.3.${address}`, "64", "255.255.255.0"],
  [`${mib2}.4.22.1.2.1.192.0.2.9`, "4x", "020000000009"],
  [`${mib2}.17.1.1.0`, "4x", "020000000100"],
  [`${mib2}.17.7.1.2.2.1.2.10.2.0.0.0.0.9`, "2", "2"],
  [`${mib2}.17.7.1.2.2.1.3.10.2.0.0.0.0.9`, "2", "3"],
  [`${mib2}.17.7.1.4.2.1.3.0.10`, "66", "10"],
  [`${mib2}.17.7.1.4.2.1.4.0.10`, "4x", "c0"],
  [`${mib2}.17.7.1.4.2.1.5.0.10`, "4x", "c0"],
  [`${mib2}.17.7.1.4.3.1.1.10`, "4", "office"],
  [`${mib2}.47.1.1.1.1.2.1`, "4", "chassis of the test"],
  [`${mib2}.47.1.1.1.1.5.1`, "2", "3"],
  [`${mib2}.47.1.1.1.1.11.1`, "4", "SN-TEST-1"],
  [`${lldp}.4.0.1.1`, "2", "4"],
  [`${lldp}.5.0.1.1`, "4x", "020000000200"],
  [`${lldp}.6.0.1.1`, "2", "5"],
  [`${lldp}.7.0.1.1`, "4", "uplink7"],
  [`${lldp}.9.0.1.1`, "4", "sw2"],
];

/** As `snmpbulkwalk -On` prints it. */
const printed: Record<string, (value: string) => string> = {
  "2": (value) => `INTEGER: ${value}`,
  "4": (value) => `STRING: "${value}"`,
  "4x": (value) => `Hex-STRING: ${value.replace(/../g, "$& ").toUpperCase()}`,
  "6": (value) => `OID: .${value}`,
  "64": (value) => `IpAddress: ${value}`,
  "66": (value) => `Gauge32: ${value}`,
  "67": (value) => `Timeticks: (${value}) 0:00:10.00`,
};

const inOrder = rows.toSorted(([one], [other]) =>
  one.localeCompare(other, "en", { numeric: true, ignorePunctuation: false }),
);
const snmprec = inOrder.map((row) => `${row.join("|")}\n`).join("");
const walk = inOrder.map(([oid, type, value]) => `.${oid} = ${printed[type]?.(value)}\n`).join("");

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const recording = file("sw1.snmprec", snmprec);

interface Run {
  status: number;
  stdout: string;
  stderr: string;
  state: string;
  // biome-ignore lint/suspicious/noExplicitAny: what is printed is what is tested
  json: any;
}

let runs = 0;
async function run(words: string[], env: Record<string, string> = {}): Promise<Run> {
  const state = join(folder, `state${++runs}`);
  const answer = await reeve(["backend", "do", ...words, "--state", state], { env });
  const json = words.includes("--json") && answer.stdout !== "" ? JSON.parse(answer.stdout) : undefined;
  return { ...answer, state, json };
}

const dry = (action: string, path: string, ...more: string[]) =>
  run([action, "-d", address, "--walk", path, "--dry-run", "--json", ...more]);

test("a dry run of a recording prints one object with all tables, and leaves nothing behind", async () => {
  const { status, stdout, stderr, json, state } = await dry("discover,macsuck,arpnip", recording);
  expect([status, stdout.trim().split("\n").length]).toEqual([0, 1]);
  expect(existsSync(state)).toBe(false);
  expect(stderr.trim().split("\n").length).toBe(3);
  for (const table of tables) expect([table, Array.isArray(json[table])]).toEqual([table, true]);
  expect(json.device).toMatchObject([{ ip: address, name: "sw1", serial: "SN-TEST-1", layers: "00000110" }]);
  expect(json.device_ip).toMatchObject([{ ip: address, alias: address, subnet: "192.0.2.0/24", port: "port1" }]);
  expect(json.device_port).toMatchObject([
    { ip: address, port: "port1", up: "up", speed: "1.0 Gbps", mac: "02:00:00:00:01:10", vlan: 10, is_uplink: true },
    { ip: address, port: "port2", remote_id: "", is_uplink: false },
  ]);
  expect(json.device_vlan).toMatchObject([{ ip: address, vlan: 10, description: "office" }]);
  expect(json.device_port_vlan).toMatchObject([
    { port: "port1", vlan: 10, native: true, egress_tag: false },
    { port: "port2", vlan: 10, native: true, egress_tag: false },
  ]);
  expect(json.device_port_power).toMatchObject([
    { port: "port1", module: 1, admin: true, status: "deliveringPower", class: "class1" },
    { port: "port2", module: 1, admin: true },
  ]);
  expect(json.device_module).toMatchObject([{ ip: address, index: 1, class: "chassis", serial: "SN-TEST-1" }]);
  expect(json.neighbors).toMatchObject([
    {
      ...{ local_port: "port1", remote_ip: "", remote_port: "uplink7", remote_id: "02:00:00:00:02:00" },
      ...{ remote_type: "", protocol: "lldp", remote_name: "sw2" },
    },
  ]);
  expect(json.node).toMatchObject([
    { switch: address, mac: "02:00:00:00:00:09", port: "port2", vlan: 10, active: true },
  ]);
  expect(json.node_ip).toMatchObject([{ ip: "192.0.2.9", mac: "02:00:00:00:00:09", router: address, active: true }]);
});

test("a later action sees the earlier one's rows; alone it has discover done before it", async () => {
  const { status, json } = await dry("arpnip", recording);
  expect(status).toBe(0);
  expect(json.outcomes.map((one: { action: string }) => one.action)).toEqual(["discover", "arpnip"]);
  expect([json.device.length, json.node.length, json.node_ip.length]).toEqual([1, 0, 1]);
  const real = await run(["arpnip", "-d", address, "--walk", recording, "--json"]);
  expect(real.status).toBe(81);
  expect(real.json.outcomes[0].message).toMatch(/not known yet: discover it first/);
});

test("output of snmpwalk is the same recording, packed or not", async () => {
  // biome-ignore lint/suspicious/noExplicitAny: any rows
  const plain = ({ outcomes: _, ...rest }: any) =>
    JSON.stringify(rest).replace(/"(creation|last_\w+|time_\w+)":\d+/g, '"$1":0');
  const wanted = plain((await dry("discover,macsuck,arpnip", recording)).json);
  for (const path of [file("sw1.walk", walk), file("sw1.gz", gzipSync(walk)), file("sw1", gzipSync(snmprec))]) {
    const { status, json } = await dry("discover,macsuck,arpnip", path);
    expect([path, status, plain(json)]).toEqual([path, 0, wanted]);
  }
});

test("a recording that was cut off is told, and what it has is found", async () => {
  const packed = gzipSync(`${snmprec}${"1.3.6.1.9.1|4|filler\n".repeat(3)}`);
  const cut = await dry("discover", file("cut.snmprec.gz", packed.subarray(0, packed.length - 12)));
  expect(cut.status).toBe(81);
  expect(cut.json.device).toMatchObject([{ ip: address }]);
  expect(cut.json.outcomes).toMatchObject([{ status: "error", partial: true }]);
  expect(cut.stderr).toMatch(/incomplete, nothing was removed: .*the packed file is cut off/);
  expect(cut.stderr.length).toBeLessThan(2000);
  const half = await dry("discover", file("half.snmprec", snmprec.slice(0, -4)));
  expect([half.status, half.json.device.length]).toEqual([81, 1]);
});

test("files that are no recording", async () => {
  const cases: [string, number, RegExp][] = [
    [join(folder, "nowhere"), 66, /there is no file/],
    [file("text", "Dear Sir or Madam\n"), 65, /neither snmprec nor output of snmpwalk/],
    [file("bad.gz", Buffer.from(`1f8b${hex("rubbish")}`, "hex")), 65, /the packed data is damaged/],
    [folder, 74, /cannot read/],
    [file("empty", ""), 81, /does not say what it is: the recording is empty/],
  ];
  for (const [path, code, words] of cases) {
    const { status, stderr, state } = await dry("discover", path);
    expect([path, status, stderr]).toEqual([path, code, expect.stringMatching(words)]);
    expect(existsSync(state)).toBe(false);
  }
});

test("what is wrong on the command line is 64, and nothing has begun", async () => {
  const cases: [string[], RegExp][] = [
    [["nonsense", "-d", address], /there is no action nonsense; known: arpnip/],
    [["discover::nonsense", "-d", address, "--walk", recording, "--dry-run"], /no stage nonsense; known: allowed/],
    [["discover"], /discover wants a device \(-d\)/],
    [["discover", "-d", ""], /"" is no device/],
    [["discover", "-d", "192.0.2.0/99"], /is no prefix/],
    [["discover", "-d", "10.0.0.0/8"], /use pingsweep/],
    [["portcontrol", "-d", address, "--dry-run", "--walk", recording], /wants a port|wants -e/],
    [
      ["discover", "-d", "10.0.0.0/22", "--walk", recording, "--dry-run"],
      /1022 devices are more than 512: say --force/,
    ],
    [["discover", "-d", address, "--parallel", "0"], /--parallel/],
    [["discover", "-d", address, "--enqueue", "--walk", recording], /--enqueue leaves it to the backends/],
  ];
  for (const [words, message] of cases) {
    const { status, stderr, stdout, state } = await run(words);
    expect([words, status, stdout, stderr]).toEqual([words, 64, "", expect.stringMatching(message)]);
    expect(existsSync(state)).toBe(false);
  }
  expect((await run(["discover", "-d", `@${join(folder, "nowhere")}`])).status).toBe(72);
});

/** Port 9 is discard: nobody answers SNMP there. */
const silent = { REEVE_SNMP_TIMEOUT: "50", REEVE_SNMP_RETRIES: "0", REEVE_SNMP_PORT: "9" };
const asked = ({ json }: Run): string[] => json.outcomes.map((one: { device: string }) => one.device).toSorted();

test("many devices: files of them, prefixes; who is silent is not asked for more", async () => {
  const list = file("list", `# ours\n127.0.0.1\n127.0.0.2 # and another\n\n127.0.0.1\n127.0.0.8/31\n`);
  const dead = await run(["discover,macsuck", "-d", `@${list}`, "-d", "127.0.0.3:99", "--dry-run", "--json"], silent);
  expect(asked(dead)).toEqual(["127.0.0.1", "127.0.0.2", "127.0.0.3:99", "127.0.0.8", "127.0.0.9"]);
  expect(dead.status).toBe(81);
  for (const outcome of dead.json.outcomes) expect(outcome).toMatchObject({ action: "discover", status: "defer" });
  expect(dead.stderr).toMatch(/10 of 10 not done/);
  for (const table of tables) expect([table, dead.json[table]]).toEqual([table, []]);
});

test("more than 512 devices are asked with --force", async () => {
  const devices = ["127.1.0.0/23", "127.1.2.1", "127.1.2.2", "127.1.2.3"].flatMap((device) => ["-d", device]);
  const words = ["discover::system", ...devices, "--dry-run", "--json", "--parallel", "200"];
  expect((await run(words, silent)).status).toBe(64);
  const forced = await run([...words, "--force"], silent);
  expect([forced.status, asked(forced).length]).toEqual([81, 513]);
}, 30_000);

test("one stage alone reads its part, and stores the device that it is of", async () => {
  const { status, json } = await dry("discover::neighbors", recording);
  expect(status).toBe(0);
  expect([json.device.length, json.neighbors.length, json.device_port.length]).toEqual([1, 1, 2]);
  for (const table of ["device_vlan", "device_module", "device_port_power", "node"]) {
    expect([table, json[table]]).toEqual([table, []]);
  }
  expect(json.outcomes).toMatchObject([{ action: "discover", stage: "neighbors", status: "done" }]);
});

test("queued: in the database, for the backends", async () => {
  const { status, json, state } = await run([
    "discover,macsuck",
    "-d",
    address,
    "-d",
    "192.0.2.2",
    "--enqueue",
    "--json",
  ]);
  expect([status, json]).toEqual([0, { queued: 4, wanted: 4 }]);
  const jobs = await reeve(["backend", "jobs", "--json", "--state", state]);
  expect(jobs.status).toBe(0);
  expect(jobs.stdout).toContain("macsuck");
});

test.skipIf(!present)(
  "recordings of real devices: all done, one object each",
  async () => {
    const corpus = join(import.meta.dirname, "../../../shared/corpus/snmp");
    for (const name of recordings) {
      const words = ["discover,macsuck,arpnip", "-d", addressOf(name), "--walk", join(corpus, `${name}.snmprec.gz`)];
      const { status, json } = await run([...words, "--dry-run", "--json"]);
      expect([name, status, json.device.length]).toEqual([name, 0, 1]);
      expect(json.device_port.length).toBeGreaterThan(3);
    }
    console.log(`do: ${recordings.length} recordings`);
  },
  60_000,
);

if (!present) console.log("do: recordings of real devices are skipped, there are none");

test("what is printed for people names counts, not rows", async () => {
  const { status, stdout } = await run(["discover", "-d", address, "--walk", recording, "--dry-run"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^discover 192\.0\.2\.1: sw1: 2 ports, 1 addresses, 1 VLANs, 1 modules, 1 lldp \(/);
  expect(stdout).toMatch(/\nNothing was stored\. Rows: 1 device, /);
  expect(readFileSync(recording, "latin1")).toBe(snmprec);
});

test("with --trace every row is told on standard error, and standard output stays one document", async () => {
  const words = ["backend", "do", "discover,macsuck,arpnip", "-d", address, "--walk", recording, "--dry-run", "--json"];
  const { status, stdout, stderr } = await reeve([...words, "--trace"]);
  expect(status).toBe(0);
  expect(Object.keys(JSON.parse(stdout))).toContain("device_port");
  const told = stderr.split("\n").filter((line) => line.startsWith("row "));
  const kinds = new Set(told.map((line) => line.split(" ")[1]));
  expect([...kinds]).toEqual(
    expect.arrayContaining(["device", "device_port", "device_vlan", "link", "node", "node_ip"]),
  );
  expect(told.find((line) => line.startsWith("row node "))).toContain('"mac":"02:00:00:00:00:09"');
});
