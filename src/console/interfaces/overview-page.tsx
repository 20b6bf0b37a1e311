/** The interfaces of this host as a tree: what stands on what, how it stands, whose it is. */
import type { Page, PageContext, PageResult } from "../page.ts";
import { Choices } from "../parts/choices.tsx";
import { withQuery } from "../parts/query.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Empty, Said } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { Addresses } from "./addresses.tsx";
import { Buttons, type Verb } from "./buttons.tsx";
import type { InterfaceState } from "./control.ts";
import { eventHref, interfacesPath, LinkAnchor } from "./links.tsx";
import { netconfPage } from "./state.tsx";
import { type Branch, treeOf } from "./tree.ts";
import { kindOf, operationals, setups } from "./words.ts";

type Row = Branch<InterfaceState>;

const views = {
  all: { title: "All", shows: () => true },
  ours: { title: "Reeve's", shows: ({ manager }: InterfaceState) => manager === "reeve" },
  others: { title: "Others'", shows: ({ manager }: InterfaceState) => manager !== "reeve" },
  trouble: {
    title: "Not as wanted",
    shows: ({ setup, operational }: InterfaceState) =>
      ["failed", "deferred", "configuring", "pending"].includes(setup) || operational === "missing",
  },
} as const;
type View = keyof typeof views;

/** `bridge`, `port of br0`, `on bond0`. */
export function standing({ kind, type, master, lower }: InterfaceState): string {
  return [kindOf({ kind, type }), master && `port of ${master}`, lower && `on ${lower}`].filter(Boolean).join(", ");
}

export function StateOf({ link }: { link: InterfaceState }) {
  const { operational, setup, waitsFor, error, event, since } = link;
  return (
    <div>
      <span class="port-marks">
        <Said said={operationals[operational]} />
        <Said said={setups[setup]} />
      </span>
      {error && <div class="why error-text">{error}</div>}
      {waitsFor && <div class="why">{waitsFor}</div>}
      {event !== null && (setup === "failed" || setup === "deferred" || setup === "configuring") && (
        <div class="why">
          <a href={eventHref(event)}>event {event}</a>
        </div>
      )}
      {since !== null && (
        <div class="why">
          since <RelativeTime at={since} />
        </div>
      )}
    </div>
  );
}

/** Who takes care of it, and by which stanzas. */
export function Whose({ link: { manager, methods, logical, name } }: { link: InterfaceState }) {
  return (
    <div>
      {manager === "reeve" ? "Reeve" : manager || <span class="muted">nobody</span>}
      {methods.length > 0 && <div class="why">{methods.join(", ")}</div>}
      {logical !== "" && logical !== name && <div class="why">as {logical}</div>}
    </div>
  );
}

/** What is wanted most, where there is little room. */
function usual({ setup }: InterfaceState): Verb[] {
  return setup === "configured" ? ["down"] : ["up", "down"];
}

function columns(page: PageContext): Column<Row>[] {
  return [
    {
      key: "name",
      title: "Interface",
      cell: ({ link, depth }) => (
        <>
          {depth > 0 && (
            <span class="tree" aria-hidden="true">
              {`${"  ".repeat(depth - 1)}└ `}
            </span>
          )}
          <LinkAnchor name={link.name} />
          <div class="why">{standing(link)}</div>
        </>
      ),
    },
    { key: "state", title: "State", words: true, cell: ({ link }) => <StateOf link={link} /> },
    { key: "addresses", title: "Addresses", cell: ({ link }) => Addresses(link) },
    { key: "manager", title: "Managed by", cell: ({ link }) => <Whose link={link} /> },
    ...(page.user.administrator
      ? [
          {
            key: "actions",
            title: "Actions",
            cell: ({ link }: Row) =>
              link.manager === "reeve" ? <Buttons page={page} link={link} verbs={usual(link)} /> : "",
          },
        ]
      : []),
  ];
}

function Reload({ page }: { page: PageContext }) {
  if (!page.user.administrator) return null;
  return (
    <form method="post" action="/interfaces/reload">
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <button type="submit">Read the configuration anew</button>
    </form>
  );
}

function render(page: PageContext): Promise<PageResult> {
  const asked = page.url.searchParams.get("show") ?? "";
  const view: View = Object.hasOwn(views, asked) ? (asked as View) : "all";
  return netconfPage(page, {
    title: "Interfaces",
    here: interfacesPath,
    whole: true,
    actions: <Reload page={page} />,
    content({ status: { interfaces } }) {
      const rows = treeOf(interfaces).filter(({ link }) => views[view].shows(link));
      const choices = Object.entries(views).map(([key, { title, shows }]) => ({
        ...{ key, title },
        count: interfaces.filter(shows).length,
      }));
      return (
        <>
          <Choices
            label="Which interfaces"
            choices={choices}
            chosen={view}
            href={(key) => withQuery(interfacesPath, { show: key === "all" ? "" : key })}
          />
          {rows.length === 0 ? (
            <Empty icon="check" title={view === "trouble" ? "All is as wanted" : "There is no such interface"} />
          ) : (
            <Table id="interfaces" caption="Interfaces" columns={columns(page)} rows={rows} />
          )}
        </>
      );
    },
  });
}

export const overviewPage: Page = { path: interfacesPath, render };
