/** How what runs differs from what is wanted, and what mends it. */
import { type Column, Table } from "../parts/table.tsx";
import { Said } from "../parts/text.tsx";
import type { Difference } from "./control.ts";
import { At } from "./event-tree.tsx";
import { differences as words } from "./words.ts";

const columns: Column<Difference>[] = [
  { key: "what", title: "What", cell: ({ what }) => <span>{what}</span> },
  { key: "kind", title: "Differs", cell: ({ kind }) => <Said said={words[kind]} /> },
  { key: "at", title: "Line", cell: ({ at }) => (at === "" ? "" : <At at={at} />) },
];

const mendColumn: Column<Difference> = {
  key: "mend",
  title: "Mended by",
  words: true,
  cell: ({ mend }) =>
    mend.length === 0 ? (
      ""
    ) : (
      <ul class="lines">
        {mend.map((line) => (
          <li>
            <code>{line}</code>
          </li>
        ))}
      </ul>
    ),
};

/** Of one interface. */
export function Differences({ name, differences }: { name: string; differences: readonly Difference[] }) {
  const mends = differences.some(({ mend }) => mend.length > 0);
  return (
    <div class="differences">
      <Table
        id={`differences-${name.replace(/[^\w-]/g, "_")}`}
        caption={`Differences of ${name}`}
        columns={mends ? [...columns, mendColumn] : columns}
        rows={differences}
      />
    </div>
  );
}
