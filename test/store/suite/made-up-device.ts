/** A switch as a reading of it would say, for tests; and a store that counts its statements. */
import type { Kysely, KyselyPlugin } from "kysely";
import type {
  DeviceFacts,
  NeighbourFact,
  NeighbourProtocol,
  Part,
  PortFact,
  SystemFact,
} from "../../../src/network/facts.ts";
import { type DiscoveryInput, type SavedDiscovery, saveDiscovery } from "../../../src/store/device-discovery.ts";
import type { Schema } from "../../../src/store/schema.ts";
import type { Store } from "../../../src/store/store.ts";

export const day = 86_400_000;
/** Some time of the year 2026. */
export const start = 1_790_000_000_000;

export const whole = <Row>(rows: Row[]) => ({ rows, complete: true });
export const cutOff = <Row>(rows: Row[]) => ({ rows, complete: false, reason: "no answer" });

export function system(name: string, change: Partial<SystemFact> = {}): SystemFact {
  return {
    ...{
      name,
      description: "made up",
      contact: "",
      location: "lab",
      uptime: 100,
      object_id: "1.3.6.1.4.1.8072.3.2.10",
    },
    ...{ layers: "00000110", vendor: "acme", model: "S24", os: "acmeos", os_ver: "1.0", serial: `SN-${name}` },
    ...{ mac: null, chassis_id: "", snmp_engineid: "", num_ports: 2, ps1_type: "", ps1_status: "", ps2_type: "" },
    ...{ ps2_status: "", fan: "", slots: null, vtp_domain: "", vtp_mode: "", pae_is_enabled: null },
    snmp_class: "generic",
    ...change,
  };
}

export function port(name: string, ifindex: number, change: Partial<PortFact> = {}): PortFact {
  return {
    ...{ port: name, ifindex, descr: name, name: "", up: "up", up_admin: "up", type: "ethernetCsmacd", duplex: "full" },
    ...{ duplex_admin: "auto", speed: "1.0 Gbps", speed_admin: "", raw_speed: 1_000_000_000, mac: null, mtu: 1500 },
    ...{ stp: "", vlan: 1, pvid: 1, lastchange: 0, slave_of: "", is_master: false, has_subinterfaces: false },
    ...{ error_disable_cause: "", faststart: false, pae_authconfig_state: "", pae_authconfig_port_status: "" },
    ...{ pae_authsess_user: "", pae_is_authenticator: null, pae_is_supplicant: null, bridge_port: null },
    ...change,
  };
}

export function neighbour(
  local: string,
  id: string,
  remote: string,
  change: Partial<NeighbourFact> = {},
): NeighbourFact {
  return {
    ...{
      protocol: "lldp",
      local_port: local,
      remote_ip: "",
      remote_port: remote,
      remote_port_descr: "",
      remote_id: id,
    },
    ...{ remote_id_kind: "mac", remote_name: "", remote_type: "", capabilities: ["bridge"], remote_vendor: "" },
    ...{ remote_model: "", remote_os_ver: "", remote_serial: "" },
    ...change,
  };
}

export function facts(
  name: string,
  {
    neighbours,
    ...change
  }: Partial<Omit<DeviceFacts, "neighbours">> & {
    neighbours?: Partial<Record<NeighbourProtocol, Part<NeighbourFact>>>;
  } = {},
): DeviceFacts {
  return {
    system: system(name),
    identities: [{ kind: "serial", value: `SN-${name}` }],
    addresses: whole([]),
    ports: whole([port("1", 1), port("2", 2)]),
    vlans: whole([]),
    portVlans: whole([]),
    power: whole([]),
    portPower: whole([]),
    modules: whole([]),
    ...change,
    neighbours: { lldp: whole([]), cdp: whole([]), stp: whole([]), ospf: whole([]), bgp: whole([]), ...neighbours },
  };
}

export function discovered(
  store: Store,
  ip: string,
  read: DeviceFacts,
  now = start,
  more: Partial<DiscoveryInput> = {},
): Promise<SavedDiscovery> {
  return saveDiscovery(store, { target: { ip, port: 0 }, facts: read, now, ...more });
}

/** The nth address of a block that nobody owns. */
export function mac(number: number, block = "02:00:00"): string {
  const hex = number.toString(16).padStart(6, "0");
  return `${block}:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
}

/** The same store, which notes the statements that go through it (not `begin` and `commit`). */
export function counted(store: Store): { store: Store; statements: string[] } {
  const statements: string[] = [];
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      const first = node.kind === "RawNode" ? node.sqlFragments.join(" ").trim().split(/\s+/)[0] : undefined;
      statements.push(first ?? node.kind.replace("QueryNode", "").toLowerCase());
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const wrap = (db: Kysely<Schema>, inner: Store): Store => ({
    ...inner,
    db: db.withPlugin(plugin),
    transaction: (work) => inner.transaction((transaction) => work(wrap(transaction.db, transaction))),
  });
  return { store: wrap(store.db, store), statements };
}
