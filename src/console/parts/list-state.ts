/**
 * What a list shows (search words, order, page) lives in the address, so that every view can be bookmarked, opened in a
 * new window and reached with the back button.
 */

export interface ListState {
  search: string;
  sort: string;
  descending: boolean;
  /** From 1. */
  page: number;
  /** Rows on a page. */
  size: number;
  /** Rows on a page when the address does not say. */
  usualSize: number;
}

export interface ListDefaults {
  /** Keys that may be sorted by; the first is the order when none is asked. */
  sorts: readonly [string, ...string[]];
  /** The first key's order. */
  descending?: boolean;
  size?: number;
}

export const pageSizes = [25, 50, 100, 250] as const;
export const searchLength = 200;

function whole(text: string | null, least: number, most: number, fallback: number): number {
  const number = text !== null && /^\d{1,9}$/.test(text) ? Number(text) : fallback;
  return Math.min(most, Math.max(least, number));
}

/** Anything the address says wrongly falls back to the default: a list always shows. */
export function listState(url: URL, defaults: ListDefaults): ListState {
  const query = url.searchParams;
  const asked = query.get("sort") ?? "";
  const key = asked.replace(/^-/, "");
  const known = defaults.sorts.includes(key);
  const usualSize = defaults.size ?? 50;
  return {
    search: (query.get("search") ?? "").trim().slice(0, searchLength),
    sort: known ? key : defaults.sorts[0],
    descending: known ? asked.startsWith("-") : (defaults.descending ?? false),
    page: whole(query.get("page"), 1, 1_000_000, 1),
    size: whole(query.get("size"), 10, 500, usualSize),
    usualSize,
  };
}

/** The options that query commands share. */
export function listOptions(state: ListState): Record<string, unknown> {
  return {
    ...(state.search && { search: state.search }),
    sort: state.sort,
    descending: state.descending,
    limit: state.size,
    offset: (state.page - 1) * state.size,
  };
}

/** Parameters that say how to show a list; all others (a tab, a section) belong to the page. */
const own = ["search", "sort", "page", "size", "format"];

/** The page's own parameters, which every link of a list keeps. `notice` parameters are shown once and dropped. */
export function pageParameters(url: URL): [string, string][] {
  return [...url.searchParams].filter(([key]) => !own.includes(key) && key !== "notice");
}

/** Address of the same list with something changed; a new search or order starts at page 1. */
export function listHref(url: URL, change: { sort?: string; page?: number; search?: string; format?: "csv" }): string {
  const query = new URLSearchParams(pageParameters(url));
  for (const key of ["search", "sort", "size"] as const) {
    const value = key === "size" ? url.searchParams.get(key) : (change[key] ?? url.searchParams.get(key));
    if (value) query.set(key, value);
  }
  if (change.page !== undefined && change.page > 1) query.set("page", String(change.page));
  if (change.format) query.set("format", change.format);
  const text = query.toString();
  return text ? `${url.pathname}?${text}` : url.pathname;
}
