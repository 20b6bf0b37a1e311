/** The field that asks for another time than now, and what says that it was asked for. */
import { Problem } from "../../problem.ts";
import { Alert } from "../parts/text.tsx";
import { ExactTime } from "../parts/time.tsx";

/**
 * `?at=2026-11-22T10:00`, in UTC.
 * @throws Problem `bad-request`
 */
export function askedTime(url: URL): number | undefined {
  const text = url.searchParams.get("at");
  if (!text) return undefined;
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z?$/.test(text)
    ? Date.parse(text.endsWith("Z") ? text : `${text}Z`)
    : Number.NaN;
  if (!(time >= 0)) throw new Problem("bad-request", "at: expected a time such as 2026-11-22T10:00");
  return time;
}

/** A plain form: the page as it was then has an address of its own. */
export function AsOf({ url, keep }: { url: URL; keep: readonly string[] }) {
  const at = url.searchParams.get("at") ?? "";
  return (
    <form method="get" action={url.pathname} class="as-of">
      {keep.map((name) => {
        const value = url.searchParams.get(name);
        return value && <input type="hidden" name={name} value={value} />;
      })}
      <label for="as-of">
        As of<span data-zone> (UTC)</span>
      </label>
      <input
        id="as-of"
        type="datetime-local"
        name="at"
        value={at.replace(/Z$/, "")}
        data-moment={at && `${at.replace(/Z$/, "")}Z`}
        required
        autocomplete="off"
      />
      <button type="submit">Show</button>
    </form>
  );
}

interface ThenProps {
  url: URL;
  at: number | undefined;
  /** When it was found first. */
  since: number;
  /** False: what is shown is kept as it is now alone. */
  kept: boolean;
}

export function Then({ url, at, since, kept }: ThenProps) {
  if (at === undefined) return null;
  const query = new URLSearchParams(url.searchParams);
  query.delete("at");
  const now = `${url.pathname}?${query}`;
  return (
    <Alert tone={kept && at >= since ? "accent" : "warning"} live>
      {at < since ? (
        "The device was not known yet at "
      ) : kept ? (
        <>Ports, machines and neighbours as they were at </>
      ) : (
        "This is as it is now: only ports, machines, neighbours and the history are kept over time. You asked for "
      )}
      <ExactTime at={at} />. <a href={now}>Show now</a>
    </Alert>
  );
}
