import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Refusal } from "../../../src/console/interfaces/answer.ts";
import type {
  ApplyResult,
  CheckResult,
  EventSummary,
  EventTree,
  InterfaceState,
  LeaseState,
  NetconfStatus,
  WhyResult,
} from "../../../src/console/interfaces/control.ts";
import { interfaces } from "../../../src/console/interfaces/declaration.ts";
import { pages } from "../../../src/console/interfaces/pages.tsx";
import { countdown } from "../../../src/console/interfaces/pending.tsx";
import { marked } from "../../../src/console/interfaces/shown.ts";
import { outcomeOf, took } from "../../../src/console/interfaces/words.ts";
import { markOf } from "../../../src/console/mark.ts";
import { Problem } from "../../../src/problem.ts";
import { Rendered } from "../rendered.ts";

const hostile = `"><script>alert('1')</script>`;
const at = 1_790_000_000_000;
const user = { name: "bob", administrator: false };

const link: InterfaceState = {
  ...{ name: "br0", index: 5, kind: "bridge", type: "ether", address: "02:00:00:00:00:05", mtu: 1500, master: "" },
  ...{ lower: "", up: true, carrier: true, operational: "routable", setup: "configured", logical: hostile },
  ...{ manager: "reeve", gateways: ["192.0.2.1"], methods: ["inet static", hostile], waitsFor: "", error: "" },
  ...{ event: 7, since: at, users: ["vpn0"], at: "/etc/network/interfaces:30:1" },
  addresses: [
    { address: "192.0.2.10/24", family: 4, scope: "global", flags: [], validUntil: null, from: "configuration" },
    { address: "2001:db8::1/64", family: 6, scope: "global", flags: ["deprecated"], validUntil: at, from: hostile },
  ],
  routes: [{ destination: "default", family: 4, gateway: "192.0.2.1", table: 254, metric: 0, protocol: "186" }],
};

const links: InterfaceState[] = [
  link,
  { ...link, name: "eth0", kind: "", master: "br0", addresses: [], gateways: [], setup: "failed", error: hostile },
  {
    ...link,
    name: "eth0.5",
    kind: "vlan",
    lower: "eth0",
    setup: "deferred",
    waitsFor: hostile,
    methods: ["inet dhcp"],
  },
  { ...link, name: "wlan0", manager: "NetworkManager", setup: "unmanaged", event: null, since: null, at: "" },
];

const pending = { id: 9, since: at, deadline: at, by: hostile, changes: [`br0: ${hostile}`] };

const status: NetconfStatus = {
  ...{ pid: 612, version: hostile, started: at, interfaces: links, operational: "routable", pending: null },
  ...{ rolledBack: null, dns: { by: hostile, servers: ["192.0.2.53"], search: [hostile] }, warnings: [hostile] },
  configuration: {
    ...{ files: [hostile], read: at },
    diagnostics: [
      { severity: "warning", at: "/etc/network/interfaces:9:1", message: "auto names gre9", refuses: [] },
      { severity: "error", at: "/etc/network/interfaces:12:3", message: hostile, refuses: ["eth9"] },
    ],
  },
};

const summary: EventSummary = {
  ...{ id: 7, kind: "CTLSOCK_IFUP", name: "eth0", parent: 0, by: hostile, queued: at, ended: at + 1500 },
  ...{ outcome: "failed", reason: hostile, at: "/etc/network/interfaces:44:1" },
};

const tree: EventTree = {
  ...summary,
  lines: [{ at: at + 34, order: 2, text: hostile }],
  ...{ steps: [], ran: [{ what: hostile, status: null, at: "" }] },
  children: [
    {
      ...{
        ...summary,
        id: 8,
        kind: "LINK",
        parent: 7,
        lines: [{ at: at + 34, order: 1, text: "first" }],
        ran: [],
        children: [],
      },
      steps: [
        { line: "ip link set dev eth0 mtu 9999", error: `EINVAL: ${hostile}`, at: "/etc/network/interfaces:46:5" },
      ],
    },
  ],
};

const lease: LeaseState = {
  ...{ name: "eth0.5", family: 4, client: "dhclient", pid: 4711, state: "bound", address: "10.20.0.55/24" },
  ...{ server: hostile, routers: [hostile], dns: [hostile], domain: hostile, search: [hostile], ntp: [], mtu: 1400 },
  ...{ since: at, renewAt: at, expires: null, other: { [hostile]: hostile } },
};

const different = [
  { kind: "missing" as const, what: `address ${hostile}`, at: "/etc/network/interfaces:31:5", mend: [hostile] },
  { kind: "foreign" as const, what: "address 198.51.100.9/32", at: "", mend: [] },
];

const would: ApplyResult = {
  ...{
    id: 0,
    differences: [{ name: "br0", differences: different }],
    steps: [hostile],
    scripts: [hostile],
    deadline: null,
  },
  refused: [{ name: "eth9", reason: hostile, at: "" }],
};

class Module extends Rendered {
  constructor(more: Record<string, unknown> = {}) {
    super(interfaces, pages, {
      ...{ status, events: { events: [summary], before: 7 }, event: tree, leases: { leases: [lease] }, preview: would },
      check: {
        ...{ same: false, diagnostics: [] },
        interfaces: [
          { name: "br0", configured: true, differences: different },
          { name: "eth0", configured: false, differences: [] },
        ],
      } satisfies CheckResult,
      why: {
        ...{ name: "br0", operational: "routable", setup: "failed", sentence: hostile, event: tree },
        diagnostics: status.configuration.diagnostics,
      } satisfies WhyResult,
      query: {
        interfaces: [
          {
            ...{ name: "br0", logical: hostile, classes: ["auto"] },
            stanzas: [{ family: "inet", method: "static", at: hostile, options: [[hostile, hostile]] }],
          },
        ],
        diagnostics: [],
      },
      way: { link: "br0", names: ["br0", "eth0"] },
      ...{ up: { event: 70 }, down: { event: 71 }, renew: { event: null }, rollback: { event: 72 } },
      ...{ apply: { event: 73 }, confirm: { id: 9 }, reload: { interfaces: 1, diagnostics: [] } },
      ...more,
    });
  }
}

const overview = "/interfaces";
const one = "/interfaces/links/br0";
const applying = "/interfaces/apply";
const all = [
  ...[overview, one, "/interfaces/leases", "/interfaces/events", "/interfaces/events/7", "/interfaces/live"],
  ...["/interfaces/check", applying],
];

/** Without markup. */
function words(html: string): string {
  return html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

describe("Interfaces", () => {
  it("escapes what a host, its configuration and its servers say, on every page", async () => {
    for (const path of all) {
      const module = new Module({ status: { ...status, pending } });
      const text = (await module.html(path)) + (await new Module().html(path));
      assert.ok(!text.includes("<script>alert"), path);
      assert.ok(text.includes("&lt;script&gt;alert"), path);
      assert.match(text, /<a href="\/interfaces" aria-current="(true|page)"/, path);
    }
  });

  it("offers to act, and what an apply would do, to administrators alone", async () => {
    const acting = /<button type="submit"(?! class="primary">Filter)(?! class="quiet")|formaction|Apply …|Apply<\/a>/;
    for (const path of all.filter((path) => path !== applying)) {
      const module = new Module({ status: { ...status, pending } });
      const main = (html: string) => html.slice(html.indexOf("<main"));
      const text = main(await module.html(path, { user }));
      assert.doesNotMatch(text, acting, path);
      assert.match(text, /rolled back in/, path);
      assert.match(main(await module.html(path)), acting, path);
    }
  });

  it("without a daemon each page says how to start one, and looks for it", async () => {
    for (const [code, said] of [
      ["not-running", /reeve netconf daemon --auto/],
      ["permission", /The network daemon does not answer/],
      ["unavailable", /The network daemon does not answer/],
    ] as const) {
      for (const path of all) {
        const problem = new Problem(code, "x");
        const text = await new Module({ status: problem }).html(path);
        assert.match(text, said, path);
        assert.ok(text.includes(`data-current="/command/interfaces/watch?shown=${markOf(problem)}" hx-get="`), path);
        assert.doesNotMatch(text, /<table/, path);
      }
    }
    await assert.rejects(new Module({ status: new Problem("internal", "x") }).html(overview), { code: "internal" });
  });

  it("only what is kept current is drawn when that is asked for: nothing is rehearsed again for it", async () => {
    const module = new Module();
    const text = await module.html(applying, { partial: "netconf" });
    assert.match(text, /^<title>[^<]*<\/title><section id="netconf"/);
    assert.doesNotMatch(text, /<h1|<main/);
    assert.deepEqual(
      module.calls.map(([name]) => name),
      ["status", "events"],
    );
  });

  it("what is kept current carries the mark of what it shows, and the ends of addresses are no part of it", async () => {
    const shown = async (given: NetconfStatus) =>
      /watch\?shown=([\w-]+)"/.exec(await new Module({ status: given }).html(overview))?.[1];
    assert.equal(await shown(status), markOf(marked({ status, newest: [summary] })));
    const addresses = link.addresses.map((one) => ({ ...one, validUntil: one.validUntil && one.validUntil + 5 }));
    assert.equal(
      await shown({ ...status, interfaces: [{ ...link, addresses }, ...links.slice(1)] }),
      await shown(status),
    );
    assert.notEqual(await shown({ ...status, pending }), await shown(status));
  });

  it("the overview: a tree, both states, addresses with where they come from, errors with their place", async () => {
    const text = await new Module().html(overview);
    const names = [...text.matchAll(/<a href="\/interfaces\/links\/([^"]+)"/g)].map(([, name]) => name);
    assert.deepEqual(names, ["br0", "eth0", "eth0.5", "wlan0"]);
    assert.match(text, />└ <\/span><a href="\/interfaces\/links\/eth0"/);
    assert.match(text, /> {2}└ <\/span><a href="\/interfaces\/links\/eth0.5"/);
    const said = words(text);
    for (const pattern of [
      /1 error and 1 warning in the configuration \/etc\/network\/interfaces:12:3 : .* \(left as it is: eth9\)/,
      /vlan, port of|ether, port of br0/,
      /192\.0\.2\.10\/24 configured 2001:db8::1\/64 .*?, deprecated, ends/,
      /gateway 192\.0\.2\.1/,
      /NetworkManager/,
      /event 7/,
      /Not as wanted 2/,
    ]) {
      assert.match(said, pattern);
    }
    const trouble = await new Module().html("/interfaces?show=trouble");
    assert.doesNotMatch(trouble, /href="\/interfaces\/links\/br0"/);
    const wlan = text.slice(text.indexOf("links/wlan0"));
    assert.doesNotMatch(wlan.slice(0, wlan.indexOf("</tr>")), /<button/);
  });

  it("one interface: facts, routes, why down to the kernel's word, differences, stanzas, leases, events", async () => {
    const module = new Module();
    const said = words(await module.html(one));
    for (const pattern of [
      /Ports eth0/,
      /Needed by vpn0/,
      /default 192\.0\.2\.1 main protocol 186/,
      /ip link set dev eth0 mtu 9999 \/etc\/network\/interfaces:46:5 EINVAL: /,
      /Not as the configuration says .* missing/,
      /foreign/,
      /Ends never/,
      /CTLSOCK_IFUP/,
    ]) {
      assert.match(said, pattern);
    }
    const names = ["br0"];
    assert.deepEqual(module.calls.slice(2), [
      ["status", { names }],
      ["why", { name: "br0" }],
      ["check", { names }],
      ["leases", { names }],
      ["query", { names }],
      ["events", { name: "br0", limit: 50 }],
    ]);
    await assert.rejects(new Module().html("/interfaces/links/eth77"), /There is no interface eth77/);
    await assert.rejects(new Module().html("/interfaces/links/a%20b"), { code: "not-found" });
  });

  it("events: filtered, older ones a page away; one as a tree, its lines in the order they were said", async () => {
    const module = new Module();
    const text = await module.html("/interfaces/events?name=eth0&kind=CTLSOCK_IFUP&before=90");
    assert.deepEqual(module.calls.at(-1), ["events", { name: "eth0", kind: "CTLSOCK_IFUP", before: 90, limit: 50 }]);
    assert.match(text, /href="\/interfaces\/events\?name=eth0&amp;kind=CTLSOCK_IFUP&amp;before=7"/);
    await module.html("/interfaces/events?kind=nothing&before=-1&name=a+b");
    assert.deepEqual(JSON.parse(JSON.stringify(module.calls.at(-1)?.[1])), { limit: 50, name: "ab" });
    const said = words(await module.html("/interfaces/events/7"));
    assert.match(said, /Status lines 2 \+0\.034 first \+0\.034 /);
    assert.match(said, /ended by a signal/);
    assert.match(said, /Took 1\.5 s/);
    const running = { ...tree, outcome: null, ended: null, reason: "" };
    assert.match(await new Module({ event: running }).html("/interfaces/events/7"), /<progress/);
    await assert.rejects(new Module().html("/interfaces/events/x"), { code: "not-found" });
  });

  it("of many events, those that went well are folded", async () => {
    const good = { ...tree.children[0]!, outcome: "done", reason: "", steps: [{ line: "x", error: "", at: "" }] };
    const children = [...Array.from({ length: 40 }, () => good), tree.children[0]!];
    const text = await new Module({ event: { ...tree, children } }).html("/interfaces/events/7");
    assert.equal(text.match(/<details open/g)?.length, 2);
    assert.equal(text.match(/<details>/g)?.length, 40);
  });

  it("what waits for a confirm stands on every page with the time left; then that it was taken back", async () => {
    const deadline = Date.now() + 83_000;
    for (const path of all) {
      const module = new Module({ status: { ...status, pending: { ...pending, deadline } } });
      const text = await module.html(path);
      const left = Number(/data-countdown="(\d+)"/.exec(text)?.[1]);
      assert.ok(left > 70_000 && left <= 83_000, `${path}: ${left}`);
      assert.match(text, /role="timer"[^>]*>1:\d\d</, path);
      assert.match(
        text,
        new RegExp(`action="/interfaces/confirm[^"]*".*name="id" value="9".*name="back" value="${path}"`),
      );
      assert.match(text, /formaction="\/interfaces\/rollback/, path);
    }
    assert.deepEqual([83_000, 59_001, 0, -5].map(countdown), ["1:23", "1:00", "0:00", "0:00"]);
    const rolledBack = { id: 9, at, why: "nobody has confirmed it in time" };
    const text = await new Module({ status: { ...status, rolledBack } }).html("/interfaces/leases");
    assert.match(text, /What was applied was rolled back.*Nobody has confirmed it in time\./s);
    assert.doesNotMatch(text, /data-countdown/);
  });

  it("an apply is compared first, for all or for some; nothing to do is said; what is pending comes before it", async () => {
    const module = new Module();
    const text = await module.html("/interfaces/apply?name=br0&name=eth0&name=a%2Fb");
    assert.deepEqual(module.calls.at(-1), ["preview", { names: ["br0", "eth0"] }]);
    assert.match(text, /name="name" value="br0".*name="name" value="eth0"/s);
    assert.match(text, /1 interface left as it is/);
    assert.match(text, /Runs 1 command or script</);
    const without = { ...would, scripts: [] };
    assert.match(
      await new Module({ preview: without }).html(applying),
      /No command and no script of an interface is run/,
    );
    const none = { ...without, differences: [], steps: [], refused: [] };
    assert.match(await new Module({ preview: none }).html(applying), /Nothing is to be done/);
    const waiting = new Module({ status: { ...status, pending } });
    assert.doesNotMatch(await waiting.html(applying), /name="timeout"/);
    assert.ok(!waiting.calls.some(([name]) => name === "preview"));
    const wrong = new Problem("io", "the configuration cannot be read");
    assert.match(await new Module({ preview: wrong }).html(applying), /The configuration cannot be read\./);
  });

  it("asks before it takes down, and before what touches who asks; then it leads to the event", async () => {
    const down = await new Module().html(
      "/interfaces/down",
      { partial: "dialog" },
      "name=br0&back=%2Finterfaces%2Fcheck",
    );
    assert.match(words(down), /Take br0 down\? You are connected by it .* goes out by br0.* it cuts you off/);
    assert.match(down, /name="force".*Though vpn0 needs it/s);
    assert.match(down, /type="hidden" name="back" value="\/interfaces\/check"/);
    const below = await new Module().html("/interfaces/up", { partial: "dialog" }, "name=eth0");
    assert.match(words(below), /goes out by br0, which needs eth0/);
    const elsewhere = new Module({ way: { link: null, names: [] } });
    assert.match(words(await elsewhere.html("/interfaces/down", {}, "name=br0")), /What Reeve has put there goes/);
    const done: [path: string, form: string, call: [string, Record<string, unknown>], location: string][] = [
      ["up", "name=eth0.5", ["up", { names: ["eth0.5"], force: false, wait: false }], "/interfaces/events/70"],
      [
        "down",
        "name=br0&confirm=yes&force=yes",
        ["down", { names: ["br0"], force: true, wait: false }],
        "/interfaces/events/71",
      ],
      [
        "renew",
        "name=eth0.5&back=%2Finterfaces%2Flinks%2Feth0.5",
        ["renew", { name: "eth0.5", wait: false }],
        "/interfaces/links/eth0.5?notice=renew",
      ],
      ["reload", "", ["reload", {}], "/interfaces?notice=reload"],
      ["apply", "timeout=60", ["apply", { timeout: 60, wait: false }], "/interfaces/events/73"],
      ["apply", "name=br0", ["apply", { names: ["br0"], wait: false }], "/interfaces/events/73"],
      ["confirm", "id=9&back=%2Finterfaces%2Fleases", ["confirm", { id: 9 }], "/interfaces/leases?notice=confirm"],
      ["confirm", "id=9&back=https%3A%2F%2Fevil", ["confirm", { id: 9 }], "/interfaces?notice=confirm"],
      ["rollback", "id=9", ["rollback", { id: 9, wait: false }], "/interfaces/events/72"],
    ];
    for (const [name, form, call, location] of done) {
      const module = new Module();
      assert.deepEqual(await module.ask(`/interfaces/${name}`, {}, form), { location }, name);
      assert.deepEqual(module.calls.at(-1), call);
    }
    for (const path of ["/interfaces", "/interfaces/leases", "/interfaces/events", one]) {
      assert.match(await new Module().html(`${path}?notice=confirm`), /Confirmed: what was applied stays\./, path);
    }
    await assert.rejects(new Module().ask("/interfaces/up", {}, "name=a+b"), { code: "bad-request" });
  });

  it("where the console may not act, it says which lines in the policy and which group would let it", async () => {
    const refusal = (more: Partial<Refusal>): Refusal => ({
      ...{ by: "policy", user: "reeve", group: "netdev", section: "IFDOWN", ...more },
    });
    const forbidden = new Problem("forbidden", "no", { detail: refusal({}) });
    const form = "name=br0&confirm=yes";
    const result = await new Module({ down: forbidden }).ask("/interfaces/down", {}, form);
    assert.ok("body" in result && result.status === 403);
    const policy = words(await new Module({ down: forbidden }).html("/interfaces/down", {}, form));
    assert.match(policy, /The policy does not let reeve do that.*\[IFDOWN\] allow reeve.*netconf\.policy/);
    const dialog = await new Module({ up: forbidden }).ask("/interfaces/up", { partial: "dialog" }, "name=eth0.5");
    assert.ok("body" in dialog && dialog.status === 200);
    const group = new Problem("permission", "no", { detail: refusal({ by: "socket", section: "APPLY" }) });
    const socket = words(await new Module({ preview: group }).html(applying));
    assert.match(socket, /usermod -aG netdev reeve/);
    assert.match(socket, /\[IFUP\] allow reeve \[IFDOWN\] allow reeve \[APPLY\] allow reeve/);
    const alone = new Problem("permission", "no", { detail: refusal({ by: "socket", group: "" }) });
    assert.match(words(await new Module({ preview: alone }).html(applying)), /netconf: group: reeve/);
    // The console's own refusal is another matter.
    const own = new Problem("forbidden", "this wants an administrator");
    await assert.rejects(new Module({ up: own }).ask("/interfaces/up", {}, "name=eth0.5"), { code: "forbidden" });
    await assert.rejects(new Module({ preview: own }).html(applying), { code: "forbidden" });
  });

  it("no lease, no event, no difference: said in words", async () => {
    assert.match(await new Module({ leases: { leases: [] } }).html("/interfaces/leases"), /No interface has a lease/);
    const events = { events: [], before: null };
    assert.match(await new Module({ events }).html("/interfaces/events"), /Nothing has happened yet/);
    assert.match(await new Module({ events }).html("/interfaces/events?name=x"), /There is no such event/);
    const same = { same: true, interfaces: [], diagnostics: [] };
    assert.match(await new Module({ check: same }).html("/interfaces/check"), /All is as the configuration says/);
  });

  it("words: outcomes, and how long it took", () => {
    assert.deepEqual(["done", "weird", null].map(outcomeOf), [
      ["done", "good"],
      ["weird", "bad"],
      ["under way", "accent"],
    ]);
    assert.deepEqual(
      [34, 1500, 119_999, 180_000].map((milliseconds) => took(at, at + milliseconds)),
      ["34 ms", "1.5 s", "120.0 s", "3 min"],
    );
  });
});
