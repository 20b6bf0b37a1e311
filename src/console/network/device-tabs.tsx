/** The tabs of a device beside its ports. */
import type { Child } from "hono/jsx";
import type { PageContext } from "../page.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Badge, Empty } from "../parts/text.tsx";
import { ExactTime, RelativeTime } from "../parts/time.tsx";
import type {
  AddressRow,
  DeviceDetail,
  History,
  HistoryEvent,
  ModuleRow,
  Neighbour,
  VlanRow,
  WriteEntry,
} from "./answer.ts";
import { askedTime } from "./as-of.tsx";
import { DeviceAnchor, PortAnchor, WhereAnchor } from "./links.tsx";
import { protocolsOf } from "./port-cells.tsx";

function certainty({ confidence }: Neighbour): Child {
  if (confidence === null) return <Badge>not judged</Badge>;
  return <Badge tone={confidence >= 75 ? "good" : confidence >= 50 ? "neutral" : "warning"}>{confidence} %</Badge>;
}

export async function neighboursTab(page: PageContext, device: DeviceDetail): Promise<Child> {
  const at = askedTime(page.url);
  const given = page.url.searchParams.get("at");
  const rows = await page.call<Neighbour[]>("network/neighbours", {
    device: device.id,
    ...(at === undefined ? {} : { at }),
  });
  if (rows.length === 0) {
    return (
      <Empty icon="network" title="No neighbour is known">
        <p>
          Neighbours are told by LLDP, CDP, OSPF and BGP, and concluded from forwarding tables once the switches around
          it are read, too.
        </p>
      </Empty>
    );
  }
  const columns: Column<Neighbour>[] = [
    {
      key: "port",
      title: "Port",
      cell: ({ port }) =>
        port ? <PortAnchor device={device.id} port={port} at={given} /> : <span class="muted">no port</span>,
    },
    {
      key: "label",
      title: "Neighbour",
      cell: (row) => (
        <>
          <strong>{row.device ? <DeviceAnchor device={row.device} /> : row.label}</strong>
          {row.address && row.address !== row.label && <div class="why">{row.address}</div>}
          {row.type && <div class="why">{row.type.slice(0, 120)}</div>}
        </>
      ),
    },
    {
      key: "remotePort",
      title: "Its port",
      cell: (row) =>
        row.device && row.remotePort ? (
          <PortAnchor device={row.device.id} port={row.remotePort} at={given} />
        ) : (
          row.remotePort
        ),
    },
    {
      key: "protocols",
      title: "Told by",
      value: (row) => `${protocolsOf(row)}${row.toldByOther ? " of the other end" : ""}`,
    },
    { key: "confidence", title: "Certainty", cell: certainty },
    { key: "reason", title: "Because", words: true, cell: ({ reason }) => <span class="why">{reason}</span> },
    { key: "since", title: "Since", cell: ({ since }) => <RelativeTime at={since} /> },
  ];
  return <Table id="neighbours" caption="Neighbours" columns={columns} rows={rows} />;
}

const moduleColumns: Column<ModuleRow>[] = [
  {
    key: "name",
    title: "Module",
    cell: ({ depth, name, description, index }) => (
      <>
        {depth > 0 && (
          <span class="tree" aria-hidden="true">
            {`${"   ".repeat(Math.min(depth - 1, 12))}└ `}
          </span>
        )}
        <span class="visually-hidden">{`Level ${depth + 1}: `}</span>
        {name || description || `#${index}`}
      </>
    ),
  },
  { key: "class", title: "Kind" },
  {
    key: "description",
    title: "Description",
    words: true,
    value: ({ name, description }) => (name ? description : ""),
  },
  { key: "model", title: "Model" },
  { key: "serial", title: "Serial number" },
  {
    key: "software",
    title: "Versions",
    value: ({ hardware, firmware, software }) =>
      [hardware && `HW ${hardware}`, firmware && `FW ${firmware}`, software && `SW ${software}`]
        .filter(Boolean)
        .join(", "),
  },
];

export async function modulesTab(page: PageContext, device: DeviceDetail): Promise<Child> {
  const rows = await page.call<ModuleRow[]>("network/modules", { device: device.id });
  if (rows.length === 0) {
    return (
      <Empty icon="cube" title="No module is known">
        <p>The device does not tell what it is built of (ENTITY-MIB), or has not been discovered to the end.</p>
      </Empty>
    );
  }
  return <Table id="modules" caption="Modules" columns={moduleColumns} rows={rows} />;
}

export async function addressesTab(page: PageContext, device: DeviceDetail): Promise<Child> {
  const rows = await page.call<AddressRow[]>("network/addresses", { device: device.id });
  if (rows.length === 0) return <Empty icon="list" title="No address of its own is known" />;
  const columns: Column<AddressRow>[] = [
    {
      key: "address",
      title: "Address",
      cell: ({ address }) => (
        <>
          {address} {device.address.startsWith(address) && <Badge tone="accent">polled here</Badge>}
        </>
      ),
    },
    { key: "subnet", title: "Network" },
    { key: "port", title: "Port", cell: ({ port }) => (port ? <PortAnchor device={device.id} port={port} /> : "") },
    ...(rows.some(({ vrf }) => vrf !== "") ? [{ key: "vrf", title: "VRF" }] : []),
    ...(rows.some(({ dns }) => dns !== "") ? [{ key: "dns", title: "Name in the DNS" }] : []),
    { key: "firstSeen", title: "First seen", cell: ({ firstSeen }) => <RelativeTime at={firstSeen} /> },
    { key: "lastSeen", title: "Last seen", cell: ({ lastSeen }) => <RelativeTime at={lastSeen} /> },
  ];
  return <Table id="addresses" caption="Addresses" columns={columns} rows={rows} />;
}

const fewPorts = 12;

function Ports({ device, ports }: { device: number; ports: string[] }) {
  const links = (some: string[]) =>
    some.map((port, index) => [index > 0 && ", ", <PortAnchor device={device} port={port} />]);
  if (ports.length <= fewPorts) return <span>{links(ports)}</span>;
  return (
    <details>
      <summary>{ports.length} ports</summary>
      {links(ports)}
    </details>
  );
}

export async function vlansTab(page: PageContext, device: DeviceDetail): Promise<Child> {
  const rows = await page.call<VlanRow[]>("network/vlans", { device: device.id });
  if (rows.length === 0) return <Empty icon="list" title="No VLAN is known" />;
  const columns: Column<VlanRow>[] = [
    { key: "vlan", title: "VLAN" },
    { key: "name", title: "Name" },
    {
      key: "untagged",
      title: "Untagged on",
      cell: ({ untagged }) => (untagged.length > 0 ? <Ports device={device.id} ports={untagged} /> : ""),
    },
    {
      key: "tagged",
      title: "Tagged on",
      cell: ({ tagged }) => (tagged.length > 0 ? <Ports device={device.id} ports={tagged} /> : ""),
    },
  ];
  return <Table id="vlans" caption="VLANs" columns={columns} rows={rows} />;
}

/** `port-changed` → `Port changed` */
function kindWord(kind: string): string {
  const words = kind.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function writeColumns(device: number, port: string | undefined): Column<WriteEntry>[] {
  return [
    { key: "at", title: "When", cell: ({ at }) => <ExactTime at={at} /> },
    ...(port === undefined
      ? [{ key: "port", title: "Port", cell: (row: WriteEntry) => <PortAnchor device={device} port={row.port} /> }]
      : []),
    { key: "user", title: "Who" },
    { key: "reason", title: "Why", words: true },
    { key: "log", title: "What", words: true },
    {
      key: "outcome",
      title: "Outcome",
      cell: ({ outcome }) => (
        <Badge tone={outcome === "done" ? "good" : outcome === "error" ? "bad" : "neutral"}>{outcome}</Badge>
      ),
    },
  ];
}

/** @param port of this port alone */
export async function historyTab(page: PageContext, device: { id: number }, port?: string): Promise<Child> {
  const { url } = page;
  const asked = url.searchParams.get("before") ?? "";
  const answer = await page.call<History>("network/history", {
    device: device.id,
    ...(port === undefined ? {} : { port }),
    ...(/^[1-9]\d{0,14}$/.test(asked) ? { before: Number(asked) } : {}),
  });
  const columns: Column<HistoryEvent>[] = [
    { key: "at", title: "When", cell: ({ at }) => <ExactTime at={at} /> },
    { key: "kind", title: "Event", value: ({ kind }) => kindWord(kind) },
    ...(port === undefined
      ? [
          {
            key: "port",
            title: "Port",
            cell: (row: HistoryEvent) => (row.port ? <PortAnchor device={device.id} port={row.port} /> : ""),
          },
        ]
      : []),
    { key: "what", title: "What", words: true },
  ];
  const older = new URLSearchParams(url.searchParams);
  older.set("before", String(answer.before));
  return (
    <>
      {answer.writes.length > 0 && (
        <section aria-label="Written to it">
          <h2>Written to it</h2>
          <Table id="writes" caption="Written to it" columns={writeColumns(device.id, port)} rows={answer.writes} />
        </section>
      )}
      <section aria-label="What changed">
        <h2>What changed</h2>
        {answer.events.length === 0 ? (
          <Empty icon="list" title="Nothing has changed since it was found" />
        ) : (
          <Table id="events" caption="What changed" columns={columns} rows={answer.events} />
        )}
        {answer.before !== null && (
          <p class="more">
            <a href={`${url.pathname}?${older}`}>Older</a>
          </p>
        )}
      </section>
    </>
  );
}

/** A MAC address that leads to its search. */
export function MacAnchor({ mac }: { mac: string }) {
  return (
    <WhereAnchor search={mac}>
      <code>{mac}</code>
    </WhereAnchor>
  );
}
