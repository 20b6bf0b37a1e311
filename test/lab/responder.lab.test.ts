/** The responder, asked by net-snmp's programs. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tag } from "../../src/snmp/value.ts";
import { temporaryFolder } from "./folder.ts";
import { type Responder, startResponder } from "./responder.ts";

const present = Bun.which("snmpget") !== null;
if (!present) console.log("responder: skipped, there is no snmpget (package snmp)");
const check = test.skipIf(!present);

let responder: Responder;
const folder = temporaryFolder("responder");

beforeAll(async () => {
  const rows = [
    "1.3.6.1.2.1.1.1.0|4|a switch",
    "1.3.6.1.2.1.1.5.0|4|sw1",
    "1.3.6.1.2.1.2.2.1.7.1|2|1",
    ...Array.from({ length: 300 }, (_, at) => `1.3.6.1.2.1.2.2.1.2.${at * 100}|4|port ${at}`),
    "1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615",
    "1.3.6.1.2.1.31.1.1.1.18.1|4|",
    `1.3.6.1.4.1.1.1.0|4|${"x".repeat(1400)}`,
    "1.3.6.1.4.1.1.2.0|67|1",
  ];
  writeFileSync(join(folder, "sw1.snmprec"), `${rows.join("\n")}\n`);
  writeFileSync(join(folder, "sw1@7.snmprec"), "1.3.6.1.2.1.1.5.0|4|vlan 7\n");
  responder = await startResponder({
    devices: new Map([
      ["sw1", { file: join(folder, "sw1.snmprec") }],
      ["own", { file: join(folder, "sw1.snmprec"), host: "127.0.77.3", without: ["1.3.6.1.2.1.2"] }],
      ["rows", { rows: [{ oid: "1.3.6.1.2.1.1.3.0", type: tag.timeTicks, value: 100 }] }],
    ]),
  });
});
afterAll(() => responder?.stop());

async function ask(program: string, community: string, ...words: string[]) {
  const host = community === "public" ? "127.0.77.3" : responder.host;
  const [first = "", ...rest] = words;
  const version = first.startsWith("-v") ? [first] : ["-v2c", ...(first ? [first] : [])];
  const child = Bun.spawn(
    [
      program,
      ...version,
      "-On",
      "-m",
      "",
      "-t",
      "0.5",
      "-r",
      "0",
      "-c",
      community,
      `${host}:${responder.port}`,
      ...rest,
    ],
    { stdout: "pipe", stderr: "pipe", env: { SNMP_PERSISTENT_DIR: folder } },
  );
  const text = await new Response(child.stdout).text();
  const errors = await new Response(child.stderr).text();
  await child.exited;
  return { lines: text.split("\n").filter((line) => line !== ""), errors };
}

check("GET, and what is not there", async () => {
  const { lines } = await ask("snmpget", "sw1", "-v2c", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.2.2.1.2.5", "1.3.6.1.9.9.0");
  expect(lines).toEqual([
    '.1.3.6.1.2.1.1.5.0 = STRING: "sw1"',
    ".1.3.6.1.2.1.2.2.1.2.5 = No Such Instance currently exists at this OID",
    ".1.3.6.1.9.9.0 = No Such Object available on this agent at this OID",
  ]);
  expect((await ask("snmpget", "sw1", "-v1", "1.3.6.1.9.9.0")).errors).toContain("noSuchName");
  expect((await ask("snmpget", "sw1", "-v1", "1.3.6.1.2.1.31.1.1.1.6.1")).errors).toContain("noSuchName");
  const big = await ask("snmpget", "sw1", "-v2c", "1.3.6.1.4.1.1.1.0", "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0");
  expect(big.errors).toContain("tooBig");
});

check("walks by GETNEXT and GETBULK come to the same, and to the end", async () => {
  const next = await ask("snmpwalk", "sw1", "-v2c", "1");
  const bulk = await ask("snmpbulkwalk", "sw1", "-v2c", "1");
  expect(next.lines.length).toBe(308);
  expect(bulk.lines).toEqual(next.lines);
  expect(next.lines.at(-1)).toContain("No more variables left");
  const first = await ask("snmpwalk", "sw1", "-v1", "1");
  expect(first.lines.length).toBe(307);
  expect(first.lines.join()).not.toContain("Counter64");
});

check("contexts, own addresses, unknown communities", async () => {
  expect((await ask("snmpget", "sw1@7", "-v2c", "1.3.6.1.2.1.1.5.0")).lines[0]).toContain("vlan 7");
  for (const silent of ["sw1@8", "nobody"]) {
    expect((await ask("snmpget", silent, "-v2c", "1.3.6.1.2.1.1.5.0")).errors).toContain("Timeout");
  }
  expect((await ask("snmpget", "public", "-v2c", "1.3.6.1.2.1.1.5.0")).lines[0]).toContain("sw1");
  expect((await ask("snmpwalk", "public", "-v2c", "1.3.6.1.2.1.2")).lines[0]).toContain("No Such Instance");
});

check("SET of a few objects, only with write access, all or none", async () => {
  const set = (community: string, ...words: string[]) => ask("snmpset", community, "-v2c", ...words);
  const name = "1.3.6.1.2.1.1.5.0";
  expect((await set("own", name, "s", "new")).errors).toContain("notWritable");
  expect((await set("own:rw", "1.3.6.1.2.1.1.1.0", "s", "new")).errors).toContain("notWritable");
  expect((await set("own:rw", name, "i", "1")).errors).toContain("wrongType");
  expect((await set("own:rw", name, "s", "new", "1.3.6.1.2.1.1.1.0", "s", "x")).errors).toContain("notWritable");
  expect((await ask("snmpget", "own", "-v2c", name)).lines[0]).toContain("sw1");
  expect((await set("own:rw", name, "s", "new")).lines[0]).toContain("new");
  expect((await ask("snmpget", "own", "-v2c", name)).lines[0]).toContain("new");
  expect((await ask("snmpget", "sw1", "-v2c", name)).lines[0]).toContain("sw1");
});

check("what is served changes while it runs", async () => {
  const uptime = "1.3.6.1.2.1.1.3.0";
  await responder.set("rows", { oid: uptime, type: tag.timeTicks, value: 7 });
  expect((await ask("snmpget", "rows", "-v2c", uptime)).lines[0]).toContain("(7)");
  await responder.change({
    device: "rows",
    remove: ["1.3.6.1.2.1.1"],
    set: [{ oid: "1.3.6.1.2.1.2.1.0", type: tag.integer, value: -300 }],
  });
  expect((await ask("snmpwalk", "rows", "-v2c", "1")).lines).toEqual([
    ".1.3.6.1.2.1.2.1.0 = INTEGER: -300",
    ".1.3.6.1.2.1.2.1.0 = No more variables left in this MIB View (It is past the end of the MIB tree)",
  ]);
  await responder.change({ device: "rows", silent: true });
  expect((await ask("snmpget", "rows", "-v2c", "1.3.6.1.2.1.2.1.0")).errors).toContain("Timeout");
  await responder.change({ device: "rows", silent: false });
  expect((await ask("snmpget", "rows", "-v2c", "1.3.6.1.2.1.2.1.0")).lines[0]).toContain("-300");
  await expect(responder.change({ device: "nobody" })).rejects.toThrow("no device nobody");
});

check("requests are counted, and lost in order when asked to", async () => {
  await responder.stats(true);
  await ask("snmpget", "sw1", "-v2c", "1.3.6.1.2.1.1.5.0");
  const counted = await responder.stats(true);
  expect([counted.requests, counted.gets, counted.answers, counted.devices.sw1]).toEqual([1, 1, 1, 1]);
  expect(counted.cpu).toBeGreaterThan(0);
  await responder.tune({ loss: 1 });
  expect((await ask("snmpget", "sw1", "-v2c", "1.3.6.1.2.1.1.5.0")).errors).toContain("Timeout");
  await responder.tune({ loss: 0, latency: 1 });
  expect((await ask("snmpget", "sw1", "-v2c", "1.3.6.1.2.1.1.5.0")).lines[0]).toContain("sw1");
  expect((await responder.stats()).dropped).toBe(1);
});
