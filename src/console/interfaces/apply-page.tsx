/** What would change, then the button that does it, so that it rolls back unless somebody confirms. */
import type { Child } from "hono/jsx";
import { Problem } from "../../problem.ts";
import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { withQuery } from "../parts/query.ts";
import { Alert, Empty, sentence } from "../parts/text.tsx";
import { counted } from "../parts/units.ts";
import type { ApplyResult } from "./control.ts";
import { Differences } from "./differences.tsx";
import { applyPath, LinkAnchor } from "./links.tsx";
import { HowToAllow, refusalOf } from "./refusal.tsx";
import { netconfPage } from "./state.tsx";

/** Seconds to confirm in. */
const shortest = 10;
const longest = 3600;
const usual = 120;

function ApplyForm({ page, names }: { page: PageContext; names: readonly string[] }) {
  return (
    <form method="post" action="/interfaces/apply" class="card apply-form">
      <input type="hidden" name="xsrf" value={page.xsrf} />
      {names.map((name) => (
        <input type="hidden" name="name" value={name} />
      ))}
      <div class="field">
        <label for="apply-timeout">Seconds to confirm in</label>
        <input
          id="apply-timeout"
          type="number"
          name="timeout"
          value={usual}
          min={shortest}
          max={longest}
          step={1}
          inputmode="numeric"
          aria-describedby="apply-timeout-hint"
        />
        <p id="apply-timeout-hint" class="hint">
          All of it is done, or nothing. Then you have this long to see whether you are still connected, and to confirm;
          else the daemon takes it back by itself. Empty: as <code>netconf.confirm</code> says.
        </p>
      </div>
      <div class="actions">
        <button type="submit" class="primary">
          <Icon name="check" size={16} /> Apply
        </button>
        <a class="button" href={page.url.pathname + page.url.search}>
          Compare again
        </a>
      </div>
    </form>
  );
}

/** A narrow window breaks them, and the rest of one is set in. */
function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <ol class="status-lines">
      {lines.map((line) => (
        <li>{line}</li>
      ))}
    </ol>
  );
}

function Would({ page, names, would }: { page: PageContext; names: readonly string[]; would: ApplyResult }) {
  const { differences, steps, scripts, refused } = would;
  return (
    <>
      {refused.length > 0 && (
        <Alert tone="warning" title={`${counted(refused.length, "interface")} left as it is`}>
          <ul>
            {refused.map(({ name, reason }) => (
              <li>
                {name}: {sentence(reason)}
              </li>
            ))}
          </ul>
        </Alert>
      )}
      {names.length > 0 && (
        <p class="more row-actions">
          <span>Only {names.join(", ")}.</span> <a href={applyPath}>All that is configured</a>
        </p>
      )}
      {steps.length + differences.length + scripts.length === 0 ? (
        <Empty icon="check" title="Nothing is to be done">
          <p>What runs is what the configuration says, as it is on disk now.</p>
        </Empty>
      ) : (
        <>
          <ApplyForm page={page} names={names} />
          {differences.map(({ name, differences: some }) => (
            <section aria-label={name}>
              <h2>
                <LinkAnchor name={name} />{" "}
                {names.length === 0 && differences.length > 1 && (
                  <a class="muted" href={withQuery(applyPath, { name })}>
                    this one alone
                  </a>
                )}
              </h2>
              <Differences name={name} differences={some} />
            </section>
          ))}
          {steps.length > 0 && (
            <details class="card command" open={steps.length <= 20}>
              <summary>
                <Icon name="chevron" size={16} />
                As commands: {counted(steps.length, "step")}
              </summary>
              <Lines lines={steps} />
            </details>
          )}
          {scripts.length === 0 ? (
            <p>No command and no script of an interface is run.</p>
          ) : (
            <details class="card command" open={scripts.length <= 20}>
              <summary>
                <Icon name="chevron" size={16} />
                Runs {counted(scripts.length, "command or script", "commands and scripts")}
              </summary>
              <Lines lines={scripts} />
            </details>
          )}
        </>
      )}
    </>
  );
}

async function preview(page: PageContext): Promise<Child> {
  const names = [...new Set(page.url.searchParams.getAll("name"))].filter((name) => /^[^\s/]{1,64}$/.test(name));
  try {
    const would = await page.call<ApplyResult>("interfaces/preview", names.length > 0 ? { names } : {});
    return <Would page={page} names={names} would={would} />;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal)
      return (
        <>
          <h2>The console may not do that</h2>
          <HowToAllow refusal={refusal} />
        </>
      );
    const { code, message } = Problem.from(error);
    if (code === "internal" || code === "forbidden") throw error;
    return <Alert tone="bad">{sentence(message)}</Alert>;
  }
}

function render(page: PageContext): Promise<PageResult> {
  return netconfPage(page, {
    title: "Apply the configuration",
    here: applyPath,
    content: ({ status }) =>
      status.pending !== null && <p>What was applied is to be confirmed or rolled back before the next apply.</p>,
    // Asked for once: a rehearsal is an event itself, and what is kept current would go round in a circle.
    below: ({ status }) => (status.pending === null ? preview(page) : null),
  });
}

export const applyPage: Page = { path: applyPath, render };
