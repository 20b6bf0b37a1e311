/** The network in a browser: from a machine to its port, back in time, ports controlled, jobs followed as they go. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { registerBackend, removeBackend } from "../../../src/store/backend-row.ts";
import { openStore, type Store } from "../../../src/store/database.ts";
import { bookJobs, finishJob } from "../../../src/store/job-book.ts";
import { noBrowser, type Site } from "../browser.ts";
import { visit } from "../visit.ts";

const rows = (page: Page) => page.getByRole("rowheader").allTextContents();
const status = (page: Page, text: string | RegExp) => page.getByRole("status").getByText(text).first().waitFor();

/** Does with the queue what a backend would, which this console has not. */
async function asBackend(site: Site, work: (store: Store, id: string) => Promise<void>): Promise<void> {
  const store = await openStore({ url: join(site.console.state, "reeve.sqlite") });
  const now = Date.now();
  try {
    await registerBackend(store, {
      ...{ id: "b1", host: "backend-host", place: "elsewhere", pid: 7, version: "", started: now, seen: now },
      ...{ lease_until: now + 60_000, workers: 2, slots: 8, address: "" },
    });
    await work(store, "b1");
  } finally {
    await removeBackend(store, "b1");
    await store.close();
  }
}

describe.skipIf(noBrowser)("Network in a browser", () => {
  test("devices are searched as somebody types; one leads to its ports, these to a machine", () =>
    visit(async ({ page, go, network }) => {
      await go("/network");
      await page.getByRole("searchbox").fill("room 7");
      await status(page, "1 device");
      await page.getByRole("link", { name: "sw1" }).click();
      await page.waitForURL(`**/network/devices/${network.one}`);
      await page.getByRole("link", { name: /^Up/ }).click();
      await status(page, "2 ports");
      expect(new URL(page.url()).searchParams.get("show")).toBe("up");
      await page.getByRole("tab", { name: "Neighbours" }).click();
      await page.getByText("its chassis id is sw2's").waitFor();
      await page.getByRole("link", { name: "sw2" }).click();
      await page
        .getByRole("row", { name: /02:00:00:00:00:a1/ })
        .getByRole("link", { name: "alice-notebook" })
        .click();
      await page.waitForURL(`**/hosts/${network.host}`);
    }));

  test("230 ports are one list, which is searched in place", () =>
    visit(async ({ page, go, network, asked }) => {
      await go(`/network/devices/${network.big}`);
      await status(page, "230 ports");
      expect(await page.locator("tbody tr").count()).toBe(230);
      asked.length = 0;
      await page.getByRole("searchbox").fill("Ten-GigabitEthernet5/0/3");
      await status(page, "10 ports");
      expect(asked.every((one) => one.endsWith("section#ports"))).toBe(true);
      await page.getByRole("columnheader", { name: "Connected" }).getByRole("link").click();
      await page.locator("th[aria-sort=ascending]").getByText("Connected").waitFor();
    }));

  test("where is it: the chain to the port with its reason, hidden and older places below", () =>
    visit(async ({ page, go, network }) => {
      await go("/network/where");
      await page.getByRole("searchbox").fill("0200.0000.00A1");
      await page.keyboard.press("Enter");
      const found = page.getByRole("region", { name: "02:00:00:00:00:a1" });
      await found.getByText("alice.w").waitFor();
      await found.getByRole("link", { name: "10.0.0.5" }).waitFor();
      await found.getByText(/^edge: port 9 leads to no switch that is known/).waitFor();
      await found.getByText("Also seen on one port, hidden because …").click();
      await found.getByText(/an uplink to sw2 by LLDP|leads to sw2/).waitFor();
      const older = found.getByRole("table", { name: "Older places" });
      expect(await older.getByRole("rowheader").allTextContents()).toEqual(["sw2 5"]);
      await found.getByRole("link", { name: "9", exact: true }).click();
      await page.waitForURL(`**/network/devices/${network.two}/port?port=9`);
      await go("/network/where?search=nobody.knows");
      await page.getByText("Nothing is known of “nobody.knows”").waitFor();
    }));

  test("a time is entered in the clock of who asks, and shows the ports of then", () =>
    visit(
      async ({ page, go, network }) => {
        await go(`/network/devices/${network.two}`);
        // In a zone that is far from UTC.
        const then = new Date(network.since);
        const local = await page.evaluate((time) => {
          const date = new Date(time);
          return new Date(time - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
        }, then.getTime());
        expect(local).not.toBe(then.toISOString().slice(0, 16));
        await page.getByLabel("As of").fill(local);
        await page.getByRole("button", { name: "Show" }).click();
        await page.getByText("Ports, machines and neighbours as they were at").waitFor();
        expect(new URL(page.url()).searchParams.get("at")).toBe(then.toISOString().slice(0, 16));
        expect(await page.getByLabel("As of").inputValue()).toBe(local);
        await page.getByRole("row", { name: /^5/ }).getByRole("link", { name: "02:00:00:00:00:a1" }).waitFor();
        expect(await page.getByRole("link", { name: /^Control/ }).count()).toBe(0);
        await page.getByRole("tab", { name: "Neighbours" }).click();
        await page.getByText("Ports, machines and neighbours as they were at").waitFor();
        await page.getByRole("link", { name: "Show now" }).click();
        await page.waitForURL((url) => !url.searchParams.has("at"));
      },
      { timezoneId: "Pacific/Auckland" },
    ));

  test("a port is controlled with a reason; its job is followed to its end without a reload", () =>
    visit(async ({ page, go, network, ...site }) => {
      await go(`/network/devices/${network.two}`);
      await page.getByRole("link", { name: "Control 5 …" }).click();
      const dialog = page.getByRole("dialog", { name: "Control 5 of sw2" });
      await dialog.getByRole("radio", { name: "Bounce" }).check();
      await dialog.getByRole("button", { name: "Queue the change" }).click();
      // The browser asks for the reason: nothing was sent.
      expect(await dialog.getByLabel("Why").evaluate((input: HTMLInputElement) => input.validity.valueMissing)).toBe(
        true,
      );
      await dialog.getByLabel("Why").fill("the phone hangs");
      await dialog.getByRole("button", { name: "Queue the change" }).click();
      await page.getByRole("heading", { name: /^Job \d+: portcontrol bounce on 5$/ }).waitFor();
      await page.getByText("No backend runs: start one with").waitFor();
      await page.getByText("the phone hangs").waitFor();
      const id = Number(/\d+$/.exec(new URL(page.url()).pathname)?.[0]);
      await asBackend({ ...site, network }, async (store, backend) => {
        const booked = (await bookJobs(store, backend, 100, Date.now())).find((job) => job.id === id)!;
        await page.getByText(/^It runs since/).waitFor();
        const message = "portcontrol bounce on 192.0.2.2 5, verified";
        await finishJob(store, { id, backend, attempt: booked.attempt }, { status: "done", message }, Date.now());
        await page.getByText(`${message}.`).waitFor();
      });
      expect(await page.getByRole("button", { name: /^Cancel/ }).count()).toBe(0);
      await page.getByRole("link", { name: "5", exact: true }).click();
      await page.waitForURL(`**/network/devices/${network.two}/port?port=5`);
    }));

  test("jobs come into the list as they are queued, and can be taken out of it", () =>
    visit(async ({ page, go, console: console_ }) => {
      await go("/network/jobs");
      const visitor = await console_.login();
      const { json } = await visitor.call("network/enqueue", { action: "arpnip", device: "192.0.2.3" });
      const { job } = json.result;
      const row = page.getByRole("row", { name: new RegExp(`^${job} arpnip`) });
      await row.getByText("No backend runs").waitFor();
      await row.getByRole("button", { name: `Cancel job ${job}` }).click();
      await page.getByText(`Job ${job} is cancelled.`).waitFor();
      await page
        .getByRole("region", { name: "Ended" })
        .getByRole("row", { name: new RegExp(`^${job} arpnip`) })
        .waitFor();
      await page.getByRole("link", { name: /^Ended/ }).click();
      await page.getByRole("link", { name: `${job} arpnip` }).click();
      await page.getByText("cancelled by admin").waitFor();
    }));

  test("a device is queued from its page and from the form, which says what is wrong at its field", () =>
    visit(
      async ({ page, go, network }) => {
        await go(`/network/devices/${network.one}`);
        await page.getByRole("button", { name: "Discover" }).click();
        await page.getByRole("heading", { name: /^Job \d+: discover$/ }).waitFor();
        await page.getByRole("button", { name: /^Cancel job/ }).click();
        await page.getByText(/^Job \d+ is cancelled/).waitFor();
        await page.getByText("Queue a job …").click();
        await page.getByLabel("Device").fill("not a name!");
        await page.getByRole("button", { name: "Queue it" }).click();
        await page.getByText("“not a name!” is no HOST, HOST:PORT or [IPv6]:PORT.").waitFor();
      },
      { expected: /status of 422/ },
    ));

  test("without a script: the same questions on pages of their own", () =>
    visit(
      async ({ page, go, network }) => {
        await go(`/network/devices/${network.two}`);
        await page.getByRole("link", { name: "Control 9 …" }).click();
        await page.getByRole("heading", { name: "Control 9 of sw2", level: 1 }).waitFor();
        await page.getByRole("radio", { name: "Name" }).check();
        await page.getByLabel("Name of the port").fill("Alice's new desk");
        await page.getByLabel("Why").fill("   ");
        await page.getByRole("button", { name: "Queue the change" }).click();
        await page.getByText("Say why, in three characters or more.").waitFor();
        expect(await page.getByLabel("Name of the port").inputValue()).toBe("Alice's new desk");
        await page.getByLabel("Why").fill("she moved");
        await page.getByRole("button", { name: "Queue the change" }).click();
        await page.getByRole("heading", { name: /portname Alice's new desk on 9$/ }).waitFor();
        await page.getByRole("button", { name: /^Cancel job/ }).click();
        await page.getByText(/^Job \d+ is cancelled/).waitFor();
      },
      { javaScriptEnabled: false, expected: /status of 422/ },
    ));

  test("everything is reached by the keyboard", () =>
    visit(async ({ page, go, network }) => {
      await go(`/network/devices/${network.two}`);
      await page.getByRole("tab", { name: "Ports" }).focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      await page.getByRole("tab", { name: "Neighbours", selected: true }).waitFor();
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Enter");
      await page.getByRole("link", { name: "Control 9 …" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Control 9 …");
      expect((await rows(page)).length).toBe(3);
    }));
});
