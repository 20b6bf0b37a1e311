import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { People, Person, PersonSummary } from "../../../src/console/directory/answer.ts";
import type {
  ChangeDetail,
  HandlerModule,
  ListenerStatus,
  ParkedItem,
  VerifyResult,
} from "../../../src/console/directory/control.ts";
import { directory } from "../../../src/console/directory/declaration.ts";
import { pages } from "../../../src/console/directory/pages.tsx";
import { lagOf, verifyOf } from "../../../src/console/directory/words.ts";
import { markOf } from "../../../src/console/mark.ts";
import { duration } from "../../../src/console/parts/units.ts";
import { Problem } from "../../../src/problem.ts";
import { Rendered } from "../rendered.ts";

const hostile = `"><script>alert('1')</script>`;
const uuid = "5f3a0000-0000-4000-8000-000000000001";
const at = 1_790_000_000_000;
const user = { name: "bob", administrator: false };

const summary: PersonSummary = {
  ...{ uuid: "u1", kind: "person", dn: hostile, account: "alice.w", name: hostile, mail: `a@${hostile}` },
  ...{ phone: hostile, title: hostile, department: hostile, description: hostile, disabled: true, members: 0 },
  changed: at,
};
const group: PersonSummary = { ...summary, uuid: "g1", kind: "group", members: 12_000, disabled: false };
const person: Person = {
  ...{ ...summary, source: hostile, attributes: { [hostile]: [hostile] }, firstSeen: at, groups: [group], known: [] },
  hosts: [{ id: 7, name: hostile, address: "192.0.2.7", lastUser: hostile, lastSeen: at }],
};

const handler: HandlerModule = {
  ...{ name: hostile, description: hostile, priority: 50, state: "waiting", position: 97, rate: 1.5, queue: 4 },
  ...{ lag: { events: 23, seconds: 95 }, load: null, parked: { failed: 1, waiting: 2, dead: 1 }, prepared: true },
  ...{ error: hostile, errorAt: at, restarts: 2, pid: 4711, nextAt: at, waitsFor: null, file: hostile, kind: "script" },
  ...{ filter: hostile, semantics: "model", attributes: [hostile], needs: [hostile], style: "calls", user: hostile },
  warnings: [hostile],
};

const verified: VerifyResult = {
  ...{ started: at, ended: at, compared: 1500, added: 0, modified: 2, moved: 0, removed: 0, held: 60, error: "" },
};

const status: ListenerStatus = {
  ...{ pid: 1, started: at, version: hostile, server: hostile, servers: [hostile, "ldap://b"], suffix: hostile },
  ...{ base: hostile, phase: "connecting", phaseSince: at, progress: { done: 5, total: 10 }, error: hostile },
  ...{
    errorAt: at,
    lastSync: at,
    entries: 1500,
    unreadable: 0,
    unreadableDns: [],
    head: 120,
    headAt: at,
    first: 1,
    bytes: 1e6,
    rate: 0.5,
    held: 1,
  },
  ...{ lag: { events: 23, seconds: 95 }, parked: handler.parked, verifying: true, verified, handlers: [handler] },
};

const item: ParkedItem = {
  ...{ id: 4, handler: hostile, seq: 94, kind: "modify", uuid: "e", dn: hostile, state: "failed", since: at },
  ...{ attempts: 3, nextAt: at, error: hostile, behind: 2, waitsFor: null },
};

const value = (text: string | null, only = false, bytes = new TextEncoder().encode(text ?? "").length) => ({
  ...{ text, bytes, only },
});

const change: ChangeDetail = {
  ...{ seq: 94, at, kind: "move", origin: "live", uuid, csn: hostile, oldDn: hostile, newDn: `cn=${hostile}` },
  ...{ differing: [hostile], differs: 3, id: `x.${hostile}`, earlier: 90, later: null },
  attributes: [
    {
      ...{ name: hostile, differs: true, metadata: false },
      old: { total: 2, values: [value(hostile, true), value("kept")] },
      new: { total: 3, values: [value("new one", true), value("kept"), value(null, false, 5_242_880)] },
    },
    {
      ...{ name: "member", differs: true, metadata: false },
      old: { total: 9999, values: Array.from({ length: 100 }, (_, n) => value(`m${n}`)) },
      new: { total: 10_000, values: [value("m-new", true), ...Array.from({ length: 100 }, (_, n) => value(`m${n}`))] },
    },
    {
      ...{ name: "long", differs: true, metadata: false, old: { total: 0, values: [] } },
      new: { total: 2, values: [value("l".repeat(500), true), value("k".repeat(4096), true, 8_000_000)] },
    },
    {
      ...{ name: "cn", differs: false, metadata: false },
      old: { total: 1, values: [value("same")] },
      new: { total: 1, values: [value("same")] },
    },
    {
      ...{ name: "entryCSN", differs: true, metadata: true },
      old: { total: 1, values: [value("1", true)] },
      new: { total: 1, values: [value("2", true)] },
    },
  ],
};

class Module extends Rendered {
  constructor() {
    super(directory, pages, {
      people: { total: 2, people: [summary, group] } satisfies People,
      ...{ person, status, handlers: [handler], change },
      parked: { total: 1, items: [item], before: 4 },
      held: { total: 1, items: [{ uuid: "held-1", dn: hostile, since: at }] },
      changes: { head: 120, first: 1, changes: [change], before: 94 },
      ...{
        resync: { handlers: [] },
        verify: null,
        pause: { handlers: [] },
        resume: { handlers: [] },
        forget: { handlers: [] },
      },
      ...{ retry: { retried: 1 }, skip: { skipped: 1 }, approve: { approved: 1 }, reject: { rejected: 1 } },
    });
  }
}

const handlerPath = `/directory/handlers/${encodeURIComponent(hostile)}`;
const listenerPages = [
  ...["/directory/changes", "/directory/handlers", handlerPath, "/directory/parked", "/directory/held"],
];

describe("Directory", () => {
  it("escapes what a directory, its people and its handlers say, on every page", async () => {
    for (const path of ["/people", "/people/u1", "/directory/changes/94", ...listenerPages]) {
      const text = await new Module().html(path);
      assert.ok(!text.includes("<script>alert"), path);
      assert.ok(text.includes("&lt;script&gt;alert"), path);
      assert.match(text, /<a href="\/people" aria-current="(true|page)"/, path);
    }
  });

  it("offers to act, and the changes, to administrators alone", async () => {
    const acting = /Resync|Pause|Verify …|Retry|Skip <|Approve|Reject|formaction|\/directory\/changes/;
    for (const path of ["/people", "/people/u1", ...listenerPages.slice(1)]) {
      assert.doesNotMatch(await new Module().html(path, { user }), acting, path);
      assert.match(await new Module().html(path), acting, path);
    }
  });

  it("without a listener each page says how to start one, and looks for it; the people stay", async () => {
    for (const [code, words] of [
      ["not-running", /reeve listener -H ldap:\/\/SERVER/],
      ["permission", /listener\.group: reeve/],
      ["unavailable", /The listener does not answer/],
    ] as const) {
      for (const path of listenerPages) {
        const module = new Module();
        module.answers.status = new Problem(code, "x");
        const text = await module.html(path);
        assert.match(text, words, path);
        const watched = `data-current="/command/directory/watch?shown=${markOf(module.answers.status as Problem)}" hx-get="`;
        assert.ok(text.includes(watched), path);
        assert.doesNotMatch(text, /Verify …|Retry|<table/, path);
      }
    }
    const module = new Module();
    module.answers.status = new Problem("not-running", "x");
    assert.match(await module.html("/people"), /href="\/people\/u1"/);
    module.answers.status = new Problem("internal", "x");
    await assert.rejects(module.html("/directory/handlers"), { code: "internal" });
  });

  it("only what is kept current is drawn when that is asked for", async () => {
    const text = await new Module().html("/directory/handlers", { partial: "listener" });
    assert.match(text, /^<title>[^<]*<\/title><section id="listener"/);
    assert.doesNotMatch(text, /<h1|<main/);
  });

  it("what is kept current carries the mark of what it shows, also where only a part of it could be asked for", async () => {
    const markIn = (text: string) => /watch\?shown=([\w-]+)"/.exec(text)?.[1];
    const following = new Module();
    following.answers.status = { ...status, phase: "following" } satisfies ListenerStatus;
    const went = new Module();
    went.answers.parked = new Problem("not-running", "x");
    const shown = [new Module(), following, went].map(async (module) => markIn(await module.html("/directory/parked")));
    const marks = [status, { ...status, phase: "following" as const }, new Problem("not-running", "y")].map(markOf);
    assert.deepEqual(await Promise.all(shown), marks);
    assert.equal(new Set(marks).size, 3);
  });

  it("the state: server, phase, lag, last sync, verification", async () => {
    const text = await new Module().html("/directory/parked");
    for (const words of [/looks for a server/, /23 changes, 95 s behind/, /last told/, /50 %/])
      assert.match(text, words);
    const whole = await new Module().html("/directory/handlers");
    assert.match(whole, /<dt>Changes kept<\/dt><dd>120 \(977 KiB\), 0.5 a second now/);
    assert.equal(verifyOf(verified), "1,500 entries compared, 2 modified, 60 held");
    assert.equal(verifyOf({ ...verified, modified: 0, held: 0 }), "1,500 entries compared, nothing differed");
    assert.match(verifyOf({ ...verified, error: "no answer" }), /^broke off: no answer/);
    assert.deepEqual([119, 120, 7200, 172_800].map(duration), ["119 s", "2 min", "2 h", "2 days"]);
    assert.equal(lagOf({ events: 0, seconds: 0 }), "up to date");
  });

  it("a change has its two sides beside each other, differing values marked, binary as size, long ones folded", async () => {
    const text = await new Module().html("/directory/changes/94");
    assert.match(text, /<del><span>&quot;&gt;&lt;script/);
    assert.match(text, /<ins><span>new one<\/span><\/ins>/);
    assert.match(text, /<li><span>kept<\/span><\/li><li><span class="muted">binary, 5 MiB<\/span>/);
    assert.match(text, /9,999 values as on the other side/);
    assert.match(text, /and 9,899 more/);
    assert.match(text, /<summary>l{80}… <span class="muted">500 B<\/span><\/summary><div class="whole">l{500}</);
    assert.match(text, /<span class="muted">7.63 MiB<\/span>.*The rest is not shown\./);
    assert.match(text, /Written by the server itself: 1 attribute/);
    assert.match(text, /As it was: 1 attribute/);
    assert.match(text, /href="\/directory\/changes\/90"/);
    assert.doesNotMatch(text, /Later change of it/);
    await assert.rejects(new Module().html("/directory/changes/x"), { code: "not-found" });
  });

  it("changes are asked for as the address says, times in UTC", async () => {
    const module = new Module();
    const query = `dn=OU%3DPeople&uuid=${uuid}&kind=move&origin=live&from=2026-09-01T10:00&to=&before=94`;
    await module.html(`/directory/changes?${query}`);
    assert.deepEqual(module.calls[1], [
      "changes",
      {
        ...{
          dn: "OU=People",
          uuid,
          kind: "move",
          origin: "live",
          from: Date.UTC(2026, 8, 1, 10),
          to: undefined,
        },
        ...{ before: 94, limit: 50 },
      },
    ]);
    await module.html("/directory/changes?kind=nothing&before=-1");
    assert.deepEqual(JSON.parse(JSON.stringify(module.calls[3]?.[1])), { limit: 50 });
    await assert.rejects(async () => module.html("/directory/changes?uuid=e"), /“e” is no entryUUID/);
    await assert.rejects(async () => module.html("/directory/changes?from=yesterday"), /from: expected a time/);
    module.answers.changes = { head: 0, first: 1, changes: [], before: null };
    assert.match(await module.html("/directory/changes"), /Nothing has changed yet/);
    module.answers.changes = { head: 9000, first: 1, changes: [], before: 500 };
    const text = await module.html("/directory/changes?dn=x");
    assert.match(text, /older ones may match.*href="\/directory\/changes\?dn=x&amp;before=500"/);
  });

  it("asks before it acts, acts on the answer, and comes back to the same list", async () => {
    const errands: [name: string, form: string, options: Record<string, unknown>, back: string][] = [
      ["resync", "handler=mail", { handler: "mail" }, "/directory/handlers?notice=resync"],
      ["pause", "handler=mail", { handler: "mail" }, "/directory/handlers?notice=pause"],
      ["resume", "", {}, "/directory/handlers?notice=resume"],
      ["verify", "", {}, "/directory/handlers?notice=verify"],
      ["skip", "id=4&reason=it+is+wrong", { id: 4, reason: "it is wrong" }, "/directory/parked?notice=skip"],
      ["forget", "handler=old", { handler: "old" }, "/directory/handlers?notice=forget"],
      ["approve", `uuid=${uuid}`, { uuids: [uuid], all: false }, "/directory/held?notice=approve"],
      ["reject", "all=yes&total=60", { all: true }, "/directory/held?notice=reject"],
    ];
    for (const [name, form, options, back] of errands) {
      const module = new Module();
      const question = await module.html(`/directory/${name}`, { partial: "dialog" }, form);
      assert.match(question, /name="confirm" value="yes"/, name);
      assert.deepEqual(module.calls, [], name);
      for (const field of form.split("&").filter((one) => /^(handler|id|uuid|all)=/.test(one))) {
        const [key, text] = field.split("=");
        assert.match(question, new RegExp(`type="hidden" name="${key}" value="${text}"`), name);
      }
      assert.deepEqual(await module.ask(`/directory/${name}`, {}, `${form}&confirm=yes`), { location: back });
      assert.deepEqual(module.calls, [[name, options]]);
      assert.match(await new Module().html(back), /class="alert good"/, name);
      assert.ok("location" in (await module.ask(`/directory/${name}`)), name);
    }
    const module = new Module();
    const back = await module.ask("/directory/retry?handler=mail&before=9", {}, "id=4");
    assert.deepEqual(
      [module.calls, back],
      [[["retry", { id: 4 }]], { location: "/directory/parked?handler=mail&before=9&notice=retry" }],
    );
    await assert.rejects(module.ask("/directory/approve", {}, ""), /Select some entries first/);
    await assert.rejects(module.ask("/directory/skip", {}, "id=x"), { code: "bad-request" });
  });

  it("parked items of one handler and of one state; the older ones are a page away", async () => {
    const module = new Module();
    const text = await module.html("/directory/parked?handler=mail&state=dead&before=9");
    assert.deepEqual(module.calls[1], ["parked", { handler: "mail", state: "dead", before: 9, limit: 50 }]);
    assert.match(text, /href="\/directory\/parked\?handler=mail&amp;state=dead&amp;before=4"/);
    assert.match(text, /href="\/directory\/parked\?handler=mail&amp;state=skipped"/);
    assert.match(text, /2 changes behind it/);
    module.answers.parked = { total: 0, items: [], before: null };
    assert.match(await module.html("/directory/parked"), /Nothing is parked/);
  });

  it("people: by kind, as CSV without formulas, and what to do while there is nobody", async () => {
    const module = new Module();
    await module.html("/people?kind=group&search=a+b&sort=-members&page=2&size=25");
    assert.deepEqual(module.calls[0], [
      "people",
      { kind: "group", search: "a b", sort: "members", descending: true, limit: 25, offset: 25 },
    ]);
    module.answers.people = { total: 1, people: [{ ...summary, name: "=1+1" }] };
    const file = await module.ask("/people?format=csv&kind=person");
    assert.ok("file" in file && file.content.includes("'=1+1,person,alice.w"), JSON.stringify(file));
    assert.equal(module.calls.at(-1)?.[1].kind, "person");
    module.answers.people = { total: 0, people: [] };
    assert.match(await module.html("/people"), /Nobody yet.*reeve listener -H/s);
  });

  it("a person leads to groups, machines, the place, and the changes; a group to its members", async () => {
    const text = await new Module().html("/people/u1");
    for (const href of [
      "/people/g1",
      "/hosts/7",
      "/network/where?search=alice.w",
      "/directory/changes?uuid=u1",
      "/network/where?search=%22",
    ]) {
      assert.ok(text.includes(`href="${href}`), href);
    }
    const module = new Module();
    module.answers.person = { ...person, ...group, known: [summary], hosts: [], groups: [] };
    const members = await module.html("/people/g1");
    assert.match(members, /11,999 members not known here/);
    assert.doesNotMatch(members, /Machines|Where is it/);
    await assert.rejects(module.html("/people/a b"), { code: "not-found" });
  });

  it("held deletions: which share they are, ticked ones or all; as CSV", async () => {
    const text = await new Module().html("/directory/held");
    assert.match(text, /1 entry of 1,500 are missed/);
    assert.match(text, /Approve all 1 …/);
    const part = await new Module().html("/directory/held?page=2", { partial: "held" });
    assert.match(part, /<section id="held"/);
    assert.doesNotMatch(part, /Approve all/);
    const file = await new Module().ask("/directory/held?format=csv");
    assert.ok("file" in file && file.content.includes("held-1"));
  });

  it("one whose file is gone can be forgotten, not paused", async () => {
    const module = new Module();
    module.answers.handlers = [{ ...handler, state: "gone" }];
    const text = await module.html("/directory/handlers");
    assert.match(text, /Forget <span/);
    assert.doesNotMatch(text, /Pause <span|Resync <span/);
  });

  it("a handler that is not there is not found", async () => {
    await assert.rejects(new Module().html("/directory/handlers/nobody"), { code: "not-found" });
  });
});
