import type { Child } from "hono/jsx";
import { Usage } from "../parts/progress.tsx";
import type { Column } from "../parts/table.tsx";
import { Badge } from "../parts/text.tsx";
import { formatBytes, formatMebibytes, formatMegahertz, formatNumber } from "../parts/units.ts";
import { fieldViews, type SectionView, type Unit } from "./columns.ts";
import type { SectionRow } from "./types.ts";

const formats: Record<Unit, (value: number) => string> = {
  MiB: formatMebibytes,
  bytes: formatBytes,
  MHz: formatMegahertz,
  number: (value) => formatNumber(value),
};

/** A value as people read it; what is no number keeps its text. */
export function formatField(value: string | number | undefined, unit: Unit | undefined): string {
  if (value === undefined) return "";
  return unit && typeof value === "number" ? formats[unit](value) : String(value);
}

/** Spreadsheets calculate with the number, so the unit stands in the title. */
function csvTitle(title: string, unit: Unit | undefined): string {
  return unit && unit !== "number" ? `${title} (${unit})` : title;
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
  return formatField(value, unit);
}

function numeric(section: SectionView, name: string): boolean {
  return section.fields[name]?.unit !== undefined;
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
      numeric: numeric(view, key),
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
