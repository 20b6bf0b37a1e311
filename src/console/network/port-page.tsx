import { Problem } from "../../problem.ts";
import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { type Column, Table } from "../parts/table.tsx";
import { Alert, Empty, Facts, Heading, sentence } from "../parts/text.tsx";
import { ExactTime, RelativeTime } from "../parts/time.tsx";
import { counted, formatNumber } from "../parts/units.ts";
import type { DeviceDetail, PortDetail, PortNode } from "./answer.ts";
import { AsOf, askedTime, Then } from "./as-of.tsx";
import { deviceId } from "./device-page.tsx";
import { historyTab } from "./device-tabs.tsx";
import { DeviceAnchor, deviceHref, devicesPath, PortAnchor, WhereAnchor } from "./links.tsx";
import { ownName, powerWord, protocolsOf, StateBadge, vlanWord } from "./port-cells.tsx";
import { ControlButton } from "./ports-tab.tsx";

function nodeColumns(at: string | null): Column<PortNode>[] {
  return [
    {
      key: "mac",
      title: "MAC address",
      cell: ({ mac }) => (
        <WhereAnchor search={mac} at={at}>
          <code>{mac}</code>
        </WhereAnchor>
      ),
    },
    {
      key: "name",
      title: "Machine",
      cell: ({ name, host }) => (host ? <a href={`/hosts/${host.id}`}>{host.name || name}</a> : name),
    },
    { key: "addresses", title: "Addresses", value: ({ addresses }) => addresses.join(", ") },
    { key: "vlan", title: "VLAN", value: ({ vlan }) => (vlan > 0 ? vlan : "") },
    { key: "since", title: "Since", cell: ({ since }) => <RelativeTime at={since} /> },
    { key: "lastSeen", title: "Last seen", cell: ({ lastSeen }) => <RelativeTime at={lastSeen} /> },
  ];
}

function Neighbours({ port, at }: { port: PortDetail; at: string | null }) {
  if (port.neighbours.length === 0) return null;
  return (
    <section aria-label="Neighbours">
      <h2>Neighbours</h2>
      <div class="card">
        <ul class="lines">
          {port.neighbours.map((neighbour) => (
            <li>
              <strong>{neighbour.device ? <DeviceAnchor device={neighbour.device} /> : neighbour.label}</strong>
              {neighbour.device && neighbour.remotePort ? (
                <PortAnchor device={neighbour.device.id} port={neighbour.remotePort} at={at} />
              ) : (
                <span>{neighbour.remotePort}</span>
              )}
              <span class="muted">
                {protocolsOf(neighbour)}, since <RelativeTime at={neighbour.since} />
                {neighbour.confidence !== null && `, ${neighbour.confidence} % certain`}
                {neighbour.reason && `: ${neighbour.reason}`}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Overview({ port }: { port: PortDetail }) {
  const vlans = (tagged: boolean) =>
    port.vlans
      .filter((one) => one.tagged === tagged)
      .map(({ vlan }) => vlan)
      .join(", ");
  return (
    <div class="card">
      <Facts
        label="Port"
        facts={[
          ["Name", ownName(port)],
          ["Description", port.description !== port.port && port.description],
          ["Speed", port.up === "up" && port.speed !== "0" && port.speed],
          ["Duplex", port.duplex],
          ["VLAN", vlanWord(port)],
          ["Untagged", vlans(false)],
          ["Tagged", vlans(true)],
          ["Spanning tree", port.stp],
          ["Aggregate", port.slaveOf && <PortAnchor device={port.device.id} port={port.slaveOf} />],
          ["Members", port.members.join(", ")],
          ["Power", port.power && (powerWord(port.power) || port.power.status)],
          ["Authentication", port.authentication],
          ["MAC address", port.mac && <code>{port.mac}</code>],
          ["MTU", port.mtu !== null && formatNumber(port.mtu)],
          ["Type", port.type],
          ["ifIndex", String(port.ifIndex)],
          ["Last used", <ExactTime at={port.lastUsed} />],
        ]}
      />
    </div>
  );
}

async function render(page: PageContext): Promise<PageResult> {
  const { url } = page;
  const at = askedTime(url);
  const given = url.searchParams.get("at");
  const wanted = url.searchParams.get("port") ?? "";
  if (wanted === "") throw new Problem("not-found", "There is no such port.");
  const id = deviceId(page);
  const device = await page.call<DeviceDetail>("network/device", { device: id });
  const port = await page.call<PortDetail>("network/port", {
    device: id,
    port: wanted,
    ...(at === undefined ? {} : { at }),
  });
  const name = device.name || device.address;
  const body = (
    <>
      <Heading
        title={port.port}
        crumbs={[
          { title: "Network", href: devicesPath },
          { title: name, href: deviceHref(device.id) },
        ]}
        marks={<StateBadge port={port} />}
        lead={ownName(port)}
        actions={
          page.user.administrator &&
          at === undefined && (
            <ControlButton device={device.id} port={port.port}>
              <Icon name="gear" size={16} /> Control …
            </ControlButton>
          )
        }
      />
      <div class="as-of-line">
        <AsOf url={url} keep={["port"]} />
      </div>
      <Then url={url} at={at} since={device.created} kept />
      <Overview port={port} />
      <Neighbours port={port} at={given} />
      <section aria-label="Machines behind it">
        <h2>Machines behind it {port.nodeCount > 0 && <span class="muted">{formatNumber(port.nodeCount)}</span>}</h2>
        {port.nodes.length === 0 ? (
          <Empty
            icon="server"
            title={at === undefined ? "No machine is seen behind it now" : "No machine was seen behind it then"}
          >
            {device.lastMacsuck === null && (
              <p>
                Its forwarding table was never read: <code>reeve backend do macsuck -d {device.address}</code>
              </p>
            )}
          </Empty>
        ) : (
          <>
            <Alert tone={port.place.edge ? "neutral" : "accent"}>
              {sentence(port.place.explanation)}
              {!port.place.edge && " They pass through; where they are plugged in is somewhere else."}
            </Alert>
            <Table id="nodes" caption="Machines" columns={nodeColumns(given)} rows={port.nodes} />
            {port.nodesCut && <p class="muted">The first {counted(port.nodes.length, "machine")}.</p>}
          </>
        )}
      </section>
      {await historyTab(page, { id: device.id }, port.port)}
    </>
  );
  return { title: `${port.port} · ${name}`, body };
}

export const portPage: Page = { path: "/network/devices/:id/port", render };
