/** The page of a module that brings none of its own: a form for each command, made from its schema, and the result. */
import type { Child } from "hono/jsx";
import { Problem } from "../problem.ts";
import { Icon } from "./icons.tsx";
import type { CommandDeclaration, ModuleDeclaration } from "./module.ts";
import type { Page, PageContext, PageResult } from "./page.ts";
import { SchemaForm } from "./parts/form.tsx";
import { parseForm, titleOf } from "./parts/form-fields.ts";
import { type Column, Table } from "./parts/table.tsx";
import { Alert, Badge, Empty, type Fact, Facts, Heading, sentence } from "./parts/text.tsx";

const shownRows = 500;

type Plain = Record<string, unknown>;

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

function Rows({ id, rows }: { id: string; rows: Plain[] }) {
  const keys = [...new Set(rows.slice(0, 50).flatMap((row) => Object.keys(row)))].slice(0, 30);
  const columns: Column<Plain>[] = keys.map((key) => ({
    key,
    title: titleOf(key),
    value: (row) => shown(row[key]),
    numeric: rows.every((row) => row[key] == null || typeof row[key] === "number"),
  }));
  return (
    <>
      <Table id={id} caption="Result" columns={columns} rows={rows.slice(0, shownRows)} />
      {rows.length > shownRows && (
        <p class="muted">
          The first {shownRows} of {rows.length} rows.
        </p>
      )}
    </>
  );
}

/** What a command answered: rows as a table, plain fields as facts, anything else as JSON. */
export function Result({ value }: { value: unknown }): Child {
  if (Array.isArray(value) && value.length === 0) return <Empty icon="list" title="The answer is an empty list" />;
  if (Array.isArray(value) && value.every(isPlain)) return <Rows id="result" rows={value} />;
  if (!isPlain(value)) return <pre class="code">{JSON.stringify(value ?? null, null, 2)}</pre>;
  const facts: Fact[] = [];
  const parts: Child[] = [];
  for (const [key, one] of Object.entries(value)) {
    if (Array.isArray(one) && one.length > 0 && one.every(isPlain))
      parts.push(
        <>
          <h3>{titleOf(key)}</h3>
          <Rows id={`result-${parts.length}`} rows={one} />
        </>,
      );
    else facts.push([titleOf(key), shown(one)]);
  }
  return (
    <>
      <Facts facts={facts} />
      {parts}
    </>
  );
}

interface Asked {
  command: string;
  values?: Plain;
  errors?: Record<string, string>;
  result?: { value: unknown };
  problem?: string;
}

function render(module: ModuleDeclaration, page: PageContext, asked?: Asked): PageResult {
  const commands = Object.entries(module.commands).filter(
    ([, one]) => one.access === "user" || page.user.administrator,
  );
  const action = `/modules/${encodeURIComponent(module.id)}`;
  const body = (
    <>
      <Heading title={module.name} lead={module.summary} />
      {/* The focus, and with it the view, goes to what the last command said (or to the first field that is wrong). */}
      {commands.map(([name, command]) => {
        const mine = asked?.command === name ? asked : undefined;
        return (
          <details class="card command" open={mine !== undefined || commands.length === 1}>
            <summary>
              <Icon name="chevron" size={16} />
              <code>
                {module.id}/{name}
              </code>
              <span>{command.summary}</span>
              {command.changes && <Badge tone="warning">changes</Badge>}
            </summary>
            {mine?.problem && (
              <div tabindex={-1} autofocus>
                <Alert tone="bad" live>
                  {sentence(mine.problem)}
                </Alert>
              </div>
            )}
            <SchemaForm
              id={`${module.id}-${name}`}
              schema={command.options}
              action={`${action}?command=${encodeURIComponent(name)}`}
              verb="Run"
              xsrf={page.xsrf}
              values={mine?.values}
              errors={mine?.errors}
            />
            {mine?.result && (
              <section class="result" aria-label="Result" tabindex={-1} autofocus>
                <h2>Result</h2>
                <Result value={mine.result.value} />
              </section>
            )}
          </details>
        );
      })}
    </>
  );
  return { title: module.name, body, status: asked?.errors ? 422 : 200 };
}

async function run(name: string, module: ModuleDeclaration, page: PageContext, form: URLSearchParams): Promise<Asked> {
  const command: CommandDeclaration = module.commands[name]!;
  const parsed = parseForm(command.options, form);
  const { values } = parsed;
  if (!parsed.ok) return { command: name, values, errors: parsed.errors };
  try {
    const value = await page.call(`${module.id}/${name}`, parsed.options as Plain);
    return { command: name, values, result: { value } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { command: name, values, problem: error.message };
  }
}

/** The pages `/modules/:id` for these modules. */
export function modulePages(modules: readonly ModuleDeclaration[]): Page[] {
  const find = (page: PageContext) => {
    const module = modules.find((one) => one.id === page.params.id);
    if (!module) throw new Problem("not-found", "There is no such module.");
    return module;
  };
  return [
    { path: "/modules/:id", render: (page) => render(find(page), page) },
    {
      path: "/modules/:id",
      method: "POST",
      render: async (page, form) => {
        const module = find(page);
        const name = page.url.searchParams.get("command") ?? "";
        if (!Object.hasOwn(module.commands, name))
          throw new Problem("unknown-command", "The module has no such command.");
        return render(module, page, await run(name, module, page, form));
      },
    },
  ];
}
