/**
 * Environments as dhclient 4.4.3-P1 and dhcpcd 9.4.1 (Debian 12) gave them to a script, recorded with dnsmasq 2.90 as
 * the server. Variables of no concern (PATH, PWD, requested_*) are left out.
 */

export type Recorded = Record<string, string>;

function read(text: string): Recorded {
  const lines = text.split("\n").map((line) => line.trim());
  return Object.fromEntries(
    lines.filter((line) => line !== "").map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]),
  );
}

function prefixed(prefix: string, variables: Recorded): Recorded {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [prefix + name, value]));
}

const dhclient4 = (reason: string) => read(`dad_wait_time=0\ninterface=vc\npid=12537\nreason=${reason}`);
const dhclient6 = (reason: string) => read(`dad_wait_time=0\ninterface=wc\npid=24883\nreason=${reason}`);

/** Epoch seconds at which `lease4` was given. */
export const given = 1795289214;

export const lease4 = read(`
  broadcast_address=10.77.0.255
  dhcp_lease_time=120
  dhcp_message_type=5
  dhcp_rebinding_time=105
  dhcp_renewal_time=60
  dhcp_server_identifier=10.77.0.1
  domain_name=lab.test
  domain_name_servers=10.77.0.1 10.77.0.2
  domain_search=lab.test. sub.lab.test.
  expiry=1795289334
  interface_mtu=1400
  ip_address=10.77.0.52
  network_number=10.77.0.0
  next_server=10.77.0.1
  ntp_servers=10.77.0.9
  rfc3442_classless_static_routes=16 10 88 10 77 0 254 0 10 77 0 1
  routers=10.77.0.1
  subnet_mask=255.255.255.0
  v4_captive_portal=https://portal.lab.test/api
  wpad=http://192.0.2.80/wpad.dat`);

const renewed4 = { ...lease4, dhcp_rebinding_time: "99", dhcp_renewal_time: "54", expiry: "1795289386" };

const lease6 = read(`
  dhcp6_client_id=0:1:0:1:32:94:ad:b7:82:12:7a:3e:38:f1
  dhcp6_domain_search=lab6.test.
  dhcp6_name_servers=fd77::1
  dhcp6_server_id=0:3:0:1:f2:cd:f4:51:86:83
  dhcp6_status_code=success success
  iaid=7a:3e:38:f1
  ip6_address=fd77::12c
  ip6_prefixlen=128
  life_starts=1795289400
  max_life=120
  preferred_life=120
  rebind=105
  renew=60
  starts=1795289400`);

/** Under the reason of the call. */
export const dhclient = {
  PREINIT: dhclient4("PREINIT"),
  BOUND: { ...dhclient4("BOUND"), ...prefixed("new_", lease4) },
  RENEW: { ...dhclient4("RENEW"), ...prefixed("new_", renewed4), ...prefixed("old_", lease4) },
  REBOOT: { ...dhclient4("REBOOT"), ...prefixed("new_", lease4) },
  RELEASE: { ...dhclient4("RELEASE"), ...prefixed("old_", lease4) },
  STOP: { ...dhclient4("STOP"), ...prefixed("old_", lease4) },
  EXPIRE: { ...dhclient4("EXPIRE"), ...prefixed("old_", lease4) },
  TIMEOUT: { ...dhclient4("TIMEOUT"), ...prefixed("new_", lease4) },
  FAIL: dhclient4("FAIL"),
  NBI: { REASON: "NBI" } as Recorded,
  PREINIT6: dhclient6("PREINIT6"),
  BOUND6: { ...dhclient6("BOUND6"), ...prefixed("new_", lease6) },
  RENEW6: {
    ...dhclient6("RENEW6"),
    ...prefixed("new_", { ...lease6, life_starts: "1795289461", renew: "53", rebind: "98" }),
    ...prefixed("old_", lease6),
  },
  DEPREF6: { ...dhclient6("DEPREF6"), ...prefixed("cur_", lease6) },
  RELEASE6: { ...dhclient6("RELEASE6"), ...prefixed("old_", lease6) },
};

const dhcpcdBase = (protocol: string, reason: string) =>
  read(`
  if_configured=false
  if_down=false
  if_up=true
  ifcarrier=up
  ifflags=69699
  ifmetric=1002
  ifmtu=1500
  ifwireless=0
  interface=vc
  interface_order=vc
  pid=1832
  protocol=${protocol}
  reason=${reason}`);

const dhcpcd4 = read(`
  broadcast_address=10.77.0.255
  classless_static_routes=10.88.0.0/16 10.77.0.254 0.0.0.0/0 10.77.0.1
  dhcp_lease_time=120
  dhcp_message_type=5
  dhcp_rebinding_time=105
  dhcp_renewal_time=60
  dhcp_server_identifier=10.77.0.1
  domain_name=lab.test
  domain_name_servers=10.77.0.1 10.77.0.2
  domain_search=lab.test sub.lab.test
  interface_mtu=1400
  ip_address=10.77.0.55
  network_number=10.77.0.0
  routers=10.77.0.1
  subnet_cidr=24
  subnet_mask=255.255.255.0`);

const dhcpcd6 = read(`
  dhcp6_client_id=00010001329555b7c25a7d4313d3
  dhcp6_domain_search=lab6.test
  dhcp6_ia_na1_ia_addr1=fd77::1f8
  dhcp6_ia_na1_ia_addr1_pltime=120
  dhcp6_ia_na1_ia_addr1_vltime=120
  dhcp6_ia_na1_iaid=7d4313d3
  dhcp6_ia_na1_t1=60
  dhcp6_ia_na1_t2=105
  dhcp6_name_servers=fd77::1
  dhcp6_preference=255
  dhcp6_rapid_commit=
  dhcp6_server_id=00030001e6d3d886de2f
  dhcp6_status_code=0
  dhcp6_status_code_message=success`);

export const dhcpcd = {
  PREINIT: dhcpcdBase("link", "PREINIT"),
  NOCARRIER: dhcpcdBase("link", "NOCARRIER"),
  CARRIER: dhcpcdBase("link", "CARRIER"),
  BOUND: { ...dhcpcdBase("dhcp", "BOUND"), ...prefixed("new_", dhcpcd4) },
  STOP: { ...dhcpcdBase("dhcp", "STOP"), ...prefixed("old_", dhcpcd4) },
  STOPPED: dhcpcdBase("link", "STOPPED"),
  ROUTERADVERT: {
    ...dhcpcdBase("ra", "ROUTERADVERT"),
    nd1_from: "fe80::e4d3:d8ff:fe86:de2f",
    nd1_flags: "MO",
    nd1_rdnss1_servers: "fd77::1",
  } as Recorded,
  BOUND6: { ...dhcpcdBase("dhcp6", "BOUND6"), ...prefixed("new_", dhcpcd6) },
  RELEASE6: { ...dhcpcdBase("dhcp6", "RELEASE6"), ...prefixed("old_", dhcpcd6) },
};
