import { Problem } from "../../problem.ts";
import type { Page, PageContext, PageResult } from "../page.ts";
import { Progress } from "../parts/progress.tsx";
import { Alert, Facts, Heading, sentence, type Tone } from "../parts/text.tsx";
import { ExactTime } from "../parts/time.tsx";
import type { JobRow } from "./answer.ts";
import { CancelButton, StatusBadge, whatOf } from "./jobs-page.tsx";
import { DeviceAnchor, devicesPath, jobHref, jobsPath, PortAnchor, Words } from "./links.tsx";

const partId = "job";

const outcomes: Record<string, Tone> = { done: "good", info: "neutral", error: "bad", cancelled: "warning" };

function seconds({ started, finished }: JobRow): string {
  if (started === null || finished === null || finished < started) return "";
  const took = (finished - started) / 1000;
  return took < 120 ? `${took.toFixed(took < 10 ? 1 : 0)} s` : `${Math.round(took / 60)} min`;
}

function Outcome({ job }: { job: JobRow }) {
  if (job.status === "running") return <Progress label={sentence(job.reasons[0] ?? "It runs")} />;
  if (job.status === "queued") {
    const [first = "It waits.", ...others] = job.reasons;
    return (
      <Alert tone="accent" title="It waits" live>
        <p>
          <Words text={sentence(first)} />
        </p>
        {others.length > 0 && (
          <ul>
            {others.map((reason) => (
              <li>
                <Words text={sentence(reason)} />
              </li>
            ))}
          </ul>
        )}
      </Alert>
    );
  }
  return (
    <Alert tone={outcomes[job.status] ?? "neutral"} live>
      {sentence(job.message || job.reasons[0] || job.status)}
    </Alert>
  );
}

async function render(page: PageContext): Promise<PageResult> {
  const text = page.params.id ?? "";
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Problem("not-found", "There is no such job.");
  const job = await page.call<JobRow>("network/job", { id: Number(text) });
  const title = `Job ${job.id}: ${whatOf(job)}`;
  const ended = job.status !== "queued" && job.status !== "running";
  const live = ended
    ? {}
    : { "data-current": `/command/network/watch?id=${job.id}`, "hx-get": jobHref(job.id), "hx-trigger": "current" };
  const part = (
    <div id={partId} {...live} hx-target="this" hx-swap="outerMorph" hx-push-url="false">
      <Outcome job={job} />
      <div class="card command">
        <Facts
          label="Job"
          facts={[
            ["Status", <StatusBadge job={job} />],
            ["Device", job.known ? <DeviceAnchor device={job.known} /> : job.device],
            ["Port", job.port && (job.known ? <PortAnchor device={job.known.id} port={job.port} /> : job.port)],
            ["Asked by", job.user || "schedule"],
            ["Because", job.reason],
            ["Queued", <ExactTime at={job.entered} />],
            ["Started", job.started !== null && <ExactTime at={job.started} />],
            ["Ended", job.finished !== null && <ExactTime at={job.finished} />],
            ["Took", seconds(job)],
          ]}
        />
      </div>
      <div class="actions after">
        <CancelButton page={page} job={job} />
      </div>
    </div>
  );
  if (page.partial === partId) return { title, body: part };
  const body = (
    <>
      <Heading
        title={title}
        crumbs={[
          { title: "Network", href: devicesPath },
          { title: "Jobs", href: jobsPath },
        ]}
      />
      {part}
    </>
  );
  return { title, body };
}

export const jobPage: Page = { path: `${jobsPath}/:id`, render };
