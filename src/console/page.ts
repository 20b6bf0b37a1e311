/**
 * A page is one or more commands' results, rendered on the server: whatever a page can do, the API can, under the same
 * permission. A page imports no store and decides nothing about access; a refused command becomes its problem page.
 */
import type { HtmlEscapedString } from "hono/utils/html";

export interface PageContext {
  user: { name: string; administrator: boolean };
  /** Value for the hidden field `xsrf` of a form. */
  xsrf: string;
  /** Path and query as asked. */
  url: URL;
  /** `:name` parts of the page's path, decoded. */
  params: Record<string, string>;
  /**
   * Id of the element that htmx will replace (a tab, a table): the body is then that element alone. Undefined: the
   * whole document is asked for. See `askedPart`.
   */
  partial: string | undefined;
  /** Runs `module/command` as this user. Throws the command's Problem. */
  call<Result>(command: string, options: Record<string, unknown>): Promise<Result>;
}

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/**
 * What a page gives back: a title with its body (`status` is HTTP's, 200 when absent), a file (CSV), or another place
 * to go to (after a form was posted).
 */
export type PageResult =
  | { title: string; body: Html; status?: number }
  | { file: string; type: string; content: string }
  | { location: string };

export interface Page {
  /** hono path, e.g. `/hosts/:id`. */
  path: string;
  /** `POST` handles a form; its fields come as `form`. The xsrf field is checked before. */
  method?: "GET" | "POST";
  render(page: PageContext, form: URLSearchParams): Promise<PageResult> | PageResult;
}

/**
 * `partial` of a request: htmx 4 says `HX-Request-Type: partial` and names the element in `HX-Target` as `tag#id`.
 * Answers that depend on it want `Vary: HX-Request-Type, HX-Target`.
 */
export function askedPart(headers: Headers): string | undefined {
  if (headers.get("hx-request-type") !== "partial") return undefined;
  return /^[a-z][a-z0-9-]{0,30}#([A-Za-z][\w-]{0,63})$/.exec(headers.get("hx-target") ?? "")?.[1];
}
