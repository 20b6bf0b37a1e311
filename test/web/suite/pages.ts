/**
 * Every page, light and dark, wide and on a phone: nothing wider than the window, what assistive technology needs, and a
 * picture in dist/screenshots/ to look at.
 */
import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions } from "playwright-core";
import { noBrowser, phone, type Site } from "../browser.ts";
import { visit } from "../visit.ts";

const pictures = join(import.meta.dirname, "..", "..", "..", "dist", "screenshots");
mkdirSync(pictures, { recursive: true });

/** Pictures are taken of those with a name. */
function paths({ own, hostile, network, people, netconf }: Site): [path: string, picture?: string][] {
  const then = new Date(network.since).toISOString().slice(0, 16);
  return [
    ["/", "home"],
    ["/hosts", "hosts"],

    [`/hosts/${own}`, "host-overview"],
    [`/hosts/${own}?tab=software`, "host-software"],
    [`/hosts/${own}?tab=network`, "host-network"],
    [`/hosts/${own}?tab=storage`, "host-storage"],
    [`/hosts/${own}?tab=hardware`],
    [`/hosts/${own}?tab=users`],
    [`/hosts/${own}?tab=virtual`],
    [`/hosts/${hostile}`],
    [`/hosts/${hostile}?tab=hardware`],
    [`/hosts/${hostile}?tab=software`],
    ["/hosts?search=zz", "hosts-hostile"],
    ["/hosts?search=no-such-host"],
    ["/hosts/999999"],
    ["/network", "network"],
    [`/network/devices/${network.two}`, "network-ports"],
    [`/network/devices/${network.two}?at=${then}`],
    [`/network/devices/${network.big}`, "network-big"],
    [`/network/devices/${network.big}?show=free`],
    [`/network/devices/${network.one}?tab=neighbours`, "network-neighbours"],
    [`/network/devices/${network.one}?tab=overview`],
    [`/network/devices/${network.one}?tab=modules`, "network-modules"],
    [`/network/devices/${network.one}?tab=addresses`],
    [`/network/devices/${network.one}?tab=vlans`],
    [`/network/devices/${network.two}?tab=history`],
    [`/network/devices/${network.two}/port?port=9`, "network-port"],
    [`/network/devices/${network.router}?tab=vlans`],
    [`/network/devices/${network.hostile}`, "network-hostile"],
    [`/network/devices/${network.hostile}?tab=neighbours`],
    [`/network/devices/${network.hostile}?tab=overview`],
    [`/network/control?device=${network.two}&port=1`],
    ["/network/devices/999999"],
    ["/network/where"],
    ["/network/where?search=alice-notebook", "network-where"],
    ["/network/where?search=no-such-machine"],
    ["/network/jobs", "network-jobs"],
    ["/network/jobs?state=waiting"],
    ["/people", "people"],
    ["/people?kind=group"],
    [`/people/${people.alice}`, "person"],
    [`/people/${people.staff}`, "group"],
    [`/people/${people.hostile}`],
    ["/people?search=zz", "people-hostile"],
    ["/people/nobody"],
    ["/directory/changes", "directory-changes"],
    ["/directory/changes?kind=move&dn=people"],
    ["/directory/changes/118", "directory-change"],
    ["/directory/changes/111"],
    ["/directory/handlers", "directory-handlers"],
    ["/directory/handlers/mail", "directory-handler"],
    ["/directory/handlers/broken"],
    ["/directory/parked", "directory-parked"],
    ["/directory/parked?state=skipped"],
    ["/directory/held", "directory-held"],
    ["/interfaces", "interfaces"],
    ["/interfaces?show=trouble"],
    ["/interfaces/links/br0", "interface"],
    ["/interfaces/links/enp7s0"],
    ["/interfaces/links/wlp3s0"],
    ["/interfaces/links/eth99"],
    ["/interfaces/leases", "interface-leases"],
    ["/interfaces/events", "interface-events"],
    [`/interfaces/events/${netconf.failing}`, "interface-event"],
    ["/interfaces/check", "interface-check"],
    ["/interfaces/apply", "interface-apply"],
    ["/modules/lab", "module"],
    ["/parts", "parts"],
    ["/logout"],
    ["/login", "login"],
  ];
}

/** What is wrong with the page that shows; runs in the browser. */
function faults(): string[] {
  const found: string[] = [];
  const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
  const say = (what: string, element?: Element) =>
    found.push(element ? `${what}: ${element.outerHTML.slice(0, 120)}` : what);
  const root = document.documentElement;
  if (root.scrollWidth > Math.min(root.clientWidth, screen.width)) {
    const wide = all("main *").filter((one) => one.getBoundingClientRect().right > screen.width + 1);
    say(`wider than the window: ${root.scrollWidth}`, wide[0]);
  }
  if (root.lang !== "en" || !/\S · Reeve$/.test(document.title)) say(`language or title: ${document.title}`);
  if (all("main").length !== 1 || all("h1").length !== 1) say("not one main and one h1");
  let level = 1;
  for (const heading of all("main :is(h1, h2, h3, h4)")) {
    const own = Number(heading.tagName.slice(1));
    if (own > level + 1) say("a heading's level is skipped", heading);
    level = own;
  }
  const ids = all("[id]").map((one) => one.id);
  for (const id of ids.filter((one, at) => ids.indexOf(one) !== at)) say(`id twice: ${id}`);
  // The dialog's title comes with what is asked in it.
  for (const attribute of ["aria-controls", "aria-labelledby", "aria-describedby", "for", "popovertarget"])
    for (const one of all(`[${attribute}]`))
      for (const id of one.getAttribute(attribute)?.split(" ") ?? [])
        if (!ids.includes(id) && one.tagName !== "DIALOG") say(`${attribute} without target`, one);
  for (const control of all("input:not([type=hidden]), select, textarea"))
    if (!control.ariaLabel && !(control as HTMLInputElement).labels?.length) say("no label", control);
  for (const one of all("a[href], button, summary"))
    if (!(one.ariaLabel || one.textContent?.trim())) say("no name", one);
  for (const svg of all("svg:not([aria-hidden=true])")) say("a picture that is no decoration", svg);
  for (const table of all("table")) {
    if (!table.querySelector("caption")?.textContent) say("a table without caption", table);
    if (table.querySelector("th:not([scope])")) say("a title without scope", table);
  }
  const asked = new URLSearchParams(location.search).get("tab");
  if (asked && !document.querySelector("[role=tab][aria-selected=true]")?.getAttribute("href")?.endsWith(`=${asked}`))
    say(`the address does not show its tab: ${asked}`);
  if (asked && all("[role=tabpanel] :is(dl, tr, .empty)").length === 0) say("a tab without anything");
  for (const body of all("tbody:not(:has(tr))")) say("a table without rows", body);
  for (const nav of all("nav")) if (!nav.ariaLabel) say("a navigation without name", nav);
  if (all("#nav").length > 0 && all("#nav [aria-current]").length > 1) say("here is more than one place");
  return found;
}

const modes: Record<string, BrowserContextOptions> = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { ...phone, colorScheme: "dark" },
};

describe.skipIf(noBrowser)("every page", () => {
  for (const [mode, options] of Object.entries(modes)) {
    test(`is whole and accessible: ${mode}`, () =>
      visit(
        async ({ page, go, context, ...site }) => {
          const wrong: string[] = [];
          for (const [path, picture] of paths(site)) {
            if (path === "/login") await context.clearCookies();
            // What is whole and named on a phone is so elsewhere: there, those to look at are enough.
            if (mode !== "phone" && !picture) continue;
            await go(path);
            if (path === "/parts") await page.getByText("Done", { exact: true }).waitFor();
            wrong.push(...(await page.evaluate(faults)).map((fault) => `${path}: ${fault}`));
            if (picture)
              await page.screenshot({ path: join(pictures, `${mode}-${picture}.png`), animations: "disabled" });
          }
          expect(wrong).toEqual([]);
        },
        { ...options, expected: /status of 404/ },
      ));
  }

  test("the navigation of a phone opens over the page and leads on", () =>
    visit(async ({ page, go }) => {
      await go("/hosts");
      expect(await page.getByRole("link", { name: "Home" }).isVisible()).toBe(false);
      await page.getByRole("button", { name: "Menu" }).tap();
      await page.getByRole("navigation", { name: "Modules" }).getByRole("link", { name: "Home" }).tap();
      await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
      expect(await page.getByRole("link", { name: "Lab" }).first().isVisible()).toBe(true);
    }, phone));

  test("who wants less motion gets none", () =>
    visit(async ({ page, go }) => {
      await go("/parts");
      expect(await page.evaluate(() => document.getAnimations().length)).toBeGreaterThan(0);
      await page.emulateMedia({ reducedMotion: "reduce" });
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
      await page.emulateMedia({ reducedMotion: null });
    }));
});
