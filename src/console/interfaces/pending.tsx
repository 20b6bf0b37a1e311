/** What was applied and waits for its confirm; and that it was taken back. On every page of the module. */
import { Icon } from "../icons.tsx";
import type { PageContext } from "../page.ts";
import { sameQuery } from "../parts/query.ts";
import { Alert, sentence } from "../parts/text.tsx";
import { RelativeTime, utcTime } from "../parts/time.tsx";
import { counted } from "../parts/units.ts";
import type { NetconfStatus, PendingConfirm } from "./control.ts";

/** 83000 → `1:23`, as console.js goes on with it. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The time left is said, not the deadline alone: the browser's clock may be another one. */
function Countdown({ deadline }: { deadline: number }) {
  const left = Math.max(0, deadline - Date.now());
  return (
    <span class="countdown" role="timer" data-countdown={left} data-over="now">
      {countdown(left)}
    </span>
  );
}

interface PendingProps {
  page: Pick<PageContext, "user" | "xsrf" | "url">;
  status: Pick<NetconfStatus, "pending">;
}

export function Pending({ page, status: { pending } }: PendingProps) {
  if (pending === null) return null;
  const { id, since, deadline, by, changes } = pending;
  const action = (name: string) => sameQuery(`/interfaces/${name}`, page.url);
  return (
    <section id="pending" class="alert warning pending" aria-label="Waits for a confirm">
      <Icon name="warning" />
      <div>
        <strong>
          Applied, and rolled back in <Countdown deadline={deadline} /> unless it is confirmed
        </strong>
        <p>
          {counted(changes.length, "change")} by {by}, <RelativeTime at={since} />; until{" "}
          <time datetime={new Date(deadline).toISOString()}>{utcTime(deadline, "second")}</time>. The daemon rolls back
          by itself, whatever becomes of this browser and its connection.
        </p>
        <p class="when-lost">
          If the connection does not come back, what was applied is rolled back when the time is over. If this host has
          another address now, open the console there, and confirm.
        </p>
        <p class="when-over">
          The time is over: by now it has been rolled back, unless somebody else has confirmed it. This page says which,
          as soon as it is connected again.
        </p>
        {changes.length > 0 && (
          <details>
            <summary>What was changed</summary>
            <ul>
              {changes.map((change) => (
                <li>{change}</li>
              ))}
            </ul>
          </details>
        )}
        {page.user.administrator && (
          <form method="post" action={action("confirm")} class="row-actions">
            <input type="hidden" name="xsrf" value={page.xsrf} />
            <input type="hidden" name="id" value={id} />
            <input type="hidden" name="back" value={page.url.pathname} />
            <button type="submit" class="primary">
              <Icon name="check" size={16} /> Confirm
            </button>
            <button type="submit" formaction={action("rollback")}>
              Roll back now
            </button>
          </form>
        )}
      </div>
    </section>
  );
}

/** While no daemon runs that could be asked: what was last told of it. */
export function PendingUntold({ pending }: { pending: PendingConfirm }) {
  const { deadline, by, since } = pending;
  return (
    <section id="pending" class="alert warning pending" aria-label="Waits for a confirm">
      <Icon name="warning" />
      <div>
        <strong>
          Applied, and to be rolled back in <Countdown deadline={deadline} /> unless it is confirmed
        </strong>
        <p>
          By {by}, <RelativeTime at={since} />; until{" "}
          <time datetime={new Date(deadline).toISOString()}>{utcTime(deadline, "second")}</time>. It stands on disk: a
          daemon that starts goes on with the time that is left, and rolls back at once when it is over.
        </p>
      </div>
    </section>
  );
}

export function TakenBack({
  status: { pending, rolledBack },
}: {
  status: Pick<NetconfStatus, "pending" | "rolledBack">;
}) {
  if (pending !== null || rolledBack === null) return null;
  return (
    <Alert tone="bad" title="What was applied was rolled back">
      {sentence(rolledBack.why)} (<RelativeTime at={rolledBack.at} />) The configuration of before is in force until the
      next apply, or until the file is read anew.
    </Alert>
  );
}
