const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];
const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** `3 hours ago`, `just now`. Both in epoch milliseconds. */
export function relativeTime(when: number, now = Date.now()): string {
  const seconds = Math.round((when - now) / 1000);
  for (const [unit, length] of steps)
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  return "just now";
}

/** `2026-11-21 21:50 UTC`, to the minute or the second; an instant outside the calendar is `?`. */
export function utcTime(when: number, to: "minute" | "second" = "minute"): string {
  if (!(Math.abs(when) <= 8.64e15)) return "?";
  return `${new Date(when)
    .toISOString()
    .slice(0, to === "minute" ? 16 : 19)
    .replace("T", " ")} UTC`;
}

interface TimeProps {
  /** Epoch milliseconds; nothing known draws a dash. */
  at: number | null | undefined;
  now?: number;
}

/** How long ago, with the exact time as title; console.js keeps it current and turns the title into local time. */
export function RelativeTime({ at, now }: TimeProps) {
  if (at === null || at === undefined || !(Math.abs(at) <= 8.64e15)) return <span class="muted">–</span>;
  return (
    <time datetime={new Date(at).toISOString()} title={utcTime(at)} data-relative>
      {relativeTime(at, now)}
    </time>
  );
}

/** The exact time and how long ago it was. */
export function ExactTime({ at, now }: TimeProps) {
  if (at === null || at === undefined || !(Math.abs(at) <= 8.64e15)) return <span class="muted">never</span>;
  return (
    <span>
      <time datetime={new Date(at).toISOString()} data-local>
        {utcTime(at)}
      </time>{" "}
      <span class="muted">
        (<RelativeTime at={at} now={now} />)
      </span>
    </span>
  );
}
