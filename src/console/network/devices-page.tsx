import type { Page, PageContext, PageResult } from "../page.ts";
import { csvFileName, csvRecord } from "../parts/csv.ts";
import { SchemaForm } from "../parts/form.tsx";
import { List } from "../parts/list.tsx";
import { type ListState, listOptions, listState } from "../parts/list-state.ts";
import { type Column, tableCsv } from "../parts/table.tsx";
import { Empty, Heading } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { counted, formatNumber } from "../parts/units.ts";
import type { DeviceList, DeviceSummary } from "./answer.ts";
import { deviceSorts, network } from "./declaration.ts";
import { DeviceAnchor, deviceHref, devicesPath, Places } from "./links.tsx";

const listId = "devices";
const mostCsv = 100_000;

function date(when: number | null): string {
  return when === null ? "" : new Date(when).toISOString();
}

const columns: Column<DeviceSummary>[] = [
  { key: "name", title: "Name", sortable: true, cell: (device) => <DeviceAnchor device={device} /> },
  { key: "ip", title: "Address", sortable: true, value: ({ address }) => address },
  { key: "vendor", title: "Vendor", csvOnly: true },
  {
    key: "model",
    title: "Model and system",
    sortable: true,
    words: true,
    value: ({ vendor, model, os }) => [vendor, model, os].filter(Boolean).join(" "),
    cell: ({ vendor, model, os, osVersion }) => (
      <>
        {[vendor, model].filter(Boolean).join(" ") || <span class="none" />}
        {os && <div class="why">{[os, osVersion].filter(Boolean).join(" ")}</div>}
      </>
    ),
  },
  { key: "modelOnly", title: "Model", csvOnly: true, value: ({ model }) => model },
  { key: "os", title: "System", csvOnly: true },
  { key: "osVersion", title: "System version", csvOnly: true },
  { key: "serial", title: "Serial number", csvOnly: true },
  { key: "location", title: "Location", sortable: true },
  {
    key: "ports",
    title: "Ports up",
    numeric: true,
    value: ({ portsUp }) => portsUp,
    cell: ({ id, ports, portsUp }) => <a href={deviceHref(id, "ports")}>{`${portsUp} of ${ports}`}</a>,
  },
  { key: "allPorts", title: "Ports", csvOnly: true, value: ({ ports }) => ports },
  ...(
    [
      ["last_discover", "Discovered", "lastDiscover"],
      ["last_macsuck", "MACs read", "lastMacsuck"],
      ["last_arpnip", "ARP read", "lastArpnip"],
    ] as const
  ).map(
    ([key, title, field]): Column<DeviceSummary> => ({
      ...{ key, title, sortable: true },
      value: (device) => date(device[field]),
      cell: (device) => <RelativeTime at={device[field]} />,
    }),
  ),
  { key: "created", title: "First seen", csvOnly: true, value: ({ created }) => date(created) },
];

async function exportCsv(page: PageContext, state: ListState): Promise<PageResult> {
  const devices: DeviceSummary[] = [];
  let total = 1;
  while (devices.length < Math.min(total, mostCsv)) {
    const query = { ...listOptions(state), limit: 1000, offset: devices.length };
    const list = await page.call<DeviceList>("network/devices", query);
    if (list.devices.length === 0) break;
    devices.push(...list.devices);
    total = list.total;
  }
  let content = tableCsv(columns, devices);
  if (total > devices.length && devices.length >= mostCsv)
    content += csvRecord([
      `The first ${counted(devices.length, "device")} of ${formatNumber(total)}; search for fewer.`,
    ]);
  return { file: csvFileName("devices"), type: "text/csv; charset=utf-8", content };
}

/** What to do when there is none: by hand on a terminal, or, for who may, right here. */
function NoDevices({ page }: { page: PageContext }) {
  return (
    <>
      <Empty icon="network" title="No device yet">
        <p>Read the first switch or router; its neighbours are then found by themselves:</p>
        <pre>reeve backend do discover -d ADDRESS</pre>
        <p>
          Credentials stand in the file that <code>snmp.credentialsFile</code> names. <code>reeve backend</code> keeps
          everything current from then on.
        </p>
      </Empty>
      {page.user.administrator && (
        <div class="card command">
          <h2>Or have a running backend read it</h2>
          <EnqueueForm page={page} />
        </div>
      )}
    </>
  );
}

export function EnqueueForm(props: {
  page: PageContext;
  values?: Record<string, unknown>;
  errors?: Record<string, string>;
}) {
  return (
    <SchemaForm
      id="enqueue"
      schema={network.commands.enqueue.options}
      action="/network/enqueue"
      verb="Queue it"
      xsrf={props.page.xsrf}
      values={props.values}
      errors={props.errors}
    />
  );
}

async function render(page: PageContext): Promise<PageResult> {
  const { url } = page;
  const state = listState(url, { sorts: deviceSorts });
  if (url.searchParams.get("format") === "csv") return exportCsv(page, state);
  const { devices, total } = await page.call<DeviceList>("network/devices", listOptions(state));
  const list = (
    <List
      id={listId}
      caption="Devices"
      noun={["device", "devices"]}
      columns={columns}
      rows={devices}
      total={total}
      url={url}
      state={state}
      searchHint="Name, address, vendor, model, serial number, location …"
      empty={<NoDevices page={page} />}
    />
  );
  if (page.partial === listId) return { title: "Network devices", body: list };
  const body = (
    <>
      <Heading title="Network" />
      <Places here={devicesPath} />
      {list}
    </>
  );
  return { title: "Network devices", body };
}

export const devicesPage: Page = { path: devicesPath, render };
