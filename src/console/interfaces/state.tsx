/** How the host's network stands: above each of the module's pages, and kept current. */
import type { Problem } from "../../problem.ts";
import type { PageContext } from "../page.ts";
import { Notice } from "../parts/errands.tsx";
import { type Drawn, type Service, servicePage } from "../parts/live.tsx";
import { Alert, Empty, Facts, Said, sentence } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { counted } from "../parts/units.ts";
import type { DiagnosticLine, EventSummary, NetconfStatus } from "./control.ts";
import { errands } from "./errand-page.tsx";
import { interfacesPath, Places } from "./links.tsx";
import { Pending, PendingUntold, TakenBack } from "./pending.tsx";
import { marked, newestEvents, type Shown } from "./shown.ts";
import { operationals } from "./words.ts";

/** Diagnostics that are shown one by one. */
const mostDiagnostics = 20;

export function Diagnostics({ diagnostics }: { diagnostics: readonly DiagnosticLine[] }) {
  if (diagnostics.length === 0) return null;
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const sorted = diagnostics.toSorted((a, b) => Number(a.severity !== "error") - Number(b.severity !== "error"));
  const rest = diagnostics.length - mostDiagnostics;
  const title = [
    errors > 0 && counted(errors, "error"),
    errors < diagnostics.length && counted(diagnostics.length - errors, "warning"),
  ];
  return (
    <Alert tone={errors > 0 ? "bad" : "warning"} title={`${title.filter(Boolean).join(" and ")} in the configuration`}>
      <ul class="diagnostics">
        {sorted.slice(0, mostDiagnostics).map(({ at, message, refuses }) => (
          <li>
            <code>{at}</code>: {message}
            {refuses.length > 0 && <span class="muted"> (left as it is: {refuses.join(", ")})</span>}
          </li>
        ))}
      </ul>
      {rest > 0 && <p>and {rest} more: reeve netconf check</p>}
    </Alert>
  );
}

function Warnings({ status: { warnings } }: { status: NetconfStatus }) {
  return (
    <>
      {warnings.map((warning) => (
        <Alert tone="warning">{sentence(warning)}</Alert>
      ))}
    </>
  );
}

/** One line for pages that are about something else. */
function Line({ status: { operational, interfaces, configuration } }: { status: NetconfStatus }) {
  const count = (setup: string) => interfaces.filter((one) => one.setup === setup).length;
  const errors = configuration.diagnostics.filter(({ severity }) => severity === "error").length;
  return (
    <p class="queue-state">
      <span>
        This host is <Said said={operationals[operational]} />
      </span>
      {(["failed", "deferred", "configuring"] as const)
        .filter((setup) => count(setup) > 0)
        .map((setup) => (
          <span>
            {count(setup)} {setup}
          </span>
        ))}
      {errors > 0 && <a href={interfacesPath}>{counted(errors, "error")} in the configuration</a>}
    </p>
  );
}

function Whole({ status }: { status: NetconfStatus }) {
  const { operational, dns, configuration, pid, version, started } = status;
  const { files, read } = configuration;
  return (
    <>
      <Diagnostics diagnostics={configuration.diagnostics} />
      <div class="card listener-state">
        <Facts
          label="Host"
          facts={[
            ["This host", <Said said={operationals[operational]} />],
            [
              "Name servers",
              dns.servers.length > 0 && (
                <>
                  {dns.servers.join(", ")} {dns.by && <span class="muted">({dns.by})</span>}
                </>
              ),
            ],
            ["Search", dns.search.join(", ")],
            [
              "Configuration",
              <>
                {files.length === 1 ? <code>{files[0]}</code> : counted(files.length, "file")}, read{" "}
                <RelativeTime at={read} />
              </>,
            ],
            [
              "Daemon",
              <>
                process {pid}, Reeve {version}, started <RelativeTime at={started} />
              </>,
            ],
          ]}
        />
      </div>
    </>
  );
}

/** In the place of the pages when the daemon cannot be asked. */
function Away({ problem }: { problem: Problem }) {
  if (problem.code !== "not-running")
    return (
      <Empty icon="warning" title="The network daemon does not answer">
        <p>{sentence(problem.message)}</p>
      </Empty>
    );
  return (
    <Empty icon="port" title="The network daemon does not run on this host">
      <p>
        It configures this host's interfaces as <code>/etc/network/interfaces</code> says, and changes them so that they
        roll back unless somebody confirms:
      </p>
      <pre>reeve netconf daemon --auto</pre>
      <p>
        Or, of the package: <code>systemctl enable --now reeve-netconf</code>. This page shows it as soon as it runs.
      </p>
    </Empty>
  );
}

/** As the daemon told it last: it may wait for its confirm on disk though no daemon runs. */
let told: NetconfStatus["pending"] = null;

const netconf: Service<Shown> = {
  id: "netconf",
  watch: "interfaces/watch",
  async state(page) {
    const [status, { events }] = await Promise.all([
      page.call<NetconfStatus>("interfaces/status", {}),
      page.call<{ events: EventSummary[] }>("interfaces/events", { limit: newestEvents }),
    ]);
    told = status.pending;
    return { status, newest: events };
  },
  marked,
  away: (problem) => (
    <>
      {told && <PendingUntold pending={told} />}
      <Away problem={problem} />
    </>
  ),
};

interface Drawing extends Pick<Drawn<Shown>, "title" | "crumbs" | "actions" | "above" | "content" | "below"> {
  /** Of which of the module's pages this is one. */
  here: string;
  /** The whole of the host's state, not one line of it. */
  whole?: boolean;
}

/** A page about the host's network. */
export function netconfPage(page: PageContext, { here, whole = false, above, content, ...drawn }: Drawing) {
  return servicePage(page, netconf, {
    ...drawn,
    places: (shown) => <Places page={page} here={here} shown={shown} />,
    above: (
      <>
        <Notice url={page.url} errands={errands} />
        {above}
      </>
    ),
    content: async (shown) => (
      <>
        <Pending page={page} status={shown.status} />
        <TakenBack status={shown.status} />
        <Warnings status={shown.status} />
        {whole ? <Whole status={shown.status} /> : <Line status={shown.status} />}
        {await content(shown)}
      </>
    ),
  });
}
