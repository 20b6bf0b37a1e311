/** The directory in a browser: people and their machines, changes side by side, and the listener at work. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { markOf } from "../../../src/console/mark.ts";
import { uuidOf } from "../../fake/listener.ts";
import { noBrowser, phone } from "../browser.ts";
import { visit } from "../visit.ts";

const status = (page: Page, text: string | RegExp) => page.getByRole("status").getByText(text).first().waitFor();
const rows = (page: Page) => page.getByRole("rowheader").allTextContents();

describe.skipIf(noBrowser)("Directory in a browser", () => {
  test("somebody is found, and leads to the machine, its place, a group and back", () =>
    visit(async ({ page, go, people, network, asked }) => {
      await go("/people");
      asked.length = 0;
      await page.getByRole("searchbox").fill("winter");
      await status(page, "1 entry");
      expect(asked.every((one) => one.endsWith("section#people"))).toBe(true);
      await page.getByRole("link", { name: "Alice Winter" }).click();
      await page.waitForURL(`**/people/${people.alice}`);
      await page.getByRole("region", { name: "Machines" }).getByRole("link", { name: "alice-notebook" }).click();
      await page.waitForURL(`**/hosts/${network.host}`);
      await page.getByRole("link", { name: "Alice Winter" }).click();
      await page.getByRole("link", { name: "Where is it?" }).first().click();
      await page.getByRole("region", { name: "02:00:00:00:00:a1" }).getByRole("link", { name: "Alice Winter" }).click();
      await page.getByRole("region", { name: "Groups" }).getByRole("link", { name: "Staff" }).click();
      await page.waitForURL(`**/people/${people.staff}`);
      await page.getByText("1 member not known here").waitFor();
    }));

  test("people or groups, sorted, paged", () =>
    visit(async ({ page, go }) => {
      await go("/people");
      await page.getByRole("link", { name: "Groups", exact: true }).click();
      await status(page, "2 groups");
      await page.getByRole("columnheader", { name: "Members" }).getByRole("link").click();
      await page.locator("th[aria-sort=ascending]").getByText("Members").waitFor();
      expect((await rows(page)).map((name) => name.split(" ")[0])).toEqual(["development", "Staff"]);
      await page.getByRole("link", { name: "People", exact: true }).click();
      await status(page, "1–50 of 62 people");
      await page.getByRole("link", { name: "Next page" }).click();
      await status(page, "51–62 of 62 people");
    }));

  test("changes are filtered, paged; one has both sides, long values open by a key", () =>
    visit(async ({ page, go }) => {
      await go("/directory/changes");
      await page.getByText("Filter …").click();
      await page.getByLabel("What").selectOption("moved");
      await page.getByLabel("DN").fill("OU=gone");
      await page.getByRole("button", { name: "Filter" }).click();
      await page.waitForURL((url) => url.searchParams.get("kind") === "move");
      expect((await rows(page)).map((one) => one.trim().split(" ")[0])).toEqual(
        Array.from({ length: 11 }, (_, n) => String(110 - n * 10)),
      );
      await page.getByRole("link", { name: "All", exact: true }).click();
      await page.getByRole("link", { name: "Older" }).click();
      await page.getByRole("link", { name: "70", exact: true }).waitFor();
      await page.getByRole("link", { name: "Newest" }).click();
      await page.getByRole("link", { name: "117", exact: true }).click();
      const changed = page.getByRole("table", { name: "What differs" });
      const mail = changed.getByRole("row", { name: /^mail/ });
      expect(await mail.getByRole("deletion").allTextContents()).toEqual(["alice@example.org"]);
      expect(await mail.getByRole("insertion").allTextContents()).toEqual(["alice.winter@example.org"]);
      await changed.getByText("binary, 5 MiB").waitFor();
      const long = changed.getByRole("row", { name: /^description/ }).locator("summary");
      await long.focus();
      await page.keyboard.press("Enter");
      expect(await changed.locator("details[open] .whole").isVisible()).toBe(true);
      await page.getByText("As it was: 2 attributes").click();
      await page.getByRole("row", { name: /objectClass/ }).waitFor();
      await page.getByRole("link", { name: "Earlier change of it" }).click();
      await page.waitForURL("**/directory/changes/110");
    }));

  test("a time is entered in the clock of who asks", () =>
    visit(
      async ({ page, go }) => {
        await go("/directory/changes");
        await page.getByText("Filter …").click();
        const hourAgo = await page.evaluate(() => {
          const date = new Date(Date.now() - 3_600_000);
          return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
        });
        await page.getByLabel("From").fill(hourAgo);
        await page.getByRole("button", { name: "Filter" }).click();
        await page.waitForURL((url) => url.searchParams.has("from"));
        const from = Date.parse(`${new URL(page.url()).searchParams.get("from")}Z`);
        expect(Math.abs(Date.now() - 3_600_000 - from)).toBeLessThan(120_000);
        expect(await page.getByLabel("From").inputValue()).toBe(hourAgo);
      },
      { timezoneId: "Pacific/Auckland" },
    ));

  test("handlers: paused, resumed and loaded anew after a question; what the listener says comes by itself", () =>
    visit(async ({ page, go, listener }) => {
      await go("/directory/handlers");
      const mail = page.getByRole("row", { name: /^mail/ });
      await mail.getByText("23 changes, 95 s behind").waitFor();
      await mail.getByRole("button", { name: "Pause mail" }).click();
      const dialog = page.getByRole("dialog", { name: "Pause mail?" });
      await dialog.getByRole("button", { name: "Pause" }).click();
      await status(page, "Paused.");
      await mail.getByText("paused", { exact: true }).waitFor();
      await mail.getByRole("button", { name: "Resume mail" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
      await status(page, "Resumed.");
      await mail.getByRole("button", { name: "Resync mail" }).click();
      await page.getByRole("dialog").getByRole("link", { name: "Cancel" }).click();
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      const verbs = listener.asked.map(({ verb }) => verb).filter((verb) => /pause|resume|resync/.test(verb));
      expect(verbs).toEqual(["pause", "resume"]);
      const found = listener.handlers.find(({ name }) => name === "mail")!;
      found.lag = { events: 0, seconds: 0 };
      await mail.getByText("up to date").waitFor();
      await mail.getByRole("link", { name: "mail" }).click();
      await page.getByText("/etc/reeve/handlers/mail.ts").waitFor();
    }));

  test("parked items are tried again, and skipped with a reason", () =>
    visit(async ({ page, go, listener }) => {
      await go("/directory/parked?handler=mail");
      await page
        .getByRole("row", { name: /item 1 / })
        .getByRole("button", { name: "Retry" })
        .click();
      await status(page, "It is tried now.");
      expect(new URL(page.url()).searchParams.get("handler")).toBe("mail");
      await page
        .getByRole("row", { name: /item 4/ })
        .getByRole("button", { name: "Skip item 4" })
        .click();
      const dialog = page.getByRole("dialog", { name: "Skip item 4?" });
      await dialog.getByLabel("Why").fill("the mailbox is gone for good");
      await dialog.getByRole("button", { name: "Skip it" }).click();
      await status(page, "Skipped; what waited behind it goes on.");
      expect(listener.asked.findLast(({ verb }) => verb === "skip")).toEqual({
        ...{ verb: "skip", options: { id: 4, reason: "the mailbox is gone for good" }, by: "admin" },
      });
      await page.getByRole("link", { name: "Skipped" }).click();
      await page.getByText("item 4").waitFor();
    }));

  test("held deletions are approved and rejected: ticked ones, and all; also without a script", async () => {
    await visit(async ({ page, go, listener }) => {
      await go("/directory/held");
      await page.getByText("60 entries of 1,500 are missed").waitFor();
      await page.getByRole("checkbox", { name: "Select uid=h01" }).check();
      await page.getByRole("checkbox", { name: "Select uid=h02" }).check();
      await page.getByRole("button", { name: "Approve …" }).click();
      const dialog = page.getByRole("dialog", { name: "Are 2 entries gone indeed?" });
      await dialog.getByRole("button", { name: "Delete them" }).click();
      await status(page, "Approved; handlers are told.");
      await page.getByText("58 entries of 1,500 are missed").waitFor();
      expect(listener.asked.findLast(({ verb }) => verb === "approve")?.options).toEqual({
        uuids: [uuidOf(1), uuidOf(2)],
      });
    });
    await visit(
      async ({ page, go, listener }) => {
        await go("/directory/held");
        await page.getByRole("button", { name: "Reject all 58 …" }).click();
        await page.getByRole("heading", { name: "Keep all 58 entries?", level: 1 }).waitFor();
        await page.getByRole("button", { name: "Keep them" }).click();
        await page.getByText("No deletion is held").waitFor();
        expect(listener.asked.findLast(({ verb }) => verb === "reject")?.options).toEqual({ all: true });
      },
      { javaScriptEnabled: false },
    );
  });

  test("without a listener it says how to start one, shows it when it comes, and that it went", () =>
    visit(
      async ({ page, go, listener, console: { state } }) => {
        await listener.stop();
        await go("/directory/handlers");
        await page.getByText("The listener does not run on this host").waitFor();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
        await go("/people");
        await page.getByRole("link", { name: "Alice Winter" }).waitFor();
        await go("/directory/parked");
        await page.getByText("The listener does not run on this host").waitFor();
        await listener.start(join(state, "run"));
        await page.getByText("item 1").first().waitFor();
        await listener.stop();
        await page.getByText("The listener does not run on this host").waitFor();
        await listener.start(join(state, "run"));
        await page.getByText("item 1").first().waitFor();
      },
      { ...phone },
    ));

  test("a listener that came and went between two looks does not stay on the page", () =>
    visit(
      async ({ page, go, listener, console: { state } }) => {
        await listener.stop();
        await go("/directory/parked");
        const asked = Promise.withResolvers<void>();
        const started = Promise.withResolvers<void>();
        await page.route("**/directory/parked", async (route) => {
          asked.resolve();
          await started.promise;
          await route.continue();
        });
        await page.locator("[data-current]").dispatchEvent("current");
        await asked.promise;
        await listener.start(join(state, "run"));
        started.resolve();
        await page.getByText("item 1").first().waitFor();
        await listener.stop();
        await page.getByText("The listener does not run on this host").waitFor();
        await listener.start(join(state, "run"));
        await page.getByText("item 1").first().waitFor();
        // The watch and the page came to the same mark by different ways, or the page would be fetched for ever.
        const watched = await page.locator("[data-current]").getAttribute("data-current");
        expect(watched).toBe(`/command/directory/watch?shown=${markOf(listener.status)}`);
      },
      { fresh: true },
    ));
});
