import type { Child } from "hono/jsx";
import type { PageContext } from "../page.ts";

/** Id of the layout's one `<dialog>`; `partial` of a request that wants a question asked in it. */
export const dialogId = "dialog";

/** Attributes of a submit button whose answer is a question: in the dialog with htmx, as a page of its own without. */
export function asksFirst(action: string): Record<string, string> {
  return {
    formaction: action,
    "hx-post": action,
    "hx-target": `#${dialogId}`,
    "hx-swap": "innerHTML",
    "hx-push-url": "false",
  };
}

interface ConfirmProps {
  page: Pick<PageContext, "partial" | "xsrf">;
  title: string;
  /** Where the answer is posted to, with `confirm=yes` and the fields among `children`. */
  action: string;
  /** Text of the button that does it: the verb, not "OK". */
  verb: string;
  dangerous?: boolean;
  /** Where "Cancel" leads when there is no dialog to close. */
  cancel: string;
  children: Child;
}

/** The question before something that cannot be undone: body of the dialog, or of a page. */
export function Confirm({ page, title, action, verb, dangerous, cancel, children }: ConfirmProps) {
  const inDialog = page.partial === dialogId;
  return (
    <form method="post" action={action} class={inDialog ? "confirm" : "confirm card"}>
      {inDialog ? <h2 id="dialog-title">{title}</h2> : <h1>{title}</h1>}
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <input type="hidden" name="confirm" value="yes" />
      {children}
      <div class="actions end">
        <a class="button" href={cancel} data-close-dialog>
          Cancel
        </a>
        <button type="submit" class={dangerous ? "danger" : "primary"}>
          {verb}
        </button>
      </div>
    </form>
  );
}
