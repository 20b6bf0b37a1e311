/** The field that asks for another time than now, and what says that it was asked for. */
import { askedMoment, MomentInput } from "../parts/moment.tsx";
import { Alert } from "../parts/text.tsx";
import { ExactTime } from "../parts/time.tsx";

export function askedTime(url: URL): number | undefined {
  return askedMoment(url, "at");
}

/** A plain form: the page as it was then has an address of its own. */
export function AsOf({ url, keep }: { url: URL; keep: readonly string[] }) {
  return (
    <form method="get" action={url.pathname} class="as-of">
      {keep.map((name) => {
        const value = url.searchParams.get(name);
        return value && <input type="hidden" name={name} value={value} />;
      })}
      <label for="as-of">
        As of<span data-zone> (UTC)</span>
      </label>
      <MomentInput url={url} id="as-of" name="at" required />
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
