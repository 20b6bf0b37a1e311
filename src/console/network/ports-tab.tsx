import type { Child } from "hono/jsx";
import type { PageContext, PageResult } from "../page.ts";
import { Choices } from "../parts/choices.tsx";
import { csvFileName } from "../parts/csv.ts";
import { dialogId } from "../parts/dialog.tsx";
import { List } from "../parts/list.tsx";
import { type ListState, listOptions, listState } from "../parts/list-state.ts";
import { type Column, tableCsv } from "../parts/table.tsx";
import { Empty } from "../parts/text.tsx";
import type { DeviceDetail, PortList, PortSummary } from "./answer.ts";
import { askedTime } from "./as-of.tsx";
import { portSorts } from "./declaration.ts";
import { portHref } from "./links.tsx";
import { Connected, marks, ownName, protocolsOf, StateBadge, stateWord, vlanWord } from "./port-cells.tsx";

export const portsId = "ports";
const shows = ["all", "up", "down", "free"] as const;

export function controlHref(device: number, port: string): string {
  return `/network/control?${new URLSearchParams({ device: String(device), port })}`;
}

function columns(page: PageContext, device: number): Column<PortSummary>[] {
  const at = page.url.searchParams.get("at");
  const mayControl = page.user.administrator && at === null;
  return [
    {
      key: "ifIndex",
      title: "Port",
      sortable: true,
      value: ({ port }) => port,
      cell: (row) => (
        <>
          <a href={portHref(device, row.port, at)}>{row.port}</a>
          {ownName(row) && <div class="why">{ownName(row)}</div>}
        </>
      ),
    },
    { key: "index", title: "ifIndex", csvOnly: true, value: ({ ifIndex }) => ifIndex },
    { key: "name", title: "Name", csvOnly: true },
    { key: "up", title: "State", sortable: true, value: stateWord, cell: (port) => <StateBadge port={port} /> },
    {
      key: "speed",
      title: "Speed",
      value: ({ speed }) => speed,
      cell: ({ speed, up }) => (up === "up" && speed !== "0" ? speed.replace(" ", "\u00a0") : ""),
    },
    { key: "duplex", title: "Duplex", csvOnly: true },
    { key: "vlan", title: "VLAN", sortable: true, value: vlanWord },
    {
      key: "marks",
      title: "Also",
      value: (port) => marks(port).join("; "),
      cell: (port) => {
        const all = marks(port);
        return all.length === 0 ? (
          ""
        ) : (
          <span class="port-marks">
            {all.map((mark) => (
              <span>{mark}</span>
            ))}
          </span>
        );
      },
    },
    { key: "stp", title: "Spanning tree", csvOnly: true },
    {
      key: "nodeCount",
      title: "Connected",
      sortable: true,
      words: true,
      value: ({ neighbours, nodeCount }) =>
        [
          ...neighbours.map((one) => `${one.label} ${one.remotePort} (${protocolsOf(one)} ${one.confidence ?? "?"} %)`),
          nodeCount > 0 ? `${nodeCount} MAC` : "",
        ]
          .filter(Boolean)
          .join("; "),
      cell: (port) =>
        port.neighbours.length + port.nodeCount === 0 && port.lastUsed === null ? (
          ""
        ) : (
          <Connected device={device} port={port} at={at} />
        ),
    },
    {
      key: "lastUsed",
      title: "Last used",
      csvOnly: true,
      value: ({ lastUsed }) => (lastUsed === null ? "" : new Date(lastUsed).toISOString()),
    },
    ...(mayControl
      ? [
          {
            key: "control",
            title: "Control",
            value: () => "",
            cell: ({ port }: PortSummary) => <ControlButton device={device} port={port} />,
          },
        ]
      : []),
  ];
}

/** Asks in the dialog; without a script, on a page of its own. */
export function ControlButton({ device, port, children }: { device: number; port: string; children?: Child }) {
  const href = controlHref(device, port);
  return (
    <a
      class="button"
      href={href}
      hx-get={href}
      hx-target={`#${dialogId}`}
      hx-swap="innerHTML"
      hx-push-url="false"
      aria-label={`Control ${port} …`}
    >
      {children ?? "Control …"}
    </a>
  );
}

function optionsOf(page: PageContext, device: number, state: ListState) {
  const asked = page.url.searchParams.get("show");
  const show = shows.find((one) => one === asked) ?? "all";
  const at = askedTime(page.url);
  return { device, show, ...(at === undefined ? {} : { at }), ...listOptions(state) };
}

export async function portsTab(page: PageContext, device: DeviceDetail): Promise<{ list: Child } | PageResult> {
  const { url } = page;
  const state = listState(url, { sorts: portSorts, size: 500 });
  const options = optionsOf(page, device.id, state);
  if (url.searchParams.get("format") === "csv") {
    const all = await page.call<PortList>("network/ports", { ...options, limit: 2000, offset: 0 });
    const shown = columns(page, device.id).filter(({ key }) => key !== "control");
    const content = tableCsv(shown, all.ports);
    return { file: csvFileName(device.name || device.address, "ports"), type: "text/csv; charset=utf-8", content };
  }
  const answer = await page.call<PortList>("network/ports", options);
  const at = url.searchParams.get("at");
  const href = (show: string) => {
    const query = new URLSearchParams({ tab: "ports", show, ...(at ? { at } : {}) });
    return `${url.pathname}?${query}`;
  };
  const list = (
    <List
      id={portsId}
      caption="Ports"
      noun={["port", "ports"]}
      columns={columns(page, device.id)}
      rows={answer.ports}
      total={answer.total}
      url={url}
      state={state}
      searchHint="Port, name, neighbour, MAC, address …"
      empty={
        <Empty icon="list" title={answer.all === 0 ? "No port is known" : `No port is ${options.show}`}>
          {answer.all === 0 && <p>A discover reads the interface table; its job says what it found.</p>}
        </Empty>
      }
    />
  );
  const choices = shows.map((key) => ({
    key,
    title: { all: "All", up: "Up", down: "Down", free: "Free" }[key],
    count: answer[key],
  }));
  return {
    list:
      page.partial === portsId ? (
        list
      ) : (
        <>
          <Choices label="Which ports" choices={choices} chosen={options.show} href={href} />
          {options.show === "free" && (
            <p class="muted">Free: without link, and no machine was seen behind it for 30 days.</p>
          )}
          {list}
        </>
      ),
  };
}
