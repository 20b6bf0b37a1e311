/** Options of a `dhcp` stanza, checked: they go into a client's configuration file or argv. */
import { Problem } from "../../problem.ts";
import { hostName, integer, plainText } from "./checks.ts";
import type { ClientOptions } from "./supplier.ts";

export interface Wishes {
  hostName: string;
  /** Bytes as `01:02:03`, or text. */
  clientId: string;
  vendorClass: string;
  /** Seconds; 0: as the server likes. */
  leaseTime: number;
  /** Names of further options, as the client knows them. */
  request: string[];
  prefix: boolean;
  stateless: boolean;
}

/** @throws Problem `config` */
export function wishesOf({ options }: Pick<ClientOptions, "options">): Wishes {
  const read = <Value>(
    name: string,
    expected: string,
    check: (text: string) => Value | undefined,
  ): Value | undefined => {
    const text = options[name];
    if (text === undefined || text === "") return undefined;
    const value = check(text);
    if (value === undefined) throw new Problem("config", `${name}: expected ${expected}`);
    return value;
  };
  const flag = (name: string) => read(name, "0 or 1", (text) => integer(text, 0, 1)) === 1;
  const text = (value: string) => (value.length <= 255 ? plainText(value) : undefined);
  const seconds = read("leasetime", "seconds", (value) => integer(value, 1, 0xffffffff));
  const hours = read("leasehours", "hours", (value) => integer(value, 1, 1_000_000));
  const names = (value: string) => {
    const words = value.split(/[\s,]+/).filter((word) => word !== "");
    return words.length <= 64 && words.every((word) => /^[a-z0-9][a-z0-9._-]{0,63}$/.test(word)) ? words : undefined;
  };
  return {
    hostName: read("hostname", "a host name", hostName) ?? "",
    clientId: read("client", "plain text of at most 255 characters", text) ?? "",
    vendorClass: read("vendor", "plain text of at most 255 characters", text) ?? "",
    leaseTime: seconds ?? (hours ?? 0) * 3600,
    request: read("request", "names of options", names) ?? [],
    prefix: flag("request-prefix"),
    stateless: flag("stateless"),
  };
}

/** `01:02:0a`, bytes in hex. */
export function isBytes(text: string): boolean {
  return /^[0-9a-f]{1,2}(:[0-9a-f]{1,2})+$/i.test(text);
}
