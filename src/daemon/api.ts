/** The HTTP API, in the shapes of the model's (reference: UMC `resources.py`); every route also under /univention. */
import { Hono } from "hono";
import { categories } from "../console/module.ts";
import { parseForm } from "../console/parts/form-fields.ts";
import { renderLogoutConfirm } from "../console/session-pages.tsx";
import { readFields } from "../http/body.ts";
import { eventStream } from "../http/events.ts";
import { problemBody } from "../http/problem.ts";
import { Problem } from "../problem.ts";
import type { Asker } from "./command.ts";
import { type Console, endSession } from "./console.ts";
import { visibleModules } from "./permission.ts";
import {
  askerOf,
  endedCookie,
  needSession,
  refuseForeignOrigin,
  refuseForgery,
  sessionCookie,
  type Visit,
  visitorOf,
} from "./visit.ts";

export type Bindings = { Bindings: { visit: Visit } };

/** Bytes of a command's or a login's body. */
export const largestBody = 2_048_000;

export function api(console: Console): Hono<Bindings> {
  const { logins, sessions, catalogue, caller } = console;
  const app = new Hono<Bindings>();

  app.post("/auth", async (c) => {
    const { visit } = c.env;
    refuseForeignOrigin(visit);
    const fields = await readFields(visit.request, largestBody);
    const options = (fields.options ?? fields) as Record<string, unknown>;
    const { username, password, new_password } = textsOf(options, ["username", "password"], ["new_password"]);
    const user = await logins.login(username ?? "", password ?? "", visit.address, new_password);
    if (visit.session) await endSession(console, visit.session.hash);
    const { id } = await sessions.open(user, visitorOf(visit));
    c.header("Set-Cookie", sessionCookie(id, visit.secure));
    return c.json({ status: 200, result: { username: user.name } });
  });

  app.on(["GET", "POST"], "/get/session-info", (c) => {
    const session = needSession(c.env.visit);
    const remaining = Math.max(0, Math.floor((session.expires - Date.now()) / 1000));
    return c.json({ status: 200, result: { username: session.user.name, auth_type: null, remaining } });
  });

  app.on(["GET", "POST"], ["/get/modules", "/get/modules/list"], (c) => {
    const session = c.env.visit.session;
    const visible = session ? visibleModules(session.user, catalogue.modules()) : [];
    return c.json({
      modules: visible.map(({ id, name, summary, icon, categories, singleton }) => ({
        id,
        name,
        description: summary,
        icon,
        categories,
        singleton: singleton === true,
        flavor: null,
        keywords: [],
      })),
    });
  });

  app.on(["GET", "POST"], ["/get/categories", "/get/categories/list"], (c) => c.json({ categories }));

  app.get("/logout", async (c) => {
    const { visit } = c.env;
    if (!visit.session) return c.redirect("/", 303);
    if (visit.request.headers.has("x-xsrf-protection")) return logout(visit);
    const { user, xsrf } = visit.session;
    return c.html(await renderLogoutConfirm({ user, xsrf }));
  });

  app.post("/logout", async (c) => {
    const { visit } = c.env;
    const fields = await readFields(visit.request, largestBody);
    return logout(visit, typeof fields.xsrf === "string" ? fields.xsrf : "");
  });

  async function logout(visit: Visit, field = ""): Promise<Response> {
    refuseForgery(visit, field);
    const { hash } = needSession(visit);
    visit.note("logout", "ok", 303);
    await endSession(console, hash);
    return new Response(null, { status: 303, headers: { Location: "/", "Set-Cookie": endedCookie(visit.secure) } });
  }

  app.all("/command/*", async (c) => {
    const { visit } = c.env;
    const { request, url } = visit;
    const asker = askerOf(visit);
    const safe = request.method === "GET" || request.method === "HEAD";
    if (!safe && request.method !== "POST") throw new Problem("method-not-allowed", "a command is called by POST");
    if (!safe) refuseForgery(visit);
    const path = url.pathname.replace(/^(\/univention)?\/command\//, "");
    const asked = { path, safe, ...(safe ? await optionsOfQuery(asker, path, url) : await optionsOfBody(request)) };
    visit.mayTakeLong();
    if (!(request.headers.get("accept") ?? "").includes("text/event-stream")) {
      const result = await caller.call(asker, { ...asked, signal: request.signal });
      return c.json({ result, error: null, reason: null, status: 200 });
    }
    const gone = new AbortController();
    const events = eventStream(() => gone.abort());
    const signal = AbortSignal.any([gone.signal, request.signal]);
    void caller
      .call(asker, { ...asked, signal, onPartial: (partial) => events.send("partial", partial) })
      .then((result) => events.send("result", { result, error: null, reason: null, status: 200 }))
      .catch((error) => events.send("problem", problemBody(Problem.from(error))))
      .finally(() => events.close());
    return events.response;
  });

  // A query string has only texts; the command's schema tells which of them are numbers, to those who may call it.
  async function optionsOfQuery(asker: Asker, path: string, url: URL) {
    const query = new URLSearchParams(url.searchParams);
    const flavor = query.get("flavor") ?? undefined;
    query.delete("flavor");
    const { command } = await caller.permit(asker, { path, safe: true, options: Object.fromEntries(query) });
    const parsed = parseForm(command.options, query);
    if (!parsed.ok) throw new Problem("bad-options", "options of the query are wrong", { detail: parsed.errors });
    return { options: parsed.options, flavor };
  }

  return app;
}

async function optionsOfBody(request: Request): Promise<{ options: unknown; flavor: string | undefined }> {
  const { options = {}, flavor } = await readFields(request, largestBody);
  if (typeof options !== "object" || options === null) throw new Problem("bad-request", "options: expected an object");
  return { options, flavor: typeof flavor === "string" ? flavor : undefined };
}

/** @throws Problem `bad-options` in the model's words */
function textsOf(
  options: Record<string, unknown>,
  required: string[],
  optional: string[],
): Record<string, string | undefined> {
  const detail: Record<string, string> = {};
  const texts: Record<string, string | undefined> = {};
  for (const name of [...required, ...optional]) {
    const value = options !== null && typeof options === "object" ? options[name] : undefined;
    if (typeof value === "string") texts[name] = value;
    else if (value !== undefined && value !== null) detail[name] = "Value is not a string";
    else if (required.includes(name)) detail[name] = "Argument required";
  }
  const count = Object.keys(detail).length;
  if (count > 0) throw new Problem("bad-options", `${count} error(s) occurred`, { detail });
  return texts;
}
