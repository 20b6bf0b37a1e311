import type { Child } from "hono/jsx";
import type { SectionRow } from "../../inventory/host.ts";
import { Usage } from "../parts/progress.tsx";
import type { Column } from "../parts/table.tsx";
import { Badge } from "../parts/text.tsx";
import { formatBytes, formatMebibytes, formatMegabytes, formatMegahertz } from "../parts/units.ts";
import { fieldViews, type SectionView, type Unit } from "./columns.ts";

const formats: Partial<Record<Unit, (value: number) => string>> = {
  MiB: formatMebibytes,
  MB: formatMegabytes,
  bytes: formatBytes,
  MHz: formatMegahertz,
};

/** Numbers: right-aligned, and in CSV with the unit in the title. */
const numericUnits: readonly (Unit | undefined)[] = ["MiB", "MB", "bytes", "MHz", "number"];

/** A value as people read it; what is no number keeps its text. */
export function formatField(value: string | number | undefined, unit: Unit | undefined): string {
  if (value === undefined) return "";
  if (unit && typeof value === "number") return formats[unit]?.(value) ?? String(value);
  // OCS's `2026/03/04 10:11:12`, whose time is often midnight because nobody knew it.
  const day = unit === "date" ? /^(\d{4})\/(\d\d)\/(\d\d)/.exec(String(value)) : null;
  return day ? `${day[1]}-${day[2]}-${day[3]}` : String(value);
}

/** Spreadsheets calculate with the number, so the unit stands in the title. */
function csvTitle(title: string, unit: Unit | undefined): string {
  return unit && unit in formats ? `${title} (${unit})` : title;
}

const states: Record<string, "good" | "neutral"> = {
  up: "good",
  running: "good",
  down: "neutral",
  shutdown: "neutral",
  off: "neutral",
};

function fieldCell(section: string, name: string, unit: Unit | undefined, row: SectionRow): Child {
  const value = row[name];
  if (name === "STATUS" && (section === "NETWORKS" || section === "VIRTUALMACHINES") && value !== undefined)
    return <Badge tone={states[String(value).toLowerCase()] ?? "neutral"}>{value}</Badge>;
  if (name === "IPADDRESS" && section === "NETWORKS") return withPrefix(value, row.IPMASK);
  const text = formatField(value, unit);
  return unit === "date" && text !== "" ? <time>{text}</time> : text;
}

/** Bits of a mask: `255.255.255.0` 24, `ffff:ffff::` 32, `64` 64; what is no mask has none. */
export function prefixLength(mask: string): number | undefined {
  if (/^\d{1,3}$/.test(mask)) return Number(mask);
  const groups = /^[0-9a-f:]+$/i.test(mask)
    ? mask
        .replace(/:+$/, "")
        .split(":")
        .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0"))
    : mask.split(".").map((byte) => Number(byte).toString(2).padStart(8, "0"));
  return /^(1+)0*$/.exec(groups.join(""))?.[1]?.length;
}

/** `192.0.2.7/24`, as people write an address with its network. */
function withPrefix(address: string | number | undefined, mask: string | number | undefined): string {
  if (address === undefined || mask === undefined || String(address).includes("/")) return String(address ?? "");
  const length = prefixLength(String(mask));
  return length === undefined ? `${address} (${mask})` : `${address}/${length}`;
}

/** Columns of a section: for its page, and `forCsv` with every field and plain numbers. */
export function sectionColumns(
  name: string,
  view: SectionView,
  present: readonly string[],
  forCsv = false,
): Column<SectionRow>[] {
  const columns: Column<SectionRow>[] = fieldViews(view, present)
    .filter(([, field]) => forCsv || !field.hidden)
    .map(([key, field]) => ({
      key,
      title: forCsv ? csvTitle(field.title, field.unit) : field.title,
      sortable: true,
      numeric: numericUnits.includes(field.unit),
      words: field.unit === "words",
      ...(!forCsv && { cell: (row) => fieldCell(name, key, field.unit, row) }),
    }));
  if (name === "DRIVES" && !forCsv && present.includes("TOTAL") && present.includes("FREE")) {
    const after = columns.findIndex((column) => column.key === "TOTAL");
    columns.splice(after, 0, { key: "USED", title: "Used", cell: driveUsage });
  }
  return columns;
}

function driveUsage(row: SectionRow): Child {
  const { TOTAL: total, FREE: free } = row;
  if (typeof total !== "number" || typeof free !== "number") return "";
  return <Usage used={total - free} total={total} />;
}
