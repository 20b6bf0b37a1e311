import type { Page, PageContext, PageResult } from "../page.ts";
import { Choices } from "../parts/choices.tsx";
import { csvFileName, csvRecord } from "../parts/csv.ts";
import { List } from "../parts/list.tsx";
import { type ListState, listOptions, listState, searchLength } from "../parts/list-state.ts";
import { withQuery } from "../parts/query.ts";
import { type Column, tableCsv } from "../parts/table.tsx";
import { Badge, Empty, Heading } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { formatNumber } from "../parts/units.ts";
import type { People, PersonSummary } from "./answer.ts";
import { personKinds, personSorts } from "./declaration.ts";
import { Places, peoplePath, personHref } from "./links.tsx";

const listId = "people";
const mostCsv = 100_000;

export function NameOf({ person: { uuid, name, kind, disabled } }: { person: PersonSummary }) {
  return (
    <span class="host-name">
      <a href={personHref(uuid)}>{name}</a>
      {kind === "group" && (
        <>
          {" "}
          <Badge>Group</Badge>
        </>
      )}
      {disabled && (
        <>
          {" "}
          <Badge tone="warning">Disabled</Badge>
        </>
      )}
    </span>
  );
}

export const personColumns: Column<PersonSummary>[] = [
  { key: "name", title: "Name", sortable: true, cell: (person) => <NameOf person={person} /> },
  { key: "kind", title: "Kind", csvOnly: true },
  { key: "account", title: "Account", sortable: true },
  {
    key: "mail",
    title: "Mail",
    sortable: true,
    cell: ({ mail }) =>
      mail === "" ? "" : <a href={`mailto:${encodeURIComponent(mail).replace("%40", "@")}`}>{mail}</a>,
  },
  { key: "phone", title: "Telephone", cell: ({ phone }) => (phone === "" ? "" : <span class="phone">{phone}</span>) },
  { key: "title", title: "Title", csvOnly: true },
  { key: "department", title: "Department", sortable: true },
  { key: "description", title: "Description" },
  {
    key: "members",
    title: "Members",
    sortable: true,
    numeric: true,
    cell: ({ kind, members }) => (kind === "group" ? formatNumber(members) : ""),
  },
  { key: "disabled", title: "Disabled", csvOnly: true, value: ({ disabled }) => (disabled ? "yes" : "no") },
  { key: "dn", title: "DN", csvOnly: true },
  { key: "uuid", title: "entryUUID", csvOnly: true },
  {
    key: "changed",
    title: "Changed",
    sortable: true,
    value: ({ changed }) => new Date(changed).toISOString(),
    cell: ({ changed }) => <RelativeTime at={changed} />,
  },
];

function askedKind(url: URL): { kind?: (typeof personKinds)[number] } {
  const kind = personKinds.find((one) => one === url.searchParams.get("kind"));
  return kind ? { kind } : {};
}

async function exportCsv(page: PageContext, state: ListState): Promise<PageResult> {
  const people: PersonSummary[] = [];
  let total = 1;
  while (people.length < Math.min(total, mostCsv)) {
    const query = { ...listOptions(state), ...askedKind(page.url), limit: 1000, offset: people.length };
    const list = await page.call<People>("directory/people", query);
    if (list.people.length === 0) break;
    people.push(...list.people);
    total = list.total;
  }
  let content = tableCsv(personColumns, people);
  if (total > people.length && people.length >= mostCsv)
    content += csvRecord([`The first ${formatNumber(people.length)} of ${formatNumber(total)}; search for fewer.`]);
  return { file: csvFileName("people"), type: "text/csv; charset=utf-8", content };
}

function Nobody({ kind }: { kind: string | undefined }) {
  return (
    <Empty icon="people" title={kind === "group" ? "No group yet" : "Nobody yet"}>
      <p>People and groups of an LDAP directory come here as soon as the listener follows it:</p>
      <pre>reeve listener -H ldap://SERVER -D BIND-DN -y PASSWORD-FILE</pre>
      <p>
        Its handler <code>people</code> is switched on unless <code>listener.shipped</code> says otherwise. Listener and
        console use one database.
      </p>
    </Empty>
  );
}

async function render(page: PageContext): Promise<PageResult> {
  const { url } = page;
  const state = listState(url, { sorts: personSorts });
  if (url.searchParams.get("format") === "csv") return exportCsv(page, state);
  const { kind } = askedKind(url);
  const { people, total } = await page.call<People>("directory/people", { ...listOptions(state), kind });
  const list = (
    <List
      id={listId}
      caption="People and groups"
      noun={kind === "group" ? ["group", "groups"] : kind ? ["person", "people"] : ["entry", "entries"]}
      columns={personColumns}
      rows={people}
      total={total}
      url={url}
      state={state}
      searchHint="Name, account, mail, telephone, any attribute …"
      empty={<Nobody kind={kind} />}
    />
  );
  const title = "People and groups";
  if (page.partial === listId) return { title, body: list };
  const search = state.search.slice(0, searchLength);
  const choices = [
    { key: "", title: "All" },
    { key: "person", title: "People" },
    { key: "group", title: "Groups" },
  ];
  const body = (
    <>
      <Heading title={title} />
      <Places page={page} here={peoplePath} />
      <Choices
        label="Which"
        choices={choices}
        chosen={kind ?? ""}
        href={(key) => withQuery(peoplePath, { kind: key, search })}
      />
      {list}
    </>
  );
  return { title, body };
}

export const peoplePage: Page = { path: peoplePath, render };
