/** Routes that a DHCPv4 server gives: classless (RFC 3442), the older classful ones (option 33), and routers. */
import { anyAddress, integer, maskOf, numberOf, peerAddress, textOf } from "./checks.ts";
import type { LeaseRoute } from "./lease.ts";

/** Routes of one lease, and gateways of one destination: a server may send more, but nobody needs them. */
export const most = { routes: 64, gateways: 4 };

export interface ReadRoutes {
  routes: LeaseRoute[];
  /** What was left out; "": nothing. */
  refused: string;
}

/** dhclient's `new_rfc3442_classless_static_routes`: the option's bytes, decimal. Undefined: they are cut or no bytes. */
export function classlessBytes(text: string): ReadRoutes | undefined {
  const bytes = text.split(" ").map((word) => integer(word, 0, 255));
  const routes: LeaseRoute[] = [];
  for (let at = 0; at < bytes.length; ) {
    const prefix = bytes[at] ?? 33;
    const length = Math.ceil(prefix / 8);
    const end = at + 1 + length + 4;
    const part = bytes.slice(at, end);
    if (prefix > 32 || end > bytes.length || part.includes(undefined)) return undefined;
    const network = [...part.slice(1, 1 + length), 0, 0, 0, 0].slice(0, 4).join(".");
    routes.push({ destination: network, prefix, gateway: part.slice(1 + length).join(".") });
    at = end;
  }
  return sift(routes);
}

/** dhcpcd's `new_classless_static_routes`: `10.88.0.0/16 10.77.0.254 …`. */
export function classlessText(text: string): ReadRoutes | undefined {
  const words = text.split(" ");
  if (words.length % 2 !== 0) return undefined;
  const routes: LeaseRoute[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const [destination = "", bits = ""] = (words[at] ?? "").split("/");
    const prefix = integer(bits, 0, 32);
    const gateway = anyAddress(words[at + 1] ?? "", 4);
    if (anyAddress(destination, 4) === undefined || prefix === undefined || gateway === undefined) return undefined;
    routes.push({ destination, prefix, gateway });
  }
  return sift(routes);
}

/** Option 33 as both clients write it: pairs of destination and router, networks as the classes had them. */
export function classfulText(text: string): ReadRoutes | undefined {
  const words = text.split(" ").map((word) => anyAddress(word, 4));
  if (words.length % 2 !== 0 || words.includes(undefined)) return undefined;
  const routes: LeaseRoute[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const destination = words[at] ?? "";
    // RFC 2132 §5.8: the default route is an illegal destination.
    if (destination === "0.0.0.0") continue;
    const network = numberOf(destination);
    const prefix = classOf(destination);
    const host = (network & ~maskOf(prefix)) !== 0;
    routes.push({ destination, prefix: host ? 32 : prefix, gateway: words[at + 1] ?? "" });
  }
  return sift(routes);
}

/** Length of the prefix by an address's class (RFC 791), for a server that gave no mask. */
export function classOf(address: string): number {
  const first = Number(address.split(".", 1)[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

/** Destinations without host bits; nothing twice, nothing to loopback or multicast, not more than anybody needs. */
export function sift(given: readonly LeaseRoute[]): ReadRoutes {
  const routes: LeaseRoute[] = [];
  const gateways = new Map<string, number>();
  const seen = new Set<string>();
  let bad = 0;
  let many = 0;
  for (const route of given) {
    const destination = textOf(numberOf(route.destination) & maskOf(route.prefix));
    const gateway = route.gateway === "0.0.0.0" ? "" : route.gateway;
    const first = Number(destination.split(".", 1)[0]);
    const nowhere = (first === 0 && route.prefix >= 8) || first === 127 || first >= 224;
    const network = `${destination}/${route.prefix}`;
    if (seen.has(`${network} ${gateway}`)) continue;
    seen.add(`${network} ${gateway}`);
    const ways = gateways.get(network) ?? 0;
    if (nowhere || (gateway !== "" && peerAddress(gateway, 4) === undefined)) bad++;
    else if (ways >= most.gateways || routes.length >= most.routes) many++;
    else {
      gateways.set(network, ways + 1);
      routes.push({ destination, prefix: route.prefix, gateway });
    }
  }
  const refused = [bad > 0 ? `${bad} to or by an impossible address` : "", many > 0 ? `${many} too many` : ""];
  return { routes, refused: refused.filter((part) => part !== "").join(", ") };
}
