import { Problem } from "../../problem.ts";
import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { asksFirst } from "../parts/dialog.tsx";
import { Notice } from "../parts/errands.tsx";
import { Progress } from "../parts/progress.tsx";
import { withQuery } from "../parts/query.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Alert, Empty, Facts, Said } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { counted, formatNumber } from "../parts/units.ts";
import type { HandlerModule, HandlerStatus, ParkedCounts } from "./control.ts";
import { errands } from "./errand-page.tsx";
import { handlerHref, handlersPath, parkedPath } from "./links.tsx";
import { listenerPage } from "./state.tsx";
import { handlerStates, lagOf } from "./words.ts";

function StateOf({ handler }: { handler: HandlerStatus }) {
  const { state, load, nextAt, waitsFor, prepared } = handler;
  return (
    <div>
      <Said said={handlerStates[state]} />
      {state === "loading" && load && (
        <Progress label={`${formatNumber(load.done)} entries`} done={load.done} total={load.total ?? undefined} />
      )}
      {state === "waiting" && nextAt !== null && (
        <div class="why">
          tries again <RelativeTime at={nextAt} />
        </div>
      )}
      {waitsFor !== null && (
        <div class="why">
          after <a href={handlerHref(waitsFor)}>{waitsFor}</a>
        </div>
      )}
      {prepared && <div class="why">postrun is owed</div>}
    </div>
  );
}

function ParkedLink({ name, parked }: { name: string; parked: ParkedCounts }) {
  const { failed, waiting, dead } = parked;
  if (failed + waiting + dead === 0) return null;
  const words = [failed > 0 && `${failed} failed`, dead > 0 && `${dead} given up`, waiting > 0 && `${waiting} waiting`];
  return <a href={withQuery(parkedPath, { handler: name })}>{words.filter(Boolean).join(", ")}</a>;
}

export function LastError({ error, at }: { error: string; at: number }) {
  return (
    <div>
      <span class="error-text">{error}</span>
      <div class="why">
        <RelativeTime at={at} />
      </div>
    </div>
  );
}

function Buttons({ page, handler: { name, state } }: { page: PageContext; handler: HandlerStatus }) {
  const paused = state === "paused";
  return (
    <form method="post" class="row-actions">
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <input type="hidden" name="handler" value={name} />
      {state === "gone" && (
        <button type="submit" class="danger" {...asksFirst("/directory/forget")}>
          Forget <span class="visually-hidden">{name}</span>…
        </button>
      )}
      {state !== "gone" && (
        <button type="submit" {...asksFirst(paused ? "/directory/resume" : "/directory/pause")}>
          {paused ? "Resume" : "Pause"} <span class="visually-hidden">{name}</span>…
        </button>
      )}
      {state !== "gone" && state !== "refused" && (
        <button type="submit" {...asksFirst("/directory/resync")}>
          Resync <span class="visually-hidden">{name}</span>…
        </button>
      )}
    </form>
  );
}

function columns(page: PageContext): Column<HandlerModule>[] {
  return [
    {
      key: "name",
      title: "Handler",
      cell: ({ name, description }) => (
        <div>
          <a href={handlerHref(name)}>{name}</a>
          <div class="why">{description}</div>
        </div>
      ),
    },
    { key: "priority", title: "Priority", numeric: true },
    { key: "state", title: "State", cell: (handler) => <StateOf handler={handler} /> },
    {
      key: "position",
      title: "Position",
      cell: ({ lag, position }) => (
        <div>
          {lagOf(lag)}
          <div class="why">at change {formatNumber(position)}</div>
        </div>
      ),
    },
    {
      key: "rate",
      title: "Calls",
      cell: ({ rate, queue }) => (
        <div>
          {formatNumber(rate, 1)}/s
          {queue > 0 && <div class="why">{counted(queue, "call")} under way</div>}
        </div>
      ),
    },
    {
      key: "parked",
      title: "Parked",
      cell: (handler) =>
        Object.values(handler.parked).some((count) => count > 0) ? (
          <ParkedLink name={handler.name} parked={handler.parked} />
        ) : (
          ""
        ),
    },
    {
      key: "error",
      title: "Last error",
      words: true,
      cell: ({ error, errorAt }) => (error === "" ? "" : <LastError error={error} at={errorAt} />),
    },
    {
      key: "pid",
      title: "Process",
      cell: ({ pid, restarts }) => (
        <div>
          {pid ?? "none"}
          {restarts > 0 && <div class="why">{counted(restarts, "restart")}</div>}
        </div>
      ),
    },
    ...(page.user.administrator
      ? [
          {
            key: "actions",
            title: "Actions",
            cell: (handler: HandlerModule) => <Buttons page={page} handler={handler} />,
          },
        ]
      : []),
  ];
}

function AllButtons({ page }: { page: PageContext }) {
  if (!page.user.administrator) return null;
  return (
    <form method="post" class="actions">
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <button type="submit" {...asksFirst("/directory/verify")}>
        <Icon name="check" size={16} /> Verify …
      </button>
      <button type="submit" {...asksFirst("/directory/pause")}>
        Pause all …
      </button>
      <button type="submit" {...asksFirst("/directory/resume")}>
        Resume all …
      </button>
    </form>
  );
}

function list(page: PageContext): Promise<PageResult> {
  return listenerPage(page, {
    title: "Directory handlers",
    here: handlersPath,
    whole: true,
    actions: <AllButtons page={page} />,
    above: <Notice url={page.url} errands={errands} />,
    async content() {
      const handlers = await page.call<HandlerModule[]>("directory/handlers", {});
      return handlers.length === 0 ? (
        <Empty icon="list" title="There is no handler">
          <p>
            Put files into a folder that <code>listener.handlers</code> names, or switch on those that are part of Reeve
            with <code>listener.shipped</code>.
          </p>
        </Empty>
      ) : (
        <Table id="handlers" caption="Handlers" columns={columns(page)} rows={handlers} />
      );
    },
  });
}

function Detail({ page, handler }: { page: PageContext; handler: HandlerModule }) {
  const { description, priority, file, kind, filter, semantics, attributes, needs, style, user, warnings } = handler;
  const { position, lag, rate, queue, restarts, pid, error, errorAt, name, parked } = handler;
  return (
    <>
      {handler.state === "refused" && (
        <Alert tone="bad" title="It cannot be loaded">
          {error}
        </Alert>
      )}
      {warnings.map((warning) => (
        <Alert tone="warning">{warning}</Alert>
      ))}
      <div class="card">
        <Facts
          label={name}
          facts={[
            ["Does", description],
            ["State", <StateOf handler={handler} />],
            ["Position", `${lagOf(lag)}, at change ${formatNumber(position)}`],
            ["Calls", `${formatNumber(rate, 1)} a second, ${queue} under way`],
            ["Parked", Object.values(parked).some((one) => one > 0) && <ParkedLink name={name} parked={parked} />],
            ["Last error", error !== "" && <LastError error={error} at={errorAt} />],
            ["Process", `${pid ?? "none"}, ${counted(restarts, "restart")}`],
            ["Runs as", user],
            ["Priority", formatNumber(priority)],
            ["Kind", `${kind}, ${style === "objects" ? "create, modify, remove" : "the model's calls"}`],
            ["File", file && <code>{file}</code>],
            ["Filter", filter && <code>{filter}</code>],
            ["Means", filter && (semantics === "model" ? "what Univention's listener makes of it" : "RFC 4515")],
            ["Attributes", attributes.join(", ") || "all of them"],
            ["Also gets", needs.join(", ")],
          ]}
        />
      </div>
      {page.user.administrator && (
        <div class="actions after">
          <Buttons page={page} handler={handler} />
        </div>
      )}
    </>
  );
}

function one(page: PageContext): Promise<PageResult> {
  const name = page.params.name ?? "";
  return listenerPage(page, {
    title: `Handler ${name}`,
    here: handlersPath,
    async content() {
      const handlers = await page.call<HandlerModule[]>("directory/handlers", {});
      const handler = handlers.find((one) => one.name === name);
      if (handler === undefined) throw new Problem("not-found", `There is no handler ${name}.`);
      return <Detail page={page} handler={handler} />;
    },
  });
}

export const handlersPages: Page[] = [
  { path: "/directory", render: () => ({ location: handlersPath }) },
  { path: handlersPath, render: list },
  { path: `${handlersPath}/:name`, render: one },
];
