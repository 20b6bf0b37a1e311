/**
 * The tables as the code sees them; src/store/migrations makes them. Types that both databases have: text, and integers
 * that come back as numbers. Times are epoch milliseconds, truths 0 or 1, lists and objects JSON in text columns.
 */
import type { Generated } from "kysely";
import type { NetworkSchema } from "./schema-network.ts";
import type { QueueSchema } from "./schema-queue.ts";

type Flag = 0 | 1;

export interface UserTable {
  /** Lower case. */
  name: string;
  /** argon2id in PHC format; made and checked by the daemon. */
  password: string;
  administrator: Flag;
  disabled: Flag;
  created: number;
  /** When the password or a flag last changed. */
  changed: number;
}

export interface SessionTable {
  /** SHA-256 of the session's id in hex: whoever reads the database cannot log in with it. */
  id_hash: string;
  user: string;
  created: number;
  last_seen: number;
  expires: number;
  address: string;
  user_agent: string;
  locale: string;
}

export interface LoginFailureTable {
  key: string;
  count: number;
  last: number;
}

export interface AuditTable {
  id: Generated<number>;
  time: number;
  /** "" when nobody was logged in. */
  user: string;
  address: string;
  /** First characters of the session's hash. */
  session: string;
  action: string;
  subject: string;
  detail: string;
  outcome: "ok" | "refused" | "failed";
  /** UMCP or HTTP status; 0 when there is none. */
  status: number;
}

export interface HostTable {
  id: Generated<number>;
  device_id: string;
  name: string;
  os_name: string;
  os_version: string;
  kernel: string;
  memory_mb: number | null;
  cpu: string;
  manufacturer: string;
  model: string;
  serial: string;
  uuid: string;
  tag: string;
  last_user: string;
  address: string;
  /** As `host_address.ip_hex`; "" when the address is none. */
  address_hex: string;
  agent: string;
  software_count: number;
  is_new: Flag;
  first_seen: number;
  last_seen: number;
  last_inventory: number;
  /** `[{ "section": …, "reason": … }]` of the last inventory. */
  incomplete: string;
  /** Everything a search looks through, in lower case, one value a line. */
  search: string;
}

/** Other device ids by which a host is known: those of hosts that were merged into it. */
export interface HostAliasTable {
  device_id: string;
  host_id: number;
}

export interface HostSectionTable {
  host_id: number;
  section: string;
  /** JSON array of rows as the agent sent them. */
  items: string;
  count: number;
  /** SHA-256 over the rows whatever their order: tells whether a new inventory changes anything. */
  digest: string;
  changed: number;
}

export interface HostAddressTable {
  host_id: number;
  /** Order within the host. */
  position: number;
  interface: string;
  /** `00:11:22:33:44:55`, or `null`. */
  mac: string | null;
  /** Canonical text, or `null` for an interface without an address. */
  ip: string | null;
  /** 32 hex digits (IPv4 as ::ffff:a.b.c.d): sorts and compares as the address does. */
  ip_hex: string | null;
  /** Length of the network's prefix, counted as the family counts it. */
  prefix: number | null;
}

export interface SoftwareTable {
  id: Generated<number>;
  /** Hash of name, version, publisher and architecture. */
  key: string;
  name: string;
  /** Lower case, for searches. */
  name_lower: string;
  version: string;
  publisher: string;
  architecture: string;
}

export interface HostSoftwareTable {
  host_id: number;
  software_id: number;
}

/** A person or a group of a directory. */
export interface PersonTable {
  /** entryUUID. */
  uuid: string;
  /** Which listener told it: the directory's suffix. */
  source: string;
  kind: "person" | "group";
  dn: string;
  /** The DN in its normal form, as `person_member.member` has it. */
  dn_key: string;
  /** uid of a person, cn of a group. */
  account: string;
  account_lower: string;
  name: string;
  mail: string;
  phone: string;
  title: string;
  department: string;
  description: string;
  /** JSON: names, each with its texts. */
  attributes: string;
  /** Everything a search looks through, in lower case, one value a line. */
  search: string;
  disabled: Flag;
  /** Members of a group. */
  member_count: number;
  first_seen: number;
  changed: number;
}

export interface PersonMemberTable {
  group_uuid: string;
  /** `dn:` and a normalised DN, or `uid:` and an account in lower case (memberUid). */
  member: string;
}

export interface Schema extends QueueSchema, NetworkSchema {
  user: UserTable;
  session: SessionTable;
  login_failure: LoginFailureTable;
  audit: AuditTable;
  host: HostTable;
  host_alias: HostAliasTable;
  host_section: HostSectionTable;
  host_address: HostAddressTable;
  software: SoftwareTable;
  host_software: HostSoftwareTable;
  person: PersonTable;
  person_member: PersonMemberTable;
}
