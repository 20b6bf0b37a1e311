/** A module that brings no page of its own, the page of a problem, the parts, and lists fed by a running command. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { watch } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { noBrowser } from "../browser.ts";
import { visit } from "../visit.ts";

/** Opens a command's form and gives its card. */
async function command(page: Page, name: string) {
  const card = page.locator("details", { hasText: `lab/${name}` });
  await page.getByText(`lab/${name}`, { exact: true }).click();
  await card.getByRole("button", { name: "Run" }).waitFor();
  return card;
}

/** Puts a live list of this stream into the page, as a page of a module would have it. */
async function liveList(page: Page, stream: string) {
  await page.evaluate((address) => {
    const live = document.createElement("div");
    live.className = "live";
    live.id = "live";
    live.dataset.stream = address;
    live.innerHTML = `<progress max="100"></progress><div role="log"><ol></ol></div><p class="live-state" role="status"></p>`;
    document.querySelector("main")?.append(live);
    window.dispatchEvent(new Event("pageshow"));
  }, stream);
  return page.locator("#live");
}

describe.skipIf(noBrowser)("modules and parts in a browser", () => {
  test("home has a tile for each module, by category, that leads to it", () =>
    visit(async ({ page, go }) => {
      await go("/");
      const machines = page.getByRole("region", { name: "Machines" });
      expect(await machines.getByRole("link").count()).toBe(1);
      await page.getByRole("region", { name: "System" }).getByRole("link", { name: /^Lab/ }).waitFor();
      expect(await page.locator("#nav [aria-current=page]").textContent()).toBe("Home");
      await machines.getByRole("link", { name: /^Hosts/ }).click();
      await page.getByRole("heading", { name: "Hosts", level: 1 }).waitFor();
      await page.getByRole("navigation", { name: "Modules" }).getByRole("link", { name: "Lab" }).click();
      await page.getByRole("heading", { name: "Lab", level: 1 }).waitFor();
      expect(await page.locator("#nav [aria-current=page]").textContent()).toBe("Lab");
    }));

  test("a form made from the schema runs the command and shows its result", () =>
    visit(async ({ page, go }) => {
      await go("/modules/lab");
      const write = await command(page, "write");
      await write.getByText("changes", { exact: true }).waitFor();
      await write.getByText("Whatever.").waitFor();
      await write.getByLabel("Name (needed)").fill("<b>bold</b>");
      await write.getByRole("button", { name: "Run" }).click();
      const result = page.getByRole("region", { name: "Result" });
      await result.getByText("<b>bold</b>").waitFor();
      await result.getByText("Wrote").waitFor();
      // The answer is where one looks, with what was asked still there.
      expect(await result.evaluate((element) => element === document.activeElement)).toBe(true);
      expect(await page.getByLabel("Name (needed)").inputValue()).toBe("<b>bold</b>");
    }));

  test("what is wrong is said at its field, by the browser or by the console, and has the focus", () =>
    visit(
      async ({ page, go, asked }) => {
        await go("/modules/lab");
        const write = await command(page, "write");
        asked.length = 0;
        await write.getByRole("button", { name: "Run" }).click();
        expect(await write.locator("input:invalid").count()).toBe(1);
        expect(asked).toEqual([]);
        await write.locator("form").evaluate((form: HTMLFormElement) => form.setAttribute("novalidate", ""));
        await write.getByRole("button", { name: "Run" }).click();
        await page.getByText("This is needed.").waitFor();
        const field = page.getByLabel("Name (needed)");
        expect(await field.getAttribute("aria-invalid")).toBe("true");
        const described = (await field.getAttribute("aria-describedby"))?.split(" ") ?? [];
        expect(await page.locator(`#${described.at(-1)}`).textContent()).toBe("This is needed.");
        expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
      },
      { expected: /status of 422/ },
    ));

  test("a command that fails says why, beside its form", () =>
    visit(async ({ page, go }) => {
      await go("/modules/lab");
      const conflict = await command(page, "conflict");
      await conflict.getByRole("button", { name: "Run" }).click();
      await page.getByRole("alert").getByText("It is there already.").waitFor();
    }));

  test("a problem has a page of its own: what, what to do, and the way home", () =>
    visit(
      async ({ page, go }) => {
        await go("/hosts/999999");
        await page.getByRole("heading", { name: "Not found", level: 1 }).waitFor();
        await page.getByText("There is no host 999999.").waitFor();
        await page.getByText("not-found", { exact: true }).waitFor();
        await page.getByRole("main").getByRole("link", { name: "Home" }).click();
        await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
        await go("/no/such/page");
        await page.getByRole("heading", { name: "Not found" }).waitFor();
      },
      { expected: /status of 404/ },
    ));

  test("all parts stand on one page and work", () =>
    visit(
      async ({ page, go, asked }) => {
        await go("/parts");
        for (const part of ["Text", "Facts, times and sizes", "List", "Tabs", "Form from a schema", "Empty", "Icons"])
          await page.getByRole("heading", { name: part, level: 2, exact: true }).waitFor();
        await page.getByRole("progressbar", { name: "Reading devices" }).waitFor();
        asked.length = 0;
        await page.getByRole("columnheader", { name: "Moons" }).getByRole("link").click();
        await page.locator("th[aria-sort=ascending]").getByText("Moons").waitFor();
        await page.getByRole("tab", { name: "Second" }).click();
        await page.getByText("This is the panel of the tab “Second”.").waitFor();
        expect(asked.map((one) => one.split(" ").at(-1))).toEqual(["section#planets", "div#sample-tabs"]);
        await page.getByRole("checkbox", { name: "Select Earth" }).check();
        await page.getByRole("button", { name: "Delete …" }).click();
        await page.getByRole("dialog", { name: "Delete 1 planets?" }).getByRole("link", { name: "Cancel" }).click();
        await page.getByLabel("Name (needed)").fill("x");
        await page.getByLabel("Networks").fill("192.0.2.0/24\n2001:db8::/32");
        await page.getByLabel("Password").fill("not to be shown");
        await page.getByRole("button", { name: "Try it" }).click();
        await page.getByText(/Too small/).waitFor();
        expect(await page.getByLabel("Networks").inputValue()).toBe("192.0.2.0/24\n2001:db8::/32");
        expect(await page.getByLabel("Password").inputValue()).toBe("");
        await page.getByLabel("Name (needed)").fill("xy");
        await page.getByRole("button", { name: "Try it" }).click();
        await page.getByText("Understood").waitFor();
      },
      { expected: /status of 422/ },
    ));

  test("a live list shows each step while the command runs, and cancels it when it is taken away", () =>
    visit(async ({ page, go, console: console_ }) => {
      await go("/parts");
      await page.getByRole("log", { name: "Sample run" }).getByRole("listitem").nth(2).waitFor();
      await page.getByText("Done", { exact: true }).waitFor();
      const folder = mkdtempSync(join(console_.state, "live-"));
      const aborted = watch(folder)[Symbol.asyncIterator]().next();
      const file = encodeURIComponent(join(folder, "aborted"));
      const live = await liveList(page, `/command/lab/tell?n=4&file=${file}`);
      await live.getByText("step 4 <i>of</i> 4").waitFor();
      expect(await live.getByRole("listitem").count()).toBe(4);
      expect(await live.locator("progress").getAttribute("value")).toBe("100");
      await live.getByText("Running …").waitFor();
      await live.evaluate((element) => element.remove());
      expect((await aborted).value?.filename).toBe("aborted");
    }));

  test("a live list ends with Done, keeps the last thousand lines, and says a problem", () =>
    visit(async ({ page, go }) => {
      await go("/parts");
      const long = await liveList(page, "/command/lab/tell?n=1200");
      await long.getByText("Done", { exact: true }).waitFor();
      expect(await long.getByRole("listitem").count()).toBe(1000);
      await long.getByText("step 1200 <i>of</i> 1200").waitFor();
      await long.evaluate((element) => element.remove());
      const failing = await liveList(page, "/command/inventory/get?id=999999");
      await failing.getByText("there is no host 999999").waitFor();
      expect(await failing.locator("progress").count()).toBe(0);
    }));
});
