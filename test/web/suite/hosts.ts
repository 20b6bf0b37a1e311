/** The list of hosts in a browser: searched, sorted, paged, taken away, and acted on. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { reeve } from "../../lab/console.ts";
import { noBrowser } from "../browser.ts";
import { visit } from "../visit.ts";

const firstName = (page: Page) => page.locator("tbody th").first().textContent();
const status = (page: Page, text: string | RegExp) => page.getByRole("status").getByText(text).waitFor();
const sorted = (page: Page, title: string, order: "ascending" | "descending") =>
  page.locator(`th[aria-sort=${order}]`).getByText(title).waitFor();

describe.skipIf(noBrowser)("Hosts in a browser", () => {
  test("typing searches after a pause, replaces the list alone, and keeps focus, caret and address", () =>
    visit(
      async ({ page, go, asked }) => {
        await page.clock.install();
        await go("/hosts");
        asked.length = 0;
        const box = page.getByRole("searchbox", { name: "Search" });
        await box.click();
        // The page's clock stands still: the pause after which it asks is over when this test says so.
        await page.clock.pauseAt(Date.now() + 60_000);
        await page.keyboard.type("laptop");
        await page.clock.runFor(200);
        await page.keyboard.type("-07");
        await page.clock.runFor(200);
        expect(asked).toEqual([]);
        await page.clock.runFor(100);
        await page.clock.resume();
        await status(page, "1 host");
        expect(asked).toEqual(["GET /hosts?search=laptop-07 section#hosts"]);
        expect(new URL(page.url()).search).toBe("?search=laptop-07");
        expect(await page.evaluate(() => document.activeElement?.id)).toBe("hosts-search");
        await page.keyboard.type("x");
        await page.getByText("Nothing matches “laptop-07x”").waitFor();
        await box.fill("");
        await status(page, /^1–50 of /);
        expect(new URL(page.url()).search).toBe("");
      },
      { fresh: true },
    ));

  test("nothing found is said, and one way leads back; an installed package can be asked for", () =>
    visit(async ({ page, go }) => {
      await go("/hosts?search=no-such-host");
      await page.getByText("Nothing matches “no-such-host”").waitFor();
      await page.getByRole("link", { name: "Show all hosts" }).click();
      await page.getByRole("link", { name: "build-01" }).waitFor();
      await page.getByRole("searchbox").fill("software:postgresql-15 web-0");
      await status(page, "5 hosts");
    }));

  test("titles sort, pages turn, and the browser's back button goes through both", () =>
    visit(async ({ page, go, ownName }) => {
      await go("/hosts?search=ws-");
      await page.getByRole("columnheader", { name: "Memory" }).getByRole("link").click();
      await sorted(page, "Memory", "ascending");
      expect(await firstName(page)).toBe("ws-60");
      await page.getByRole("columnheader", { name: "Memory" }).getByRole("link").click();
      await sorted(page, "Memory", "descending");
      expect(await firstName(page)).toBe("ws-01");
      await page.goBack();
      await sorted(page, "Memory", "ascending");
      await page.getByRole("link", { name: "Next page" }).click();
      await status(page, "51–60 of 60 hosts");
      await page.getByText("Page 2 of 2").waitFor();
      await page.goBack();
      await status(page, "1–50 of 60 hosts");
      // What htmx brought back is one document, not one within another.
      expect(await page.locator("main, header.top, .list").count()).toBe(3);
      await go(`/hosts?search=${ownName}&sort=-lastSeen`);
      await page.getByRole("link", { name: ownName, exact: true }).waitFor();
    }));

  test("the number of rows can be chosen", () =>
    visit(async ({ page, go }) => {
      await go("/hosts?search=laptop");
      await page.getByRole("combobox", { name: "Rows" }).selectOption("25");
      await status(page, "1–25 of 40 hosts");
      expect(await page.locator("tbody tr").count()).toBe(25);
      await page.getByRole("link", { name: "Next page" }).click();
      await status(page, "26–40 of 40 hosts");
    }));

  test("CSV has what was searched for, in full and without formulas", () =>
    visit(async ({ page, go }) => {
      await go("/hosts?search=laptop&sort=-name&size=25");
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "CSV" }).click();
      const file = await download;
      expect(file.suggestedFilename()).toBe("hosts.csv");
      const lines = readFileSync(await file.path(), "utf8")
        .trimEnd()
        .split("\r\n");
      expect(lines.length).toBe(41);
      expect(lines[0]).toContain("Serial number");
      expect(lines[1]).toStartWith("laptop-40,Ubuntu 24.04.3 LTS,");
    }));

  test("a selection follows its rows through a new order, and frees the actions", () =>
    visit(async ({ page, go }) => {
      await go("/hosts?search=build");
      const merge = page.getByRole("button", { name: "Merge …" });
      await page.getByText("Select rows to act on them").waitFor();
      expect(await merge.isDisabled()).toBe(true);
      await page.getByRole("checkbox", { name: "Select build-04" }).check();
      await page.getByText("1 selected").waitFor();
      expect(await merge.isDisabled()).toBe(true);
      await page.getByRole("columnheader", { name: "Name" }).getByRole("link").click();
      await sorted(page, "Name", "descending");
      expect(await page.locator("tbody :checked").evaluateAll((all) => all.map((one) => one.ariaLabel))).toEqual([
        "Select build-04",
      ]);
      await page.getByRole("checkbox", { name: "Select all rows on this page" }).check();
      await page.getByText("6 selected").waitFor();
      expect(await merge.isDisabled()).toBe(false);
    }));

  test("new hosts are marked as known", () =>
    visit(async ({ page, go }) => {
      await go("/hosts?search=ws-03");
      await page.locator("tbody").getByText("New", { exact: true }).waitFor();
      await page.getByRole("checkbox", { name: "Select ws-03" }).check();
      await page.getByRole("button", { name: "Mark as known" }).click();
      await status(page, "1 host marked as known.");
      expect(await page.locator("tbody").getByText("New", { exact: true }).count()).toBe(0);
      // Said once: a reload does not repeat it.
      expect(new URL(page.url()).search).toBe("?search=ws-03");
      await page.reload();
      expect(await page.getByText("marked as known").count()).toBe(0);
    }));

  test("deleting asks in a dialog that Escape and Cancel close, and comes back to the same list", () =>
    visit(async ({ page, go }) => {
      await go("/hosts?search=reception");
      await page.getByRole("checkbox", { name: "Select reception-02" }).check();
      const ask = page.getByRole("button", { name: "Delete …" });
      const dialog = page.getByRole("dialog", { name: "Delete 1 host?" });
      await ask.click();
      await dialog.getByText("reception-02").waitFor();
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Delete …");
      await ask.click();
      await dialog.getByRole("link", { name: "Cancel" }).click();
      await dialog.waitFor({ state: "hidden" });
      await page.getByText("1 selected").waitFor();
      await ask.click();
      await dialog.getByRole("button", { name: "Delete 1 host" }).click();
      await status(page, "1 host deleted.");
      expect(new URL(page.url()).search).toBe("?search=reception");
      expect(await page.locator("tbody tr").count()).toBe(2);
    }));

  test("merging shows what would be merged, and the one that was chosen stays", () =>
    visit(async ({ page, go }) => {
      await go("/hosts?search=mail");
      await page.getByRole("checkbox", { name: "Select all rows on this page" }).check();
      await page.getByRole("button", { name: "Merge …" }).click();
      const dialog = page.getByRole("dialog", { name: "Merge 2 hosts into one?" });
      await dialog.getByRole("radio", { name: /^mail-02/ }).check();
      await dialog.getByRole("button", { name: "Merge", exact: true }).click();
      await status(page, "2 hosts merged.");
      expect(await page.locator("tbody tr").count()).toBe(1);
    }));

  test("merging that stops half way says how far it came", () =>
    visit(
      async ({ page, go, console: console_ }) => {
        await go("/hosts?search=web-0");
        for (const name of ["web-02", "web-03", "web-04"])
          await page.getByRole("checkbox", { name: `Select ${name}` }).check();
        const ids = await page
          .locator("tbody :checked")
          .evaluateAll((all) => all.map((one) => one.getAttribute("value")));
        await page.getByRole("button", { name: "Merge …" }).click();
        const dialog = page.getByRole("dialog", { name: "Merge 3 hosts into one?" });
        await dialog.getByRole("radio", { name: /^web-02/ }).check();
        // Somebody else is quicker.
        const other = await console_.login();
        expect((await other.call("inventory/delete", { ids: [Number(ids[2])] })).status).toBe(200);
        await dialog.getByRole("button", { name: "Merge", exact: true }).click();
        await page
          .getByText(/^web-03 became part of web-02, but host \d+ was not merged: there is no host \d+\.$/)
          .waitFor();
      },
      { expected: /status of 404/ },
    ));

  test("a list that cannot be fetched stays, and a notice says why", () =>
    visit(
      async ({ page, go, context }) => {
        await go("/hosts");
        await context.setOffline(true);
        await page.getByRole("searchbox").fill("build");
        await page.getByRole("alert").getByText("The server does not answer. Try again in a moment.").waitFor();
        expect(await page.locator("tbody tr").count()).toBe(50);
        await context.setOffline(false);
        await page.getByRole("searchbox").fill("build-0");
        await status(page, "6 hosts");
      },
      { expected: /ERR_INTERNET_DISCONNECTED|Failed to fetch/, fresh: true },
    ));

  test("who is no administrator reads, and is offered nothing else", () =>
    visit(
      async ({ page, go, console: console_, context, own }) => {
        const password = "a reader's password";
        const add = ["daemon", "user", "add", "reader", "--state", console_.state];
        expect(await reeve(add, { stdin: `${password}\n` })).toMatchObject({ status: 0 });
        const { cookie } = await console_.login("reader", password);
        await context.addCookies([{ name: "UMCSessionId", value: cookie, url: console_.url }]);
        await go("/hosts");
        await page.getByRole("link", { name: "build-01" }).waitFor();
        expect(await page.getByRole("checkbox").count()).toBe(0);
        expect(await page.getByRole("button", { name: /Delete|Merge|Mark/ }).count()).toBe(0);
        await go(`/hosts/${own}`);
        expect(await page.getByRole("button", { name: /Delete|Mark/ }).count()).toBe(0);
      },
      { loggedIn: false },
    ));
});
