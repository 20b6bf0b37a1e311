/** What can be done with an interface. */
import type { PageContext } from "../page.ts";
import { asksFirst } from "../parts/dialog.tsx";
import { sameQuery } from "../parts/query.ts";
import type { InterfaceState } from "./control.ts";

type Managed = Pick<InterfaceState, "name" | "manager" | "setup" | "methods">;

interface ButtonsProps {
  page: Pick<PageContext, "user" | "xsrf" | "url">;
  link: Managed;
  verbs?: readonly Verb[];
}

/** It is up, or on its way, by Reeve. */
function isUp({ setup }: Managed): boolean {
  return setup !== "down" && setup !== "pending" && setup !== "unmanaged";
}

export type Verb = "up" | "down" | "renew";

/** Those of the verbs that make sense now; none for what somebody else takes care of. */
export function Buttons({ page, link, verbs = ["up", "down", "renew"] }: ButtonsProps) {
  const { name, manager, methods, setup } = link;
  if (!page.user.administrator || manager !== "reeve") return null;
  const up = isUp(link);
  const titles: Partial<Record<Verb, string>> = {
    up: setup === "configured" ? "Bring up again" : "Up",
    ...(up && { down: "Down …" }),
    ...(up && methods.some((method) => method.includes("dhcp")) && { renew: "Renew the lease" }),
  };
  return (
    <form method="post" class="row-actions">
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <input type="hidden" name="name" value={name} />
      <input type="hidden" name="back" value={page.url.pathname} />
      {verbs.map(
        (verb) =>
          titles[verb] && (
            <button
              type="submit"
              aria-label={`${titles[verb].replace(" …", "")}: ${name}`}
              {...asksFirst(sameQuery(`/interfaces/${verb}`, page.url))}
            >
              {titles[verb]}
            </button>
          ),
      )}
    </form>
  );
}
