import type { Child } from "hono/jsx";
import { Problem } from "../../problem.ts";
import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { chosenTab, Tabs } from "../parts/tabs.tsx";
import { Alert, Facts, Heading } from "../parts/text.tsx";
import { ExactTime, RelativeTime } from "../parts/time.tsx";
import type { DeviceDetail } from "./answer.ts";
import { AsOf, askedTime, Then } from "./as-of.tsx";
import { queueActions } from "./declaration.ts";
import { addressesTab, historyTab, MacAnchor, modulesTab, neighboursTab, vlansTab } from "./device-tabs.tsx";
import { devicesPath } from "./links.tsx";
import { portsId, portsTab } from "./ports-tab.tsx";

const tabsId = "device-tabs";
const keep = ["at"];

export function deviceId(page: PageContext): number {
  const text = page.params.id ?? "";
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Problem("not-found", "There is no such device.");
  return Number(text);
}

/** `12 days`, `3 hours`. */
function span(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return hours >= 2 ? `${hours} hours` : `${Math.floor(milliseconds / 60_000)} minutes`;
}

/** When it was read; what was cut off says so. */
function Read({ at, complete }: { at: number | null; complete: number | null }) {
  if (at === null) return <span class="muted">never</span>;
  if (complete === at) return <ExactTime at={at} />;
  return (
    <span>
      <ExactTime at={at} />{" "}
      <span class="muted">in part; to the end {complete === null ? "never" : <RelativeTime at={complete} />}</span>
    </span>
  );
}

function Overview({ device }: { device: DeviceDetail }) {
  return (
    <div class="card">
      <Facts
        label="Overview"
        facts={[
          ["Address", <code>{device.address}</code>],
          ["Name in the DNS", device.dns !== device.name && device.dns],
          ["Vendor", device.vendor],
          ["Model", device.model],
          ["System", [device.os, device.osVersion].filter(Boolean).join(" ")],
          ["Serial number", device.serial],
          ["Location", device.location],
          ["Contact", device.contact],
          ["Description", device.description],
          [
            "Running",
            device.uptime !== null &&
              device.lastDiscover !== null &&
              `for ${span(device.uptime)} when it was discovered`,
          ],
          ["MAC address", device.mac && <MacAnchor mac={device.mac} />],
          ["Chassis id", device.chassisId !== device.mac && device.chassisId && <code>{device.chassisId}</code>],
          ["Engine id", device.engineId && <code>{device.engineId}</code>],
          ["SNMP", device.snmpVersion > 0 && `version ${device.snmpVersion === 2 ? "2c" : device.snmpVersion}`],
          ["Object id", device.objectId && <code>{device.objectId}</code>],
          ["VTP domain", device.vtpDomain],
          ["Fans", device.fans],
          ["First seen", <ExactTime at={device.created} />],
          ["Discovered", <Read at={device.lastDiscover} complete={device.discoverComplete} />],
          ["MAC addresses read", <Read at={device.lastMacsuck} complete={device.macsuckComplete} />],
          ["ARP table read", <Read at={device.lastArpnip} complete={device.arpnipComplete} />],
          [
            "Merged into it",
            device.merged.length > 0 && (
              <ul class="lines">
                {device.merged.map((one) => (
                  <li>
                    {[one.name, one.address].filter(Boolean).join(", ")}
                    <span class="muted">
                      <RelativeTime at={one.at} />
                    </span>
                  </li>
                ))}
              </ul>
            ),
          ],
        ]}
      />
    </div>
  );
}

const verbs = { discover: "Discover", macsuck: "Read MACs", arpnip: "Read ARP" } as const;

function Actions({ page, device }: { page: PageContext; device: DeviceDetail }) {
  return (
    <form method="post" action="/network/enqueue" class="actions">
      <input type="hidden" name="xsrf" value={page.xsrf} />
      <input type="hidden" name="device" value={device.address} />
      {queueActions.map((action) => (
        <button type="submit" name="action" value={action}>
          {action === "discover" && <Icon name="search" size={16} />} {verbs[action]}
        </button>
      ))}
    </form>
  );
}

async function render(page: PageContext): Promise<PageResult> {
  const device = await page.call<DeviceDetail>("network/device", { device: deviceId(page) });
  const { url } = page;
  const at = askedTime(url);
  const { counts } = device;
  const tabs = [
    { id: "ports", title: "Ports", icon: "list", count: counts.ports },
    { id: "neighbours", title: "Neighbours", icon: "network" },
    { id: "overview", title: "Overview", icon: "info" },
    { id: "modules", title: "Modules", icon: "cube", count: counts.modules },
    { id: "addresses", title: "Addresses", icon: "home", count: counts.addresses },
    { id: "vlans", title: "VLANs", icon: "merge", count: counts.vlans },
    { id: "history", title: "History", icon: "list" },
  ] as const;
  const tab = chosenTab(tabs, url);
  const name = device.name || device.address;
  const title = `${name} · ${tab.title}`;

  let panel: Child;
  if (tab.id === "ports") {
    const ports = await portsTab(page, device);
    if (!("list" in ports)) return ports;
    panel = ports.list;
    if (page.partial === portsId) return { title, body: <>{panel}</> };
  } else if (tab.id === "overview") panel = <Overview device={device} />;
  else if (tab.id === "neighbours") panel = await neighboursTab(page, device);
  else if (tab.id === "modules") panel = await modulesTab(page, device);
  else if (tab.id === "addresses") panel = await addressesTab(page, device);
  else if (tab.id === "vlans") panel = await vlansTab(page, device);
  else panel = await historyTab(page, device);

  const kept = tab.id === "ports" || tab.id === "neighbours";
  const part = (
    <Tabs id={tabsId} label={`About ${name}`} tabs={tabs} chosen={tab} url={url} keep={keep}>
      <Then url={url} at={at} since={device.created} kept={kept} />
      {panel}
    </Tabs>
  );
  if (page.partial === tabsId) return { title, body: part };
  const seen = Math.max(device.lastDiscover ?? 0, device.lastMacsuck ?? 0, device.lastArpnip ?? 0);
  const body = (
    <>
      <Heading
        title={name}
        crumbs={[{ title: "Network", href: devicesPath }]}
        lead={
          <>
            {[device.address, [device.vendor, device.model].filter(Boolean).join(" "), device.os, device.location]
              .filter((text) => text && text !== name)
              .join(" · ")}
            {seen > 0 && (
              <>
                {" · last seen "}
                <RelativeTime at={seen} />
              </>
            )}
          </>
        }
        actions={page.user.administrator && !device.pseudo && <Actions page={page} device={device} />}
      />
      {device.lastDiscover !== null && device.discoverComplete !== device.lastDiscover && (
        <Alert tone="warning" title="The last discover was cut off">
          What it did not read to the end is shown as it was known before.
        </Alert>
      )}
      <div class="as-of-line">
        <AsOf url={url} keep={["tab", "show"]} />
      </div>
      {part}
    </>
  );
  return { title, body };
}

export const devicePage: Page = { path: "/network/devices/:id", render };
