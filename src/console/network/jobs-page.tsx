import type { Child } from "hono/jsx";
import { Problem } from "../../problem.ts";
import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { Choices } from "../parts/choices.tsx";
import { csvFileName } from "../parts/csv.ts";
import { parseForm } from "../parts/form-fields.ts";
import { List } from "../parts/list.tsx";
import { listState } from "../parts/list-state.ts";
import { Live } from "../parts/live.tsx";
import { type Column, Table, tableCsv } from "../parts/table.tsx";
import { Alert, Badge, Empty, Heading, sentence, type Tone } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { counted, formatNumber } from "../parts/units.ts";
import type { JobList, JobRow, Queue } from "./answer.ts";
import { jobStates, network } from "./declaration.ts";
import { EnqueueForm } from "./devices-page.tsx";
import { DeviceAnchor, jobHref, jobsPath, Places, Words } from "./links.tsx";

const queueId = "queue";
/** Of each state on the page of all. */
const few = 20;
const mostCsv = 1000;

const tones: Record<string, Tone> = { running: "accent", done: "good", error: "bad", cancelled: "warning" };

export function StatusBadge({ job }: { job: Pick<JobRow, "status" | "cancelling"> }) {
  return <Badge tone={tones[job.status] ?? "neutral"}>{job.cancelling ? "being cancelled" : job.status}</Badge>;
}

export function whatOf({ action, stage, extra, port }: JobRow): string {
  return [stage ? `${action}::${stage}` : action, extra, port && `on ${port}`].filter(Boolean).join(" ");
}

export function CancelButton({ page, job }: { page: PageContext; job: JobRow }) {
  if (!page.user.administrator || job.cancelling || (job.status !== "queued" && job.status !== "running")) return null;
  return (
    <form method="post" action={`${jobsPath}/cancel`}>
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <input type="hidden" name="id" value={job.id} />
      <button id={`cancel-${job.id}`} type="submit" aria-label={`Cancel job ${job.id}`}>
        Cancel
      </button>
    </form>
  );
}

function saysOf(job: JobRow): string {
  return job.status === "queued" && job.reasons.length > 0 ? (job.reasons[0] ?? "") : job.message;
}

function columns(page: PageContext, state: (typeof jobStates)[number]): Column<JobRow>[] {
  const times: Record<typeof state, [string, (job: JobRow) => number | null]> = {
    running: ["Since", ({ started }) => started],
    waiting: ["Queued", ({ entered }) => entered],
    ended: ["Ended", ({ finished }) => finished],
  };
  const [title, time] = times[state];
  return [
    { key: "id", title: "Job", cell: (job) => <a href={jobHref(job.id)}>{`${job.id} ${whatOf(job)}`}</a> },
    { key: "what", title: "What", csvOnly: true, value: whatOf },
    { key: "device", title: "Device", cell: ({ device, known }) => (known ? <DeviceAnchor device={known} /> : device) },
    { key: "status", title: "Status", cell: (job) => <StatusBadge job={job} /> },
    {
      key: "time",
      title,
      value: (job) => (time(job) === null ? "" : new Date(time(job)!).toISOString()),
      cell: (job) => <RelativeTime at={time(job)} />,
    },
    { key: "user", title: "Asked by", value: ({ user }) => user || "schedule" },
    {
      key: "message",
      title: state === "waiting" ? "Why it waits" : "Says",
      words: true,
      value: saysOf,
      cell: (job) => <Words text={saysOf(job)} />,
    },
    ...(state !== "ended" && page.user.administrator
      ? [
          {
            key: "cancel",
            title: "Action",
            value: () => "",
            cell: (job: JobRow) => <CancelButton page={page} job={job} />,
          },
        ]
      : []),
  ];
}

const titles = { running: "Running", waiting: "Waiting", ended: "Ended" };

async function Few({ page, state }: { page: PageContext; state: (typeof jobStates)[number] }) {
  const { jobs, total } = await page.call<JobList>("network/jobs", { state, limit: few, explain: state === "waiting" });
  if (total === 0 && state !== "ended") return null;
  return (
    <section aria-label={titles[state]}>
      <h2>
        {titles[state]} {total > 0 && <span class="muted">{formatNumber(total)}</span>}
      </h2>
      {jobs.length === 0 ? (
        <Empty icon="list" title="No job has ended yet">
          <p>
            Jobs come from the schedule of <code>reeve backend</code>, from device pages, and from{" "}
            <code>reeve backend do --enqueue</code>.
          </p>
        </Empty>
      ) : (
        <Table id={`jobs-${state}`} caption={`Jobs: ${titles[state]}`} columns={columns(page, state)} rows={jobs} />
      )}
      {total > jobs.length && (
        <p class="more">
          <a href={`${jobsPath}?state=${state}`}>Show all {formatNumber(total)}</a>
        </p>
      )}
    </section>
  );
}

function State({ queue }: { queue: Queue }) {
  const alive = queue.backends.filter((backend) => backend.alive);
  return (
    <>
      {alive.length === 0 && (
        <Alert tone="warning" title="No backend runs">
          Nothing is read from the network. Start one: <code>reeve backend</code>, or{" "}
          <code>reeve daemon --with backend</code>.
        </Alert>
      )}
      <p class="queue-state" role="status">
        <span>{counted(queue.endedLastHour, "job")} ended in the last hour</span>
        {queue.delayed > 0 && <span>{formatNumber(queue.delayed)} put off</span>}
        {queue.resting > 0 && <span>{counted(queue.resting, "device")} left alone for now</span>}
        {alive.map(({ host, pid, workers, running }) => (
          <span class="muted">
            {host} (process {pid}): {running} of {counted(workers, "worker")} busy
          </span>
        ))}
      </p>
    </>
  );
}

async function One({ page, state }: { page: PageContext; state: (typeof jobStates)[number] }) {
  const { url } = page;
  const at = listState(url, { sorts: ["id"] });
  const status = url.searchParams.get("status");
  const { jobs, total } = await page.call<JobList>("network/jobs", {
    ...{ state, explain: state === "waiting", limit: at.size, offset: (at.page - 1) * at.size },
    ...(status === "error" ? { status } : {}),
  });
  return (
    <List
      id="jobs"
      caption={titles[state]}
      noun={["job", "jobs"]}
      columns={columns(page, state)}
      rows={jobs}
      total={total}
      url={url}
      state={at}
      empty={<Empty icon="list" title="There is no such job" />}
    />
  );
}

async function exportCsv(page: PageContext, state: (typeof jobStates)[number]): Promise<PageResult> {
  const status = page.url.searchParams.get("status") === "error" ? { status: "error" } : {};
  const { jobs } = await page.call<JobList>("network/jobs", { state, limit: mostCsv, ...status });
  const shown = columns(page, state).filter(({ key }) => key !== "cancel");
  return { file: csvFileName("jobs", state), type: "text/csv; charset=utf-8", content: tableCsv(shown, jobs) };
}

function NewJob({ page, asked }: { page: PageContext; asked?: Asked }) {
  if (!page.user.administrator) return null;
  return (
    <details class="card command" open={asked !== undefined}>
      <summary>
        <Icon name="chevron" size={16} />
        Queue a job …
      </summary>
      <EnqueueForm page={page} values={asked?.values} errors={asked?.errors} />
    </details>
  );
}

interface Asked {
  values: Record<string, unknown>;
  errors: Record<string, string>;
}

async function render(page: PageContext, asked?: Asked): Promise<PageResult> {
  const { url } = page;
  const wanted = asked ? null : url.searchParams.get("state");
  const state = jobStates.find((one) => one === wanted);
  if (state && url.searchParams.get("format") === "csv") return exportCsv(page, state);
  const failed = state === "ended" && url.searchParams.get("status") === "error";
  const queue = await page.call<Queue>("network/queue", {});
  const choices = [
    { key: "all", title: "All" },
    { key: "running", title: "Running", count: queue.running },
    { key: "waiting", title: "Waiting", count: queue.waiting },
    { key: "ended", title: "Ended" },
    { key: "failed", title: "Failed" },
  ];
  const href = (key: string) =>
    key === "all" ? jobsPath : key === "failed" ? `${jobsPath}?state=ended&status=error` : `${jobsPath}?state=${key}`;
  const here = asked ? jobsPath : url.pathname + url.search;
  const sections: Child = state ? (
    <One page={page} state={state} />
  ) : (
    jobStates.map((one) => <Few page={page} state={one} />)
  );
  const live = (
    <Live id={queueId} label="Queue" address={here} stream="/command/network/watch">
      <State queue={queue} />
      <Choices label="Which jobs" choices={choices} chosen={failed ? "failed" : (state ?? "all")} href={href} />
      {sections}
    </Live>
  );
  if (page.partial === queueId) return { title: "Jobs", body: live };
  if (page.partial === "jobs" && state) return { title: "Jobs", body: <One page={page} state={state} /> };
  const cancelled = Number(/^cancelled-(\d{1,15})$/.exec(url.searchParams.get("notice") ?? "")?.[1]);
  const body = (
    <>
      <Heading title="Jobs" />
      <Places here={jobsPath} />
      {cancelled > 0 && (
        <Alert tone="good" live>
          Job {cancelled} is cancelled.
        </Alert>
      )}
      <NewJob page={page} asked={asked} />
      {live}
    </>
  );
  return { title: "Jobs", body, status: asked ? 422 : 200 };
}

async function enqueue(page: PageContext, form: URLSearchParams): Promise<PageResult> {
  const parsed = parseForm(network.commands.enqueue.options, form);
  if (!parsed.ok) return render(page, parsed);
  try {
    const { job } = await page.call<{ job: number }>("network/enqueue", { ...parsed.options });
    return { location: jobHref(job) };
  } catch (error) {
    const { code, message } = Problem.from(error);
    if (code !== "bad-request" && code !== "not-found") throw error;
    return render(page, { values: parsed.values, errors: { device: sentence(message) } });
  }
}

async function cancel(page: PageContext, form: URLSearchParams): Promise<PageResult> {
  const id = Number(form.get("id"));
  await page.call("network/cancel", { id });
  return { location: `${jobsPath}?notice=cancelled-${id}` };
}

export const jobsPages: Page[] = [
  { path: jobsPath, render: (page) => render(page) },
  { path: `${jobsPath}/cancel`, method: "POST", render: cancel },
  { path: `${jobsPath}/cancel`, render: () => ({ location: jobsPath }) },
  { path: "/network/enqueue", method: "POST", render: enqueue },
  { path: "/network/enqueue", render: () => ({ location: jobsPath }) },
];
