/** Where an HTTP request enters and leaves: client, session, forgery check by route, problem, headers. */
import { Hono } from "hono";
import { renderProblem } from "../console/session-pages.tsx";
import { clientOf } from "../http/address.ts";
import { securityHeaders } from "../http/headers.ts";
import { problemResponse, publicProblem } from "../http/problem.ts";
import type { Connection } from "../http/server.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { type AuditOutcome, appendAudit } from "../store/audit.ts";
import { api, type Bindings } from "./api.ts";
import type { Console } from "./console.ts";
import { inventoryEndpoint } from "./ocs.ts";
import { frameOf, htmlResponse, pages, tilesOf } from "./pages.ts";
import { cookieOf, type Visit, wantsPage } from "./visit.ts";

export interface ServerSettings {
  trusted: (address: string) => boolean;
  agents: Parameters<typeof inventoryEndpoint>[1];
}

export type Handler = (request: Request, connection: Connection) => Promise<Response>;

export async function consoleHandler(console: Console, settings: ServerSettings): Promise<Handler> {
  const log = logger("http");
  const app = new Hono<Bindings>();
  const routes = api(console);
  app.route("/ocsinventory", inventoryEndpoint(console.store, settings.agents));
  app.route("/univention", routes);
  app.route("/", routes);
  app.route("/", await pages(console));
  app.notFound(() => {
    throw new Problem("not-found", "there is no such page");
  });
  app.onError((error) => {
    throw error;
  });

  const answerProblem = async (error: unknown, visit: Visit): Promise<Response> => {
    const problem = publicProblem(Problem.from(error), visit.session?.user.administrator === true);
    if (problem.http >= 500 && problem.code !== "module-died") {
      log.error("request failed", { method: visit.request.method, path: visit.url.pathname, error: problem });
    }
    if (!wantsPage(visit.request)) return problemResponse(problem);
    const text = visit.session
      ? await renderProblem(problem, frameOf(visit), tilesOf(console, visit))
      : await renderProblem(problem);
    return htmlResponse(text, problem.http === 499 ? 503 : problem.http);
  };

  const note = ({ session, address }: Visit, action: string, outcome: AuditOutcome, status: number): void => {
    const [user, hash] = [session?.user.name ?? "", session?.hash.slice(0, 12) ?? ""];
    const row = { time: Date.now(), user, address, session: hash, action, subject: "", outcome, status };
    appendAudit(console.store, row).catch((error) => log.error("no audit row could be written", { error }));
  };

  return async (request, connection) => {
    const url = URL.parse(request.url) ?? new URL("http://localhost/");
    const client = clientOf(connection.peer, connection.secure, request.headers, settings.trusted);
    const visit: Visit = {
      request,
      url,
      ...client,
      session: undefined,
      mayTakeLong: connection.mayTakeLong,
      note: (action, outcome, status) => note(visit, action, outcome, status),
    };
    let response: Response;
    try {
      const cookie = cookieOf(request);
      const slide = !url.pathname.endsWith("/get/session-info");
      if (cookie !== "") visit.session = await console.sessions.resolve(cookie, slide);
      response = await app.fetch(request, { visit });
    } catch (error) {
      response = await answerProblem(error, visit);
    }
    for (const [name, value] of Object.entries(securityHeaders(client.secure))) response.headers.set(name, value);
    if (!response.headers.has("Cache-Control")) response.headers.set("Cache-Control", "no-store");
    return response;
  };
}
