import type { Child } from "hono/jsx";
import { Icon } from "../icons.tsx";
import { type ListState, listHref, pageParameters, pageSizes, searchLength } from "./list-state.ts";
import { type Column, Table } from "./table.tsx";
import { counted, formatNumber } from "./units.ts";

interface ListProps<Row> {
  /** Element id; `partial` of a request that wants this list alone. */
  id: string;
  caption: string;
  /** What one row is, and several: `["host", "hosts"]`. */
  noun: readonly [one: string, many: string];
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Rows over all pages. */
  total: number;
  url: URL;
  state: ListState;
  /** What can be searched for; absent: no search box. */
  searchHint?: string;
  /** What stands in the place of the rows when there are none and nothing was searched for. */
  empty?: Child;
  /** Ticked rows are posted to the buttons' `formaction`. */
  bulk?: {
    field: string;
    key(row: Row): string | number;
    label(row: Row): string;
    xsrf: string;
    actions: Child;
  };
}

function SearchForm({ id, url, state, hint }: { id: string; url: URL; state: ListState; hint: string }) {
  const sort = url.searchParams.get("sort");
  return (
    <search>
      <form
        class="search"
        method="get"
        action={url.pathname}
        hx-get={url.pathname}
        hx-trigger="submit, input delay:250ms"
        hx-push-url="false"
        hx-replace-url="true"
      >
        {pageParameters(url).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        {sort && <input type="hidden" name="sort" value={sort} />}
        <label class="search-box">
          <Icon name="search" size={16} />
          <span class="visually-hidden">Search</span>
          <input
            id={`${id}-search`}
            type="search"
            name="search"
            value={state.search}
            placeholder={hint}
            maxlength={searchLength}
            autocomplete="off"
          />
        </label>
        <span class="page-size">
          <label for={`${id}-size`}>Rows</label>
          <select id={`${id}-size`} name="size" autocomplete="off">
            {[...new Set([...pageSizes, state.size, state.usualSize])]
              .sort((a, b) => a - b)
              .map((size) => (
                <option value={size === state.usualSize ? "" : size} selected={size === state.size}>
                  {size}
                </option>
              ))}
          </select>
        </span>
        <button type="submit" class="without-script">
          Search
        </button>
      </form>
    </search>
  );
}

function Pages({ url, state, total }: { url: URL; state: ListState; total: number }) {
  const last = Math.max(1, Math.ceil(total / state.size));
  const step = (page: number, title: string, possible: boolean, icon: Child) => {
    const href = listHref(url, { page });
    return possible ? (
      <a class="button" href={href} hx-get={href} aria-label={title}>
        {icon}
      </a>
    ) : (
      <span class="button disabled" aria-hidden="true">
        {icon}
      </span>
    );
  };
  const before = <Icon name="chevron" size={16} />;
  return (
    <nav class="pages" aria-label="Pages">
      <span>
        Page {formatNumber(state.page)} of {formatNumber(last)}
      </span>
      {step(state.page - 1, "Previous page", state.page > 1, <span class="flip">{before}</span>)}
      {step(state.page + 1, "Next page", state.page < last, before)}
    </nav>
  );
}

/** A table that can be searched, sorted, paged and taken away as CSV; every view is an address of its own. */
export function List<Row>(props: ListProps<Row>) {
  const { id, caption, columns, rows, total, url, state, bulk } = props;
  if (total === 0 && !state.search && props.empty) return <section id={id}>{props.empty}</section>;
  const first = (state.page - 1) * state.size;
  const range =
    total > rows.length && rows.length > 0 ? `${formatNumber(first + 1)}–${formatNumber(first + rows.length)} of ` : "";
  const table = (
    <Table id={id} caption={caption} columns={columns} rows={rows} order={{ url, state }} selection={bulk} />
  );
  return (
    <section
      id={id}
      class="list"
      aria-label={caption}
      hx-target:inherited={`#${id}`}
      hx-swap:inherited="outerMorph"
      hx-sync:inherited={`#${id}:replace`}
      hx-indicator:inherited={`#${id}`}
      hx-push-url:inherited="true"
    >
      <div class="toolbar">
        {props.searchHint && <SearchForm id={id} url={url} state={state} hint={props.searchHint} />}
        <span class="count muted" role="status">
          {range}
          {counted(total, ...props.noun)}
        </span>
        <a class="button" href={listHref(url, { format: "csv" })} download>
          <Icon name="download" size={16} /> CSV
        </a>
      </div>
      {rows.length === 0 ? (
        <div class="empty">
          <p class="empty-title">{state.search ? `Nothing matches “${state.search}”` : "This page is empty"}</p>
          <p>
            <a href={listHref(new URL(url.pathname + keep(url), url), {})}>Show all {props.noun[1]}</a>
          </p>
        </div>
      ) : bulk ? (
        <form method="post" class="bulk" data-selection>
          <input type="hidden" name="xsrf" value={bulk.xsrf} />
          {table}
          <div class="bulk-actions">
            <span class="muted" role="status" data-selected-count />
            {bulk.actions}
          </div>
        </form>
      ) : (
        table
      )}
      {(total > state.size || state.page > 1) && <Pages url={url} state={state} total={total} />}
    </section>
  );
}

function keep(url: URL): string {
  const query = new URLSearchParams(pageParameters(url)).toString();
  return query && `?${query}`;
}
