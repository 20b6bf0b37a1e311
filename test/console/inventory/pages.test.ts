import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { z } from "zod";
import { inventory } from "../../../src/console/inventory/declaration.ts";
import { pages } from "../../../src/console/inventory/pages.tsx";
import type { HostWithPersons } from "../../../src/console/inventory/persons.ts";
import { type Frame, renderPage } from "../../../src/console/layout.tsx";
import type { PageResult } from "../../../src/console/page.ts";
import type { HostSummary, SectionRow } from "../../../src/inventory/host.ts";
import { Problem } from "../../../src/problem.ts";
import { frame } from "../frame.ts";

const hostile = `"><script>alert('1')</script>`;

function host(id: number, change: Partial<HostSummary> = {}): HostSummary {
  const text = {
    osVersion: "12",
    kernel: "6.1",
    cpu: "EPYC",
    manufacturer: "Dell",
    model: "R740",
    serial: "",
    uuid: "",
  };
  const seen = { firstSeen: 1_000_000, lastSeen: 2_000_000, lastInventory: 2_000_000 };
  const name = `host${id}`;
  return {
    ...{ id, deviceId: `${name}-2026-01-02-03-04-05`, name, osName: "Debian", ...text, memoryMb: 2048, tag: "" },
    ...{ lastUser: "", address: "192.0.2.1", agent: "reeve", softwareCount: 3, isNew: false, ...seen, ...change },
  };
}

const sections: Record<string, SectionRow[]> = {
  BIOS: [{ SMANUFACTURER: "Dell", SSN: hostile }],
  CPUS: [{ TYPE: "EPYC", CORES: 64 }],
  CONTROLLERS: Array.from({ length: 40 }, (_, index) => ({ NAME: `controller ${index}` })),
  SOFTWARES: Array.from({ length: 120 }, (_, index) => ({ NAME: `=package${index}`, VERSION: "1", FILESIZE: index })),
  NEW_THING: [{ FOO: hostile }],
};

/** Answers as the module does, and holds every call to the declared schema. */
class Module {
  calls: [command: string, options: Record<string, unknown>][] = [];
  hosts = [host(1), host(2, { name: hostile, isNew: true }), host(3)];

  call = async (path: string, given: Record<string, unknown>): Promise<never> => {
    const name = path.replace(/^inventory\//, "") as keyof typeof inventory.commands;
    const schema: z.ZodType = inventory.commands[name].options;
    const options = schema.parse(given) as Record<string, unknown>;
    this.calls.push([path, options]);
    return this.answer(name, options) as never;
  };

  answer(name: keyof typeof inventory.commands, options: Record<string, unknown>): unknown {
    const { offset, limit, id, section } = options as { offset: number; limit: number; id: number; section: string };
    if (name === "query") return { total: this.hosts.length, hosts: this.hosts.slice(offset, offset + limit) };
    const found = this.hosts.find((one) => one.id === id);
    if (name === "get") {
      if (!found) throw new Problem("not-found", "there is no such host");
      const summaries = Object.entries(sections).map(([key, rows]) => ({ name: key, count: rows.length, changed: 1 }));
      const incomplete = [{ section: "BIOS", reason: hostile }];
      const persons = found.lastUser === "" ? [] : [{ uuid: "u1", name: hostile }];
      return { ...found, sections: summaries, incomplete, persons } satisfies HostWithPersons;
    }
    if (name !== "section") return {};
    const rows = sections[section] ?? [];
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    return { section, total: rows.length, columns, rows: rows.slice(offset, offset + limit) };
  }
}

function pageFor(path: string, method: "GET" | "POST") {
  const { pathname } = new URL(path, "http://reeve.test");
  for (const page of pages) {
    const params = /^\/hosts\/:id$/.test(page.path) ? /^\/hosts\/(?<id>[^/]+)$/.exec(pathname)?.groups : undefined;
    if ((page.method ?? "GET") === method && (page.path === pathname || params)) return { page, params: { ...params } };
  }
  throw new Error(`no page for ${method} ${path}`);
}

async function ask(module: Module, path: string, change: Partial<Frame> = {}, form?: string): Promise<PageResult> {
  const { page, params } = pageFor(path, form === undefined ? "GET" : "POST");
  return page.render({ ...frame(path, change), params, call: module.call }, new URLSearchParams(form));
}

async function html(module: Module, path: string, change: Partial<Frame> = {}, form?: string): Promise<string> {
  const result = await ask(module, path, change, form);
  assert.ok("body" in result, JSON.stringify(result));
  return renderPage(result, frame(path, change), [inventory]);
}

function assertEscaped(text: string): void {
  assert.ok(!text.includes("<script>alert"));
  assert.ok(text.includes("&lt;script&gt;alert"));
}

describe("Hosts", () => {
  it("lists, marks new ones and escapes what hosts call themselves", async () => {
    const text = await html(new Module(), "/hosts");
    assertEscaped(text);
    assert.match(text, /href="\/hosts\/2"/);
    assert.match(text, /<span class="badge accent">New<\/span>/);
  });
  it("leads from the last user to whom the directory knows", async () => {
    const module = new Module();
    module.hosts = [host(1, { lastUser: "EXAMPLE\\alice" })];
    assert.match(await html(module, "/hosts/1"), /EXAMPLE\\alice · <a href="\/people\/u1">&quot;&gt;/);
    assert.doesNotMatch(await html(new Module(), "/hosts/1"), /\/people\//);
  });
  it("asks for what the address says", async () => {
    const module = new Module();
    await html(module, "/hosts?search=a+b&sort=-memoryMb&page=2&size=25");
    const options = { search: "a b", sort: "memoryMb", descending: true, limit: 25, offset: 25 };
    assert.deepEqual(module.calls, [["inventory/query", options]]);
  });
  it("shows actions to administrators alone", async () => {
    const user = { name: "bob", administrator: false };
    assert.doesNotMatch(await html(new Module(), "/hosts", { user }), /Delete|type="checkbox"/);
    assert.doesNotMatch(await html(new Module(), "/hosts/2", { user }), /Delete|Mark as known/);
    assert.match(await html(new Module(), "/hosts"), /formaction="\/hosts\/delete"/);
  });
  it("says what to do when none has reported", async () => {
    const module = new Module();
    module.hosts = [];
    assert.match(await html(module, "/hosts"), /reeve agent --server http:\/\/reeve\.test\/ocsinventory --once/);
  });
  it("gives all hosts as CSV, a thousand a call", async () => {
    const module = new Module();
    module.hosts = Array.from({ length: 2500 }, (_, index) => host(index + 1, { name: `=host${index}` }));
    const result = await ask(module, "/hosts?format=csv&page=2&size=25");
    assert.ok("file" in result);
    assert.equal(result.file, "hosts.csv");
    const lines = result.content.trimEnd().split("\r\n");
    assert.equal(lines.length, 2501);
    assert.ok(lines[1]?.startsWith("'=host0,"));
    assert.deepEqual(
      module.calls.map(([, { offset }]) => offset),
      [0, 1000, 2000],
    );
  });
  it("says in the file when there are more hosts than it takes", async () => {
    const module = new Module();
    const thousand = Array.from({ length: 1000 }, (_, index) => host(index + 1));
    module.answer = () => ({ total: 123_456, hosts: thousand });
    const result = await ask(module, "/hosts?format=csv");
    assert.ok("file" in result);
    assert.ok(result.content.endsWith('\r\n"The first 100,000 hosts of 123,456; search for fewer."\r\n'));
    assert.equal(module.calls.length, 100);
  });
  it("asks before it deletes, in the dialog or on a page, and comes back to the same list", async () => {
    const module = new Module();
    const form = "xsrf=token&id=1&id=2&id=2";
    const page = await html(module, "/hosts/delete?search=x", {}, form);
    assertEscaped(page);
    assert.match(page, /<h1>Delete 2 hosts\?<\/h1>/);
    assert.match(page, /action="\/hosts\/delete\?search=x"/);
    const dialog = await html(module, "/hosts/delete", { partial: "dialog" }, form);
    assert.match(dialog, /^<form method="post"[\s\S]*<h2 id="dialog-title">/);
    assert.ok(module.calls.every(([command]) => command === "inventory/get"));

    const result = await ask(module, "/hosts/delete?search=x", {}, `${form}&confirm=yes`);
    assert.deepEqual(result, { location: "/hosts?search=x&notice=deleted-2" });
    assert.deepEqual(module.calls.at(-1), ["inventory/delete", { ids: [1, 2] }]);
    assert.match(await html(module, "/hosts?notice=deleted-2"), /2 hosts deleted\./);
  });
  it("merges into the host that was chosen, which must be one of them", async () => {
    const module = new Module();
    assert.match(await html(module, "/hosts/merge", {}, "id=1&id=3"), /<input type="radio" name="into" value="3"/);
    await assert.rejects(ask(module, "/hosts/merge", {}, "id=1&id=3&into=2&confirm=yes"), { code: "bad-request" });
    await assert.rejects(ask(module, "/hosts/merge", {}, "id=1"), { code: "bad-request" });
    await ask(module, "/hosts/merge", {}, "id=1&id=3&into=3&confirm=yes");
    assert.deepEqual(module.calls.at(-1), ["inventory/merge", { from: 1, into: 3 }]);
  });
  it("says which hosts were merged when one of several could not be", async () => {
    const module = new Module();
    const merge = (form: string) => ask(module, "/hosts/merge", {}, `${form}&confirm=yes`);
    const answer = module.answer.bind(module);
    module.answer = (name, options) => {
      if (name === "merge" && options.from === 3) throw new Problem("conflict", "it has changed");
      return answer(name, options);
    };
    await assert.rejects(merge("id=1&id=3&id=2&into=2"), {
      code: "conflict",
      message: `host1 became part of ${hostile}, but host3 was not merged: it has changed`,
    });
    await assert.rejects(merge("id=3&id=1&into=1"), { message: "host3 was not merged: it has changed" });
    assert.deepEqual(
      module.calls.filter(([command]) => command === "inventory/merge").map(([, { from }]) => from),
      [1, 3, 3],
    );
  });
  it("refuses ticks that are no numbers, none, or too many", async () => {
    for (const form of ["", "id=x", "id=-1", "id=1.5", "id="]) {
      await assert.rejects(ask(new Module(), "/hosts/acknowledge", {}, form), { code: "bad-request" }, form);
    }
    const many = Array.from({ length: 1001 }, (_, index) => `id=${index + 1}`).join("&");
    await assert.rejects(ask(new Module(), "/hosts/delete", {}, many), { code: "too-large" });
  });
  it("does not echo a notice it did not write", async () => {
    assert.doesNotMatch(await html(new Module(), "/hosts?notice=constructor-1"), /role="status">[^<]*function/);
    assert.doesNotMatch(await html(new Module(), `/hosts?notice=${encodeURIComponent(hostile)}`), /alert good/);
  });
});

describe("one host", () => {
  it("shows facts and what could not be read", async () => {
    const text = await html(new Module(), "/hosts/2");
    assertEscaped(text);
    assert.match(text, /The last inventory is incomplete/);
    assert.match(text, /Machine and firmware: /);
    assert.match(text, /role="tab" aria-selected="true"[^>]*href="\/hosts\/2\?tab=overview"/);
  });
  it("fetches only the sections of the chosen tab, in short", async () => {
    const module = new Module();
    const text = await html(module, "/hosts/1?tab=hardware", { partial: "host-tabs" });
    assert.match(text, /^<title>host1 · Hardware · Reeve<\/title><div id="host-tabs"/);
    assertEscaped(text);
    const asked = module.calls.filter(([command]) => command === "inventory/section").map(([, one]) => one.section);
    assert.deepEqual(asked, ["BIOS", "CPUS", "CONTROLLERS"]);
    assert.match(text, /href="\/hosts\/1\?tab=hardware&amp;section=CONTROLLERS"[^>]*>Show all 40/);
  });
  it("gives a section of its own search, order, pages and CSV", async () => {
    const module = new Module();
    const text = await html(module, "/hosts/1?tab=software&sort=-FILESIZE&page=2", { partial: "section-softwares" });
    assert.match(text, /^<title>[^<]*<\/title><section id="section-softwares"/);
    const options = { id: 1, section: "SOFTWARES", sort: "FILESIZE", descending: true, limit: 50, offset: 50 };
    assert.deepEqual(module.calls.at(-1), ["inventory/section", options]);
    assert.match(text, /51–100 of 120 packages/);

    const result = await ask(module, "/hosts/1?tab=software&format=csv");
    assert.ok("file" in result);
    assert.equal(result.file, "host1-Software.csv");
    assert.equal(result.content.trimEnd().split("\r\n").length, 121);
    assert.ok(result.content.includes("\r\n'=package0,1,0\r\n"));
  });
  it("shows sections it has no words for", async () => {
    const text = await html(new Module(), "/hosts/1?tab=more");
    assertEscaped(text);
    assert.match(text, /Foo/);
  });
  it("says so when a tab has nothing, and what of it could not be read", async () => {
    const virtual = await html(new Module(), "/hosts/1?tab=virtual");
    assert.match(virtual, /No virtual machine or container was found/);
    assert.doesNotMatch(virtual, /The last inventory is incomplete/);
    assert.match(await html(new Module(), "/hosts/1?tab=hardware"), /The last inventory is incomplete/);
  });
  it("says so when a section has lost its rows since they were counted", async () => {
    const module = new Module();
    const answer = module.answer.bind(module);
    module.answer = (name, options) =>
      name === "section" ? { section: "SOFTWARES", total: 0, columns: [], rows: [] } : answer(name, options);
    assert.match(await html(module, "/hosts/1?tab=software"), /No software was reported/);
  });
  it("is not found by anything but a known number", async () => {
    for (const path of ["/hosts/99", "/hosts/x", "/hosts/0", "/hosts/-1", "/hosts/1e3"]) {
      await assert.rejects(ask(new Module(), path), { code: "not-found" }, path);
    }
  });
  it("takes an odd address for the default view", async () => {
    const text = await html(new Module(), "/hosts/1?tab=__proto__&section=constructor&sort=toString&page=x");
    assert.match(text, /aria-selected="true"[^>]*tab=overview/);
    await html(new Module(), "/hosts/1?tab=software&sort=-__proto__");
  });
});
