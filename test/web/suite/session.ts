/** Logging in and out, an ended session, colours, and the console without a mouse or without a script. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { adminPassword } from "../../lab/console.ts";
import { noBrowser } from "../browser.ts";
import { visit } from "../visit.ts";

async function logIn(page: Page, password = adminPassword): Promise<void> {
  await page.getByLabel("User name").fill("admin");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);

describe.skipIf(noBrowser)("the session in a browser", () => {
  const refused = { loggedIn: false, expected: /status of 401/ };

  test("a wrong password is said, the name stays, the right one leads to where one wanted to go", () =>
    visit(async ({ page, go }) => {
      await go("/hosts?search=build");
      await page.waitForURL("**/login?next=*");
      expect(await focused(page)).toBe("username");
      await logIn(page, "wrong");
      await page.getByRole("alert").getByText("User name or password is wrong.").waitFor();
      expect(await page.getByLabel("User name").inputValue()).toBe("admin");
      expect(await page.getByLabel("Password").inputValue()).toBe("");
      expect(await focused(page)).toBe("password");
      await page.keyboard.type(adminPassword);
      await page.keyboard.press("Enter");
      await page.waitForURL("**/hosts?search=build");
      await page.getByRole("link", { name: "build-01" }).waitFor();
    }, refused));

  test("a login does not lead out of the console", () =>
    visit(
      async ({ page, go }) => {
        await go("/login?next=//evil.test/");
        await logIn(page);
        await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
        expect(new URL(page.url()).pathname).toBe("/");
      },
      { loggedIn: false },
    ));

  test("a session that ended meanwhile leads to the login and back", () =>
    visit(
      async ({ page, go, context, console: { url } }) => {
        await go("/login?next=/hosts");
        await logIn(page);
        await page.waitForURL("**/hosts");
        const cookie = (await context.cookies()).find(({ name }) => name === "UMCSessionId")?.value ?? "";
        const headers = { Cookie: `UMCSessionId=${cookie}`, "X-XSRF-Protection": cookie };
        expect((await fetch(`${url}/logout`, { method: "POST", headers, redirect: "manual" })).status).toBe(303);
        await page.getByRole("searchbox").fill("mail");
        await page.waitForURL("**/login?next=*");
        await logIn(page);
        await page.waitForURL("**/hosts?search=mail");
        await page.getByRole("link", { name: "mail-01" }).waitFor();
      },
      { loggedIn: false },
    ));

  test("who logs out is out, also with the browser's back button; a link alone asks first", () =>
    visit(
      async ({ page, go }) => {
        await go("/login?next=/hosts");
        await logIn(page);
        await page.waitForURL("**/hosts");
        await go("/logout");
        await page.getByRole("heading", { name: "Log out?" }).waitFor();
        await page.getByRole("link", { name: "Stay" }).click();
        await page.getByRole("button", { name: "User admin" }).click();
        await page.getByText("Administrator", { exact: true }).waitFor();
        await page.getByRole("button", { name: "Log out" }).click();
        await page.getByLabel("User name").waitFor();
        await page.goBack();
        await page.getByLabel("User name").waitFor();
        expect(await page.getByRole("navigation").count()).toBe(0);
      },
      { loggedIn: false },
    ));

  test("the chosen colours stay, and the system's are followed when they are chosen again", () =>
    visit(async ({ page, go }) => {
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const toggle = page.getByRole("button", { name: "Dark colours" });
      await go("/");
      const light = await background();
      expect(await toggle.getAttribute("aria-pressed")).toBe("false");
      await toggle.click();
      expect(await toggle.getAttribute("aria-pressed")).toBe("true");
      const dark = await background();
      expect(dark).not.toBe(light);
      await go("/hosts");
      expect(await background()).toBe(dark);
      await toggle.click();
      expect(await background()).toBe(light);
      expect(await page.evaluate(() => localStorage.length)).toBe(0);
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await background()).toBe(dark);
      await page.emulateMedia({ colorScheme: null });
    }));

  test("from the login to a host's software with the keyboard alone", () =>
    visit(
      async ({ page, go, ownName }) => {
        const name = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
        /** Presses Tab until the focus stands on this text; a page that traps the focus would never get there. */
        const tabTo = async (text: string) => {
          for (let steps = 0; steps < 30; steps++) {
            await page.keyboard.press("Tab");
            if ((await name()) === text) return;
          }
          throw new Error(`Tab does not lead to “${text}”`);
        };
        await go("/login");
        await page.locator("#username:focus").waitFor();
        await page.keyboard.type("admin");
        await page.keyboard.press("Tab");
        await page.keyboard.type(adminPassword);
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: "Home" }).waitFor();
        await page.keyboard.press("Tab");
        expect(await name()).toBe("Skip to content");
        await page.keyboard.press("Enter");
        await page.keyboard.press("Tab");
        expect(await name()).toStartWith("Hosts");
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: "Hosts", level: 1 }).waitFor();
        for (let steps = 0; (await focused(page)) !== "hosts-search" && steps < 30; steps++)
          await page.keyboard.press("Tab");
        await page.keyboard.type(ownName);
        await page.waitForURL(`**/hosts?search=${ownName}`);
        await tabTo(ownName);
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: ownName, level: 1 }).waitFor();
        await tabTo("Overview");
        await page.keyboard.press("ArrowLeft");
        await page.keyboard.press("ArrowLeft");
        await page.keyboard.press("ArrowLeft");
        expect(await name()).toStartWith("Software");
        await page.keyboard.press("Enter");
        await page.getByRole("table", { name: "Software" }).waitFor();
        await page.keyboard.press("Tab");
        expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("tabpanel");
        await page.keyboard.press("Tab");
        expect(await focused(page)).toBe("section-softwares-search");
      },
      { loggedIn: false },
    ));
});
