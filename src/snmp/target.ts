/** Where an agent is: `HOST`, `HOST:PORT`, `IPv6`, `[IPv6]:PORT`; HOST is an address or a DNS name. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { parseAddress } from "../address.ts";
import { Problem } from "../problem.ts";

export interface Target {
  /** Address or name. */
  host: string;
  port: number;
  /** For messages: the host, with its port where that is not the usual one. */
  name: string;
}

export interface ResolvedTarget extends Target {
  /** Numeric address, with its zone where it has one (`fe80::1%eth0`). */
  address: string;
  family: 4 | 6;
}

/** @throws Problem `bad-request` for what is no target */
export function parseTarget(text: string, defaultPort = 161): Target {
  const wrong = () => new Problem("bad-request", `“${text.slice(0, 100)}” is no HOST, HOST:PORT or [IPv6]:PORT`);
  const plain = text.trim();
  if (plain === "" || plain.length > 255 || /[\s/?#@]/.test(plain)) throw wrong();
  let host = plain;
  let digits: string | undefined;
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(plain);
  if (bracketed) {
    [, host = "", digits] = bracketed;
    if (isIP(host.replace(/%.*$/, "")) !== 6) throw wrong();
  } else if (isIP(plain.replace(/%.*$/, "")) !== 6) {
    const named = /^([^:[\]]+)(?::(\d+))?$/.exec(plain);
    if (!named) throw wrong();
    [, host = "", digits] = named;
    // What looks like an address in dotted form but is none must not be asked of DNS.
    if (!/^[\w.-]+$/.test(host) || (/^[\d.]+$/.test(host) && isIP(host) !== 4)) throw wrong();
  }
  const port = digits === undefined ? defaultPort : Number(digits);
  if (port < 1 || port > 65_535) throw wrong();
  const shown = host.includes(":") && port !== defaultPort ? `[${host}]` : host;
  return { host, port, name: port === defaultPort ? host : `${shown}:${port}` };
}

/** @throws Problem `unavailable` when the name has no address */
export async function resolveTarget(target: Target): Promise<ResolvedTarget> {
  const zone = /%.*$/.exec(target.host)?.[0] ?? "";
  const parsed = parseAddress(target.host);
  if (parsed) return { ...target, address: `${parsed.ip}${parsed.family === 6 ? zone : ""}`, family: parsed.family };
  try {
    const found = await lookup(target.host);
    return { ...target, address: found.address, family: found.family === 6 ? 6 : 4 };
  } catch (cause) {
    throw new Problem("unavailable", `${target.host} has no address`, { cause });
  }
}
