/** Addresses and routes with what is usual left out. */
import type { Route } from "../../../src/netconf/kernel/state.ts";
import type { NewAddress } from "../../../src/netconf/kernel/step.ts";

export function address(device: string, text: string, prefix: number, fields: Partial<NewAddress> = {}): NewAddress {
  return {
    device,
    family: text.includes(":") ? 6 : 4,
    address: text,
    prefix,
    peer: "",
    broadcast: "",
    label: "",
    scope: "global",
    valid: null,
    preferred: null,
    protocol: 0,
    flags: [],
    ...fields,
  };
}

/** The default route of IPv4 unless told otherwise. */
export function route(fields: Partial<Route> & { gateway?: string; device?: string; onlink?: boolean } = {}): Route {
  const { gateway = "", device = "", onlink = false, ...rest } = fields;
  const family = (rest.destination ?? gateway).includes(":") ? 6 : 4;
  return {
    family,
    type: "unicast",
    destination: family === 4 ? "0.0.0.0" : "::",
    prefix: 0,
    table: 254,
    protocol: 4,
    scope: gateway || family === 6 ? "global" : "link",
    metric: family === 4 ? 0 : 1024,
    source: "",
    hops: device || gateway ? [{ gateway, device, onlink, weight: 1 }] : [],
    mtu: 0,
    advmss: 0,
    ...rest,
  };
}
