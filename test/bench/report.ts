/** What a bench says, and how it is printed. */
import { median, quantile, ratio } from "./measure.ts";

export interface Row {
  what: string;
  unit: string;
  values: readonly number[];
  /** The peer of the same rounds; ratios are this figure by the peer's. */
  against?: { name: string; values: readonly number[] } | undefined;
}

export interface Report {
  title: string;
  rows: Row[];
  /** What the figures do not say by themselves. */
  notes?: string[];
}

/** Figures that need no repetition: a line of heads, then lines of words. */
export interface Grid {
  title: string;
  grid: string[][];
  notes?: string[];
}

export type Bench = () => Promise<(Report | Grid)[]>;

/** Three significant digits, without an exponent. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const decimals = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 3)).replace(/(?<=\.\d*)0+$|\.0*$/, "");
}

/** A row's figures as words: median, range, repetitions, ratio. */
export function cells({ what, unit, values, against }: Row): string[] {
  const range = values.length < 2 ? "" : `${digits(quantile(values, 0))}–${digits(quantile(values, 1))}`;
  const times = against ? `${digits(ratio(values, against.values))} × ${against.name}` : "";
  return [what, `${digits(median(values))} ${unit}`, range, String(values.length), times];
}

const heads = ["", "median", "min–max", "n", "ratio"];

/** The report as a Markdown table, which is also readable as it is. */
export function table(report: Report | Grid): string {
  const lines = "grid" in report ? report.grid : [heads, ...report.rows.map(cells)];
  const columns = lines[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(3, ...lines.map((line) => (line[at] ?? "").length)),
  );
  // Names stand left, as do ratios with the name of their peer; numbers stand right.
  const right = (at: number) => at > 0 && ("grid" in report || at < columns - 1);
  const pad = (cell: string, at: number) => (right(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0));
  const draw = (line: string[]) => `| ${line.map(pad).join(" | ")} |`;
  const rule = `|${widths.map((width, at) => (right(at) ? `${"-".repeat(width + 1)}:` : "-".repeat(width + 2))).join("|")}|`;
  const [head = [], ...body] = lines;
  const notes = (report.notes ?? []).map((note) => `- ${note}`);
  return [`### ${report.title}`, "", draw(head), rule, ...body.map(draw), "", ...notes, ""].join("\n");
}
