import { Problem } from "../../problem.ts";
import type { Page, PageContext, PageResult } from "../page.ts";
import { Filter, FilterSelect, FilterText } from "../parts/filter.tsx";
import { askedMoment, MomentInput } from "../parts/moment.tsx";
import { Older } from "../parts/older.tsx";
import { askedNumber } from "../parts/query.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Empty, Said } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { formatNumber } from "../parts/units.ts";
import { type ChangeList, type ChangeSummary, changeKinds, changeOrigins } from "./control.ts";
import { directory } from "./declaration.ts";
import { changeHref, changesPath } from "./links.tsx";
import { listenerPage } from "./state.tsx";
import { kinds, origins } from "./words.ts";

const rowsOfPage = 50;

function ChangeFilter({ url, open }: { url: URL; open: boolean }) {
  const moment = (name: string, label: string) => (
    <div class="field">
      <label for={`changes-${name}`}>
        {label}
        <span data-zone> (UTC)</span>
      </label>
      <MomentInput url={url} id={`changes-${name}`} name={name} />
    </div>
  );
  return (
    <Filter action={changesPath} open={open}>
      <FilterText url={url} name="dn" label="DN" hint="a part of it" maxLength={1000} />
      <FilterText url={url} name="uuid" label="entryUUID" hint="the whole of it" maxLength={1000} />
      <FilterSelect
        url={url}
        name="kind"
        label="What"
        choices={changeKinds.map((kind) => [kind, kinds[kind][0]] as const)}
      />
      <FilterSelect
        url={url}
        name="origin"
        label="Observed"
        choices={changeOrigins.map((origin) => [origin, origins[origin]] as const)}
      />
      {moment("from", "From")}
      {moment("to", "Until")}
    </Filter>
  );
}

/**
 * Options of the command out of the address.
 * @throws Problem `bad-request` for what cannot be an entryUUID or a time: nothing would be found
 */
function askedChanges(url: URL): Record<string, unknown> {
  const asked = (name: string) => url.searchParams.get(name)?.trim() || undefined;
  const uuid = asked("uuid");
  const { shape } = directory.commands.changes.options;
  if (!shape.uuid.safeParse(uuid).success)
    throw new Problem("bad-request", `“${uuid?.slice(0, 100)}” is no entryUUID.`);
  return {
    dn: asked("dn")?.slice(0, 8192),
    uuid,
    kind: changeKinds.find((one) => one === asked("kind")),
    origin: changeOrigins.find((one) => one === asked("origin")),
    from: askedMoment(url, "from"),
    to: askedMoment(url, "to"),
    before: askedNumber(asked("before")),
    limit: rowsOfPage,
  };
}

export function Entry({ oldDn, newDn }: Pick<ChangeSummary, "oldDn" | "newDn">) {
  if (oldDn === null || newDn === null || oldDn === newDn) return <span>{newDn ?? oldDn}</span>;
  return (
    <div>
      {newDn}
      <div class="why">was {oldDn}</div>
    </div>
  );
}

const columns: Column<ChangeSummary>[] = [
  {
    key: "seq",
    title: "Change",
    cell: ({ seq, kind }) => (
      <span class="host-name">
        <a href={changeHref(seq)}>{formatNumber(seq)}</a> <Said said={kinds[kind]} />
      </span>
    ),
  },
  { key: "dn", title: "Entry", words: true, cell: (change) => <Entry {...change} /> },
  {
    key: "differing",
    title: "Differs",
    words: true,
    cell: ({ differing, differs, kind }) =>
      kind !== "modify" && kind !== "move" && kind !== "schema"
        ? ""
        : `${differing.join(", ")}${differs > differing.length ? ` and ${differs - differing.length} more` : ""}`,
  },
  { key: "origin", title: "Observed", value: ({ origin }) => origins[origin] },
  { key: "at", title: "When", cell: ({ at }) => <RelativeTime at={at} /> },
];

function render(page: PageContext): Promise<PageResult> {
  const { url } = page;
  const asked = askedChanges(url);
  const filtered = Object.entries(asked).some(([name, value]) => !/^(limit|before)$/.test(name) && value !== undefined);
  return listenerPage(page, {
    title: "Changes of the directory",
    here: changesPath,
    above: <ChangeFilter url={url} open={filtered} />,
    async content() {
      const { changes, before, head, first } = await page.call<ChangeList>("directory/changes", asked);
      return (
        <>
          {changes.length > 0 ? (
            <Table id="changes" caption="Changes" columns={columns} rows={changes} />
          ) : (
            <Empty
              icon="list"
              title={filtered || before !== null ? "No change here matches" : "Nothing has changed yet"}
            >
              {before !== null ? (
                <p>Only a part of the changes was looked through: older ones may match.</p>
              ) : (
                <p>
                  {head < first
                    ? "What changes in the directory from now on stands here."
                    : `Kept are the changes ${formatNumber(first)} to ${formatNumber(head)}.`}
                </p>
              )}
            </Empty>
          )}
          <Older url={url} before={before} />
        </>
      );
    },
  });
}

export const changesPage: Page = { path: changesPath, render };
