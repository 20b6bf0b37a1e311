import { sameQuery } from "./query.ts";

/** Ways through a list that begins with the newest. */
export function Older({ url, before }: { url: URL; before: number | null }) {
  const at = (number: number | null) => {
    const other = new URL(url);
    if (number === null) other.searchParams.delete("before");
    else other.searchParams.set("before", String(number));
    return sameQuery(url.pathname, other);
  };
  const first = url.searchParams.has("before");
  if (!first && before === null) return null;
  return (
    <nav class="pages" aria-label="Pages">
      {first && (
        <a class="button" href={at(null)}>
          Newest
        </a>
      )}
      {before !== null && (
        <a class="button" href={at(before)}>
          Older
        </a>
      )}
    </nav>
  );
}
