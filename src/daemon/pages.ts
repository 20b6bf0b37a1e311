/** Pages: a route each, rendered from what commands answer. */
import { Hono } from "hono";
import { assetsByPath } from "../console/assets.ts";
import { homePage } from "../console/home.tsx";
import { type Frame, type ModuleTile, renderPage } from "../console/layout.tsx";
import { modulePages } from "../console/module-page.tsx";
import { askedPart, type Page, type PageContext } from "../console/page.ts";
import { partsPages } from "../console/parts-page.tsx";
import { builtinModules } from "../console/registry.ts";
import { renderLogin, safeNext } from "../console/session-pages.tsx";
import { readBody } from "../http/body.ts";
import { Problem } from "../problem.ts";
import { type Bindings, largestBody } from "./api.ts";
import { type Console, endSession } from "./console.ts";
import { visibleModules } from "./permission.ts";
import {
  askerOf,
  needSession,
  refuseForeignOrigin,
  refuseForgery,
  sessionCookie,
  type Visit,
  visitorOf,
} from "./visit.ts";

export async function pages(console: Console): Promise<Hono<Bindings>> {
  const app = new Hono<Bindings>();
  const { logins, sessions, catalogue, caller } = console;

  app.get("/assets/:name", (c) => {
    const asset = assetsByPath.get(`/assets/${c.req.param("name")}`);
    if (!asset) throw new Problem("not-found", "there is no such file");
    return c.body(asset.content, 200, {
      "Content-Type": asset.type,
      "Cache-Control": "public, max-age=31536000, immutable",
    });
  });

  app.get("/login", async (c) => {
    const { visit } = c.env;
    const next = safeNext(visit.url.searchParams.get("next"));
    return visit.session ? c.redirect(next, 303) : c.html(await renderLogin({ next }));
  });

  app.post("/login", async (c) => {
    const { visit } = c.env;
    refuseForeignOrigin(visit);
    const form = await formOf(visit.request);
    const username = form.get("username") ?? "";
    const next = safeNext(form.get("next"));
    try {
      const user = await logins.login(username, form.get("password") ?? "", visit.address);
      if (visit.session) await endSession(console, visit.session.hash);
      const { id } = await sessions.open(user, visitorOf(visit));
      return new Response(null, {
        status: 303,
        headers: { Location: next, "Set-Cookie": sessionCookie(id, visit.secure) },
      });
    } catch (error) {
      if (!(error instanceof Problem) || !["auth-failed", "throttled"].includes(error.code)) throw error;
      const { message, retryAfter, http } = error;
      const page = await renderLogin({ problem: message, next, username, ...(retryAfter ? { retryAfter } : {}) });
      return c.html(page, http as 401);
    }
  });

  const home: Page = { path: "/", render: ({ user }) => homePage(visibleModules(user, catalogue.modules())) };
  const own = await Promise.all(builtinModules.map(({ pages }) => pages()));
  for (const page of [home, ...partsPages, ...own.flat(), ...modulePages(catalogue.modules())]) {
    app.on(page.method ?? "GET", page.path, (c) => answer(page, c.env.visit, c.req.param() as Record<string, string>));
  }

  async function answer(page: Page, visit: Visit, params: Record<string, string>): Promise<Response> {
    const { url, request } = visit;
    if (!visit.session) {
      const location =
        page.method === "POST" ? "/login" : `/login?next=${encodeURIComponent(url.pathname + url.search)}`;
      return new Response(null, { status: 303, headers: { Location: location } });
    }
    const posted = page.method === "POST";
    const form = posted ? await formOf(request) : new URLSearchParams();
    if (posted) refuseForgery(visit, form.get("xsrf") ?? "");
    visit.mayTakeLong();
    const asker = askerOf(visit);
    const context: PageContext = {
      ...frameOf(visit),
      params,
      async call<Result>(path: string, options: Record<string, unknown>) {
        if (!posted && catalogue.find(path).command.changes) {
          throw new Problem("method-not-allowed", `${path} changes something and wants a form`);
        }
        // `safe` is about requests from outside; a page's GET was decided here.
        return (await caller.call(asker, { path, options, safe: false, signal: request.signal })) as Result;
      },
    };
    const result = await page.render(context, form);
    if ("location" in result) return new Response(null, { status: 303, headers: { Location: result.location } });
    if ("file" in result) {
      const name = result.file.replace(/[^\w.-]/g, "_");
      return new Response(result.content, {
        headers: { "Content-Type": result.type, "Content-Disposition": `attachment; filename="${name}"` },
      });
    }
    const text = await renderPage(result, context, tilesOf(console, visit));
    return htmlResponse(text, result.status ?? 200);
  }

  return app;
}

export function frameOf(visit: Visit): Frame {
  const { user, xsrf } = needSession(visit);
  return { user, xsrf, url: visit.url, partial: askedPart(visit.request.headers) };
}

export function tilesOf({ catalogue }: Console, visit: Visit): ModuleTile[] {
  return visibleModules(needSession(visit).user, catalogue.modules());
}

export function htmlResponse(text: string, status: number): Response {
  const headers = { "Content-Type": "text/html; charset=utf-8", Vary: "HX-Request-Type, HX-Target, Cookie" };
  return new Response(text, { status, headers });
}

async function formOf(request: Request): Promise<URLSearchParams> {
  return new URLSearchParams(new TextDecoder().decode(await readBody(request, largestBody)));
}
