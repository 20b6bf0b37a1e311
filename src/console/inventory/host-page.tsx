import type { Child } from "hono/jsx";
import type { HostDetail, SectionRows, SectionSummary } from "../../inventory/host.ts";
import { Problem } from "../../problem.ts";
import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { csvFileName } from "../parts/csv.ts";
import { asksFirst } from "../parts/dialog.tsx";
import { List } from "../parts/list.tsx";
import { listOptions, listState } from "../parts/list-state.ts";
import { Table, tableCsv } from "../parts/table.tsx";
import { chosenTab, Tabs, tabHref } from "../parts/tabs.tsx";
import { Alert, Badge, Empty, Facts, Heading } from "../parts/text.tsx";
import { ExactTime, RelativeTime } from "../parts/time.tsx";
import { counted, formatMebibytes } from "../parts/units.ts";
import { formatField, sectionColumns } from "./cell.tsx";
import { fieldViews, type HostTab, hostTabs, sectionOrder, sectionView } from "./columns.ts";
import type { HostWithPersons } from "./persons.ts";
import { systemOf } from "./system.ts";

const tabsId = "host-tabs";
/** Rows of a section that shares its tab with others; the rest is one link away. */
const shortRows = 25;
const mostCsv = 5000;

function listId(section: string): string {
  return `section-${section.toLowerCase()}`;
}

function sectionHref(url: URL, tab: string, section: string): string {
  return `${tabHref(url, tab)}&section=${encodeURIComponent(section)}`;
}

/** What the agent could not read of these sections. */
function Incomplete({ incomplete }: Pick<HostDetail, "incomplete">) {
  if (incomplete.length === 0) return null;
  return (
    <Alert tone="warning" title="The last inventory is incomplete">
      <ul>
        {incomplete.map(({ section, reason }) => (
          <li>
            {sectionView(section).title}: {reason}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

function LastUser({ host: { lastUser, persons } }: { host: HostWithPersons }) {
  return (
    <>
      {lastUser}
      {persons.map(({ uuid, name }) => [" · ", <a href={`/people/${uuid}`}>{name}</a>])}
    </>
  );
}

function Overview({ host }: { host: HostWithPersons }) {
  return (
    <>
      <Incomplete incomplete={host.incomplete} />
      <div class="card">
        <Facts
          label="Overview"
          facts={[
            ["Operating system", host.osName],
            ["Version", !host.osName.includes(host.osVersion) && host.osVersion],
            ["Kernel", host.kernel],
            ["Processor", host.cpu],
            ["Memory", host.memoryMb === null ? "" : formatMebibytes(host.memoryMb)],
            ["Manufacturer", host.manufacturer],
            ["Model", host.model],
            ["Serial number", host.serial],
            ["UUID", host.uuid && <code>{host.uuid}</code>],
            ["Address", host.address && <code>{host.address}</code>],
            ["Last user", host.lastUser && <LastUser host={host} />],
            ["Tag", host.tag],
            ["Software", host.softwareCount > 0 && counted(host.softwareCount, "package")],
            ["First seen", <ExactTime at={host.firstSeen} />],
            ["Last seen", <ExactTime at={host.lastSeen} />],
            ["Last inventory", <ExactTime at={host.lastInventory} />],
            ["Agent", host.agent],
            ["Device id", <code>{host.deviceId}</code>],
          ]}
        />
      </div>
    </>
  );
}

function SectionHeading({ section, title }: { section: SectionSummary; title: string }) {
  return (
    <h2>
      {title} {section.count > 1 && <span class="muted">{section.count}</span>}
    </h2>
  );
}

/** A section among others: facts when it is one row, else its first rows. */
async function Short({ page, host, section }: { page: PageContext; host: HostDetail; section: SectionSummary }) {
  const view = sectionView(section.name);
  const { rows, columns, total } = await page.call<SectionRows>("inventory/section", {
    id: host.id,
    section: section.name,
    limit: shortRows,
  });
  const [first] = rows;
  return (
    <section aria-label={view.title}>
      <SectionHeading section={section} title={view.title} />
      {view.single && first ? (
        <div class="card">
          <Facts
            label={view.title}
            facts={fieldViews(view, columns)
              .filter(([, field]) => !field.hidden)
              .map(([name, field]) => [
                // Agents on Unix put the kernel where those on Windows put the system's version.
                section.name === "HARDWARE" && first[name] === host.kernel ? "Kernel" : field.title,
                formatField(first[name], field.unit),
              ])}
          />
        </div>
      ) : (
        <Table
          id={listId(section.name)}
          caption={view.title}
          columns={sectionColumns(section.name, view, columns)}
          rows={rows}
        />
      )}
      {total > rows.length && (
        <p class="more">
          <a href={sectionHref(page.url, view.tab, section.name)}>Show all {total}, search and sort</a>
        </p>
      )}
    </section>
  );
}

/** A section alone: searched, sorted, paged. */
async function Whole({ page, host, section }: { page: PageContext; host: HostDetail; section: SectionSummary }) {
  const view = sectionView(section.name);
  const fields = Object.keys(view.fields);
  const asked = page.url.searchParams.get("sort")?.replace(/^-/, "") ?? "";
  const first = fields[0] ?? "NAME";
  const sorts = /^[A-Z][A-Z0-9_]{0,63}$/.test(asked)
    ? ([first, ...fields, asked] as const)
    : ([first, ...fields] as const);
  const state = listState(page.url, { sorts });
  const answer = await page.call<SectionRows>("inventory/section", {
    id: host.id,
    section: section.name,
    ...listOptions(state),
  });
  return (
    <List
      id={listId(section.name)}
      caption={view.title}
      noun={section.name === "SOFTWARES" ? ["package", "packages"] : ["row", "rows"]}
      columns={sectionColumns(section.name, view, answer.columns)}
      rows={answer.rows}
      total={answer.total}
      url={page.url}
      state={state}
      searchHint="Words in any field"
      empty={<Nothing host={host} tab={view.tab} />}
    />
  );
}

async function exportCsv(page: PageContext, host: HostDetail, section: string): Promise<PageResult> {
  const view = sectionView(section);
  const state = listState(page.url, {
    sorts: [page.url.searchParams.get("sort")?.replace(/^-/, "") || Object.keys(view.fields)[0] || "NAME"],
  });
  const rows: SectionRows["rows"] = [];
  const columns = new Set<string>();
  for (let total = 1; rows.length < total; ) {
    const answer = await page.call<SectionRows>("inventory/section", {
      id: host.id,
      section,
      ...listOptions(state),
      limit: mostCsv,
      offset: rows.length,
    });
    if (answer.rows.length === 0) break;
    rows.push(...answer.rows);
    for (const column of answer.columns) columns.add(column);
    total = answer.total;
  }
  const content = tableCsv(sectionColumns(section, view, [...columns], true), rows);
  return { file: csvFileName(host.name, view.title), type: "text/csv; charset=utf-8", content };
}

const nothing: Partial<Record<HostTab, string>> = {
  hardware: "No hardware was reported",
  storage: "No disk or file system was reported",
  network: "No network interface was reported",
  software: "No software was reported",
  users: "No user was reported",
  virtual: "No virtual machine or container was found",
};

function Nothing({ host, tab }: { host: HostDetail; tab: HostTab }) {
  const icon = hostTabs.find(({ id }) => id === tab)?.icon ?? "list";
  return (
    <Empty icon={icon} title={nothing[tab] ?? "Nothing was reported here"}>
      <p>
        The last inventory, <RelativeTime at={host.lastInventory} />, named none. An agent that runs as root sees more.
      </p>
    </Empty>
  );
}

function Actions({ page, host }: { page: PageContext; host: HostDetail }) {
  return (
    <form method="post" class="actions">
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <input type="hidden" name="id" value={host.id} />
      {host.isNew && (
        <button type="submit" formaction={`/hosts/acknowledge?host=${host.id}`}>
          <Icon name="check" size={16} /> Mark as known
        </button>
      )}
      <button type="submit" class="danger" {...asksFirst("/hosts/delete")}>
        <Icon name="trash" size={16} /> Delete …
      </button>
    </form>
  );
}

async function render(given: PageContext): Promise<PageResult> {
  const page = { ...given, url: new URL(given.url) };
  const id = /^\d{1,15}$/.test(page.params.id ?? "") ? Number(page.params.id) : 0;
  if (id < 1) throw new Problem("not-found", "There is no such host.");
  const host = await page.call<HostWithPersons>("inventory/get", { id });
  const filled = host.sections
    .filter((section) => section.count > 0)
    .sort((a, b) => sectionOrder(a.name) - sectionOrder(b.name));
  const sectionsOf = (tab: HostTab) => filled.filter((section) => sectionView(section.name).tab === tab);
  const offered = hostTabs
    .filter((tab) => tab.id !== "more" || sectionsOf("more").length > 0)
    .map((tab) => ({ ...tab, count: tab.id === "software" ? host.softwareCount : undefined }));
  const tab = chosenTab(offered, page.url);
  const mine = sectionsOf(tab.id);
  const asked = page.url.searchParams.get("section");
  const alone = mine.find((section) => section.name === asked) ?? (mine.length === 1 ? mine[0] : undefined);
  const whole = alone && !sectionView(alone.name).single ? alone : undefined;
  // Links of the list keep naming its section: it stays alone when others appear in the next inventory.
  if (whole) page.url.searchParams.set("section", whole.name);

  if (whole && page.url.searchParams.get("format") === "csv") return exportCsv(page, host, whole.name);
  const name = host.name || host.deviceId;
  const title = `${name} · ${tab.title}`;
  const list = whole && <Whole page={page} host={host} section={whole} />;
  if (list && page.partial === listId(whole.name)) return { title, body: list };

  const unread = host.incomplete.filter(({ section }) => sectionView(section).tab === tab.id);
  let panel: Child;
  if (tab.id === "overview") panel = <Overview host={host} />;
  else if (list)
    panel = (
      <>
        {mine.length > 1 && (
          <p class="more">
            <a href={tabHref(page.url, tab.id)}>← All of {tab.title.toLowerCase()}</a>
          </p>
        )}
        {mine.length > 1 && <SectionHeading section={whole} title={sectionView(whole.name).title} />}
        {list}
      </>
    );
  else if (mine.length > 0) panel = mine.map((section) => <Short page={page} host={host} section={section} />);
  else panel = <Nothing host={host} tab={tab.id} />;
  const tabs = (
    <Tabs id={tabsId} label={`About ${name}`} tabs={offered} chosen={tab} url={page.url}>
      {tab.id !== "overview" && <Incomplete incomplete={unread} />}
      {panel}
    </Tabs>
  );
  if (page.partial === tabsId) return { title, body: tabs };
  const body = (
    <>
      <Heading
        title={name}
        crumbs={[{ title: "Hosts", href: "/hosts" }]}
        marks={host.isNew && <Badge tone="accent">New</Badge>}
        lead={[systemOf(host), [host.manufacturer, host.model].filter(Boolean).join(" ")].filter(Boolean).join(" · ")}
        actions={page.user.administrator && <Actions page={page} host={host} />}
      />
      {tabs}
    </>
  );
  return { title, body };
}

export const hostPage: Page = { path: "/hosts/:id", render };
