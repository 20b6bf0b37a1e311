/** Addresses with their query. */

/** What is empty is left out. */
export function withQuery(path: string, query: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** The same query at another path, with what was done, if anything. */
export function sameQuery(path: string, url: URL, notice?: string): string {
  return withQuery(path, { ...Object.fromEntries(url.searchParams), notice });
}

/** A number of an address, as `?before=` or `:id`; undefined: it is none. */
export function askedNumber(text: string | null | undefined): number | undefined {
  return text && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}
