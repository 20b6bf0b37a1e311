/** One host in a browser: this machine, as its own agent has reported it. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { release, totalmem } from "node:os";
import type { Page } from "playwright-core";
import { noBrowser } from "../browser.ts";
import { visit } from "../visit.ts";

const chosen = (page: Page, name: string | RegExp) => page.getByRole("tab", { name, selected: true }).waitFor();
const fact = (page: Page, title: string) =>
  page
    .locator("dl div", { has: page.locator("dt", { hasText: title }) })
    .locator("dd")
    .textContent()
    .then((text) => text ?? "");
const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim());

describe.skipIf(noBrowser)("one host in a browser", () => {
  test("this machine is there with its own name, kernel and memory", () =>
    visit(async ({ page, go, own, ownName }) => {
      await go(`/hosts?search=${ownName}`);
      await page.getByRole("link", { name: ownName, exact: true }).click();
      await page.getByRole("heading", { name: ownName, level: 1 }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/hosts/${own}`);
      expect(await page.title()).toBe(`${ownName} · Overview · Reeve`);
      expect(await fact(page, "Kernel")).toBe(release());
      const [, size = "", unit] = /^([\d.]+) (GiB|MiB)$/.exec(await fact(page, "Memory")) ?? [];
      const bytes = Number(size) * (unit === "GiB" ? 2 ** 30 : 2 ** 20);
      expect(Math.abs(bytes - totalmem()) / totalmem()).toBeLessThan(0.02);
      await page.getByRole("link", { name: "Hosts" }).first().waitFor();
      expect(await page.locator("#nav [aria-current=true]").textContent()).toBe("Hosts");
    }));

  test("a tab fetches itself alone, has an address and a title, and the back button returns", () =>
    visit(async ({ page, go, own, ownName, asked }) => {
      await go(`/hosts/${own}`);
      asked.length = 0;
      await page.getByRole("tab", { name: "Storage" }).click();
      await page.getByRole("table", { name: "File systems" }).waitFor();
      await page.getByRole("rowheader", { name: "/", exact: true }).waitFor();
      expect(asked).toEqual([`GET /hosts/${own}?tab=storage div#host-tabs`]);
      expect(page.url()).toEndWith(`/hosts/${own}?tab=storage`);
      expect(await page.title()).toBe(`${ownName} · Storage · Reeve`);
      await page.getByRole("tab", { name: "Network" }).click();
      await page.getByRole("table", { name: "Interfaces" }).waitFor();
      await page.goBack();
      await chosen(page, "Storage");
      await page.getByRole("table", { name: "File systems" }).waitFor();
    }));

  test("arrows, Home and End move between tabs; Space chooses; the focus stays on the tab", () =>
    visit(async ({ page, go, own }) => {
      await go(`/hosts/${own}?tab=storage`);
      await page.getByRole("tab", { name: "Storage" }).focus();
      await page.keyboard.press("ArrowRight");
      expect(await focusedText(page)).toBe("Network");
      await page.keyboard.press("Home");
      expect(await focusedText(page)).toBe("Overview");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      expect(await focusedText(page)).toBe("Hardware");
      await page.keyboard.press("Space");
      await chosen(page, "Hardware");
      await page.getByRole("heading", { name: "Processors" }).waitFor();
      expect(await focusedText(page)).toBe("Hardware");
      // One stop for all tabs: Tab leaves the list.
      expect(await page.locator("[role=tab][tabindex='0']").count()).toBe(1);
    }));

  test("software is searched, sorted and taken away", () =>
    visit(async ({ page, go, own, ownName, asked }) => {
      await go(`/hosts/${own}?tab=software`);
      const all = Number(await page.locator("[role=tab][aria-selected=true] .tab-count").textContent());
      expect(all).toBeGreaterThan(100);
      await page
        .getByRole("status")
        .getByText(`1–50 of ${all.toLocaleString("en")} packages`)
        .waitFor();
      asked.length = 0;
      await page.getByRole("searchbox").fill("libc6");
      await page.waitForURL("**search=libc6");
      await page.getByRole("rowheader", { name: "libc6", exact: true }).waitFor();
      expect(asked).toEqual([
        `GET /hosts/${own}?tab=software&section=SOFTWARES&search=libc6 section#section-softwares`,
      ]);
      await page.getByRole("columnheader", { name: "Size" }).getByRole("link").click();
      await page.locator("th[aria-sort=ascending]").getByText("Size").waitFor();
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "CSV" }).click();
      const file = await download;
      expect(file.suggestedFilename()).toBe(`${ownName}-Software.csv`);
      const lines = readFileSync(await file.path(), "utf8")
        .trimEnd()
        .split("\r\n");
      expect(lines.length).toBe(1 + (await page.locator("tbody tr").count()));
      expect(lines[0]).toContain("Size (bytes)");
    }));

  test("a section that shares its tab is one link from a page of its own", () =>
    visit(async ({ page, go, own }) => {
      await go(`/hosts/${own}?tab=users`);
      await page
        .getByRole("link", { name: /^Show all \d+, search and sort$/ })
        .first()
        .click();
      await page.getByRole("searchbox").fill("root");
      await page.getByRole("rowheader", { name: "root", exact: true }).waitFor();
      await page.getByRole("link", { name: "← All of users" }).click();
      await page.getByRole("heading", { name: "Accounts" }).waitFor();
    }));

  test("what a host calls itself does no harm, and what it could not read is said where it is missed", () =>
    visit(async ({ page, go, hostile }) => {
      await go(`/hosts/${hostile}`);
      await page.getByRole("heading", { name: /^zz"><img src=x/, level: 1 }).waitFor();
      await page.getByText("The last inventory is incomplete").waitFor();
      await page.getByRole("tab", { name: "Hardware" }).click();
      await page.getByText(/^Machine and firmware: zz"><img/).waitFor();
      await page.getByRole("tab", { name: "Storage" }).click();
      await page.getByText("No disk or file system was reported").waitFor();
      expect(await page.getByText("The last inventory is incomplete").count()).toBe(0);
      expect(await page.locator("img").count()).toBe(0);
    }));

  test("a new host is marked as known on its own page", () =>
    visit(async ({ page, go, console: console_ }) => {
      const found = await (await console_.login()).call("inventory/query", { search: "db-03" });
      await go(`/hosts/${found.json.result.hosts[0].id}?tab=network`);
      await page.getByRole("button", { name: "Mark as known" }).click();
      await page.getByRole("heading", { name: "db-03" }).waitFor();
      await page.getByRole("button", { name: "Mark as known" }).waitFor({ state: "detached" });
      expect(await page.getByText("New", { exact: true }).count()).toBe(0);
    }));
});
