/** One HTTP request as the console sees it: who asks, from where, with which session. */
import { Problem } from "../problem.ts";
import type { AuditOutcome } from "../store/audit.ts";
import type { Asker } from "./command.ts";
import { isXsrfToken, type Session, type Visitor } from "./session.ts";

export interface Visit {
  request: Request;
  url: URL;
  address: string;
  secure: boolean;
  /** See `Client`. */
  veiled: boolean;
  session: Session | undefined;
  mayTakeLong(): void;
  /** Leaves a row in the audit table about what somebody who is logged in did, or was refused. */
  note(action: string, outcome: AuditOutcome, status: number): void;
}

export const cookieName = "UMCSessionId";

/** `__Host-` would forbid the model's clients, which look for exactly this name. */
export function sessionCookie(id: string, secure: boolean): string {
  return `${cookieName}=${id}; Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

export function endedCookie(secure: boolean): string {
  return `${sessionCookie("", secure)}; Max-Age=0`;
}

export function cookieOf(request: Request): string {
  const pairs = (request.headers.get("cookie") ?? "").slice(0, 8192).split(";");
  const mine = pairs.map((pair) => pair.trim()).find((pair) => pair.startsWith(`${cookieName}=`));
  return mine?.slice(cookieName.length + 1) ?? "";
}

export function visitorOf(visit: Pick<Visit, "request" | "address">): Visitor {
  return {
    address: visit.address,
    userAgent: (visit.request.headers.get("user-agent") ?? "").slice(0, 200),
    locale: /^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})?/.exec(visit.request.headers.get("accept-language") ?? "")?.[0] ?? "en",
  };
}

/** @throws Problem `unauthenticated` */
export function needSession(visit: Visit): Session {
  if (!visit.session)
    throw new Problem("unauthenticated", "nobody is logged in, or the session has ended", { detail: {} });
  return visit.session;
}

export function askerOf(visit: Visit): Asker {
  const { user, hash, locale } = needSession(visit);
  return { user, session: hash, address: visit.address, locale };
}

/**
 * Checked centrally for every request that may change something.
 * @param field the hidden field of a form, where the request is one
 * @throws Problem `forbidden`
 */
export function refuseForgery(visit: Visit, field = ""): void {
  const session = needSession(visit);
  const given = visit.request.headers.get("x-xsrf-protection") ?? field;
  if (!isXsrfToken(session, given)) {
    visit.note(visit.url.pathname, "refused", 403);
    throw new Problem(
      "forbidden",
      "the request does not prove that this console's own page sent it (X-XSRF-Protection)",
    );
  }
}

/** A login by a form of another site would put its victim into a session of the attacker's. */
export function refuseForeignOrigin(visit: Visit): void {
  const { headers } = visit.request;
  const origin = headers.get("origin");
  // Fetch Metadata is the browser's own word, which no page can change; Host is another behind many a proxy.
  if (origin === null || headers.get("sec-fetch-site") === "same-origin") return;
  if (origin === "null" || URL.parse(origin)?.host !== (headers.get("host") ?? "")) {
    throw new Problem("forbidden", "a login must come from this console's own page (a proxy must hand on Host)");
  }
}

/** True: a person looks at the answer in a browser. Clients of the model accept both, and mean JSON. */
export function wantsPage(request: Request): boolean {
  const accept = request.headers.get("accept") ?? "";
  return accept.includes("text/html") && !accept.includes("application/json");
}
