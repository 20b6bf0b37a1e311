/** How the listener stands: above each of its pages, and kept current. */
import type { Problem } from "../../problem.ts";
import type { PageContext } from "../page.ts";
import { type Drawn, type Service, servicePage } from "../parts/live.tsx";
import { Progress } from "../parts/progress.tsx";
import { Alert, Empty, Facts, Said, sentence } from "../parts/text.tsx";
import { ExactTime, RelativeTime } from "../parts/time.tsx";
import { counted, formatBytes, formatNumber } from "../parts/units.ts";
import type { ListenerStatus } from "./control.ts";
import { Places } from "./links.tsx";
import { lagOf, phases, verifyOf } from "./words.ts";

function Trouble({ status }: { status: ListenerStatus }) {
  const { phase, phaseSince, error, errorAt } = status;
  if (phase === "full")
    return (
      <Alert tone="bad" title="There is no space left on the disk">
        Nothing is lost: the listener goes on when there is some. {sentence(error)}
      </Alert>
    );
  if (phase !== "connecting") return null;
  return (
    <Alert tone="warning" title="No server answers">
      The listener has been looking for one since <RelativeTime at={phaseSince} />.{" "}
      {error && (
        <>
          {sentence(error)} (<RelativeTime at={errorAt} />)
        </>
      )}
    </Alert>
  );
}

function Going({ status }: { status: ListenerStatus }) {
  const { progress, verifying, phase } = status;
  if (progress === null || (phase === "following" && !verifying)) return null;
  const { done, total } = progress;
  const what = verifying ? "Compares the directory with what handlers were told" : "Reads the directory";
  const label = `${what}: ${counted(done, "entry", "entries")}`;
  return total === null ? <Progress label={label} /> : <Progress label={label} done={done} total={total} />;
}

/** One line for pages that are about something else. */
function Line({ status }: { status: ListenerStatus }) {
  const { server, phase, lag, lastSync, verified, verifying } = status;
  return (
    <p class="queue-state">
      <Said said={phases[phase]} />
      {server && <span>{server}</span>}
      <span>{lagOf(lag)}</span>
      {lastSync !== null && (
        <span class="muted">
          last told <RelativeTime at={lastSync} />
        </span>
      )}
      {verified && !verifying && (
        <span class="muted">
          verified <RelativeTime at={verified.ended} />: {verifyOf(verified)}
        </span>
      )}
    </p>
  );
}

function Whole({ status }: { status: ListenerStatus }) {
  const { server, servers, suffix, base, phase, phaseSince, lag, lastSync, entries, head, headAt } = status;
  const { unreadable, unreadableDns } = status;
  const { first, bytes, rate, verified, verifying, pid, started, version } = status;
  const kept = head < first ? 0 : head - first + 1;
  return (
    <div class="card listener-state">
      <Facts
        label="Listener"
        facts={[
          ["Server", server],
          ["Others", servers.filter((one) => one !== server).join(", ")],
          ["Directory", [suffix, base && base !== suffix && `handlers see ${base}`].filter(Boolean).join("; ")],
          [
            "State",
            <>
              <Said said={phases[phase]} />{" "}
              <span class="muted">
                since <RelativeTime at={phaseSince} />
              </span>
            </>,
          ],
          ["Handlers", lagOf(lag)],
          ["Last told", <ExactTime at={lastSync} />],
          ["Entries", formatNumber(entries)],
          [
            "Left out",
            unreadable > 0 && `${formatNumber(unreadable)} that cannot be read: ${unreadableDns.join("; ")}`,
          ],
          [
            "Newest change",
            head > 0 && (
              <>
                {formatNumber(head)}, <RelativeTime at={headAt} />
              </>
            ),
          ],
          ["Changes kept", `${formatNumber(kept)} (${formatBytes(bytes)}), ${formatNumber(rate, 1)} a second now`],
          [
            "Verified",
            verifying ? (
              "under way"
            ) : verified ? (
              <>
                <RelativeTime at={verified.ended} />: {verifyOf(verified)}
              </>
            ) : (
              "not yet"
            ),
          ],
          [
            "Process",
            <>
              {pid}, Reeve {version}, started <RelativeTime at={started} />
            </>,
          ],
        ]}
      />
    </div>
  );
}

function State({ status, whole }: { status: ListenerStatus; whole: boolean }) {
  return (
    <>
      <Trouble status={status} />
      {whole ? <Whole status={status} /> : <Line status={status} />}
      <Going status={status} />
    </>
  );
}

/** In the place of the listener's pages when it cannot be asked. */
function Away({ problem }: { problem: Problem }) {
  if (problem.code === "permission")
    return (
      <Empty icon="people" title="The listener does not let the console in">
        <p>
          It runs as another user. Name a group of which the console's user is a member, and start the listener anew:
        </p>
        <pre>listener.group: reeve</pre>
      </Empty>
    );
  if (problem.code !== "not-running")
    return (
      <Empty icon="warning" title="The listener does not answer">
        <p>{sentence(problem.message)}</p>
      </Empty>
    );
  return (
    <Empty icon="people" title="The listener does not run on this host">
      <p>It follows an LDAP directory, keeps what changes, and feeds the pages of people and groups:</p>
      <pre>reeve listener -H ldap://SERVER -D BIND-DN -y PASSWORD-FILE</pre>
      <p>
        What stands in the configuration (<code>listener.servers</code>, <code>listener.bindDn</code> …) need not be
        said again. This page shows the listener as soon as it runs; people and groups stay searchable as they were last
        known.
      </p>
    </Empty>
  );
}

const listener: Service<ListenerStatus> = {
  id: "listener",
  watch: "directory/watch",
  state: (page) => page.call<ListenerStatus>("directory/status", {}),
  away: (problem) => <Away problem={problem} />,
};

interface Drawing extends Pick<Drawn<ListenerStatus>, "title" | "actions" | "above" | "content"> {
  /** Of which of the module's pages this is one. */
  here: string;
  /** The whole of the listener's state, not one line of it. */
  whole?: boolean;
}

/** A page about the running listener. */
export function listenerPage(page: PageContext, { here, whole = false, content, ...drawn }: Drawing) {
  return servicePage(page, listener, {
    ...drawn,
    places: (status) => <Places page={page} here={here} status={status} />,
    content: async (status) => (
      <>
        <State status={status} whole={whole} />
        {await content(status)}
      </>
    ),
  });
}
