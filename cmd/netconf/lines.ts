/** How answers of the network configuration daemon look on a terminal: a line each, columns by tabs or aligned. */
import type {
  DiagnosticLine,
  Difference,
  EventSummary,
  EventTree,
  InterfaceState,
  LeaseState,
} from "../../src/console/interfaces/control.ts";
import { moment } from "../listener/ctl.ts";
import { cell } from "../printable.ts";

export function diagnosticLine({ severity, at, message, refuses }: DiagnosticLine): string {
  return `${at}: ${severity}: ${message}${refuses.length > 0 ? ` (refused: ${refuses.join(", ")})` : ""}`;
}

const marks = { missing: "+", different: "~", extra: "-", foreign: "?" } as const;

/** `+` is missing, `~` differs, `-` is ours and not wanted any more, `?` is nobody's that we know. */
export function differenceLines({ name, differences }: { name: string; differences: Difference[] }): string[] {
  return differences.map(({ kind, what, at }) => `${marks[kind]} ${name}: ${what}${at ? `  (${at})` : ""}`);
}

export function interfaceLines(all: InterfaceState[]): string[] {
  const rows = all.map(({ index, name, kind, type, operational, setup, addresses, waitsFor, error }) => [
    index === null ? "-" : String(index),
    name,
    kind || type || "-",
    operational,
    setup,
    [
      addresses.map(({ address }) => address).join(" "),
      setup === "deferred" ? waitsFor : waitsFor && `waits for ${waitsFor}`,
      error,
    ]
      .filter(Boolean)
      .map((part) => cell(String(part)))
      .join("; "),
  ]);
  return aligned([["IDX", "LINK", "TYPE", "OPERATIONAL", "SETUP", "ADDRESSES"], ...rows]);
}

export function leaseLines({
  name,
  family,
  client,
  pid,
  state,
  address,
  server,
  renewAt,
  expires,
  ...more
}: LeaseState): string[] {
  const facts: [string, string][] = [
    ["address", address],
    ["server", server],
    ["routers", more.routers.join(" ")],
    ["dns", more.dns.join(" ")],
    ["domain", more.domain],
    ["search", more.search.join(" ")],
    ["ntp", more.ntp.join(" ")],
    ["mtu", more.mtu ? String(more.mtu) : ""],
    ["since", moment(more.since)],
    ["renews", renewAt === null ? "" : moment(renewAt)],
    ["expires", expires === null ? "never" : moment(expires)],
    ...Object.entries(more.other),
  ];
  return [
    `${name}\tIPv${family} ${state} by ${client}${pid ? ` (process ${pid})` : ""}`,
    ...facts.filter(([, value]) => value !== "").map(([fact, value]) => `\t${fact}\t${cell(value)}`),
  ];
}

export function eventLine({ id, kind, name, by, queued, ended, outcome, reason }: EventSummary): string {
  const how = outcome === null ? "under way" : `${outcome} after ${((ended ?? queued) - queued) / 1000} s`;
  return [id, moment(queued), kind, name || "-", how, by, ...(reason ? [cell(reason)] : [])].join("\t");
}

/** Kinds whose first lines say why they came about. */
const tellReasons: ReadonlySet<string> = new Set(["POLICY", "ROLLBACK"]);

/** The causal chain: event, what it did to the kernel, with which result, for which line of the configuration. */
export function treeLines(tree: EventTree, indent = ""): string[] {
  const { kind, name, by, outcome, reason, at, lines, steps, ran, children } = tree;
  const head = `${indent}${kind}${name ? ` ${name}` : ""}: ${outcome ?? "under way"}${reason ? `: ${cell(reason)}` : ""}`;
  const inner = `${indent}  `;
  return [
    head + place(at) + (indent === "" ? `, asked by ${by}, ${moment(tree.queued)}` : ""),
    ...(tellReasons.has(kind) ? lines.slice(0, -1).map(({ text }) => `${inner}${cell(text)}`) : []),
    ...steps.map((step) => `${inner}${cell(step.line)}${step.error ? ` → ${cell(step.error)}` : ""}${place(step.at)}`),
    ...ran.map((one) => `${inner}${cell(one.what)} → ${one.status ?? "ended by a signal"}${place(one.at)}`),
    ...children.flatMap((child) => treeLines(child, inner)),
  ];
}

function place(at: string): string {
  return at ? `  [${at}]` : "";
}

function aligned(rows: string[][]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
