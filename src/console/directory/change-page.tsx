/** One change, attribute by attribute, the old side beside the new. */
import type { Child } from "hono/jsx";
import { Problem } from "../../problem.ts";
import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { askedNumber, withQuery } from "../parts/query.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Alert, Facts, Heading, Said } from "../parts/text.tsx";
import { ExactTime } from "../parts/time.tsx";
import { counted, formatBytes, formatNumber } from "../parts/units.ts";
import { Entry } from "./changes-page.tsx";
import type { ChangeDetail, ChangedAttribute, ChangedSide, ChangeValue } from "./control.ts";
import { changeHref, changesPath } from "./links.tsx";
import { kinds, origins } from "./words.ts";

/** Characters and lines of a value that is shown as it is. */
const shortText = 160;
const shortLines = 4;
/** Values that did not change, shown beside those that did. */
const fewSame = 3;

const encoder = new TextEncoder();

export function Value({ value: { text, bytes } }: { value: ChangeValue }) {
  if (text === null) return <span class="muted">binary, {formatBytes(bytes)}</span>;
  if (bytes === 0) return <span class="muted">empty</span>;
  const cut = encoder.encode(text).length < bytes;
  if (!cut && text.length <= shortText && text.split("\n").length <= shortLines) return <span>{text}</span>;
  return (
    <details class="long">
      <summary>
        {text.slice(0, 80)}… <span class="muted">{formatBytes(bytes)}</span>
      </summary>
      <div class="whole">{text}</div>
      {cut && <span class="muted">The rest is not shown.</span>}
    </details>
  );
}

function Values({ values, mark: Mark }: { values: ChangeValue[]; mark?: "ins" | "del" }) {
  return (
    <ul class="values">
      {values.map((value) => (
        <li>
          {Mark ? (
            <Mark>
              <Value value={value} />
            </Mark>
          ) : (
            <Value value={value} />
          )}
        </li>
      ))}
    </ul>
  );
}

/** Values that the other side lacks are marked, the others folded where they are many. */
export function Side({ side: { total, values }, mark }: { side: ChangedSide; mark: "ins" | "del" }): Child {
  if (total === 0) return "";
  const only = values.filter((value) => value.only);
  const same = values.filter((value) => !value.only);
  const rest = total - only.length;
  const more = total - values.length;
  return (
    <div>
      {only.length > 0 && <Values values={only} mark={mark} />}
      {rest > 0 && rest <= fewSame && more === 0 ? (
        <Values values={same} />
      ) : (
        rest > 0 && (
          <details class="long">
            <summary class="muted">
              {same.length === 0 ? `${counted(rest, "more value")}` : `${counted(rest, "value")} as on the other side`}
            </summary>
            <Values values={same} />
            {more > 0 && <p class="muted">and {formatNumber(more)} more</p>}
          </details>
        )
      )}
    </div>
  );
}

const changed: Column<ChangedAttribute>[] = [
  { key: "name", title: "Attribute", cell: ({ name }) => <code>{name}</code> },
  { key: "old", title: "Before", cell: ({ old }) => Side({ side: old, mark: "del" }) },
  { key: "new", title: "After", cell: (attribute) => Side({ side: attribute.new, mark: "ins" }) },
];

/** Both sides are the same: one of them is enough. */
const unchanged: Column<ChangedAttribute>[] = [
  { key: "name", title: "Attribute", cell: ({ name }) => <code>{name}</code> },
  {
    key: "value",
    title: "Before and after",
    cell: ({ old: { values, total } }) => (
      <div>
        <Values values={values} />
        {total > values.length && <p class="muted">and {formatNumber(total - values.length)} more</p>}
      </div>
    ),
  },
];

function Attributes({ change: { attributes, oldDn, newDn } }: { change: ChangeDetail }) {
  const data = attributes.filter(({ differs, metadata }) => differs && !metadata);
  const metadata = attributes.filter(({ differs, metadata }) => differs && metadata);
  const same = attributes.filter(({ differs }) => !differs);
  return (
    <>
      {data.length > 0 ? (
        <div class="sides">
          <Table id="changed" caption="What differs" columns={changed} rows={data} />
        </div>
      ) : (
        <Alert>
          {oldDn !== newDn ? "Only its place or name differs." : "No attribute differs but those of the server itself."}
        </Alert>
      )}
      {metadata.length > 0 && (
        <details class="card command">
          <summary>
            <Icon name="chevron" size={16} />
            Written by the server itself: {counted(metadata.length, "attribute")}
          </summary>
          <div class="sides">
            <Table id="metadata" caption="Written by the server itself" columns={changed} rows={metadata} />
          </div>
        </details>
      )}
      {same.length > 0 && (
        <details class="card command">
          <summary>
            <Icon name="chevron" size={16} />
            As it was: {counted(same.length, "attribute")}
          </summary>
          <div class="sides">
            <Table id="unchanged" caption="As it was" columns={unchanged} rows={same} />
          </div>
        </details>
      )}
    </>
  );
}

async function render(page: PageContext): Promise<PageResult> {
  const asked = askedNumber(page.params.seq);
  if (asked === undefined) throw new Problem("not-found", "There is no such change.");
  const change = await page.call<ChangeDetail>("directory/change", { seq: asked });
  const { seq, id, at, kind, origin, uuid, csn, oldDn, newDn, earlier, later } = change;
  const title = `Change ${formatNumber(seq)}`;
  const body = (
    <>
      <Heading
        title={title}
        crumbs={[{ title: "Changes", href: changesPath }]}
        marks={<Said said={kinds[kind]} />}
        actions={
          <>
            {earlier !== null && (
              <a class="button" href={changeHref(earlier)}>
                Earlier change of it
              </a>
            )}
            {later !== null && (
              <a class="button" href={changeHref(later)}>
                Later change of it
              </a>
            )}
          </>
        }
      />
      <div class="card change-facts">
        <Facts
          label={title}
          facts={[
            ["Entry", <Entry oldDn={oldDn} newDn={newDn} />],
            ["When", <ExactTime at={at} />],
            ["Observed", origins[origin]],
            [
              "entryUUID",
              uuid && (
                <a href={withQuery(changesPath, { uuid })}>
                  <code>{uuid}</code>
                </a>
              ),
            ],
            ["entryCSN", csn && <code>{csn}</code>],
            ["Id", <code>{id}</code>],
          ]}
        />
      </div>
      <Attributes change={change} />
    </>
  );
  return { title, body };
}

export const changePage: Page = { path: `${changesPath}/:seq`, render };
