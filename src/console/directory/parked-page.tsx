import type { Page, PageContext, PageResult } from "../page.ts";
import { Choices } from "../parts/choices.tsx";
import { asksFirst } from "../parts/dialog.tsx";
import { Notice } from "../parts/errands.tsx";
import { Older } from "../parts/older.tsx";
import { askedNumber, sameQuery, withQuery } from "../parts/query.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Empty, Said } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { counted } from "../parts/units.ts";
import { type ListenerStatus, type ParkedItem, type ParkedList, parkedStates } from "./control.ts";
import { errands } from "./errand-page.tsx";
import { changeHref, handlerHref, parkedPath } from "./links.tsx";
import { listenerPage } from "./state.tsx";
import { kinds, parkedStates as stateWords } from "./words.ts";

const rowsOfPage = 50;

function Buttons({ page, item: { id, state } }: { page: PageContext; item: ParkedItem }) {
  return (
    <form method="post" class="row-actions">
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <input type="hidden" name="id" value={id} />
      {state !== "waiting" && (
        <button type="submit" formaction={sameQuery("/directory/retry", page.url)}>
          Retry <span class="visually-hidden">item {id}</span>
        </button>
      )}
      <button type="submit" {...asksFirst(sameQuery("/directory/skip", page.url))}>
        Skip <span class="visually-hidden">item {id}</span>…
      </button>
    </form>
  );
}

function StateOf({ item: { state, waitsFor, behind, nextAt } }: { item: ParkedItem }) {
  return (
    <div>
      <Said said={stateWords[state]} />
      {waitsFor !== null && <div class="why">for item {waitsFor}</div>}
      {state === "failed" && nextAt !== null && (
        <div class="why">
          next try <RelativeTime at={nextAt} />
        </div>
      )}
      {state === "dead" && <div class="why">not tried again by itself</div>}
      {behind > 0 && <div class="why">{counted(behind, "change")} behind it</div>}
    </div>
  );
}

function columns(page: PageContext): Column<ParkedItem>[] {
  const { administrator } = page.user;
  return [
    {
      key: "dn",
      title: "Entry",
      cell: ({ id, dn, kind, seq }) => (
        <>
          {administrator && kind !== "initial" ? <a href={changeHref(seq)}>{dn}</a> : dn}
          <div class="why">
            {kinds[kind][0]}, item {id}
          </div>
        </>
      ),
    },
    { key: "handler", title: "Handler", cell: ({ handler }) => <a href={handlerHref(handler)}>{handler}</a> },
    { key: "state", title: "State", words: true, cell: (item) => <StateOf item={item} /> },
    {
      key: "since",
      title: "Since",
      cell: ({ since, attempts }) => (
        <div>
          <RelativeTime at={since} />
          {attempts > 0 && <div class="why">{counted(attempts, "try", "tries")}</div>}
        </div>
      ),
    },
    {
      key: "error",
      title: "Error",
      words: true,
      cell: ({ error }) => (error === "" ? "" : <span class="error-text">{error}</span>),
    },
    ...(administrator
      ? [
          {
            key: "actions",
            title: "Actions",
            cell: (item: ParkedItem) => (item.state === "skipped" ? "" : <Buttons page={page} item={item} />),
          },
        ]
      : []),
  ];
}

function RetryAll({ page, handler }: { page: PageContext; handler: string }) {
  return (
    <form method="post" class="row-actions" action={sameQuery("/directory/retry", page.url)}>
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <input type="hidden" name="handler" value={handler} />
      <button type="submit">Retry all of {handler}</button>
    </form>
  );
}

async function Parked({ page, status }: { page: PageContext; status: ListenerStatus }) {
  const query = page.url.searchParams;
  const handler = query.get("handler")?.slice(0, 255) || undefined;
  const state = parkedStates.find((one) => one === query.get("state"));
  const before = askedNumber(query.get("before"));
  const asked = { handler, state, before, limit: rowsOfPage };
  const list = await page.call<ParkedList>("directory/parked", asked);
  const counts = handler ? status.handlers.find(({ name }) => name === handler)?.parked : status.parked;
  const choices = [
    { key: "", title: "All" },
    ...(["failed", "waiting", "dead"] as const).map((key) => ({
      key,
      title: { failed: "Tried again", waiting: "Waiting", dead: "Given up" }[key],
      count: counts?.[key],
    })),
    { key: "skipped", title: "Skipped" },
  ];
  return (
    <>
      <div class="toolbar">
        <Choices
          label="Which items"
          choices={choices}
          chosen={state ?? ""}
          href={(key) => withQuery(parkedPath, { handler, state: key })}
        />
        <span class="count muted">{counted(list.total, "item")}</span>
      </div>
      {handler && (
        <p class="more row-actions">
          <span>Of {handler} alone.</span> <a href={withQuery(parkedPath, { state })}>Of all handlers</a>
        </p>
      )}
      {handler && page.user.administrator && list.total > 0 && state !== "skipped" && (
        <RetryAll page={page} handler={handler} />
      )}
      {list.items.length === 0 ? (
        <Empty icon="check" title={before || state || handler ? "There is no such item" : "Nothing is parked"}>
          <p>
            What a handler fails on is set aside here and tried again, with all that depends on it, while everything
            else goes on.
          </p>
        </Empty>
      ) : (
        <Table id="parked" caption="Parked items" columns={columns(page)} rows={list.items} />
      )}
      <Older url={page.url} before={list.before} />
    </>
  );
}

function render(page: PageContext): Promise<PageResult> {
  return listenerPage(page, {
    title: "Parked items",
    here: parkedPath,
    above: <Notice url={page.url} errands={errands} />,
    content: (status) => Parked({ page, status }),
  });
}

export const parkedPage: Page = { path: parkedPath, render };
