/** One interface: how it stands, why, and what happened to it. */
import { Problem } from "../../problem.ts";
import type { Page, PageContext, PageResult } from "../page.ts";
import { withQuery } from "../parts/query.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Alert, Facts, Said, sentence } from "../parts/text.tsx";
import { ExactTime } from "../parts/time.tsx";
import { Addresses } from "./addresses.tsx";
import { Buttons } from "./buttons.tsx";
import type {
  CheckResult,
  InterfaceState,
  NetconfStatus,
  QueriedInterface,
  Results,
  RouteState,
  WhyResult,
} from "./control.ts";
import { Differences } from "./differences.tsx";
import { At, Chain } from "./event-tree.tsx";
import { eventColumns } from "./events-page.tsx";
import { Lease } from "./leases-page.tsx";
import { applyPath, eventsPath, interfacesPath, LinkAnchor } from "./links.tsx";
import { Whose } from "./overview-page.tsx";
import { Diagnostics, netconfPage } from "./state.tsx";
import { kindOf, operationals, routeMaker, setups } from "./words.ts";

const fewEvents = 10;

function Anchors({ names }: { names: readonly string[] }) {
  return (
    <span>
      {names.map((name, index) => (
        <>
          {index > 0 && ", "}
          <LinkAnchor name={name} />
        </>
      ))}
    </span>
  );
}

function State({ link, all }: { link: InterfaceState; all: readonly InterfaceState[] }) {
  const { name, index, address, mtu, master, lower, operational, setup, up, carrier, since, users, at, addresses } =
    link;
  const named = (wanted: (one: InterfaceState) => boolean) => all.filter(wanted).map((one) => one.name);
  const ports = named((one) => one.master === name);
  const uppers = named((one) => one.lower === name);
  return (
    <div class="card">
      <Facts
        label={name}
        facts={[
          [
            "State",
            <span class="port-marks">
              <Said said={operationals[operational]} />
              <Said said={setups[setup]} />
            </span>,
          ],
          ["Kind", kindOf(link)],
          ["Managed by", <Whose link={link} />],
          ["Since", since !== null && <ExactTime at={since} />],
          ["Addresses", addresses.length + link.gateways.length > 0 && <Addresses {...link} />],
          ["Link", index !== null && `number ${index}, ${up ? "up" : "down"}, ${carrier ? "carrier" : "no carrier"}`],
          ["Hardware address", address && <code>{address}</code>],
          ["MTU", mtu > 0 && String(mtu)],
          ["Port of", master && <LinkAnchor name={master} />],
          ["Ports", ports.length > 0 && <Anchors names={ports} />],
          ["On", lower && <LinkAnchor name={lower} />],
          ["Carries", uppers.length > 0 && <Anchors names={uppers} />],
          ["Needed by", users.length > 0 && <Anchors names={users} />],
          ["Configured in", at && <At at={at} />],
        ]}
      />
    </div>
  );
}

const routeColumns: Column<RouteState>[] = [
  { key: "destination", title: "To", cell: ({ destination }) => <code>{destination}</code> },
  { key: "gateway", title: "By", cell: ({ gateway }) => (gateway === "" ? "the link itself" : <code>{gateway}</code>) },
  { key: "metric", title: "Metric", numeric: true, value: ({ metric }) => metric || "" },
  { key: "table", title: "Table", value: ({ table }) => (table === 254 ? "main" : table) },
  { key: "protocol", title: "Made by", value: ({ protocol }) => routeMaker(protocol) },
];

function Routes({ routes }: { routes: readonly RouteState[] }) {
  if (routes.length === 0) return null;
  return (
    <section aria-label="Routes">
      <h2>Routes</h2>
      <Table id="routes" caption="Routes" columns={routeColumns} rows={routes} />
    </section>
  );
}

function Configured({ queried }: { queried: QueriedInterface | undefined }) {
  if (!queried || queried.stanzas.length === 0) return null;
  const { logical, stanzas, classes } = queried;
  return (
    <section aria-label="Configuration">
      <h2>Configuration {classes.length > 0 && <span class="muted">{classes.join(", ")}</span>}</h2>
      {stanzas.map(({ family, method, at, options }) => (
        <div class="card stanza">
          <p>
            <code>{["iface", logical, family, method].filter(Boolean).join(" ")}</code> <At at={at} />
          </p>
          <Facts facts={options.map(([option, value]) => [option, <code>{value}</code>])} />
        </div>
      ))}
    </section>
  );
}

function Why({ why: { sentence: said, event, diagnostics, setup } }: { why: WhyResult }) {
  const tone = setup === "failed" ? "bad" : setup === "deferred" ? "warning" : "neutral";
  return (
    <section aria-label="Why">
      <h2>Why</h2>
      <Alert tone={tone}>{sentence(said)}</Alert>
      <Diagnostics diagnostics={diagnostics} />
      {event && <Chain event={event} label="Newest operation" />}
    </section>
  );
}

async function Whole({ page, link, all }: { page: PageContext; link: InterfaceState; all: readonly InterfaceState[] }) {
  const { name } = link;
  const names = [name];
  const [detailed, why, check, { leases }, query, { events }] = await Promise.all([
    page.call<NetconfStatus>("interfaces/status", { names }),
    page.call<WhyResult>("interfaces/why", { name }),
    page.call<CheckResult>("interfaces/check", { names }),
    page.call<Results["leases"]>("interfaces/leases", { names }),
    page.call<Results["query"]>("interfaces/query", { names }),
    page.call<Results["events"]>("interfaces/events", { name, limit: 5 * fewEvents }),
  ]);
  const parts = new Set(events.map(({ id }) => id));
  const roots = events.filter(({ parent }) => !parts.has(parent)).slice(0, fewEvents);
  const differences = check.interfaces.find((one) => one.name === name)?.differences ?? [];
  const ours = differences.some(({ kind }) => kind !== "foreign");
  return (
    <>
      <State link={link} all={all} />
      <div class="actions after">
        <Buttons page={page} link={link} />
        {page.user.administrator && ours && link.manager === "reeve" && (
          <a class="button" href={withQuery(applyPath, { name })}>
            Apply …
          </a>
        )}
      </div>
      <Why why={why} />
      <Routes routes={detailed.interfaces[0]?.routes ?? []} />
      {leases.length > 0 && (
        <>
          <h2>Leases</h2>
          {leases.map((lease) => (
            <Lease lease={lease} />
          ))}
        </>
      )}
      {differences.length > 0 && (
        <section aria-label="Differences">
          <h2>{ours ? "Not as the configuration says" : "Put there by somebody else"}</h2>
          <Differences name={name} differences={differences} />
        </section>
      )}
      <Configured queried={query.interfaces.find((one) => one.name === name)} />
      {events.length > 0 && (
        <section aria-label="Events">
          <h2>
            Events <a href={withQuery(eventsPath, { name })}>all</a>
          </h2>
          <Table id="events" caption={`Events of ${name}`} columns={eventColumns} rows={roots} />
        </section>
      )}
    </>
  );
}

function render(page: PageContext): Promise<PageResult> {
  const name = page.params.name ?? "";
  if (!/^[^\s/]{1,64}$/.test(name)) throw new Problem("not-found", "There is no such interface.");
  return netconfPage(page, {
    title: name,
    crumbs: [{ title: "Interfaces", href: interfacesPath }],
    here: interfacesPath,
    content({ status: { interfaces } }) {
      const link = interfaces.find((one) => one.name === name);
      if (!link) throw new Problem("not-found", `There is no interface ${name}.`);
      return Whole({ page, link, all: interfaces });
    },
  });
}

export const linkPage: Page = { path: "/interfaces/links/:name", render };
