import type { Child } from "hono/jsx";

/** `done` of `total`; without `total` it only says that something goes on. */
export function Progress({ label, done, total }: { label: string; done?: number; total?: number }) {
  const known = done !== undefined && total !== undefined && total > 0;
  return (
    <div class="progress">
      <span class="progress-label">
        <span>{label}</span>
        {known && <span class="muted">{Math.round((100 * done) / total)} %</span>}
      </span>
      {known ? <progress aria-label={label} value={done} max={total} /> : <progress aria-label={label} />}
    </div>
  );
}

/** How full something is: green, amber from 80 %, red from 95 %. */
export function Usage({ used, total, children }: { used: number; total: number; children?: Child }) {
  if (!(total > 0) || !(used >= 0)) return <span class="muted">–</span>;
  const percent = Math.min(100, Math.round((100 * used) / total));
  const tone = percent >= 95 ? "bad" : percent >= 80 ? "warning" : "";
  return (
    <span class="usage">
      {/* Not <meter>, whose looks browsers do not leave to a page; nor a styled width, which the CSP forbids. The text says it. */}
      <svg class={`meter ${tone}`} aria-hidden="true" viewBox="0 0 100 8" preserveAspectRatio="none">
        <rect width={percent} height="8" />
      </svg>
      <span class="usage-text">{children ?? `${percent} %`}</span>
    </span>
  );
}

interface LiveListProps {
  label: string;
  /** Address of an event stream (`/command/…` of a command that allows GET); absent: nothing more will come. */
  stream?: string;
  /**
   * Its partial results carry a `mark`, and the command goes on behind the one that is given it as `after`: when the
   * connection is lost it is opened again, and what was missed is told, or that it is not known (`what: "mark"`).
   */
  resumes?: boolean;
  lines?: readonly Child[];
}

/**
 * Lines that grow as a command reports: each partial result of the stream adds its `message` (or, without one, its
 * JSON; nothing for an empty one) behind the time `at`, and `percent` moves the bar. Kept to the last 1000 lines by live.js.
 */
export function LiveList({ label, stream, resumes = false, lines = [] }: LiveListProps) {
  return (
    <div class="live" data-stream={stream} data-resumes={resumes ? "yes" : undefined}>
      {stream && <progress aria-label={label} max="100" />}
      <div role="log" aria-label={label} tabindex={0}>
        <ol>
          {lines.map((line) => (
            <li>{line}</li>
          ))}
        </ol>
      </div>
      <p class="live-state muted" role="status">
        {stream ? "Waiting for the first line …" : ""}
      </p>
    </div>
  );
}
