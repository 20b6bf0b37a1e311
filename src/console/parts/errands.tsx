/** What is done with a module's commands from its pages: asked first where that is due, then done, then said. */
import type { Child } from "hono/jsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { Confirm } from "./dialog.tsx";
import { sameQuery } from "./query.ts";
import { Alert } from "./text.tsx";

export interface Question {
  title: string;
  verb: string;
  text: Child;
  dangerous?: boolean;
}

export interface Errand {
  /** Page that it is done on, and that it comes back to. */
  from: string | ((form: URLSearchParams) => string);
  /** What is said on that page when it is done. */
  done: string;
  /** Hidden fields of the form that is asked. */
  fields: readonly string[];
  /** Nothing: it is done without a question. */
  ask?(form: URLSearchParams, page: PageContext): Question | undefined | Promise<Question | undefined>;
  options(form: URLSearchParams): Record<string, unknown>;
  /** Where it leads once it is done, by what the command answered; nothing: back. */
  leads?(result: never, form: URLSearchParams): string | undefined;
  /** What is shown when it fails; nothing: the problem's own page. */
  failed?(error: unknown, form: URLSearchParams, page: PageContext): PageResult | undefined;
}

/** By the names of their commands. */
export type Errands = Readonly<Record<string, Errand>>;

async function perform(path: string, errand: Errand, page: PageContext, form: URLSearchParams): Promise<PageResult> {
  const { fields, ask, options } = errand;
  const { url } = page;
  const back = typeof errand.from === "string" ? errand.from : errand.from(form);
  const question = form.get("confirm") === "yes" ? undefined : await ask?.(form, page);
  if (question === undefined) {
    try {
      const result = await page.call<never>(path, options(form));
      const location = errand.leads?.(result, form);
      return { location: location ?? sameQuery(back, url, path.split("/")[1]) };
    } catch (error) {
      const shown = errand.failed?.(error, form, page);
      if (shown) return shown;
      throw error;
    }
  }
  const { title, verb, text, dangerous } = question;
  const body = (
    <Confirm
      page={page}
      title={title}
      action={sameQuery(`/${path}`, url)}
      verb={verb}
      dangerous={dangerous === true}
      cancel={sameQuery(back, url)}
    >
      {fields.flatMap((field) => form.getAll(field).map((value) => <input type="hidden" name={field} value={value} />))}
      {typeof text === "string" ? <p>{text}</p> : text}
    </Confirm>
  );
  return { title, body };
}

/** The pages that these forms are posted to: `/MODULE/COMMAND`. */
export function errandPages(module: string, errands: Errands): Page[] {
  return Object.entries(errands).flatMap(([name, errand]) => [
    {
      path: `/${module}/${name}`,
      method: "POST" as const,
      render: (page, form) => perform(`${module}/${name}`, errand, page, form),
    },
    // Somebody reloads after a POST: the question is gone, the page is not.
    {
      path: `/${module}/${name}`,
      render: () => ({
        location: typeof errand.from === "string" ? errand.from : errand.from(new URLSearchParams()),
      }),
    },
  ]);
}

/** What was just done. */
export function Notice({ url, errands }: { url: URL; errands: Errands }) {
  const name = url.searchParams.get("notice") ?? "";
  if (!Object.hasOwn(errands, name)) return null;
  return (
    <Alert tone="good" live>
      {errands[name]!.done}
    </Alert>
  );
}
