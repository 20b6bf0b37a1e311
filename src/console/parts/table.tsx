import type { Child } from "hono/jsx";
import { Icon } from "../icons.tsx";
import { type CsvValue, csv } from "./csv.ts";
import { type ListState, listHref } from "./list-state.ts";

export interface Column<Row> {
  /** Sort key, and by default the row's field. */
  key: string;
  title: string;
  /** What the cell shows; absent: `value`. */
  cell?(row: Row): Child;
  /** Plain value, for CSV and as the default cell; absent: the row's field `key`. */
  value?(row: Row): CsvValue;
  sortable?: boolean;
  /** Right-aligned with even digits. */
  numeric?: boolean;
  /** Several words: kept wide enough not to become a tower of lines. */
  words?: boolean;
  /** Not shown on the page, only in CSV. */
  csvOnly?: boolean;
}

export function columnValue<Row>(column: Column<Row>, row: Row): CsvValue {
  if (column.value) return column.value(row);
  const value = (row as Record<string, unknown>)[column.key];
  return typeof value === "string" || typeof value === "number" ? value : value == null ? "" : String(value);
}

export function tableCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return csv(
    columns.map((column) => column.title),
    rows.map((row) => columns.map((column) => columnValue(column, row))),
  );
}

interface TableProps<Row> {
  id: string;
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Makes the titles of sortable columns links that sort. */
  order?: { url: URL; state: ListState };
  /** A checkbox before each row; `label` says which row it is. */
  selection?: { field: string; key(row: Row): string | number; label(row: Row): string };
}

function SortTitle({
  id,
  column,
  order,
}: {
  id: string;
  column: Column<never>;
  order: { url: URL; state: ListState };
}) {
  const current = order.state.sort === column.key;
  const descending = current && !order.state.descending;
  const href = listHref(order.url, { sort: `${descending ? "-" : ""}${column.key}` });
  return (
    <a id={`${id}-sort-${column.key}`} class="sort" href={href} hx-get={href}>
      {column.title}
      {current && <Icon name={order.state.descending ? "down" : "up"} size={14} />}
    </a>
  );
}

/** Rows under titles; the first column names the row. On a phone each row becomes a card (see reeve.css). */
export function Table<Row>({ id, caption, columns, rows, order, selection }: TableProps<Row>) {
  const shown = columns.filter((column) => !column.csvOnly);
  return (
    <div class="table-scroll">
      <table id={`${id}-table`} class={selection ? "selectable" : undefined}>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {selection && (
              <th scope="col" class="select">
                <input type="checkbox" data-select-all aria-label="Select all rows on this page" hidden />
              </th>
            )}
            {shown.map((column) => {
              const current = order?.state.sort === column.key;
              return (
                <th
                  scope="col"
                  class={column.numeric ? "numeric" : undefined}
                  aria-sort={current ? (order?.state.descending ? "descending" : "ascending") : undefined}
                >
                  {order && column.sortable ? (
                    <SortTitle id={id} column={column as never} order={order} />
                  ) : (
                    column.title
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            // Ids keep a ticked box with its row when htmx morphs the list.
            const key = selection && `${id}-row-${selection.key(row)}`;
            return (
              <tr id={key}>
                {selection && (
                  <td class="select">
                    <input
                      id={`${key}-tick`}
                      type="checkbox"
                      name={selection.field}
                      value={selection.key(row)}
                      aria-label={`Select ${selection.label(row)}`}
                      autocomplete="off"
                    />
                  </td>
                )}
                {shown.map((column, index) => {
                  const content = column.cell ? column.cell(row) : columnValue(column, row);
                  const className = column.numeric ? "numeric" : column.words ? "words" : undefined;
                  return index === 0 ? (
                    <th scope="row">{content}</th>
                  ) : (
                    <td class={className} data-label={column.title}>
                      {content === "" ? <span class="none" /> : content}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
