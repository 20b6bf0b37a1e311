/** What lists and pages show of a port. */
import { Badge } from "../parts/text.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { counted, formatNumber } from "../parts/units.ts";
import type { Neighbour, PortNode, PortSummary } from "./answer.ts";
import { DeviceAnchor, portHref, WhereAnchor } from "./links.tsx";

export function stateWord({
  up,
  upAdmin,
  errorDisabled,
}: Pick<PortSummary, "up" | "upAdmin" | "errorDisabled">): string {
  if (errorDisabled !== "") return `err-disabled: ${errorDisabled}`;
  if (upAdmin === "down") return "switched off";
  return up;
}

/** Its name, unless that only says again which port it is. */
export function ownName({ port, name }: Pick<PortSummary, "port" | "name">): string {
  return name === port || name === `${port} Interface` ? "" : name;
}

export function StateBadge({ port }: { port: PortSummary }) {
  const tone =
    port.errorDisabled !== "" ? "bad" : port.up === "up" ? "good" : port.upAdmin === "down" ? "warning" : "neutral";
  if (port.errorDisabled === "") return <Badge tone={tone}>{stateWord(port)}</Badge>;
  return (
    <span>
      <Badge tone={tone}>err-disabled</Badge> <span class="why">{port.errorDisabled}</span>
    </span>
  );
}

export function protocolsOf({ protocols }: Neighbour): string {
  return protocols.map((protocol) => protocol.toUpperCase()).join(", ");
}

export function NeighbourLine({ neighbour, at }: { neighbour: Neighbour; at: string | null }) {
  const { device, label, remotePort, confidence, reason } = neighbour;
  const sure = confidence === null ? "" : ` ${confidence} %`;
  return (
    <li>
      <strong>{device ? <DeviceAnchor device={device} /> : label}</strong>
      {remotePort &&
        (device ? <a href={portHref(device.id, remotePort, at)}>{remotePort}</a> : <span>{remotePort}</span>)}
      <span class="muted" title={reason || undefined}>
        {protocolsOf(neighbour)}
        {sure}
      </span>
    </li>
  );
}

export function NodeLine({ node, at }: { node: PortNode; at: string | null }) {
  const named = node.host ? <a href={`/hosts/${node.host.id}`}>{node.host.name}</a> : node.name;
  return (
    <li>
      <WhereAnchor search={node.mac} at={at}>
        <code>{node.mac}</code>
      </WhereAnchor>
      {named && <span>{named}</span>}
      {node.addresses[0] && <span>{node.addresses[0]}</span>}
      <span class="muted">
        {node.vlan > 0 && `VLAN ${node.vlan}, `}since <RelativeTime at={node.since} />
      </span>
    </li>
  );
}

/** Neighbours, then the machines that are at home here, or how many pass through. */
export function Connected({ device, port, at }: { device: number; port: PortSummary; at: string | null }) {
  const { neighbours, nodes, nodeCount, place, lastUsed } = port;
  if (neighbours.length === 0 && nodeCount === 0 && lastUsed === null) return null;
  if (neighbours.length === 0 && nodeCount === 0) {
    return (
      <span class="muted">
        last used <RelativeTime at={lastUsed} />
      </span>
    );
  }
  const shown = place.edge ? nodes : [];
  const more = nodeCount - shown.length;
  return (
    <ul class="lines">
      {neighbours.map((neighbour) => (
        <NeighbourLine neighbour={neighbour} at={at} />
      ))}
      {shown.map((node) => (
        <NodeLine node={node} at={at} />
      ))}
      {more > 0 && (
        <li class="muted" title={place.explanation}>
          <a href={portHref(device, port.port, at)}>
            {place.edge ? `${formatNumber(more)} more behind it` : `${counted(more, "address", "addresses")} of others`}
          </a>
        </li>
      )}
    </ul>
  );
}

const quiet = ["", "forwarding", "disabled"];

/** STP, aggregate, power: what is not as usual. */
export function marks(port: PortSummary): string[] {
  const { stp, slaveOf, members, power, duplex, up } = port;
  return [
    quiet.includes(stp) ? "" : `STP ${stp}`,
    slaveOf && `in ${slaveOf}`,
    members.length > 0 ? `of ${members.join(", ")}` : "",
    up === "up" && duplex === "half" ? "half duplex" : "",
    power ? powerWord(power) : "",
  ].filter(Boolean);
}

export function powerWord({ status, milliwatts }: NonNullable<PortSummary["power"]>): string {
  if (status !== "deliveringPower") return status === "fault" ? "PoE fault" : "";
  return milliwatts ? `PoE ${formatNumber(milliwatts / 1000, 1)} W` : "PoE on";
}

/** `10`, or `10 (PVID 1)` where they differ. */
export function vlanWord({ vlan, pvid }: Pick<PortSummary, "vlan" | "pvid">): string {
  if (vlan === null) return pvid === null ? "" : String(pvid);
  return pvid === null || pvid === vlan ? String(vlan) : `${vlan} (PVID ${pvid})`;
}
