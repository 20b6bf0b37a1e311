import {
  type HostDetail,
  type HostList,
  type HostQuery,
  type HostSummary,
  hostSortKeys,
} from "../../inventory/host.ts";
import { Problem } from "../../problem.ts";
import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { csvFileName, csvRecord } from "../parts/csv.ts";
import { asksFirst, Confirm } from "../parts/dialog.tsx";
import { List } from "../parts/list.tsx";
import { type ListState, listHref, listOptions, listState } from "../parts/list-state.ts";
import { type Column, tableCsv } from "../parts/table.tsx";
import { Alert, Badge, Empty, Heading } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { counted, formatMebibytes, formatNumber } from "../parts/units.ts";
import { shortSystemOf } from "./system.ts";

const listId = "hosts";
const mostCsv = 100_000;
const mostSelected = 1000;

export function hostHref(host: Pick<HostSummary, "id">): string {
  return `/hosts/${host.id}`;
}

function date(when: number): string {
  return new Date(when).toISOString();
}

const columns: Column<HostSummary>[] = [
  {
    key: "name",
    title: "Name",
    sortable: true,
    cell: (host) => (
      <span class="host-name">
        <a href={hostHref(host)}>{host.name || host.deviceId}</a>
        {host.isNew && (
          <>
            {" "}
            <Badge tone="accent">New</Badge>
          </>
        )}
      </span>
    ),
  },
  { key: "osName", title: "System", sortable: true, words: true, cell: shortSystemOf },
  { key: "osVersion", title: "System version", csvOnly: true },
  { key: "kernel", title: "Kernel", csvOnly: true },
  { key: "model", title: "Model", sortable: true, words: true, cell: (host) => host.model || host.manufacturer },
  { key: "manufacturer", title: "Manufacturer", csvOnly: true },
  { key: "serial", title: "Serial number", csvOnly: true },
  { key: "uuid", title: "UUID", csvOnly: true },
  { key: "cpu", title: "Processor", csvOnly: true },
  {
    key: "memoryMb",
    title: "Memory",
    sortable: true,
    numeric: true,
    cell: (host) => (host.memoryMb === null ? "" : formatMebibytes(host.memoryMb)),
  },
  { key: "softwareCount", title: "Software", csvOnly: true },
  { key: "address", title: "Address", sortable: true },
  { key: "lastUser", title: "Last user", sortable: true },
  { key: "tag", title: "Tag", sortable: true },
  { key: "agent", title: "Agent", csvOnly: true },
  { key: "deviceId", title: "Device id", csvOnly: true },
  { key: "firstSeen", title: "First seen", csvOnly: true, value: (host) => date(host.firstSeen) },
  {
    key: "lastSeen",
    title: "Last seen",
    sortable: true,
    value: (host) => date(host.lastSeen),
    cell: (host) => <RelativeTime at={host.lastSeen} />,
  },
  { key: "lastInventory", title: "Last inventory", csvOnly: true, value: (host) => date(host.lastInventory) },
];

async function exportCsv(page: PageContext, state: ListState): Promise<PageResult> {
  const hosts: HostSummary[] = [];
  const limit = 1000;
  let total = 1;
  while (hosts.length < Math.min(total, mostCsv)) {
    const query: HostQuery = { ...listOptions(state), limit, offset: hosts.length };
    const list = await page.call<HostList>("inventory/query", { ...query });
    if (list.hosts.length === 0) break;
    hosts.push(...list.hosts);
    total = list.total;
  }
  let content = tableCsv(columns, hosts);
  if (total > hosts.length && hosts.length >= mostCsv)
    content += csvRecord([`The first ${counted(hosts.length, "host")} of ${formatNumber(total)}; search for fewer.`]);
  return { file: csvFileName("hosts"), type: "text/csv; charset=utf-8", content };
}

function noHosts(url: URL) {
  return (
    <Empty icon="server" title="No host has reported yet">
      <p>Run this on a machine, as root, to see it here a few seconds later:</p>
      <pre>reeve agent --server {url.origin}/ocsinventory --once</pre>
      <p>
        Agents of OCS Inventory and GLPI can report to the same address. By default only this host may report:{" "}
        <code>agents.networks</code> and <code>agents.secret</code> in the configuration admit others.
      </p>
    </Empty>
  );
}

const done: Record<string, string> = { deleted: "deleted", acknowledged: "marked as known", merged: "merged" };

function Done({ url }: { url: URL }) {
  const [, what = "", count = ""] = /^([a-z]+)-(\d{1,6})$/.exec(url.searchParams.get("notice") ?? "") ?? [];
  if (!Object.hasOwn(done, what)) return null;
  return (
    <Alert tone="good" live>
      {counted(Number(count), "host")} {done[what]}.
    </Alert>
  );
}

/** The list that the actions act on and come back to: the same search and order. */
function withQuery(path: string, url: URL): string {
  return path + new URL(listHref(url, { page: Number(url.searchParams.get("page") ?? 1) }), url).search;
}

async function render(page: PageContext): Promise<PageResult> {
  const { url } = page;
  const state = listState(url, { sorts: hostSortKeys });
  if (url.searchParams.get("format") === "csv") return exportCsv(page, state);
  const { hosts, total } = await page.call<HostList>("inventory/query", listOptions(state));
  const list = (
    <List
      id={listId}
      caption="Hosts"
      noun={["host", "hosts"]}
      columns={columns}
      rows={hosts}
      total={total}
      url={url}
      state={state}
      searchHint="Name, address, serial number, user, software:…"
      empty={noHosts(url)}
      bulk={
        page.user.administrator
          ? {
              field: "id",
              key: (host) => host.id,
              label: (host) => host.name || host.deviceId,
              xsrf: page.xsrf,
              actions: (
                <>
                  <button type="submit" formaction={withQuery("/hosts/acknowledge", url)} data-needs="1">
                    <Icon name="check" size={16} /> Mark as known
                  </button>
                  <button type="submit" {...asksFirst(withQuery("/hosts/merge", url))} data-needs="2">
                    <Icon name="merge" size={16} /> Merge …
                  </button>
                  <button type="submit" class="danger" {...asksFirst(withQuery("/hosts/delete", url))} data-needs="1">
                    <Icon name="trash" size={16} /> Delete …
                  </button>
                </>
              ),
            }
          : undefined
      }
    />
  );
  if (page.partial === listId) return { title: "Hosts", body: list };
  const body = (
    <>
      <Heading title="Hosts" />
      <Done url={url} />
      {list}
    </>
  );
  return { title: "Hosts", body };
}

/** Numbers of ticked rows. */
function selected(form: URLSearchParams, least: number): number[] {
  const ids = [...new Set(form.getAll("id"))].map(Number).filter((id) => Number.isSafeInteger(id) && id > 0);
  if (ids.length < least) throw new Problem("bad-request", `Select at least ${counted(least, "host")} first.`);
  if (ids.length > mostSelected) throw new Problem("too-large", `Select ${mostSelected} hosts at most.`);
  return ids;
}

function back(page: PageContext, notice?: string): string {
  const href = withQuery("/hosts", page.url);
  return notice ? `${href}${href.includes("?") ? "&" : "?"}notice=${notice}` : href;
}

/** The chosen hosts as they are now; one that has gone meanwhile is left out. */
async function hostsOf(page: PageContext, ids: number[]): Promise<HostDetail[]> {
  const hosts = await Promise.all(
    ids.map((id) =>
      page.call<HostDetail>("inventory/get", { id }).catch((error: unknown) => {
        if (error instanceof Problem && error.code === "not-found") return undefined;
        throw error;
      }),
    ),
  );
  return hosts.filter((host) => host !== undefined);
}

function Fields({ ids }: { ids: number[] }) {
  return (
    <>
      {ids.map((id) => (
        <input type="hidden" name="id" value={id} />
      ))}
    </>
  );
}

async function remove(page: PageContext, form: URLSearchParams): Promise<PageResult> {
  const ids = selected(form, 1);
  if (form.get("confirm") === "yes") {
    await page.call("inventory/delete", { ids });
    return { location: back(page, `deleted-${ids.length}`) };
  }
  const named = await hostsOf(page, ids.slice(0, 20));
  const title = `Delete ${counted(ids.length, "host")}?`;
  const body = (
    <Confirm
      page={page}
      title={title}
      action={withQuery("/hosts/delete", page.url)}
      verb={`Delete ${counted(ids.length, "host")}`}
      dangerous
      cancel={back(page)}
    >
      <Fields ids={ids} />
      <ul class="names">
        {named.map((host) => (
          <li>{host.name || host.deviceId}</li>
        ))}
        {ids.length > named.length && <li>and {ids.length - named.length} more</li>}
      </ul>
      <p class="muted">
        Everything they reported is deleted. A host whose agent reports again comes back as a new one.
      </p>
    </Confirm>
  );
  return { title, body };
}

/** One after the other; what stops it says how far it came. */
async function mergeInto(page: PageContext, ids: number[], into: number): Promise<void> {
  const hosts = await hostsOf(page, ids);
  const nameOf = (id: number) => {
    const host = hosts.find((one) => one.id === id);
    return host?.name || host?.deviceId || `host ${id}`;
  };
  const merged: string[] = [];
  for (const from of ids.filter((id) => id !== into)) {
    try {
      await page.call("inventory/merge", { from, into });
      merged.push(nameOf(from));
    } catch (error) {
      const { code, message } = Problem.from(error);
      const before = merged.length > 0 ? `${merged.join(", ")} became part of ${nameOf(into)}, but ` : "";
      throw new Problem(code, `${before}${nameOf(from)} was not merged: ${message}`, { cause: error });
    }
  }
}

async function merge(page: PageContext, form: URLSearchParams): Promise<PageResult> {
  const ids = selected(form, 2);
  if (ids.length > 10) throw new Problem("bad-request", "Select ten hosts at most to merge.");
  const into = Number(form.get("into"));
  if (form.get("confirm") === "yes") {
    if (!ids.includes(into)) throw new Problem("bad-request", "Choose which host stays.");
    await mergeInto(page, ids, into);
    return { location: back(page, `merged-${ids.length}`) };
  }
  const hosts = (await hostsOf(page, ids)).sort((a, b) => b.lastSeen - a.lastSeen);
  const title = `Merge ${counted(hosts.length, "host")} into one?`;
  const body = (
    <Confirm
      page={page}
      title={title}
      action={withQuery("/hosts/merge", page.url)}
      verb="Merge"
      dangerous
      cancel={back(page)}
    >
      <Fields ids={hosts.map((host) => host.id)} />
      <fieldset>
        <legend>They are the same machine. Which one stays?</legend>
        {hosts.map((host, index) => (
          <label class="choice">
            <input type="radio" name="into" value={host.id} checked={index === 0} required />
            <span>
              {host.name || host.deviceId}
              <span class="muted">
                {[host.deviceId, host.serial && `serial ${host.serial}`, host.address].filter(Boolean).join(" · ")}
                {" · last seen "}
                <RelativeTime at={host.lastSeen} />
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      <p class="muted">The newest inventory of them is kept. Later reports of the others count as its own.</p>
    </Confirm>
  );
  return { title, body };
}

async function acknowledge(page: PageContext, form: URLSearchParams): Promise<PageResult> {
  const ids = selected(form, 1);
  await page.call("inventory/acknowledge", { ids });
  // From a host's own page back to it, from the list back to the list.
  const from = page.url.searchParams.get("host");
  if (from !== null && /^\d{1,15}$/.test(from)) return { location: `/hosts/${from}` };
  return { location: back(page, `acknowledged-${ids.length}`) };
}

/** Somebody reloads after a POST, or the session ended before it: the question is gone, the list is not. */
const gone = (path: string): Page => ({ path, render: () => ({ location: "/hosts" }) });

export const hostsPages: Page[] = [
  { path: "/hosts", render },
  { path: "/hosts/delete", method: "POST", render: remove },
  { path: "/hosts/merge", method: "POST", render: merge },
  { path: "/hosts/acknowledge", method: "POST", render: acknowledge },
  gone("/hosts/delete"),
  gone("/hosts/merge"),
  gone("/hosts/acknowledge"),
];
