import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { csvFileName } from "../parts/csv.ts";
import { asksFirst } from "../parts/dialog.tsx";
import { Notice } from "../parts/errands.tsx";
import { List } from "../parts/list.tsx";
import { listState } from "../parts/list-state.ts";
import { sameQuery } from "../parts/query.ts";
import { type Column, tableCsv } from "../parts/table.tsx";
import { Alert, Empty } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { counted, formatNumber } from "../parts/units.ts";
import type { HeldList, ListenerStatus } from "./control.ts";
import { errands } from "./errand-page.tsx";
import { heldPath } from "./links.tsx";
import { listenerPage } from "./state.tsx";

type Held = HeldList["items"][number];

const listId = "held";
const mostCsv = 100_000;

const columns: Column<Held>[] = [
  { key: "dn", title: "Entry" },
  { key: "uuid", title: "entryUUID", cell: ({ uuid }) => <code>{uuid}</code> },
  {
    key: "since",
    title: "Missed since",
    value: ({ since }) => new Date(since).toISOString(),
    cell: ({ since }) => <RelativeTime at={since} />,
  },
];

async function exportCsv(page: PageContext): Promise<PageResult> {
  const items: Held[] = [];
  for (let total = 1; items.length < Math.min(total, mostCsv); ) {
    const list = await page.call<HeldList>("directory/held", { limit: 1000, offset: items.length });
    if (list.items.length === 0) break;
    items.push(...list.items);
    total = list.total;
  }
  return { file: csvFileName("held"), type: "text/csv; charset=utf-8", content: tableCsv(columns, items) };
}

function AllButtons({ page, total }: { page: PageContext; total: number }) {
  return (
    <form method="post" class="row-actions">
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <input type="hidden" name="all" value="yes" />
      <input type="hidden" name="total" value={total} />
      <button type="submit" class="danger" {...asksFirst("/directory/approve")}>
        Approve all {formatNumber(total)} …
      </button>
      <button type="submit" {...asksFirst("/directory/reject")}>
        Reject all {formatNumber(total)} …
      </button>
    </form>
  );
}

function HeldEntries({ page, list: { total, items } }: { page: PageContext; list: HeldList }) {
  const { url } = page;
  const act = (name: string) => asksFirst(sameQuery(`/directory/${name}`, url));
  return (
    <List
      id={listId}
      caption="Held deletions"
      noun={["entry", "entries"]}
      columns={columns}
      rows={items}
      total={total}
      url={url}
      state={stateOf(url)}
      empty={
        <Empty icon="check" title="No deletion is held">
          <p>
            When more entries are missed at a time than <code>listener.guardPercent</code> and{" "}
            <code>listener.guardLeast</code> allow, they wait here for approval.
          </p>
        </Empty>
      }
      bulk={
        page.user.administrator
          ? {
              field: "uuid",
              key: ({ uuid }) => uuid,
              label: ({ dn }) => dn,
              xsrf: page.xsrf,
              actions: (
                <>
                  <button type="submit" class="danger" {...act("approve")} data-needs="1">
                    <Icon name="trash" size={16} /> Approve …
                  </button>
                  <button type="submit" {...act("reject")} data-needs="1">
                    Reject …
                  </button>
                </>
              ),
            }
          : undefined
      }
    />
  );
}

const stateOf = (url: URL) => listState(url, { sorts: ["dn"] });

function listed(page: PageContext): Promise<HeldList> {
  const { size, page: number } = stateOf(page.url);
  return page.call<HeldList>("directory/held", { limit: size, offset: (number - 1) * size });
}

async function content(page: PageContext, { entries }: ListenerStatus) {
  const list = await listed(page);
  const { total } = list;
  return (
    <>
      {total > 0 && (
        <Alert tone="warning" title={`${counted(total, "entry", "entries")} of ${formatNumber(entries)} are missed`}>
          So many at a time look like a mistake: a narrowed access rule looks just like a deletion. Handlers are not
          told until somebody says that they are gone indeed; one that is seen again leaves the list by itself.
        </Alert>
      )}
      {total > 0 && page.user.administrator && <AllButtons page={page} total={total} />}
      <HeldEntries page={page} list={list} />
    </>
  );
}

async function render(page: PageContext): Promise<PageResult> {
  const title = "Held deletions";
  if (page.url.searchParams.get("format") === "csv") return exportCsv(page);
  if (page.partial === listId) return { title, body: <HeldEntries page={page} list={await listed(page)} /> };
  const above = <Notice url={page.url} errands={errands} />;
  return listenerPage(page, { title, here: heldPath, above, content: (status) => content(page, status) });
}

export const heldPage: Page = { path: heldPath, render };
