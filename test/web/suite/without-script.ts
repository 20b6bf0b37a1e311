/** Everything works, only plainer, where scripts are off. */
import { describe, expect, test } from "bun:test";
import { adminPassword } from "../../lab/console.ts";
import { noBrowser } from "../browser.ts";
import { visit } from "../visit.ts";

describe.skipIf(noBrowser)("without a script", () => {
  const options = { loggedIn: false, javaScriptEnabled: false };

  test("log in, search, sort, turn pages, look at a host, log out", () =>
    visit(async ({ page, go, own, ownName, asked }) => {
      await go("/hosts");
      await page.getByLabel("User name").fill("admin");
      await page.getByLabel("Password").fill(adminPassword);
      await page.getByRole("button", { name: "Log in" }).click();
      await page.waitForURL("**/hosts");
      await page.getByRole("searchbox").fill("ws-");
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByText("1–50 of 60 hosts").waitFor();
      await page.getByRole("link", { name: "Next page" }).click();
      await page.getByText("51–60 of 60 hosts").waitFor();
      await page.getByRole("columnheader", { name: "Name" }).getByRole("link").click();
      await page.getByRole("link", { name: "ws-60" }).waitFor();
      await page.getByRole("searchbox").fill(ownName);
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByRole("link", { name: ownName, exact: true }).click();
      await page.getByRole("tab", { name: "Software" }).click();
      await page.waitForURL(`**/hosts/${own}?tab=software`);
      await page.getByRole("searchbox").fill("libc6");
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByRole("rowheader", { name: "libc6", exact: true }).waitFor();
      expect(await page.getByRole("button", { name: "Dark colours" }).count()).toBe(0);
      await page.getByRole("button", { name: "User admin" }).click();
      await page.getByRole("button", { name: "Log out" }).click();
      await page.getByLabel("User name").waitFor();
      expect(asked.every((one) => !one.includes("#"))).toBe(true);
    }, options));

  test("mark as known, delete, merge, run a command", () =>
    visit(
      async ({ page, go }) => {
        await go("/hosts?search=laptop-0");
        await page.getByRole("checkbox", { name: "Select laptop-03" }).check();
        await page.getByRole("button", { name: "Mark as known" }).click();
        await page.getByText("1 host marked as known.").waitFor();
        await page.getByRole("checkbox", { name: "Select laptop-01" }).check();
        await page.getByRole("checkbox", { name: "Select laptop-02" }).check();
        await page.getByRole("button", { name: "Merge …" }).click();
        await page.getByRole("heading", { name: "Merge 2 hosts into one?", level: 1 }).waitFor();
        await page.getByRole("button", { name: "Merge" }).click();
        await page.getByText("2 hosts merged.").waitFor();
        await page.getByRole("checkbox", { name: "Select laptop-09" }).check();
        await page.getByRole("button", { name: "Delete …" }).click();
        await page.getByRole("heading", { name: "Delete 1 host?", level: 1 }).waitFor();
        await page.getByRole("link", { name: "Cancel" }).click();
        await page.waitForURL("**/hosts?search=laptop-0");
        await page.getByRole("button", { name: "Delete …" }).click();
        await page.getByText("Select at least 1 host first.").waitFor();
        await go("/modules/lab");
        await page.getByText("lab/count").click();
        await page.locator("details[open]").getByLabel("N (needed)").fill("4");
        await page.locator("details[open]").getByRole("button", { name: "Run" }).click();
        await page.getByRole("region", { name: "Result" }).getByText("10").waitFor();
      },
      { javaScriptEnabled: false, expected: /status of 400/ },
    ));
});
