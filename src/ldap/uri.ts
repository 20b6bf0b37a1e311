/** Where a directory listens, as LDAP tools write it (ldap.conf(5), URI): a scheme, a host, a port, and nothing more. */
import { Problem } from "../problem.ts";

export type LdapAddress =
  | { scheme: "ldap" | "ldaps"; host: string; port: number }
  /** A Unix socket. */
  | { scheme: "ldapi"; path: string };

const ports = { ldap: 389, ldaps: 636 };

/** Where Debian's slapd has its socket. */
const defaultSocket = "/var/run/slapd/ldapi";

/**
 * `ldap://host:389`, `ldaps://[2001:db8::1]`, `ldapi://%2Frun%2Fslapd%2Fldapi`; without a host it is this one.
 * @throws Problem `config`
 */
export function parseLdapUri(uri: string): LdapAddress {
  const wrong = (why: string) =>
    new Problem("config", `${JSON.stringify(uri.slice(0, 200))} is no LDAP URI: ${why}; e.g. ldap://host:389`);
  const local = /^ldapi:\/\/([^/?]*)\/?$/i.exec(uri);
  if (local) {
    const path = decode(local[1] ?? "") ?? "";
    if (path === "" && local[1] !== "") throw wrong("the socket's path is not percent-encoded rightly");
    if (path !== "" && !path.startsWith("/")) throw wrong("the socket's path is not absolute");
    return { scheme: "ldapi", path: path || defaultSocket };
  }
  const parts = /^(ldaps?):\/\/(?:\[([0-9a-f:.%]+)\]|([^/?#@:[\]\s]*))(?::(\d{1,5}))?\/?$/i.exec(uri);
  if (!parts) throw wrong("it is a scheme (ldap, ldaps, ldapi), a host and a port, without a DN or a user");
  const scheme = (parts[1] ?? "").toLowerCase() as "ldap" | "ldaps";
  const port = parts[4] === undefined ? ports[scheme] : Number(parts[4]);
  if (port < 1 || port > 65_535) throw wrong("there is no such port");
  return { scheme, host: parts[2] || parts[3] || "localhost", port };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
