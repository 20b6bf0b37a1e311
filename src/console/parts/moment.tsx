/** Moments in an address: written there in UTC, entered in the time of who enters them (console.js). */
import { Problem } from "../../problem.ts";

/**
 * `?NAME=2026-11-22T10:00`, in UTC, as epoch milliseconds.
 * @throws Problem `bad-request`
 */
export function askedMoment(url: URL, name: string): number | undefined {
  const text = url.searchParams.get(name);
  if (!text) return undefined;
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z?$/.test(text)
    ? Date.parse(text.endsWith("Z") ? text : `${text}Z`)
    : Number.NaN;
  if (!(time >= 0)) throw new Problem("bad-request", `${name}: expected a time such as 2026-11-22T10:00`);
  return time;
}

interface MomentInputProps {
  url: URL;
  id: string;
  name: string;
  required?: boolean;
}

/** Its label has `<span data-zone> (UTC)</span>`, which goes where a script knows the zone. */
export function MomentInput({ url, id, name, required }: MomentInputProps) {
  const text = (url.searchParams.get(name) ?? "").replace(/Z$/, "");
  return (
    <input
      id={id}
      type="datetime-local"
      name={name}
      value={text}
      data-moment={text && `${text}Z`}
      required={required}
      autocomplete="off"
    />
  );
}
