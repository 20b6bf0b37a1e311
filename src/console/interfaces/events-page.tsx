import { Problem } from "../../problem.ts";
import type { Page, PageContext, PageResult } from "../page.ts";
import { Filter, FilterSelect, FilterText } from "../parts/filter.tsx";
import { Older } from "../parts/older.tsx";
import { LiveList, Progress } from "../parts/progress.tsx";
import { askedNumber, withQuery } from "../parts/query.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Alert, Empty, Facts, Said, sentence } from "../parts/text.tsx";
import { ExactTime, RelativeTime } from "../parts/time.tsx";
import type { EventSummary, EventTree, Results } from "./control.ts";
import { At, Chain, StatusLines } from "./event-tree.tsx";
import { eventHref, eventsPath, LinkAnchor, livePath } from "./links.tsx";
import { netconfPage } from "./state.tsx";
import { failed, kinds, outcomeOf, took } from "./words.ts";

const rowsOfPage = 50;

export const eventColumns: Column<EventSummary>[] = [
  {
    key: "id",
    title: "Event",
    cell: ({ id, kind, parent }) => (
      <>
        <a href={eventHref(id)}>{id}</a> <strong>{kind}</strong>
        <div class="why">
          {kinds[kind]}
          {parent > 0 && (
            <>
              , part of <a href={eventHref(parent)}>{parent}</a>
            </>
          )}
        </div>
      </>
    ),
  },
  { key: "name", title: "Interface", cell: ({ name }) => (name === "" ? "" : <LinkAnchor name={name} />) },
  { key: "outcome", title: "Outcome", cell: ({ outcome }) => <Said said={outcomeOf(outcome)} /> },
  { key: "by", title: "By", words: true },
  { key: "queued", title: "When", cell: ({ queued }) => <RelativeTime at={queued} /> },
  { key: "took", title: "Took", value: ({ queued, ended }) => (ended === null ? "" : took(queued, ended)) },
  {
    key: "reason",
    title: "Why",
    words: true,
    cell: ({ reason, outcome }) =>
      reason === "" ? "" : <span class={failed(outcome) ? "error-text" : undefined}>{reason}</span>,
  },
];

const kindChoices = Object.entries(kinds).map(([kind, words]) => [kind, `${words} (${kind})`] as const);

function list(page: PageContext): Promise<PageResult> {
  const { url } = page;
  const name = (url.searchParams.get("name") ?? "").trim().slice(0, 64).replace(/[\s/]/g, "") || undefined;
  const kind = Object.keys(kinds).find((one) => one === url.searchParams.get("kind"));
  const before = askedNumber(url.searchParams.get("before"));
  return netconfPage(page, {
    title: "Events",
    here: eventsPath,
    actions: (
      <a class="button" href={withQuery(livePath, { name })}>
        Follow as it happens
      </a>
    ),
    above: (
      <Filter action={eventsPath} open={name !== undefined || kind !== undefined}>
        <FilterText url={url} name="name" label="Interface" maxLength={64} />
        <FilterSelect url={url} name="kind" label="What" choices={kindChoices} />
      </Filter>
    ),
    async content() {
      const found = await page.call<Results["events"]>("interfaces/events", { name, kind, before, limit: rowsOfPage });
      return (
        <>
          {found.events.length > 0 ? (
            <Table id="events" caption="Events" columns={eventColumns} rows={found.events} />
          ) : (
            <Empty icon="list" title={name || kind || before ? "There is no such event" : "Nothing has happened yet"}>
              <p>The daemon keeps the last ones in memory.</p>
            </Empty>
          )}
          <Older url={url} before={found.before} />
        </>
      );
    },
  });
}

function Whole({ event }: { event: EventTree }) {
  const { kind, name, by, parent, queued, ended, outcome, reason, at } = event;
  return (
    <>
      {outcome === null ? (
        <Progress label="It is under way" />
      ) : (
        reason !== "" && (
          <Alert tone={outcomeOf(outcome)[1]} live>
            {sentence(reason)}
          </Alert>
        )
      )}
      <div class="card">
        <Facts
          label="Event"
          facts={[
            ["What", kinds[kind] ?? kind],
            ["Interface", name && <LinkAnchor name={name} />],
            ["Outcome", <Said said={outcomeOf(outcome)} />],
            ["Asked by", by],
            ["Part of", parent > 0 && <a href={eventHref(parent)}>event {parent}</a>],
            ["Begun", <ExactTime at={queued} />],
            ["Took", ended !== null && took(queued, ended)],
            ["Line", at && <At at={at} />],
          ]}
        />
      </div>
      <StatusLines event={event} />
      <section aria-label="What it did">
        <h2>What it did</h2>
        <Chain event={event} label="What it did" />
      </section>
    </>
  );
}

function one(page: PageContext): Promise<PageResult> {
  const id = askedNumber(page.params.id);
  if (id === undefined) throw new Problem("not-found", "There is no such event.");
  return netconfPage(page, {
    title: `Event ${id}`,
    crumbs: [{ title: "Events", href: eventsPath }],
    here: eventsPath,
    content: async () => <Whole event={await page.call<EventTree>("interfaces/event", { id })} />,
  });
}

/** Everything as it happens, for whoever has a script. */
function live(page: PageContext): Promise<PageResult> {
  const name = page.url.searchParams.get("name")?.slice(0, 64) || undefined;
  return netconfPage(page, {
    title: name ? `What happens to ${name}` : "What happens",
    crumbs: [{ title: "Events", href: withQuery(eventsPath, { name }) }],
    here: eventsPath,
    content: () => null,
    below: () => (
      <LiveList
        label="Events, status lines and changes of the kernel"
        stream={withQuery("/command/interfaces/monitor", { name })}
        resumes
      />
    ),
  });
}

export const eventsPages: Page[] = [
  { path: eventsPath, render: list },
  { path: `${eventsPath}/:id`, render: one },
  { path: livePath, render: live },
];
