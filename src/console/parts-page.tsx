/** All parts together, with sample data: what a developer of a page looks at, and what tests of the parts drive. */
import { z } from "zod";
import { Icon, iconNames } from "./icons.tsx";
import type { Page, PageContext, PageResult } from "./page.ts";
import { csvFileName } from "./parts/csv.ts";
import { asksFirst, Confirm } from "./parts/dialog.tsx";
import { SchemaForm } from "./parts/form.tsx";
import { parseForm } from "./parts/form-fields.ts";
import { List } from "./parts/list.tsx";
import { listState } from "./parts/list-state.ts";
import { LiveList, Progress, Usage } from "./parts/progress.tsx";
import { type Column, columnValue, tableCsv } from "./parts/table.tsx";
import { chosenTab, Tabs } from "./parts/tabs.tsx";
import { Alert, Badge, Empty, Facts, Heading } from "./parts/text.tsx";
import { ExactTime, RelativeTime } from "./parts/time.tsx";
import { formatBytes, formatMebibytes } from "./parts/units.ts";

interface Planet {
  name: string;
  moons: number;
  radius: number;
  discovered: string;
}

const planets: Planet[] = [
  ["Mercury", 0, 2440, ""],
  ["Venus", 0, 6052, ""],
  ["Earth", 1, 6371, ""],
  ["Mars", 2, 3390, ""],
  ["Jupiter", 95, 69_911, ""],
  ["Saturn", 146, 58_232, ""],
  ["Uranus", 28, 25_362, "William Herschel"],
  ["Neptune", 16, 24_622, "Johann Galle"],
  ["Ceres", 0, 470, "Giuseppe Piazzi"],
  ["Pluto", 5, 1188, "Clyde Tombaugh"],
  ["Eris", 1, 1163, "Michael Brown"],
  ["<b>Hostile</b>", 13, -1, "=HYPERLINK(1)"],
].map(([name, moons, radius, discovered]) => ({ name, moons, radius, discovered }) as Planet);

const columns: Column<Planet>[] = [
  { key: "name", title: "Name", sortable: true },
  { key: "moons", title: "Moons", sortable: true, numeric: true },
  { key: "radius", title: "Radius (km)", sortable: true, numeric: true },
  { key: "discovered", title: "Discovered by", sortable: true },
];

const tabs = [
  { id: "first", title: "First", icon: "server" },
  { id: "second", title: "Second", icon: "disk", count: 2 },
  { id: "third", title: "Third" },
] as const;

const sampleOptions = z.object({
  name: z.string().min(2).max(20).describe("Two to twenty characters"),
  attempts: z.int().min(1).max(10).default(3).describe("How often to try"),
  ratio: z.number().optional(),
  mode: z.enum(["fast", "thorough"]).describe("How to go about it"),
  dryRun: z.boolean().default(false).describe("Only say what would be done"),
  networks: z.array(z.string()).optional().describe("Networks in CIDR notation"),
  password: z.string().meta({ format: "password" }).optional(),
});

function planetList(page: PageContext): PageResult | { list: ReturnType<typeof List> } {
  const state = listState(page.url, { sorts: ["name", "moons", "radius", "discovered"], size: 10 });
  const column = columns.find((one) => one.key === state.sort) ?? columns[0]!;
  const words = state.search.toLowerCase().split(/\s+/);
  const found = planets
    .filter((planet) => words.every((word) => `${planet.name} ${planet.discovered}`.toLowerCase().includes(word)))
    .sort((a, b) => {
      const [x, y] = [columnValue(column, a), columnValue(column, b)];
      const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
      return state.descending ? -order : order;
    });
  if (page.url.searchParams.get("format") === "csv")
    return { file: csvFileName("planets"), type: "text/csv; charset=utf-8", content: tableCsv(columns, found) };
  const list = (
    <List
      id="planets"
      caption="Planets"
      noun={["planet", "planets"]}
      columns={columns}
      rows={found.slice((state.page - 1) * state.size, state.page * state.size)}
      total={found.length}
      url={page.url}
      state={state}
      searchHint="Name or discoverer"
      bulk={{
        field: "planet",
        key: (planet) => planets.indexOf(planet),
        label: (planet) => planet.name,
        xsrf: page.xsrf,
        actions: (
          <button type="submit" class="danger" data-needs="1" {...asksFirst("/parts/confirm")}>
            <Icon name="trash" size={16} /> Delete …
          </button>
        ),
      }}
    />
  );
  return { list };
}

function render(page: PageContext, form?: ReturnType<typeof parseForm<typeof sampleOptions>>): PageResult {
  const answer = planetList(page);
  if (!("list" in answer)) return answer;
  if (page.partial === "planets") return { title: "Parts", body: answer.list };
  const chosen = chosenTab(tabs, page.url);
  const tabPart = (
    <Tabs id="sample-tabs" label="Sample tabs" tabs={tabs} chosen={chosen} url={page.url}>
      <p>This is the panel of the tab “{chosen.title}”.</p>
    </Tabs>
  );
  if (page.partial === "sample-tabs") return { title: "Parts", body: tabPart };
  const now = Date.now();
  const body = (
    <>
      <Heading
        title="Parts"
        crumbs={[{ title: "Home", href: "/" }]}
        marks={<Badge tone="accent">for developers</Badge>}
        lead="Every page of the console is built from these."
        actions={
          <button type="button" class="primary">
            An action
          </button>
        }
      />
      {page.url.searchParams.has("deleted") && (
        <Alert tone="good" live>
          Deleted (not really).
        </Alert>
      )}
      <h2>Text</h2>
      {(["neutral", "accent", "good", "warning", "bad"] as const).map((tone) => (
        <Alert tone={tone} title={`An alert of tone ${tone}`}>
          <p>It says what happened and what to do next.</p>
        </Alert>
      ))}
      <p>
        {(["neutral", "accent", "good", "warning", "bad"] as const).map((tone) => [
          <Badge tone={tone}>{tone}</Badge>,
          " ",
        ])}
      </p>
      <h2>Facts, times and sizes</h2>
      <div class="card">
        <Facts
          facts={[
            ["Text", "Debian GNU/Linux 12"],
            ["Hostile text", `<script>alert("1")</script>`],
            ["Unknown", ""],
            ["Memory", formatMebibytes(15_872)],
            ["Size", formatBytes(1_234_567_890)],
            ["Seen", <RelativeTime at={now - 7_500_000} />],
            ["Exactly", <ExactTime at={now - 200_000_000} />],
            ["Never", <ExactTime at={null} />],
            ["Half full", <Usage used={50} total={100} />],
            ["Nearly full", <Usage used={88} total={100} />],
            [
              "Full",
              <Usage used={99} total={100}>
                9.9 of 10 GiB
              </Usage>,
            ],
          ]}
        />
      </div>
      <h2>List</h2>
      {answer.list}
      <h2>Tabs</h2>
      {tabPart}
      <h2>Form from a schema</h2>
      <div class="card">
        {form?.ok && (
          <Alert tone="good" live title="Understood">
            <pre>{JSON.stringify({ ...form.options, password: undefined }, null, 2)}</pre>
          </Alert>
        )}
        <SchemaForm
          id="sample"
          schema={sampleOptions}
          action="/parts"
          verb="Try it"
          xsrf={page.xsrf}
          values={form?.values}
          errors={form?.ok === false ? form.errors : undefined}
        />
      </div>
      <h2>Progress and live list</h2>
      <div class="card">
        <Progress label="Reading devices" done={37} total={120} />
        <Progress label="Waiting for an answer" />
      </div>
      <div class="card">
        <LiveList label="Sample run" stream="/parts/stream" />
      </div>
      <h2>Empty</h2>
      <Empty icon="server" title="Nothing here yet">
        <p>Say what to do so that something appears.</p>
      </Empty>
      <h2>Icons</h2>
      <ul class="tiles">
        {iconNames.map((name) => (
          <li>
            <Icon name={name} size={22} /> {name}
          </li>
        ))}
      </ul>
    </>
  );
  return { title: "Parts", body, status: form?.ok === false ? 422 : 200 };
}

function confirm(page: PageContext, form: URLSearchParams): PageResult {
  if (form.get("confirm") === "yes") return { location: "/parts?deleted" };
  const chosen = form
    .getAll("planet")
    .map(Number)
    .flatMap((index) => planets[index] ?? []);
  const title = `Delete ${chosen.length} planets?`;
  const body = (
    <Confirm page={page} title={title} action="/parts/confirm" verb="Delete" dangerous cancel="/parts">
      <ul class="names">
        {chosen.map((planet) => (
          <li>{planet.name}</li>
        ))}
      </ul>
    </Confirm>
  );
  return { title, body };
}

/** An event stream that has ended already: console.js shows its lines and its end. */
function stream(): PageResult {
  const lines = [20, 60, 100].map((percent) => ({ message: `step at ${percent} % <i>escaped</i>`, percent }));
  const events = lines.map((line) => `event: partial\ndata: ${JSON.stringify(line)}\n\n`).join("");
  return { file: "stream", type: "text/event-stream", content: `${events}event: result\ndata: {}\n\n` };
}

export const partsPages: Page[] = [
  { path: "/parts", render: (page) => render(page) },
  { path: "/parts", method: "POST", render: (page, form) => render(page, parseForm(sampleOptions, form)) },
  { path: "/parts/confirm", method: "POST", render: confirm },
  { path: "/parts/stream", render: stream },
];
