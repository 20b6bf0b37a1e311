import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { List } from "../../../src/console/parts/list.tsx";
import { listHref, listOptions, listState } from "../../../src/console/parts/list-state.ts";
import { type Column, Table, tableCsv } from "../../../src/console/parts/table.tsx";

const at = (path: string) => new URL(path, "http://reeve.test");
const defaults = { sorts: ["name", "size"] } as const;

describe("listState", () => {
  it("reads search, order and page from the address", () => {
    assert.deepEqual(listState(at("/x?search=+a+b+&sort=-size&page=3&size=100"), defaults), {
      search: "a b",
      sort: "size",
      descending: true,
      page: 3,
      size: 100,
      usualSize: 50,
    });
  });
  it("falls back where the address is wrong", () => {
    const state = listState(at("/x?sort=__proto__&page=-1&size=9e9&search="), defaults);
    assert.deepEqual([state.sort, state.descending, state.page, state.size], ["name", false, 1, 50]);
    assert.equal(listState(at("/x?page=99999999999"), defaults).page, 1);
    assert.equal(listState(at("/x?size=100000"), defaults).size, 500);
    assert.equal(listState(at(`/x?search=${"a".repeat(5000)}`), defaults).search.length, 200);
  });
  it("becomes the options of a query", () => {
    const state = listState(at("/x?page=3&sort=size"), defaults);
    assert.deepEqual(listOptions(state), { sort: "size", descending: false, limit: 50, offset: 100 });
  });
});

describe("listHref", () => {
  it("keeps the page's own parameters and starts at page 1", () => {
    const url = at("/hosts/1?tab=software&search=a&page=4&size=25&notice=x&format=csv");
    assert.equal(listHref(url, { sort: "-size" }), "/hosts/1?tab=software&search=a&sort=-size&size=25");
    assert.equal(listHref(url, { page: 5 }), "/hosts/1?tab=software&search=a&size=25&page=5");
  });
  it("is the bare path when nothing is asked", () => {
    assert.equal(listHref(at("/hosts"), { page: 1 }), "/hosts");
  });
});

interface Row {
  name: string;
  size: number;
}
const hostile = `"><script>alert('1')</script>`;
const columns: Column<Row>[] = [
  { key: "name", title: "Name", sortable: true },
  { key: "size", title: "Size", sortable: true, numeric: true, cell: (row) => <b>{row.size}</b> },
  { key: "note", title: "Note", csvOnly: true, value: (row) => `=${row.name}` },
];
const rows: Row[] = [
  { name: "one", size: 1 },
  { name: hostile, size: 2 },
];

async function list(path: string, change: Partial<Parameters<typeof List<Row>>[0]> = {}): Promise<string> {
  const url = at(path);
  const html = await List<Row>({
    id: "things",
    caption: "Things",
    noun: ["thing", "things"],
    columns,
    rows,
    total: 120,
    url,
    state: listState(url, defaults),
    searchHint: hostile,
    ...change,
  });
  return html.toString();
}

describe("Table", () => {
  it("escapes what it shows, in text and in attributes", async () => {
    const html = (
      await Table<Row>({
        id: "t",
        caption: hostile,
        columns,
        rows,
        selection: { field: "id", key: (row) => row.name, label: (row) => row.name },
      })
    ).toString();
    assert.ok(!html.includes("<script"));
    assert.ok(html.includes("&lt;script&gt;"));
    assert.ok(html.includes("<b>2</b>"), "cells may be elements");
    assert.ok(!html.includes("Note"), "columns for CSV alone are not shown");
  });
  it("gives every column to CSV", () => {
    const text = tableCsv(columns, rows.slice(0, 1));
    assert.equal(text, "\ufeffName,Size,Note\r\none,1,'=one\r\n");
  });
});

describe("List", () => {
  it("works without a script: a GET form, links for order, page and CSV", async () => {
    const html = await list("/things?sort=name&page=2&tab=a");
    assert.match(html, /<form class="search" method="get" action="\/things"/);
    assert.match(html, /<input type="hidden" name="tab" value="a"\/>/);
    assert.match(html, /href="\/things\?tab=a&amp;sort=-name"/);
    assert.match(html, /href="\/things\?tab=a&amp;sort=name&amp;page=3"/);
    assert.match(html, /href="\/things\?tab=a&amp;sort=name&amp;format=csv" download/);
    assert.match(html, /51–52 of 120 things/);
    assert.match(html, /aria-sort="ascending"/);
  });
  it("fetches only itself with htmx", async () => {
    const html = await list("/things");
    assert.match(html, /^<section id="things" [^>]*hx-target:inherited="#things" hx-swap:inherited="outerMorph"/);
    assert.ok(!html.includes("<script"));
  });
  it("gives rows and boxes ids of their own, so that a morph does not move a tick to another row", async () => {
    const bulk = { field: "id", key: (row: Row) => row.size, label: (row: Row) => row.name, xsrf: "x", actions: null };
    const html = await list("/things", { bulk });
    for (const key of [1, 2]) {
      assert.ok(html.includes(`<tr id="things-row-${key}">`));
      assert.ok(html.includes(`id="things-row-${key}-tick"`));
    }
  });
  it("tells an empty list from a search without a hit", async () => {
    const empty = <p>Do this next</p>;
    assert.match(await list("/things", { rows: [], total: 0, empty }), /Do this next/);
    const searched = await list(`/things?search=${encodeURIComponent(hostile)}`, { rows: [], total: 0, empty });
    assert.ok(searched.includes("Nothing matches"));
    assert.ok(!searched.includes("<script"));
  });
});
