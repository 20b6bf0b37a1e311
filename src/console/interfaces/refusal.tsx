/** What has to be written where, so that the console may do what it is asked to. */
import { Problem } from "../../problem.ts";
import type { PageContext, PageResult } from "../page.ts";
import { dialogId } from "../parts/dialog.tsx";
import { Heading } from "../parts/text.tsx";
import type { Refusal } from "./answer.ts";
import { interfacesPath } from "./links.tsx";

const sections = ["IFUP", "IFDOWN", "APPLY"] as const;

/** Undefined: it is none, or one of the console's own. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { code, detail } = Problem.from(error);
  if ((code !== "permission" && code !== "forbidden") || detail === null || typeof detail !== "object")
    return undefined;
  return "section" in detail ? (detail as Refusal) : undefined;
}

function Socket({ user, group }: Refusal) {
  if (group === "")
    return (
      <>
        <p>
          The console runs as <code>{user}</code>, and the socket of <code>reeve netconf</code> is open to root alone.
          Name a group of <code>{user}</code> in its configuration, and start it anew:
        </p>
        <pre>{`netconf:\n  group: ${user}`}</pre>
      </>
    );
  return (
    <>
      <p>
        The console runs as <code>{user}</code>, and the socket of <code>reeve netconf</code> is open to root and the
        group <code>{group}</code>. Let it in, as root:
      </p>
      <pre>{`usermod -aG ${group} ${user}\nsystemctl restart reeve-daemon`}</pre>
    </>
  );
}

function Policy({ user, section, by }: Refusal) {
  const some = by === "policy" ? [section] : sections;
  return (
    <>
      <p>
        {by === "policy"
          ? `The policy does not let ${user} do that, and that is whom the console runs as. What is missing:`
          : "The policy must allow it as well:"}
      </p>
      <pre>{some.map((name) => `[${name}]\n  allow ${user}`).join("\n")}</pre>
      <p>
        That goes into <code>/etc/reeve/netconf.policy</code> (or where <code>netconf.policy</code> says), and is read
        by <code>reeve netconf reload</code>. The other sections are <code>[IFUP]</code>, <code>[IFDOWN]</code> and{" "}
        <code>[APPLY]</code>. Every administrator of this console can then do it; events say who did.
      </p>
    </>
  );
}

export function HowToAllow({ refusal }: { refusal: Refusal }) {
  return (
    <div class="card allow">
      {refusal.by === "socket" && <Socket {...refusal} />}
      <Policy {...refusal} />
    </div>
  );
}

/** What shows in the place of what was refused, a page or a dialog; undefined for any other error. */
export function refusedPage(
  error: unknown,
  page: Pick<PageContext, "partial">,
  back = interfacesPath,
): PageResult | undefined {
  const refusal = refusalOf(error);
  if (!refusal) return undefined;
  const inDialog = page.partial === dialogId;
  const title = "The console may not do that";
  const body = (
    <div class={inDialog ? "confirm" : undefined}>
      {inDialog ? (
        <h2 id="dialog-title">{title}</h2>
      ) : (
        <Heading title={title} crumbs={[{ title: "Interfaces", href: interfacesPath }]} />
      )}
      <HowToAllow refusal={refusal} />
      <div class="actions after">
        <a class="button" href={back} data-close-dialog>
          {inDialog ? "Close" : "Back"}
        </a>
      </div>
    </div>
  );
  // A dialog shows what was answered, not what was refused.
  return { title, body, status: inDialog ? 200 : 403 };
}
