/** A watched visit: a browser context whose every page must stay at home and quiet. */
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { type Site, site } from "./browser.ts";

export interface Visit extends Site {
  context: BrowserContext;
  page: Page;
  /** Opens a path of the console. */
  go(path: string): Promise<void>;
  /** Requests for something else than assets, as `GET /hosts?search=x section#hosts`. */
  asked: string[];
}

interface VisitOptions extends BrowserContextOptions {
  /** False: nobody is logged in. */
  loggedIn?: boolean;
  /** True: a context of its own in any case. */
  fresh?: boolean;
  /** Complaints that this visit provokes: Chromium notes every answer of 400 and above. */
  expected?: RegExp;
}

interface Watched {
  context: BrowserContext;
  page: Page;
  asked: string[];
  complaints: string[];
}

/**
 * Runs `work` in a context of its own, or, when it wants nothing special, in one that such visits share, where scripts
 * and styles are loaded already: one with `admin` logged in, one with nobody.
 *
 * @throws Error with what the watched pages complained about
 */
export async function visit(work: (visit: Visit) => Promise<void>, options: VisitOptions = {}): Promise<void> {
  const { expected, loggedIn = true, ...wanted } = options;
  const at = await site();
  const own = Object.keys(wanted).length > 0;
  const { context, page, asked, complaints } = await (own ? open(at, loggedIn, wanted) : shared(at, loggedIn));
  asked.length = 0;
  complaints.length = 0;
  try {
    if (!loggedIn) await context.clearCookies();
    await work({ ...at, context, page, asked, go: async (path) => void (await page.goto(path)) });
    const left = complaints.filter((complaint) => !expected?.test(complaint));
    if (left.length > 0) throw new Error(`the pages complained:\n${left.join("\n")}`);
  } finally {
    if (own) await context.close();
  }
}

const usual = new Map<boolean, Promise<Watched>>();

function shared(at: Site, loggedIn: boolean): Promise<Watched> {
  const opened = usual.get(loggedIn) ?? open(at, loggedIn, {});
  usual.set(loggedIn, opened);
  return opened;
}

let session: Promise<string> | undefined;

async function open(at: Site, loggedIn: boolean, { fresh: _, ...options }: VisitOptions): Promise<Watched> {
  const { url } = at.console;
  const context = await at.browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: url, ...options });
  const complaints: string[] = [];
  const asked: string[] = [];
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  context.on("weberror", (error) => complaints.push(`exception: ${error.error().message}`));
  context.on("request", (request) => {
    const { origin, pathname, search } = new URL(request.url());
    if (origin !== url) complaints.push(`request to ${request.url()}`);
    else if (!pathname.startsWith("/assets/"))
      asked.push([request.method(), pathname + search, request.headers()["hx-target"] ?? ""].join(" ").trim());
  });
  if (loggedIn) {
    session ??= at.console.login().then(({ cookie }) => cookie);
    await context.addCookies([{ name: "UMCSessionId", value: await session, url }]);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return { context, page, asked, complaints };
}
