/** Addresses: LISTEN settings, networks, and who a client really is behind a trusted proxy. */
import { BlockList, isIP } from "node:net";
import { Problem } from "../problem.ts";

export interface ListenAddress {
  hostname: string;
  port: number;
}

/** `127.0.0.1:8090`, `[::1]:8090`, `localhost:8090`, `0.0.0.0:80`; port 0 lets the system choose. */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text);
  const hostname = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3]);
  if (!match || port > 65_535 || (match[1] && isIP(match[1]) !== 6)) {
    throw new Problem("config", `listen: expected ADDRESS:PORT, found ${JSON.stringify(text)}`);
  }
  return { hostname, port };
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** An IPv4 address that came in over an IPv6 socket, as IPv4. */
export function plainAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

/** @throws Problem `config` for what is neither an address nor a network in CIDR notation */
export function networks(texts: readonly string[], key: string): (address: string) => boolean {
  const blocks = new BlockList();
  for (const text of texts) {
    const [address = "", bits] = text.split("/");
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    const length = bits === undefined ? most : Number(bits);
    if (!version || !/^\d{0,3}$/.test(bits ?? "") || bits === "" || length > most) {
      throw new Problem("config", `${key}: expected an address or a network such as 192.0.2.0/24, found ${text}`);
    }
    blocks.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  }
  return (address) => {
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && blocks.check(plain, version === 4 ? "ipv4" : "ipv6");
  };
}

/** Who asks, and whether it asks over TLS. */
export interface Client {
  address: string;
  secure: boolean;
  /** True: it came through a proxy that is not trusted, and `address` is the proxy's. */
  veiled: boolean;
}

/**
 * Follows X-Forwarded-For from the right over trusted proxies only: the first address that is not one of them is the
 * client. What an untrusted peer writes there is ignored.
 */
export function clientOf(
  peer: string,
  secure: boolean,
  headers: Headers,
  trusted: (address: string) => boolean,
): Client {
  let address = plainAddress(peer);
  const given = headers.get("x-forwarded-for");
  if (!trusted(address)) return { address, secure, veiled: given !== null };
  const forwarded = (given ?? "").split(",").map((part) => plainAddress(part.trim()));
  while (forwarded.length > 0) {
    const next = forwarded.pop() ?? "";
    if (!isIP(next)) break;
    address = next;
    if (!trusted(next)) break;
  }
  const scheme = headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim();
  return { address, secure: secure || scheme === "https", veiled: false };
}
