/** What administrators do with the listener: asked first, then done. */
import { Problem } from "../../problem.ts";
import type { Page } from "../page.ts";
import { type Errands, errandPages } from "../parts/errands.tsx";
import { counted, formatNumber } from "../parts/units.ts";
import { handlersPath, heldPath, parkedPath } from "./links.tsx";

function handlerOf(form: URLSearchParams): { handler?: string } {
  const handler = form.get("handler");
  return handler ? { handler } : {};
}

function idOf(form: URLSearchParams): number {
  const id = Number(form.get("id"));
  if (!Number.isSafeInteger(id) || id < 1) throw new Problem("bad-request", "Which item? It is not said.");
  return id;
}

/** Ticked entries, or all. */
function which(form: URLSearchParams): Record<string, unknown> {
  const uuids = [...new Set(form.getAll("uuid"))];
  if (uuids.length === 0 && form.get("all") !== "yes") throw new Problem("bad-request", "Select some entries first.");
  if (uuids.length > 1000) throw new Problem("too-large", "Select 1,000 entries at most, or take all.");
  return uuids.length > 0 ? { uuids } : { all: true };
}

function entriesOf(form: URLSearchParams): string {
  const { uuids } = which(form) as { uuids?: string[] };
  return uuids ? counted(uuids.length, "entry", "entries") : `all ${formatNumber(Number(form.get("total")))} entries`;
}

const everyHandler = "every handler";

export const errands: Errands = {
  resync: {
    from: handlersPath,
    done: "The handler is loaded anew.",
    fields: ["handler"],
    ask: (form) => ({
      title: `Resync ${form.get("handler")}?`,
      verb: "Resync",
      dangerous: true,
      text: "What it has made is taken down (clean, initialize), then every entry is handed to it once more. Other handlers go on meanwhile.",
    }),
    options: handlerOf,
  },
  pause: {
    from: handlersPath,
    done: "Paused.",
    fields: ["handler"],
    ask: (form) => ({
      title: `Pause ${form.get("handler") || everyHandler}?`,
      verb: "Pause",
      text: "Changes are kept for it and handed on when it is resumed. Handlers of a higher priority number do not wait for it.",
    }),
    options: handlerOf,
  },
  resume: {
    from: handlersPath,
    done: "Resumed.",
    fields: ["handler"],
    ask: (form) => ({
      title: `Resume ${form.get("handler") || everyHandler}?`,
      verb: "Resume",
      text: "It gets what has changed since it was paused, in order.",
    }),
    options: handlerOf,
  },
  forget: {
    from: handlersPath,
    done: "Forgotten.",
    fields: ["handler"],
    ask: (form) => ({
      title: `Forget ${form.get("handler")}?`,
      verb: "Forget",
      dangerous: true,
      text: "Its file is gone; until now changes are kept in case it comes back. Forgotten, it would come back as a new handler, which is loaded from the start.",
    }),
    options: handlerOf,
  },
  verify: {
    from: handlersPath,
    done: "The verification has begun.",
    fields: [],
    ask: () => ({
      title: "Verify the whole directory?",
      verb: "Verify",
      text: "Every entry is read and compared with what handlers were told. What differs is asked for again and then handed on; many deletions at a time are held for approval.",
    }),
    options: () => ({}),
  },
  retry: {
    from: parkedPath,
    done: "It is tried now.",
    fields: ["id", "handler"],
    options: (form) => (form.get("id") ? { id: idOf(form) } : handlerOf(form)),
  },
  skip: {
    from: parkedPath,
    done: "Skipped; what waited behind it goes on.",
    fields: ["id"],
    ask: (form) => ({
      title: `Skip item ${idOf(form)}?`,
      verb: "Skip it",
      dangerous: true,
      text: (
        <>
          <p>The handler is never told of this change, unless it is resynced. What waits behind it goes on.</p>
          <div class="field">
            <label for="skip-reason">
              Why<span class="required"> (needed)</span>
            </label>
            <input
              id="skip-reason"
              type="text"
              name="reason"
              minlength={3}
              maxlength={1000}
              required
              autocomplete="off"
            />
            <p class="hint">It stands in the log beside your name.</p>
          </div>
        </>
      ),
    }),
    options: (form) => ({ id: idOf(form), reason: form.get("reason") ?? "" }),
  },
  approve: {
    from: heldPath,
    done: "Approved; handlers are told.",
    fields: ["uuid", "all"],
    ask: (form) => ({
      title: `Are ${entriesOf(form)} gone indeed?`,
      verb: "Delete them",
      dangerous: true,
      text: "Handlers are told that these entries were deleted, and take down what they made of them.",
    }),
    options: which,
  },
  reject: {
    from: heldPath,
    done: "They stay.",
    fields: ["uuid", "all"],
    ask: (form) => ({
      title: `Keep ${entriesOf(form)}?`,
      verb: "Keep them",
      text: "Nothing is told to handlers. A later refresh or verification that still misses them holds them again: see to it that the listener's account may read them.",
    }),
    options: which,
  },
};

export const pages: Page[] = errandPages("directory", errands);
