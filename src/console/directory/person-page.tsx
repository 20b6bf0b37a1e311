import { Problem } from "../../problem.ts";
import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { withQuery } from "../parts/query.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Badge, Facts, Heading } from "../parts/text.tsx";
import { ExactTime, RelativeTime } from "../parts/time.tsx";
import { counted, formatNumber } from "../parts/units.ts";
import type { HostOfPerson, Person, PersonSummary } from "./answer.ts";
import { changesPath, peoplePath } from "./links.tsx";
import { NameOf } from "./people-page.tsx";

const groups: Column<PersonSummary>[] = [
  { key: "name", title: "Group", cell: (group) => <NameOf person={group} /> },
  { key: "description", title: "Description", words: true },
  { key: "members", title: "Members", numeric: true, cell: ({ members }) => formatNumber(members) },
];

const members: Column<PersonSummary>[] = [
  { key: "name", title: "Name", cell: (person) => <NameOf person={person} /> },
  { key: "account", title: "Account" },
  { key: "mail", title: "Mail" },
  { key: "department", title: "Department" },
];

const hosts: Column<HostOfPerson>[] = [
  { key: "name", title: "Machine", cell: ({ id, name }) => <a href={`/hosts/${id}`}>{name || `host ${id}`}</a> },
  { key: "lastUser", title: "As" },
  { key: "address", title: "Address", cell: ({ address }) => (address === "" ? "" : <code>{address}</code>) },
  { key: "lastSeen", title: "Last report", cell: ({ lastSeen }) => <RelativeTime at={lastSeen} /> },
  {
    key: "where",
    title: "Place",
    cell: ({ name }) => (name === "" ? "" : <a href={withQuery("/network/where", { search: name })}>Where is it?</a>),
  },
];

function Members({ group }: { group: Person }) {
  const unknown = group.members - group.known.length;
  return (
    <section aria-label="Members">
      <h2>
        Members <span class="muted">{formatNumber(group.members)}</span>
      </h2>
      {group.known.length > 0 && <Table id="members" caption="Members" columns={members} rows={group.known} />}
      {unknown > 0 && (
        <p class="muted more">
          {group.known.length >= 1000
            ? `${formatNumber(unknown)} more, or not known here`
            : `${counted(unknown, "member")} not known here`}
        </p>
      )}
      {group.members === 0 && <p class="muted">None.</p>}
    </section>
  );
}

function Groups({ person }: { person: Person }) {
  if (person.groups.length === 0) return null;
  return (
    <section aria-label="Groups">
      <h2>
        Member of <span class="muted">{counted(person.groups.length, "group")}</span>
      </h2>
      <Table id="groups" caption="Groups" columns={groups} rows={person.groups} />
    </section>
  );
}

function Machines({ person }: { person: Person }) {
  return (
    <section aria-label="Machines">
      <h2>Machines {person.hosts.length > 0 && <span class="muted">{person.hosts.length}</span>}</h2>
      {person.hosts.length === 0 ? (
        <p class="muted">No machine has reported {person.account || person.name} as its last user.</p>
      ) : (
        <Table id="machines" caption="Machines" columns={hosts} rows={person.hosts} />
      )}
    </section>
  );
}

const attributeColumns: Column<[name: string, values: string[]]>[] = [
  { key: "name", title: "Attribute", cell: ([name]) => <code>{name}</code> },
  {
    key: "values",
    title: "Values",
    cell: ([, values]) => (
      <ul class="values">
        {values.map((value) => (
          <li>{value}</li>
        ))}
      </ul>
    ),
  },
];

function Attributes({ person }: { person: Person }) {
  const rows = Object.entries(person.attributes).sort(([a], [b]) => a.localeCompare(b));
  if (rows.length === 0) return null;
  return (
    <details class="card command">
      <summary>
        <Icon name="chevron" size={16} />
        All attributes: {rows.length}
      </summary>
      <div class="sides">
        <Table id="attributes" caption="Attributes" columns={attributeColumns} rows={rows} />
      </div>
    </details>
  );
}

async function render(page: PageContext): Promise<PageResult> {
  const uuid = page.params.uuid ?? "";
  if (!/^[\da-zA-Z-]{1,64}$/.test(uuid)) throw new Problem("not-found", "There is no such person or group.");
  const person = await page.call<Person>("directory/person", { uuid });
  const { name, kind, account, mail, phone, title, department, description, disabled, dn, source } = person;
  const body = (
    <>
      <Heading
        title={name}
        crumbs={[{ title: "People and groups", href: peoplePath }]}
        marks={
          <>
            {kind === "group" && <Badge>Group</Badge>}
            {disabled && <Badge tone="warning">Disabled</Badge>}
          </>
        }
        lead={[title, department].filter(Boolean).join(" · ")}
        actions={
          <>
            {kind === "person" && account !== "" && (
              <a class="button" href={withQuery("/network/where", { search: account })}>
                Where is it?
              </a>
            )}
            {page.user.administrator && (
              <a class="button" href={withQuery(changesPath, { uuid })}>
                Changes
              </a>
            )}
          </>
        }
      />
      <div class="card">
        <Facts
          label={name}
          facts={[
            ["Account", account && <code>{account}</code>],
            ["Mail", mail && <a href={`mailto:${encodeURIComponent(mail).replace("%40", "@")}`}>{mail}</a>],
            ["Telephone", phone],
            ["Title", title],
            ["Department", department],
            ["Description", description],
            ["DN", <code>{dn}</code>],
            ["Directory", source],
            ["entryUUID", <code>{person.uuid}</code>],
            ["First seen", <ExactTime at={person.firstSeen} />],
            ["Changed", <ExactTime at={person.changed} />],
          ]}
        />
      </div>
      {kind === "person" && <Machines person={person} />}
      {kind === "group" && <Members group={person} />}
      <Groups person={person} />
      <Attributes person={person} />
    </>
  );
  return { title: name, body };
}

export const personPage: Page = { path: `${peoplePath}/:uuid`, render };
