/** Writes docs/listener-calls.md from the table of scenarios: `bun test/listener/calls-page.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expected, type HandlerName, type Mode } from "./scenarios/expected.ts";
import { filter, type Scenario } from "./scenarios/words.ts";
import { families, scenarios } from "./scenarios.ts";

export const pageFile = join(import.meta.dirname, "..", "..", "docs", "listener-calls.md");

const most = 12;
const titles: Partial<Record<HandlerName, string>> = {
  objects: "class",
  python: "Python",
  deletes: "every deletion",
};

const code = (text: string) => `\`${text.replaceAll("|", "\\|")}\``;

function cell(lines: string[]): string {
  const shown = lines.length > most ? [...lines.slice(0, 4).map(code), `… ${lines.length} in all`] : lines.map(code);
  return shown.length === 0 ? "–" : shown.join("<br>");
}

function calls(sequences: string[][]): string {
  return sequences.length === 0 ? "–" : sequences.map(cell).join("<br>beside it<br>");
}

function told(scenario: Scenario, mode: Mode): string {
  const others = Object.entries(titles).flatMap(([name, title]) =>
    scenario[name as "objects"] ? [`${title}: ${calls(expected(scenario, name as HandlerName, mode))}`] : [],
  );
  return [calls(expected(scenario, "calls", mode)), ...others].join("<br>");
}

function row(scenario: Scenario): string {
  const { name, model, before = [], changes } = scenario;
  const away = told(scenario, "away");
  const live = told(scenario, "live");
  return [
    "",
    ` ${name}${model === undefined ? "" : ` [${model}]`} `,
    ` ${cell(before.map(({ text }) => text.replace(/^add /, "")))} `,
    ` ${cell(changes.map(({ text }) => text))} `,
    ` ${live} `,
    ` ${away === live ? "the same" : away} `,
    "",
  ].join("|");
}

const head = `# Which calls a handler gets

For every case below: what is there, what somebody does, and the calls of a handler in TypeScript or Python that takes
letters (\`modrdn\`). *Live* is while the listener follows. *Away* is after it was down meanwhile: what happened to an entry
then comes merged into one change, whether the server still knows what was deleted (a session log, which OpenLDAP keeps in
memory or in its access log) or was restarted and names what is there. ${scenarios.length} cases; each is tested against
OpenLDAP in all three ways, with handlers of every kind (\`test/listener/scenario.lab.test.ts\`). This page is written from
the table that the test goes by. Numbers in square brackets are those of the Univention listener's own 31 scripts.

\`r cn=a (1)\` means: letter \`r\`, the DN begins with \`cn=a\`, and version 1 of the entry is the side that there is (\`old\` for
\`r\` and \`d\`, \`new\` for \`a\`). \`m cn=a (1 → 2)\` has both sides. \`(1 l=x)\` shows further attributes that matter; \`()\` is an
entry of which none does. *Beside it*: of things that have nothing to do with each other, which comes first is not promised.
The handlers' filter is \`${filter}\`; the listener's base is the place of the cases, and \`^\` is
outside of it.

Others get the same in their own form:

- **A class** gets \`r\`, \`a\` and \`m\` of a move as one \`modify\` with the old DN; \`a\` as \`create\`, \`d\` as \`remove\`.
- **Without \`modrdn\`** the sides tell: only \`new\`, only \`old\` (\`d\`, and \`r\` of a move), or both.
- **With \`attributes\`** an \`m\` comes only if one of them differs, also behind \`r\` and \`a\`. Creation, deletion and the move itself
  always count, and so do entering and leaving the filter.
- **Python** modules have the model's transitions unless they say otherwise: who enters the filter is modified, nobody is
  told of who leaves it. Where that makes a difference, their calls stand below the others'.
- **With \`handleEveryDelete\`** a handler gets the deletions of entries that it never saw; of who only leaves the filter or the
  base it hears nothing.

What to rely on:

- \`a\` of a move comes directly behind its \`r\`, and \`m\` directly behind that, if more than the name and the server's own
  attributes differ. The three have one event's id, with steps 1, 2 and 3, and all say the old DN.
- Each sequence makes sense at every point: no entry comes to a place that another still has; parents come before their
  children, children go before their parents. The old side is what the handler was told last.
- The one exception are circles after an absence, two that swapped their names for one: one goes out first, as \`r\` (a class:
  \`remove\`), and comes in last, as \`a\` (\`create\`), without an \`m\`. Which one is decided by their names.
- A change and its opposite, both during an absence, leave an \`m\` whose sides differ in the server's own attributes only.
- After an absence, what comes, goes or moves is told before what is only modified.
- Live, changes come one by one as the server reports them. After a connection was lost and found again it is as after an
  absence. Where the stream contradicts what is known, the server is asked and says how it is by then.
- Attributes that are withheld (password hashes) are in no side of a handler that does not declare that it \`needs\` them. That
  they were changed is told: an \`m\` whose sides differ in the server's own attributes.

The initial load comes as \`n\` for every entry that matches, parents first; a changed schema as \`n\` for \`cn=Subschema\`.
`;

export function page(): string {
  const tables = Object.entries(families).map(([title, list]) =>
    [`## ${title}`, "", "| case | before | done | live | away |", "|---|---|---|---|---|", ...list.map(row), ""].join(
      "\n",
    ),
  );
  return [head, ...tables].join("\n");
}

if (import.meta.main) writeFileSync(pageFile, page());
