/** What administrators do with interfaces and the configuration. */
import { Problem } from "../../problem.ts";
import type { Page, PageContext } from "../page.ts";
import { type Errand, type Errands, errandPages, type Question } from "../parts/errands.tsx";
import { Alert } from "../parts/text.tsx";
import type { Begun, Way } from "./answer.ts";
import type { NetconfStatus } from "./control.ts";
import { applyPath, eventHref, interfacesPath } from "./links.tsx";
import { refusedPage } from "./refusal.tsx";

function nameOf(form: URLSearchParams): string {
  const name = form.get("name") ?? "";
  if (!/^[^\s/]{1,64}$/.test(name)) throw new Problem("bad-request", "Which interface? It is not said.");
  return name;
}

/** The page that asked. */
function backOf(form: URLSearchParams): string {
  const back = form.get("back") ?? "";
  return /^\/interfaces(\/[\w.%:@~+-]+)*$/.test(back) ? back : interfacesPath;
}

function idOf(form: URLSearchParams): { id?: number } {
  const id = Number(form.get("id"));
  return Number.isSafeInteger(id) && id > 0 ? { id } : {};
}

/** Does whoever asks come in by it? Where nobody can tell, the answer is no. */
async function isOwnWay(page: PageContext, name: string): Promise<Way | undefined> {
  const way = await page.call<Way>("interfaces/way", {});
  return way.names.includes(name) ? way : undefined;
}

function Own({ name, way }: { name: string; way: Way }) {
  return (
    <Alert tone="warning" title="You are connected by it">
      {way.link === name
        ? `What this console answers you goes out by ${name}.`
        : `What this console answers you goes out by ${way.link}, which needs ${name}.`}
    </Alert>
  );
}

/** Asked only of who comes in by it. */
function whenOwn(title: string, verb: string, text: string): NonNullable<Errand["ask"]> {
  return async (form, page): Promise<Question | undefined> => {
    const name = nameOf(form);
    const way = await isOwnWay(page, name);
    if (!way) return undefined;
    const body = (
      <>
        <Own name={name} way={way} />
        <p>{text}</p>
      </>
    );
    return { title: `${title.replace("%", name)}?`, verb, text: body };
  };
}

async function askDown(form: URLSearchParams, page: PageContext): Promise<Question> {
  const name = nameOf(form);
  const [way, { interfaces }] = await Promise.all([
    isOwnWay(page, name),
    page.call<NetconfStatus>("interfaces/status", { names: [name] }),
  ]);
  const users = interfaces[0]?.users ?? [];
  const text = (
    <>
      {way && <Own name={name} way={way} />}
      <p>
        {way
          ? "Taken down, it cuts you off, and nothing brings it back by itself: unlike an apply, this does not roll back."
          : "What Reeve has put there goes: addresses, routes, and the link itself where Reeve made it. What only it needs goes along."}
      </p>
      {users.length > 0 && (
        <div class="field check">
          <input id="down-force" type="checkbox" name="force" value="yes" />
          <label for="down-force">Though {users.join(", ")} needs it</label>
        </div>
      )}
    </>
  );
  return { title: `Take ${name} down?`, verb: "Take it down", dangerous: true, text };
}

/** To what was begun; back where it has said nothing yet. */
function toEvent({ event }: Begun): string | undefined {
  return event === null ? undefined : eventHref(event);
}

const common = {
  from: backOf,
  leads: toEvent as (result: never) => string | undefined,
  failed: (error: unknown, form: URLSearchParams, page: PageContext) => refusedPage(error, page, backOf(form)),
};

export const errands: Errands = {
  up: {
    ...common,
    done: "It comes up.",
    fields: ["name", "back"],
    ask: whenOwn("Bring % up", "Bring it up", "What is as it should be is not touched; what differs is healed."),
    options: (form) => ({ names: [nameOf(form)], wait: false }),
  },
  down: {
    ...common,
    done: "It goes down.",
    fields: ["name", "back"],
    ask: askDown,
    options: (form) => ({ names: [nameOf(form)], force: form.get("force") === "yes", wait: false }),
  },
  renew: {
    ...common,
    done: "The DHCP server is asked.",
    fields: ["name", "back"],
    ask: whenOwn(
      "Renew the lease of %",
      "Renew it",
      "Where the server gives another address, this console is to be found there afterwards.",
    ),
    options: (form) => ({ name: nameOf(form), wait: false }),
  },
  reload: {
    from: interfacesPath,
    done: "The configuration was read anew; no interface was changed by it.",
    fields: [],
    options: () => ({}),
    failed: common.failed,
  },
  apply: {
    from: applyPath,
    done: "It is being applied.",
    fields: ["name", "timeout"],
    options(form) {
      const names = form.getAll("name");
      const timeout = Number(form.get("timeout") || Number.NaN);
      return {
        ...(names.length > 0 && { names }),
        ...(Number.isFinite(timeout) && { timeout }),
        wait: false,
      };
    },
    leads: common.leads,
    failed: (error, _, page) => refusedPage(error, page, applyPath),
  },
  confirm: {
    from: backOf,
    done: "Confirmed: what was applied stays.",
    fields: ["id", "back"],
    options: idOf,
    failed: common.failed,
  },
  rollback: {
    ...common,
    done: "What was applied is taken back.",
    fields: ["id", "back"],
    options: (form) => ({ ...idOf(form), wait: false }),
  },
};

export const pages: Page[] = errandPages("interfaces", errands);
