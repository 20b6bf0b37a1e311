/** Interfaces in a browser: how they stand and why, operations as they go on, and an apply that wants its confirm. */
import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { noBrowser, phone, type Site } from "../browser.ts";
import { visit } from "../visit.ts";

const status = (page: Page, text: string | RegExp) => page.getByRole("status").getByText(text).first().waitFor();
const banner = (page: Page) => page.getByRole("region", { name: "Waits for a confirm" });
const rows = (page: Page) => page.getByRole("rowheader").getByRole("link").allTextContents();
const pictures = join(import.meta.dirname, "..", "..", "..", "dist", "screenshots");
mkdirSync(pictures, { recursive: true });

/** Seconds that the countdown shows. */
async function left(page: Page): Promise<number> {
  const [minutes = 0, seconds = 0] = ((await banner(page).getByRole("timer").textContent()) ?? "")
    .split(":")
    .map(Number);
  return minutes * 60 + seconds;
}

/** Is asked for by the form, and begins to wait for its confirm. */
async function apply({ page, go }: { page: Page; go(path: string): Promise<void> }, seconds: number): Promise<void> {
  await go("/interfaces/apply");
  await page.getByLabel("Seconds to confirm in").fill(String(seconds));
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/\/interfaces\/events\/\d+$/);
  await banner(page).waitFor();
}

const modes = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { ...phone, colorScheme: "dark" },
} as const;

/** As before. */
function settle({ netconf }: Pick<Site, "netconf">): void {
  netconf.pending = null;
  netconf.rolledBack = null;
  netconf.forbids = undefined;
}

describe.skipIf(noBrowser)("Interfaces in a browser", () => {
  test("a tree leads to one interface, why it failed, and the event; what happens comes by itself", () =>
    visit(async ({ page, go, netconf }) => {
      await go("/interfaces");
      expect(await rows(page)).toEqual([
        ...["lo", "br0", "bond0", "eno1", "eno2", "bond0.20", "enp7s0", "enp8s0", "wlp3s0", "docker0", "gre1"],
      ]);
      await page.getByRole("link", { name: /^Not as wanted/ }).click();
      await page.waitForURL("**/interfaces?show=trouble");
      expect(await rows(page)).toEqual(["enp7s0", "enp8s0", "gre1"]);
      await page.getByRole("link", { name: "enp7s0", exact: true }).click();
      const why = page.getByRole("region", { name: "Why" });
      await why.getByText("EINVAL: mtu greater than device maximum").waitFor();
      await why.getByText("/etc/network/interfaces:46:5").waitFor();
      const link = netconf.links.find(({ name }) => name === "enp7s0")!;
      const before = { ...link };
      Object.assign(link, { setup: "configured", error: "", operational: "routable" });
      netconf.happens("CARRIER", "enp7s0", { reason: "the cable came back" });
      await page.getByRole("term").getByText("State").locator("..").locator("..").getByText("configured").waitFor();
      await page.getByRole("table", { name: "Events of enp7s0" }).getByText("the cable came back").waitFor();
      Object.assign(link, before);
      await page.getByRole("link", { name: "all", exact: true }).click();
      await page.getByText("CTLSOCK_IFUP", { exact: true }).first().waitFor();
      await page.getByRole("link", { name: "Follow as it happens" }).click();
      await page.getByRole("log").waitFor();
      // The stream is open some time after the page is.
      const told = page.getByRole("log").getByText("CARRIER enp7s0: done").first();
      while (!(await told.isVisible())) {
        netconf.happens("CARRIER", "enp7s0");
        await page.waitForTimeout(100);
      }
    }));

  test("up: what is said comes line by line, until it has ended", () =>
    visit(async ({ page, go, netconf }) => {
      const open = Promise.withResolvers<void>();
      netconf.gate = open.promise;
      await go("/interfaces/links/enp8s0");
      await page.getByRole("button", { name: "Up: enp8s0" }).click();
      await page.waitForURL(/\/interfaces\/events\/\d+$/);
      await page.getByText("CTLSOCK_IFUP enp8s0: requested by admin by way of uid 998").waitFor();
      await page.getByRole("progressbar", { name: "It is under way" }).waitFor();
      open.resolve();
      await page.getByText("CTLSOCK_IFUP enp8s0: done").waitFor();
      await page.getByRole("progressbar").waitFor({ state: "detached" });
      await page.getByRole("region", { name: "What it did" }).getByText("ip link set dev enp8s0 up").waitFor();
      expect(netconf.asked.at(-1)).toMatchObject({ verb: "event" });
      expect(netconf.asked.findLast(({ verb }) => verb === "up")).toEqual({
        ...{ verb: "up", options: { names: ["enp8s0"], force: false }, by: "admin", changing: true },
      });
    }));

  test("down asks, and warns who would be cut off; the lease is renewed at once", () =>
    visit(async ({ page, go, netconf }) => {
      await go("/interfaces");
      // The browser comes by the loopback.
      await page.getByRole("button", { name: "Down: lo" }).click();
      const dialog = page.getByRole("dialog", { name: "Take lo down?" });
      await dialog.getByText("You are connected by it").waitFor();
      await dialog.getByText("goes out by lo").waitFor();
      await dialog.getByRole("link", { name: "Cancel" }).click();
      await dialog.waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Down: bond0", exact: true }).click();
      const other = page.getByRole("dialog", { name: "Take bond0 down?" });
      expect(await other.getByText("You are connected by it").count()).toBe(0);
      await other.getByLabel("Though br0, bond0.20 needs it").check();
      await other.getByRole("button", { name: "Take it down" }).click();
      await page.waitForURL(/\/interfaces\/events\/\d+$/);
      await page.getByText("CTLSOCK_IFDOWN bond0: done").waitFor();
      const asked = netconf.asked.filter(({ verb }) => verb === "down").map(({ options }) => options);
      expect(asked).toEqual([{ names: ["bond0"], force: true }]);
      netconf.links.find(({ name }) => name === "bond0")!.setup = "configured";
      await go("/interfaces/links/bond0.20");
      await page.getByRole("button", { name: "Renew the lease: bond0.20" }).click();
      await page.waitForURL(/\/interfaces\/events\/\d+$/);
      await page.getByText("CARRIER", { exact: true }).first().waitFor();
    }));

  test("an apply is compared, counted down on every page, and confirmed", () =>
    visit(async ({ page, go, netconf }) => {
      await go("/interfaces/apply");
      const differences = page.getByRole("table", { name: "Differences of br0" });
      await differences.getByText("ip link set dev br0 mtu 9000").waitFor();
      await page.getByText("1 interface left as it is").waitFor();
      await apply({ page, go }, 90);
      const first = await left(page);
      expect(first).toBeGreaterThan(60);
      await page.waitForFunction(
        (text) => document.querySelector("[role=timer]")?.textContent !== text,
        await banner(page).getByRole("timer").textContent(),
      );
      expect(await left(page)).toBeLessThan(first);
      for (const path of ["/interfaces/leases", "/interfaces/live", "/interfaces/apply", "/interfaces/links/br0"]) {
        await go(path);
        await banner(page).getByRole("button", { name: "Roll back now" }).waitFor();
      }
      await banner(page).getByText("What was changed").click();
      await banner(page).getByText("br0: mtu 9000 instead of 1500").waitFor();
      await page.screenshot({ path: join(pictures, "light-interface-pending.png"), animations: "disabled" });
      await banner(page).getByRole("button", { name: "Confirm" }).click();
      await status(page, "Confirmed: what was applied stays.");
      expect(new URL(page.url()).pathname).toBe("/interfaces/links/br0");
      expect(await banner(page).count()).toBe(0);
      expect(netconf.asked.findLast(({ verb }) => verb === "apply" || verb === "confirm")).toMatchObject({
        ...{ verb: "confirm", by: "admin" },
      });
    }));

  test("whose connection is lost meanwhile sees the time go on, and on coming back that it was rolled back", () =>
    visit(
      async ({ page, go, netconf, ...site }) => {
        await apply({ page, go }, 60);
        await page.route("**/command/interfaces/watch?*", (route) => route.abort("connectionfailed"));
        // The page asks for the part anew, and then for a stream, which it does not get.
        netconf.happens("CARRIER", "eno2");
        await page.getByText("No connection to the server since").waitFor();
        await banner(page).getByText("open the console there, and confirm").waitFor();
        const before = await left(page);
        await page.waitForFunction((was) => {
          const [minutes = 0, seconds = 0] = (document.querySelector("[role=timer]")?.textContent ?? "")
            .split(":")
            .map(Number);
          return minutes * 60 + seconds < was;
        }, before);
        netconf.expire();
        await page.unroute("**/command/interfaces/watch?*");
        await page.getByText("What was applied was rolled back").waitFor();
        await page.getByText("Nobody has confirmed it in time").waitFor();
        expect(await banner(page).count()).toBe(0);
        settle({ netconf, ...site });
      },
      { fresh: true, expected: /ERR_CONNECTION_FAILED/ },
    ));

  test("when the time is over and the connection is still lost, that is said", () =>
    visit(
      async ({ page, go, netconf, ...site }) => {
        await page.clock.install();
        await apply({ page, go }, 60);
        await page.route("**/command/interfaces/watch?*", (route) => route.abort("connectionfailed"));
        netconf.happens("CARRIER", "eno2");
        await page.getByText("No connection to the server since").waitFor();
        await page.clock.fastForward(61_000);
        await banner(page).getByText("The time is over: by now").waitFor();
        expect(await banner(page).getByRole("timer").textContent()).toBe("now");
        netconf.expire();
        await page.unroute("**/command/interfaces/watch?*");
        await page.getByText("What was applied was rolled back").waitFor();
        settle({ netconf, ...site });
      },
      { fresh: true, expected: /ERR_CONNECTION_FAILED/ },
    ));

  for (const [mode, options] of Object.entries(modes))
    test(`what happens is followed over the daemon's end, and what was missed is told: ${mode}`, () =>
      visit(async ({ page, go, netconf, console: { state } }) => {
        await go("/interfaces/live");
        const log = page.getByRole("log");
        await status(page, "What happens comes by itself.");
        netconf.happens("CARRIER", "eno1", { reason: "before" });
        await log.getByText("CARRIER eno1: done: before").waitFor();
        await netconf.stop();
        await log.getByText(/^Cut off at .*: reeve netconf does not run on this host$/).waitFor();
        await status(
          page,
          /^Cut off since .*: reeve netconf does not run on this host\. It is tried again by itself\.$/,
        );
        await page.screenshot({ path: join(pictures, `${mode}-interface-live-cut-off.png`), animations: "disabled" });
        netconf.happens("CARRIER", "eno1", { reason: "meanwhile" });
        await netconf.start(join(state, "run"));
        await log.getByText(/^Here again at /).waitFor();
        await log.getByText("The daemon was started anew").waitFor();
        await log.getByText("CARRIER eno1: done: meanwhile").waitFor();
        await status(page, "What happens comes by itself.");
        netconf.happens("CARRIER", "eno1", { reason: "after" });
        await log.getByText("CARRIER eno1: done: after").waitFor();
        const lines = await log.getByRole("listitem").allTextContents();
        expect(lines.map((line) => line.replace(/^[\d:]+\s[AP]M | at .*/g, ""))).toEqual([
          ...["CARRIER eno1: done: before", "Cut off", "Here again", "The daemon was started anew"],
          ...["CARRIER eno1: done: meanwhile", "CARRIER eno1: done: after"],
        ]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
          page.viewportSize()!.width,
        );
        await page.screenshot({ path: join(pictures, `${mode}-interface-live.png`), animations: "disabled" });
      }, options));

  test("the connection of a follower that is lost is opened again, and nothing is missed", () =>
    visit(
      async ({ page, go, netconf, context, ...site }) => {
        // A route that drops what comes: the stream's own end, and then nobody answers.
        let open = true;
        await page.route("**/command/interfaces/monitor?*", (route) =>
          open ? route.continue() : route.abort("connectionfailed"),
        );
        await go("/interfaces/live");
        await status(page, "What happens comes by itself.");
        netconf.happens("CARRIER", "eno1", { reason: "before" });
        const log = page.getByRole("log");
        await log.getByText("CARRIER eno1: done: before").waitFor();
        open = false;
        await netconf.stop();
        await log.getByText(/^Cut off at /).waitFor();
        await netconf.start(join(site.console.state, "run"));
        await page.waitForRequest(/monitor/);
        netconf.happens("CARRIER", "eno1", { reason: "meanwhile" });
        open = true;
        await log.getByText("CARRIER eno1: done: meanwhile").waitFor();
        expect(await log.getByRole("listitem").count()).toBe(5);
      },
      { fresh: true, expected: /ERR_CONNECTION_FAILED/ },
    ));

  test("who hears nothing any more is cut off, though no connection has ended", () =>
    visit(
      async ({ page, go }) => {
        await page.clock.install();
        await go("/interfaces/live");
        await status(page, "What happens comes by itself.");
        await page.clock.fastForward(16_000);
        await page
          .getByRole("log")
          .getByText(/^Cut off at .*: nothing comes any more$/)
          .waitFor();
        await page
          .getByRole("log")
          .getByText(/^Here again at /)
          .waitFor();
      },
      { fresh: true },
    ));

  test("rolled back at once, by whoever wants it so", () =>
    visit(async ({ page, go, netconf }) => {
      await apply({ page, go }, 60);
      await banner(page).getByRole("button", { name: "Roll back now" }).click();
      await page.getByText("ROLLBACK: done").waitFor();
      await page.getByText("What was applied was rolled back").waitFor();
      settle({ netconf });
    }));

  test("where the policy forbids it, a dialog or the page says what to write where", () =>
    visit(
      async ({ page, go, netconf }) => {
        netconf.forbids = "the policy does not allow reeve to bring enp7s0 up";
        await go("/interfaces/links/enp7s0");
        await page.getByRole("button", { name: "Up: enp7s0" }).click();
        const dialog = page.getByRole("dialog", { name: "The console may not do that" });
        await dialog.getByText("[IFUP]").first().waitFor();
        await dialog.getByRole("link", { name: "Close" }).click();
        await dialog.waitFor({ state: "hidden" });
        await go("/interfaces/apply");
        await page.getByText("[APPLY] allow").waitFor();
        settle({ netconf });
      },
      { expected: /status of 403/ },
    ));

  test("without a script: compare, apply, confirm, take down after a question", () =>
    visit(
      async ({ page, go, netconf }) => {
        await apply({ page, go }, 60);
        await go("/interfaces/leases");
        expect(await left(page)).toBeGreaterThan(30);
        await banner(page).getByRole("button", { name: "Confirm" }).click();
        await page.getByText("Confirmed: what was applied stays.").waitFor();
        await go("/interfaces");
        await page.getByRole("button", { name: "Down: eno2" }).click();
        await page.getByRole("heading", { name: "Take eno2 down?", level: 1 }).waitFor();
        await page.getByRole("button", { name: "Take it down" }).click();
        await page.getByText("CTLSOCK_IFDOWN eno2: requested by").waitFor();
        netconf.links.find(({ name }) => name === "eno2")!.setup = "configured";
        await page.getByRole("link", { name: "Interfaces 11" }).click();
        await page.getByRole("button", { name: "Read the configuration anew" }).click();
        await page.getByText("no interface was changed by it").waitFor();
        await go("/interfaces/events");
        await page.getByText("Filter …").click();
        await page.getByLabel("What").selectOption("LEASE");
        await page.getByRole("button", { name: "Filter" }).click();
        expect(await page.getByRole("table", { name: "Events" }).getByRole("row").count()).toBe(2);
      },
      { javaScriptEnabled: false },
    ));

  test("the time goes on while no daemon runs, and when one has started it is said what became of it", () =>
    visit(async ({ page, go, netconf, console: { state } }) => {
      await apply({ page, go }, 60);
      await netconf.stop();
      await page.getByText("The network daemon does not run on this host").waitFor();
      await banner(page).getByText("It stands on disk").waitFor();
      const before = await left(page);
      await page.waitForFunction(
        (text) => document.querySelector("[role=timer]")?.textContent !== text,
        await banner(page).getByRole("timer").textContent(),
      );
      expect(await left(page)).toBeLessThan(before);
      expect(await banner(page).getByRole("button").count()).toBe(0);
      await page.screenshot({ path: join(pictures, "light-interface-pending-untold.png"), animations: "disabled" });
      netconf.expire();
      await netconf.start(join(state, "run"));
      await page.getByText("What was applied was rolled back").waitFor();
      expect(await banner(page).count()).toBe(0);
      settle({ netconf });
    }));

  test("without a daemon it says how to start one, and shows it when it comes", () =>
    visit(
      async ({ page, go, netconf, console: { state } }) => {
        await netconf.stop();
        await go("/interfaces/check");
        await page.getByText("The network daemon does not run on this host").waitFor();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
        await netconf.start(join(state, "run"));
        await page.getByText("2 interfaces not as the configuration says").waitFor();
        netconf.pending = {
          ...{ id: 9, since: Date.now(), deadline: Date.now() + 83_000, by: "alice" },
          changes: ["br0: mtu 9000 instead of 1500"],
        };
        netconf.happens("CTLSOCK_APPLY", "");
        await banner(page).waitFor();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
        await page.screenshot({ path: join(pictures, "phone-interface-pending.png"), animations: "disabled" });
        settle({ netconf });
      },
      { ...phone, colorScheme: "dark" },
    ));
});
