/** `dhcp` of both families, `bootp`, `auto` (SLAAC, RFC 4862) and `ipv4ll`: what gives addresses while the interface is up. */
import { allOptions, option, optionKey, type Stanza } from "../interfaces/configuration.ts";
import type { DynamicMethod } from "../plan/wanted.ts";
import { addressOptionsUnused, metricOf } from "./addresses.ts";
import { addAdvertisements, waitOf } from "./device.ts";
import type { Draft } from "./draft.ts";
import { flag, integer, text } from "./value.ts";

/** ifupdown-ng's words for ifupdown's. */
const names: Readonly<Record<string, string>> = {
  "dhcp-hostname": "hostname",
  "dhcp-client-id": "client",
  "dhcp-vendor": "vendor",
  "dhcp-leasetime": "leasetime",
};

export const dhcpOptions = [
  ...["hostname", "client", "vendor", "leasetime", "leasehours", "metric", "request-prefix", "request", "dhcp"],
  ...["bootfile", "server", "hwaddr", "ll-attempts", "ll-interval"],
  ...[...Object.keys(names), "dhcp-program", "dhcp-config", "dhcp-script", "udhcpc-opts"],
];

const commands = new Set(["pre-up", "up", "post-up", "pre-down", "down", "post-down"]);
const fixed = ["address", "netmask", "gateway", "broadcast", "pointopoint"];

/** @param more options that the method adds: `stateless` (RFC 8415 §6.1, dhclient -S) */
export function addDynamic(
  stanza: Stanza,
  draft: Draft,
  method: Omit<DynamicMethod, "options" | "at">,
  more: Readonly<Record<string, string>> = {},
): void {
  if (draft.label) {
    draft.error(
      stanza.at,
      `${draft.name} is an alias of ${draft.device}: method ${method.method} is for ${draft.device} itself`,
    );
  }
  const said = stanza.options.filter(({ name }) => !commands.has(optionKey(name)));
  const options = Object.fromEntries(
    said.map(({ name, value }) => [names[optionKey(name)] ?? optionKey(name), value.trim()]),
  );
  draft.wanted.dynamic.push({ ...method, options: { ...options, ...more }, at: stanza.at });
}

export function dhcp4(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  addressOptionsUnused(stanza, draft, fixed);
  checkClient(stanza, draft);
  addDynamic(stanza, draft, { family: 4, method: "dhcp" });
}

function checkClient(stanza: Stanza, draft: Draft): void {
  draft.read(option(stanza, "metric"), metricOf);
  draft.read(option(stanza, "leasetime", "dhcp-leasetime"), integer(1, 0xffff_ffff));
  draft.read(option(stanza, "leasehours"), integer(1, 1_000_000));
  for (const given of allOptions(
    stanza,
    "hostname",
    "dhcp-hostname",
    "client",
    "dhcp-client-id",
    "vendor",
    "dhcp-vendor",
  )) {
    draft.read(given, text(255));
  }
}

/** DHCP servers answer BOOTP's clients and DHCP clients take BOOTP's answers (RFC 1534). */
export function bootp(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  for (const given of allOptions(stanza, "bootfile", "server")) {
    draft.warning(given.at, `${given.name} has no effect: the DHCP client that asks for an address takes any server's`);
  }
  addDynamic(stanza, draft, { family: 4, method: "dhcp" });
}

export function dhcp6(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  addressOptionsUnused(stanza, draft, fixed);
  addAdvertisements(stanza, draft, { acceptRa: 1 });
  checkClient(stanza, draft);
  waitForLinkLocal(stanza, draft);
  addDynamic(stanza, draft, { family: 6, method: "dhcp" });
}

/** With `dhcp 1` a client asks for what advertisements do not say; with `request_prefix 1` for a network to hand on. */
export function auto(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  addressOptionsUnused(stanza, draft, fixed);
  addAdvertisements(stanza, draft, { acceptRa: 2, autoconf: 1 });
  addDynamic(stanza, draft, { family: 6, method: "auto" });
  const prefix = draft.read(option(stanza, "request-prefix"), flag);
  if (!draft.read(option(stanza, "dhcp"), flag) && !prefix) return;
  waitForLinkLocal(stanza, draft);
  addDynamic(stanza, draft, { family: 6, method: "dhcp" }, prefix ? {} : { stateless: "1" });
}

function waitForLinkLocal(stanza: Stanza, draft: Draft): void {
  draft.read(option(stanza, "request-prefix"), flag);
  draft.wanted.waits.dad = Math.max(draft.wanted.waits.dad, waitOf(stanza, draft, "ll"));
}

export function ipv4ll(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  addressOptionsUnused(stanza, draft, fixed);
  addDynamic(stanza, draft, { family: 4, method: "ipv4ll" });
}
