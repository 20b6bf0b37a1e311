/** The configuration that Reeve gives dhclient: the administrator's own, and what the stanza says. dhclient.conf(5). */
import { isBytes, type Wishes } from "./client-options.ts";

/** Where there is no dhclient.conf: what Debian's has. */
const preset = `option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
send host-name = gethostname();
request subnet-mask, broadcast-address, time-offset, routers, domain-name, domain-name-servers, domain-search,
  host-name, dhcp6.name-servers, dhcp6.domain-search, dhcp6.fqdn, dhcp6.sntp-servers, netbios-name-servers,
  netbios-scope, interface-mtu, rfc3442-classless-static-routes, ntp-servers;`;

/**
 * @param own path of the administrator's file; undefined: there is none
 * @param timeout seconds of one try
 */
export function dhclientConf(wishes: Wishes, own: string | undefined, timeout: number): string {
  const { hostName, clientId, vendorClass, leaseTime, request } = wishes;
  const client = isBytes(clientId) ? clientId : `"${clientId}"`;
  return [
    "# Written by Reeve at each start of the client.",
    own === undefined ? preset : `include "${own}";`,
    `timeout ${Math.max(1, Math.ceil(timeout))};`,
    // 10 s of it go by before it asks for anything but what it had.
    ...(timeout < 20 ? [`reboot ${Math.max(1, Math.floor(timeout / 2))};`] : []),
    ...(hostName ? [`send host-name "${hostName}";`] : []),
    ...(clientId && clientId !== "no" ? [`send dhcp-client-identifier ${client};`] : []),
    ...(vendorClass ? [`send vendor-class-identifier "${vendorClass}";`] : []),
    ...(leaseTime ? [`send dhcp-lease-time ${leaseTime};`] : []),
    ...(request.length > 0 ? [`also request ${request.join(", ")};`] : []),
    "",
  ].join("\n");
}
