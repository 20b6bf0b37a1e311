/**
 * A pass_persist agent (snmpd.conf(5)) that Net-SNMP's snmpd starts: BRIDGE-MIB of one Linux bridge, as the kernel has it
 * in /sys at the moment. Debian has none that serves dot1dTpFdbPort.
 *
 *     pass_persist .1.3.6.1.2.1.17 BUN agent.ts BRIDGE FOLDER
 *
 * If FOLDER/freeze exists, snmpd (FOLDER/snmpd.pid) is stopped when the N-th row of dot1dTpFdbPort is asked for, N being
 * what stands in that file; the file is then gone. So a test can cut off a walk in its middle.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const [bridge = "", folder = ""] = process.argv.slice(2);
const base = "1.3.6.1.2.1.17";
const portColumn = `${base}.4.3.1.2`;
const net = "/sys/class/net";
const read = (...path: string[]) => readFileSync(join(net, ...path), "utf8").trim();

interface Row {
  oid: string;
  type: "integer" | "octet" | "objectid" | "counter";
  value: string;
}

const octets = (address: string) => address.replaceAll(":", " ");
const compare = (a: string, b: string) => {
  const [left, right] = [a.split("."), b.split(".")];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    if (left[at] !== right[at]) return Number(left[at]) - Number(right[at]);
  }
  return left.length - right.length;
};

function rows(): Row[] {
  const ports = readdirSync(join(net, bridge, "brif")).map((name) => ({
    number: Number(read(bridge, "brif", name, "port_no")),
    ifIndex: read(name, "ifindex"),
  }));
  const integer = (oid: string, value: string | number): Row => ({
    oid: `${base}.${oid}`,
    type: "integer",
    value: String(value),
  });
  const found: Row[] = [
    { oid: `${base}.1.1.0`, type: "octet", value: octets(read(bridge, "address")) },
    integer("1.2.0", ports.length),
    // transparent-only
    integer("1.3.0", 2),
    integer("4.2.0", Math.round(Number(read(bridge, "bridge", "ageing_time")) / 100)),
  ];
  for (const { number, ifIndex } of ports) {
    found.push(integer(`1.4.1.1.${number}`, number), integer(`1.4.1.2.${number}`, ifIndex));
    found.push({ oid: `${base}.1.4.1.3.${number}`, type: "objectid", value: ".0.0" });
  }
  for (const { mac, port, local } of forwarding()) {
    const index = [...mac].join(".");
    found.push({
      oid: `${base}.4.3.1.1.${index}`,
      type: "octet",
      value: mac.toString("hex").replace(/..(?!$)/g, "$& "),
    });
    found.push(integer(`4.3.1.2.${index}`, port), integer(`4.3.1.3.${index}`, local ? 4 : 3));
  }
  return found.sort((a, b) => compare(a.oid, b.oid));
}

/** struct __fdb_entry of linux/if_bridge.h. */
function* forwarding(): Generator<{ mac: Buffer; port: number; local: boolean }> {
  const content = readFileSync(join(net, bridge, "brforward"));
  for (let at = 0; at + 16 <= content.length; at += 16) {
    const port = (content[at + 6] ?? 0) + (content[at + 12] ?? 0) * 256;
    yield { mac: content.subarray(at, at + 6), port, local: content[at + 7] === 1 };
  }
}

/** One walk asks many times within a moment: it is to see one table. */
let kept: { rows: Row[]; until: number } | undefined;

function current(): Row[] {
  if (!kept || kept.until < performance.now()) kept = { rows: rows(), until: performance.now() + 100 };
  return kept.rows;
}

let served = 0;

function perhapsFreeze(oid: string): void {
  if (!oid.startsWith(`${portColumn}.`)) return;
  const file = join(folder, "freeze");
  try {
    if (++served < Number(readFileSync(file, "utf8"))) return;
    rmSync(file);
    process.kill(Number(readFileSync(join(folder, "snmpd.pid"), "utf8")), "SIGSTOP");
  } catch {
    // Nobody wants it.
    served = 0;
  }
}

function answer(row: Row | undefined): string {
  if (!row) return "NONE";
  perhapsFreeze(row.oid);
  return `.${row.oid}\n${row.type}\n${row.value}`;
}

const plain = (oid: string) => oid.trim().replace(/^\./, "");
let lines: string[] = [];
let rest = "";

/** The first command in `lines`, answered; undefined while it is not there whole. */
function next(): string | undefined {
  const [command = "", oid = ""] = lines;
  const wanted = { get: 2, getnext: 2, set: 3 }[command] ?? 1;
  if (lines.length < wanted) return undefined;
  lines = lines.slice(wanted);
  if (command === "PING") return "PONG";
  if (command === "get") return answer(current().find((row) => row.oid === plain(oid)));
  if (command === "getnext") return answer(current().find((row) => compare(row.oid, plain(oid)) > 0));
  return command === "set" ? "not-writable" : "NONE";
}

process.stdin.on("data", (chunk) => {
  const all = (rest + chunk.toString("latin1")).split("\n");
  rest = all.pop() ?? "";
  lines.push(...all);
  for (
    let text = lines.length > 0 ? next() : undefined;
    text !== undefined;
    text = lines.length > 0 ? next() : undefined
  ) {
    process.stdout.write(`${text}\n`);
  }
});
process.stdin.on("end", () => process.exit(0));
