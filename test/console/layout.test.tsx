import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assets, assetsByPath } from "../../src/console/assets.ts";
import { homePage } from "../../src/console/home.tsx";
import { inventory } from "../../src/console/inventory/declaration.ts";
import { type Frame, renderPage } from "../../src/console/layout.tsx";
import { partsPages } from "../../src/console/parts-page.tsx";
import { renderLogin, renderLogoutConfirm, renderProblem, safeNext } from "../../src/console/session-pages.tsx";
import { Problem } from "../../src/problem.ts";
import { frame } from "./frame.ts";

const hostile = `"><script>alert('1')</script>`;
const modules = [inventory, { ...inventory, id: "x", name: hostile, home: undefined }];

async function partsPage(change: Partial<Frame> = {}): Promise<string> {
  const given = frame("/parts", change);
  const page = { ...given, params: {}, call: () => Promise.reject(new Error("the parts page calls nothing")) };
  const result = await partsPages[0]!.render(page, new URLSearchParams());
  assert.ok("body" in result);
  return renderPage(result, given, modules);
}

/** What the daemon's Content-Security-Policy would refuse, and what would leave the house. */
function assertSelfContained(html: string): void {
  assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+="|\shx-on/i);
  assert.doesNotMatch(html, /javascript:|\sjs:/i);
  for (const [, attributes = ""] of html.matchAll(/<script\b([^>]*)>/g)) assert.match(attributes, /src="\/assets\//);
  for (const [, address = ""] of html.matchAll(/\s(?:href|src|action|formaction)="([^"]*)"/g)) {
    assert.match(address, /^(\/(?!\/)|#)/, address);
  }
}

describe("renderPage", () => {
  it("makes a whole document", async () => {
    const html = await renderPage(homePage(modules), frame("/"), modules);
    assert.match(html, /^<!doctype html>\n<html lang="en"><head><meta charset="utf-8"\/>/);
    assert.match(html, /<meta name="viewport" content="width=device-width, initial-scale=1"\/>/);
    assert.match(html, /<title>Home · Reeve<\/title>/);
    assert.match(html, /<a class="skip" href="#main">/);
    assert.match(html, /<h1>Home<\/h1>/);
    assert.equal(html.match(/<h1/g)?.length, 1);
    assertSelfContained(html);
  });
  it("shows every part without an inline script, an inline style or a foreign address", async () => {
    assertSelfContained(await partsPage());
  });
  it("marks where one is and posts the log-out", async () => {
    const html = await renderPage(homePage(modules), frame("/hosts/7"), modules);
    assert.match(html, /<a href="\/hosts" aria-current="true">/);
    assert.match(html, /<form method="post" action="\/logout"><input type="hidden" name="xsrf" value="token"\/>/);
    assert.ok(html.includes('href="/modules/x"'), "a module without a home has its page of forms");
  });
  it("escapes names of users and modules", async () => {
    const user = { name: hostile, administrator: false };
    const html = await renderPage({ title: hostile, body: <p>{hostile}</p> }, frame("/", { user }), modules);
    assert.equal(html.match(/<script/g)?.length, 3, "theme, htmx and console alone");
  });
  it("gives htmx the element alone, with the title", async () => {
    const html = await partsPage({ partial: "planets" });
    assert.match(html, /^<title>Parts · Reeve<\/title><section id="planets"/);
    assert.ok(!html.includes("<main"));
  });
  it("hands a failure of a component to the caller", async () => {
    const Failing = () => Promise.reject(new Problem("not-found", "gone"));
    const result = { title: "x", body: <Failing /> };
    await assert.rejects(renderPage(result, frame("/"), []), { code: "not-found" });
  });
});

describe("assets", () => {
  it("are named by their content and complete", async () => {
    const html = await partsPage();
    for (const asset of Object.values(assets)) {
      assert.match(asset.path, /^\/assets\/[a-z]+\.[0-9a-f]{10}\.(css|js|svg)$/);
      assert.equal(assetsByPath.get(asset.path), asset);
      assert.ok(html.includes(asset.path), asset.path);
      assert.ok(asset.content.length > 100);
    }
  });
  it("load nothing from elsewhere", () => {
    const { stylesheet, console: script, theme } = assets;
    for (const { content } of [stylesheet, script, theme]) assert.doesNotMatch(content, /@import|https?:|\burl\(/);
  });
});

describe("session pages", () => {
  it("leads only into this console after a login", () => {
    for (const next of ["/", "/hosts?search=a%20b", "/hosts/1?tab=x"]) assert.equal(safeNext(next), next);
    const outside = ["//evil.test", "/\\evil.test", "https://evil.test", "/\t/evil.test", "x", "", null, undefined];
    for (const next of outside) assert.equal(safeNext(next), "/", String(next));
  });
  it("asks for name and password and says what went wrong", async () => {
    const html = await renderLogin({ problem: hostile, next: "/hosts", retryAfter: 3.2, username: hostile });
    assert.match(html, /<form method="post" action="\/login"/);
    assert.match(html, /name="next" value="\/hosts"/);
    assert.match(html, /Try again in 4 seconds\./);
    assert.match(html, /autocomplete="current-password"/);
    assert.equal(html.match(/<script/g)?.length, 2, "theme and console alone");
    assertSelfContained(html);
  });
  it("does not log out by a link alone", async () => {
    assert.match(await renderLogoutConfirm(frame("/logout")), /<form method="post" action="\/logout"/);
  });
  it("shows a problem's text, code and advice, never its cause", async () => {
    const problem = new Problem("module-died", hostile, { cause: new Error("secret cause"), retryAfter: 2 });
    const html = await renderProblem(problem, frame("/hosts"), modules);
    assert.ok(html.includes("<code>module-died</code>") && html.includes("Try again in 2 seconds."));
    const missing = new Problem("not-found", "there is no host 7");
    assert.match(await renderProblem(missing, frame("/hosts/7"), modules), /<strong>There is no host 7\.<\/strong>/);
    assert.ok(!html.includes("secret cause") && !html.includes("<script>alert"));
    assert.match(await renderProblem(problem), /^<!doctype html>/);
    const part = await renderProblem(problem, frame("/hosts", { partial: "hosts" }), modules);
    assert.ok(part.includes('<p class="problem-text">') && !part.includes("<main"));
  });
});
