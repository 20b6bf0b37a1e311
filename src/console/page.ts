/**
 * A page is one or more commands' results, rendered on the server: whatever a page can do, the API can, under the same
 * permission. A page imports no store and decides nothing about access; a refused command becomes its problem page.
 */
import type { HtmlEscapedString } from "hono/utils/html";

export interface PageContext {
  user: { name: string; administrator: boolean };
  /** Value for the hidden field `xsrf` of a form and for the header `X-XSRF-Protection` of htmx requests. */
  xsrf: string;
  /** Path and query as asked. */
  url: URL;
  /** `:name` parts of the page's path, decoded. */
  params: Record<string, string>;
  /** True: htmx asks for a part of the page (a tab, a table), not for the whole document. */
  partial: boolean;
  /** Runs `module/command` as this user. Throws the command's Problem. */
  call<Result>(command: string, options: Record<string, unknown>): Promise<Result>;
}

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** What a page gives back: a title with its body, a file (CSV), or another place to go to (after a form was posted). */
export type PageResult =
  | { title: string; body: Html }
  | { file: string; type: string; content: string }
  | { location: string };

export interface Page {
  /** hono path, e.g. `/hosts/:id`. */
  path: string;
  /** `POST` handles a form; its fields come as `form`. The xsrf field is checked before. */
  method?: "GET" | "POST";
  render(page: PageContext, form: URLSearchParams): Promise<PageResult> | PageResult;
}
