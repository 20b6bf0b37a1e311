/** A host's interfaces as `reeve netconf daemon` tells of them: bridge over bond over cards, VLANs, leases, trouble. */
import type {
  AddressState,
  DiagnosticLine,
  Difference,
  EventTree,
  InterfaceState,
  LeaseState,
  QueriedInterface,
  RouteState,
} from "../../src/console/interfaces/control.ts";

const minute = 60_000;
const file = "/etc/network/interfaces";

function address(text: string, from = "configuration", validUntil: number | null = null): AddressState {
  const family = text.includes(":") ? 6 : 4;
  const scope = text.startsWith("127.") || text === "::1/128" ? "host" : text.startsWith("fe80:") ? "link" : "global";
  return { address: text, family, scope, flags: validUntil === null ? ["permanent"] : [], validUntil, from };
}

function route(destination: string, gateway: string, protocol: string): RouteState {
  return { destination, family: 4, gateway, table: 254, metric: 0, protocol };
}

function link(index: number, name: string, more: Partial<InterfaceState>): InterfaceState {
  return {
    ...{ name, index, kind: "", type: "ether", address: `02:00:00:00:00:0${index % 10}`, mtu: 1500, master: "" },
    ...{ lower: "", up: true, carrier: true, operational: "routable", setup: "configured", logical: name },
    ...{ manager: "reeve", addresses: [], gateways: [], routes: [], methods: ["inet manual"], waitsFor: "", error: "" },
    ...{ event: index, since: null, users: [], at: `${file}:${index * 6}:1`, ...more },
  };
}

export function links(now: number, hostile: string): InterfaceState[] {
  const since = now - 300 * minute;
  const lease = now + 50 * minute;
  const none = { event: null, since: null, logical: "", methods: [], at: "" };
  return [
    link(1, "lo", {
      ...{ type: "loopback", address: "00:00:00:00:00:00", mtu: 65_536, methods: ["inet loopback"], since },
      addresses: [address("127.0.0.1/8"), address("::1/128", "kernel")],
    }),
    link(2, "eno1", { master: "bond0", operational: "enslaved", users: ["bond0"], since }),
    link(3, "eno2", { master: "bond0", operational: "enslaved", carrier: false, users: ["bond0"], since }),
    link(4, "bond0", { kind: "bond", master: "br0", operational: "enslaved", users: ["br0", "bond0.20"], since }),
    link(5, "br0", {
      ...{ kind: "bridge", methods: ["inet static", "inet6 auto"], gateways: ["192.0.2.1"], since },
      routes: [
        route("default", "192.0.2.1", "static"),
        route("192.0.2.0/24", "", "kernel"),
        { ...route("10.99.0.0/16", "192.0.2.9", "186"), table: 100, metric: 20 },
      ],
      addresses: [
        address("192.0.2.10/24"),
        address("198.51.100.9/32", "foreign"),
        address("2001:db8::10/64", "router-advertisement", now + 30 * minute),
        address("fe80::ff:fe00:5/64", "kernel"),
      ],
    }),
    link(6, "bond0.20", {
      ...{ kind: "vlan", lower: "bond0", methods: ["inet dhcp"], since: now - 10 * minute },
      addresses: [address("10.20.0.55/24", "lease", lease)],
    }),
    link(7, "enp7s0", {
      ...{ operational: "degraded", setup: "failed", methods: ["inet dhcp"], since: now - 4 * minute },
      error: `no DHCP server has answered within 60 s; ${hostile}`,
    }),
    link(8, "enp8s0", {
      ...{ operational: "no-carrier", setup: "deferred", carrier: false, methods: ["inet dhcp"] },
      ...{ waitsFor: "waits for a carrier", since: now - 299 * minute },
    }),
    link(9, "wlp3s0", {
      ...{ ...none, setup: "unmanaged", manager: "NetworkManager", addresses: [address("10.30.0.7/24", "foreign")] },
    }),
    link(10, "docker0", { ...none, kind: "bridge", setup: "unmanaged", manager: "", operational: "no-carrier" }),
    link(11, "gre1", {
      ...{ ...none, index: null, type: "", mtu: 0, kind: "gre", up: false, carrier: false, address: "" },
      ...{ setup: "down", operational: "missing", at: `${file}:66:1` },
    }),
  ];
}

export function leases(now: number, hostile: string): LeaseState[] {
  return [
    {
      ...{ name: "bond0.20", family: 4, client: "dhclient", pid: 4711, state: "bound", address: "10.20.0.55/24" },
      ...{ server: "10.20.0.1", routers: ["10.20.0.1"], dns: ["10.20.0.1", "10.20.0.2"], domain: "lab.example.org" },
      ...{ search: ["lab.example.org", "example.org"], ntp: ["10.20.0.3"], mtu: 1500, since: now - 10 * minute },
      ...{ renewAt: now + 20 * minute, expires: now + 50 * minute, other: { wpad: hostile } },
    },
    {
      ...{ name: "enp7s0", family: 4, client: "dhclient", pid: 4720, state: "requesting", address: "", server: "" },
      ...{ routers: [], dns: [], domain: "", search: [], ntp: [], mtu: 0, since: now, renewAt: null, expires: null },
      other: {},
    },
  ];
}

export function diagnostics(hostile: string): DiagnosticLine[] {
  return [
    {
      ...{ severity: "error", at: `${file}.d/lab:12:3`, message: `the prefix length is none: ${hostile}` },
      refuses: ["enp9s0"],
    },
    { severity: "warning", at: `${file}:71:1`, message: "auto names gre9, which has no stanza", refuses: [] },
  ];
}

export function differences(): { name: string; configured: boolean; differences: Difference[] }[] {
  const at = `${file}:31:5`;
  return [
    {
      ...{ name: "br0", configured: true },
      differences: [
        {
          ...{ kind: "missing", what: "address 192.0.2.11/24", at },
          mend: ["ip address add 192.0.2.11/24 brd 192.0.2.255 dev br0"],
        },
        { kind: "different", what: "mtu 9000 instead of 1500", at, mend: ["ip link set dev br0 mtu 9000"] },
        { kind: "foreign", what: "address 198.51.100.9/32", at: "", mend: [] },
      ],
    },
    { name: "bond0", configured: true, differences: [] },
    {
      ...{ name: "bond0.20", configured: true },
      differences: [
        {
          kind: "extra",
          what: "route 10.99.0.0/16 via 10.20.0.9",
          at,
          mend: ["ip route del 10.99.0.0/16 dev bond0.20"],
        },
      ],
    },
  ];
}

export function stanzas(name: string, methods: readonly string[], at: string): QueriedInterface {
  return {
    ...{ name, logical: name, classes: ["auto"] },
    stanzas: methods.map((words) => {
      const [family = "", method = ""] = words.split(" ");
      return {
        family,
        method,
        at,
        options: [
          ["mtu", "1500"],
          ...(method === "static" ? [["address", "192.0.2.10/24"] as [string, string]] : []),
        ] as [string, string][],
      };
    }),
  };
}

let last = 0;

export function event(kind: string, name: string, more: Partial<EventTree> = {}): EventTree {
  const queued = more.queued ?? Date.now();
  return {
    ...{ id: ++last, kind, name, parent: 0, by: "root", queued, ended: queued + 34, outcome: "done", reason: "" },
    ...{ at: "", lines: [], steps: [], ran: [], children: [], ...more },
  };
}

/** What led to how the interfaces stand, the oldest first. */
export function history(now: number, hostile: string): EventTree[] {
  last = 100;
  const up = (name: string, queued: number, more: Partial<EventTree> = {}): EventTree => {
    const root = event("CTLSOCK_IFUP", name, { by: "boot", queued, ended: queued + 120, at: `${file}:30:1`, ...more });
    const child = (kind: string, what: Partial<EventTree>): EventTree =>
      event(kind, name, { by: "boot", queued, parent: root.id, ...what });
    root.lines = [
      { at: queued, order: 1, text: `CTLSOCK_IFUP ${name}: requested by boot` },
      { at: queued + 118, order: 9, text: `CTLSOCK_IFUP ${name}: done` },
    ];
    root.children = [
      child("SCRIPTS", {
        ran: [{ what: "/etc/network/if-pre-up.d/bridge", status: 0, at: "" }],
        lines: [{ at: queued + 20, order: 3, text: `SCRIPTS ${name}: done` }],
      }),
      child("LINK", {
        steps: [
          { line: `ip link add name ${name} type bridge stp_state 0`, error: "", at: `${file}:30:1` },
          { line: `ip link set dev ${name} up`, error: "", at: `${file}:30:1` },
        ],
        lines: [{ at: queued + 60, order: 4, text: `LINK ${name}: done` }],
      }),
      child("IFCFG", {
        steps: [{ line: `ip address add 192.0.2.10/24 dev ${name}`, error: "", at: `${file}:31:5` }],
        lines: [{ at: queued + 90, order: 5, text: `IFCFG ${name}: done` }],
      }),
    ];
    return root;
  };
  const before = [
    up("bond0", now - 300 * minute),
    up("br0", now - 300 * minute + 200),
    event("CTLSOCK_IFUP", "enp8s0", {
      ...{ by: "boot", queued: now - 299 * minute, outcome: "deferred", reason: "waits for a carrier" },
    }),
    ...Array.from({ length: 60 }, (_, n) =>
      event("CARRIER", n % 2 === 0 ? "eno2" : "wlp3s0", { by: "kernel", queued: now - (200 - n) * minute }),
    ),
    event("LEASE", "bond0.20", { by: "dhclient 4711", queued: now - 10 * minute, reason: "" }),
  ];
  const failing = event("CTLSOCK_IFUP", "enp7s0", {
    ...{ by: "alice by way of uid 998 (reeve)", queued: now - 5 * minute, ended: now - 4 * minute },
    ...{ outcome: "timeout", reason: `no DHCP server has answered within 60 s; ${hostile}`, at: `${file}:44:1` },
  });
  failing.children = [
    event("LINK", "enp7s0", {
      ...{ parent: failing.id, queued: failing.queued, outcome: "failed", reason: "the kernel refused it" },
      steps: [
        {
          line: "ip link set dev enp7s0 mtu 9999",
          error: "EINVAL: mtu greater than device maximum",
          at: `${file}:46:5`,
        },
      ],
    }),
    event("DHCP", "enp7s0", {
      ...{ parent: failing.id, queued: failing.queued, ended: failing.ended, outcome: "timeout" },
      reason: "no DHCP server has answered within 60 s",
      ran: [{ what: "/sbin/dhclient -4 -1 -d enp7s0", status: null, at: `${file}:44:1` }],
    }),
  ];
  failing.lines = [{ at: failing.queued, order: 6, text: `CTLSOCK_IFUP enp7s0: ${hostile}` }];
  return [...before, failing];
}
