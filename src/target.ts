/** Where an agent is, as text: `HOST`, `HOST:PORT`, `IPv6`, `[IPv6]:PORT`; HOST is an address or a DNS name. */
import { isIP } from "node:net";
import { Problem } from "./problem.ts";

export interface Target {
  /** Address or name. */
  host: string;
  port: number;
  /** For messages: the host, with its port where that is not the usual one. */
  name: string;
}

/** Host and port, whatever they are: what a device is called may be any text. */
export function splitTarget(text: string): { host: string; port: number | undefined } {
  const plain = text.trim();
  const [, host = plain, port] = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(plain) ?? /^([^:]+):(\d{1,5})$/.exec(plain) ?? [];
  return { host, port: port === undefined ? undefined : Number(port) };
}

/**
 * A target that can be asked.
 * @throws Problem `bad-request` for what is none
 */
export function parseTarget(text: string, defaultPort = 161): Target {
  const { host, port = defaultPort } = splitTarget(text);
  const family = isIP(host.replace(/%.*$/, ""));
  // What looks like an address in dotted form but is none must not be asked of DNS.
  const named = /^\w([\w.-]*\w)?\.?$/.test(host) && (family === 4 || !/^[\d.]+$/.test(host));
  const fits = family === 6 ? !/[\s/?#@[\]]/.test(host) : named && !text.includes("[");
  if (!fits || host.length > 255 || port < 1 || port > 65_535) {
    throw new Problem("bad-request", `“${text.slice(0, 100)}” is no HOST, HOST:PORT or [IPv6]:PORT`);
  }
  const shown = host.includes(":") && port !== defaultPort ? `[${host}]` : host;
  return { host, port, name: port === defaultPort ? host : `${shown}:${port}` };
}

/** An address and its port as one text; port 0 is the usual one. */
export function targetText(ip: string, port: number): string {
  if (port === 0) return ip;
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}
