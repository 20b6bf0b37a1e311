/**
 * What a client's script is told, by its environment, as a `LeaseEvent`. Everything a server said passes a check on the
 * way (`checks`, `variables`); what fails costs its own field only, and is named in `refused`.
 */
import { Problem } from "../../problem.ts";
import type { Family } from "../kernel/state.ts";
import { deviceName, integer } from "./checks.ts";
import { hookVariables } from "./hook-variables.ts";
import type { LeaseEvent, LeaseReason } from "./lease.ts";
import { type Names6, readLease4, readLease6, unusable } from "./read-lease.ts";
import type { SupplierName } from "./supplier.ts";
import { type Environment, shown, Variables } from "./variables.ts";

interface Reading {
  reasons: Readonly<Record<string, LeaseReason>>;
  names6: Names6;
}

/** dhclient-script(8), with or without the 6 of DHCPv6. */
const dhclient: Reading = {
  reasons: {
    PREINIT: "preinit",
    BOUND: "bound",
    RENEW: "renew",
    REBIND: "rebind",
    REBOOT: "reboot",
    TIMEOUT: "timeout",
    EXPIRE: "expire",
    FAIL: "fail",
    STOP: "stop",
    RELEASE: "release",
    DEPREF: "depref",
    NBI: "nbi",
  },
  names6: {
    address: "ip6_address",
    prefix: "ip6_prefixlen",
    valid: "max_life",
    preferred: "preferred_life",
    renewal: "renew",
    rebinding: "rebind",
    starts: "life_starts",
    dropped: ["starts", "iaid", "dhcp6_client_id", "dhcp6_status_code"],
  },
};

/** dhcpcd-run-hooks(8). */
const dhcpcd: Reading = {
  reasons: {
    PREINIT: "preinit",
    CARRIER: "carrier",
    NOCARRIER: "no-carrier",
    NOCARRIER_ROAMING: "no-carrier",
    BOUND: "bound",
    INFORM6: "bound",
    RENEW: "renew",
    REBIND: "rebind",
    REBOOT: "reboot",
    TIMEOUT: "timeout",
    EXPIRE: "expire",
    NAK: "nak",
    FAIL: "fail",
    STOP: "stop",
    RELEASE: "release",
    IPV4LL: "ipv4ll",
  },
  names6: {
    address: "dhcp6_ia_na1_ia_addr1",
    valid: "dhcp6_ia_na1_ia_addr1_vltime",
    preferred: "dhcp6_ia_na1_ia_addr1_pltime",
    renewal: "dhcp6_ia_na1_t1",
    rebinding: "dhcp6_ia_na1_t2",
    dropped: [
      ...["dhcp6_client_id", "dhcp6_status_code", "dhcp6_status_code_message", "dhcp6_ia_na1_iaid"],
      ...["dhcp6_preference", "dhcp6_rapid_commit"],
    ],
  },
};

const readings: Record<SupplierName, Reading> = { dhclient, dhcpcd };
/** Those with which a server gave something. */
const giving: readonly LeaseReason[] = ["bound", "renew", "rebind", "reboot", "timeout"];

/**
 * @param now epoch milliseconds
 * @throws Problem `bad-request` for an environment that is none of this client's
 */
export function leaseEvent(client: SupplierName, environment: Environment, now: number): LeaseEvent {
  const said = environment.reason ?? environment.REASON ?? "";
  if (!/^[A-Z0-9_]{1,32}$/.test(said)) throw new Problem("bad-request", `${client} gave no reason for its call`);
  const { reasons, names6 } = readings[client];
  const reason = reasons[said] ?? reasons[said.replace(/6$/, "")] ?? "other";
  const event: LeaseEvent = {
    reason,
    said,
    iface: interfaceOf(environment, reason),
    family: familyOf(environment, said),
    pid: integer(environment.pid ?? "", 1, 2 ** 22) ?? 0,
    unusable: "",
  };
  const lease = (prefix: string, stored: boolean) => {
    const variables = new Variables(environment, prefix);
    if (variables.size === 0) return undefined;
    return event.family === 4 ? readLease4(variables, now, stored) : readLease6(variables, names6, now, stored);
  };
  const old = lease("old_", true);
  if (old) event.old = old;
  if (reason === "depref") {
    const current = lease("cur_", true);
    if (current) event.lease = { ...current, preferred: 0 };
  }
  if (!giving.includes(reason)) return event;
  const given = lease("new_", reason === "timeout");
  event.unusable = given ? unusable(given, now) : "the client told of no lease";
  if (given && event.unusable === "") event.lease = given;
  return event;
}

function interfaceOf(environment: Environment, reason: LeaseReason): string {
  const given = environment[hookVariables.interface];
  // With NBI dhclient names none.
  const name = environment.interface ?? (reason === "nbi" ? (given ?? "") : "");
  if (reason === "nbi" && name === "") return "";
  if (deviceName(name) === undefined) throw new Problem("bad-request", `${shown(name)} is no interface's name`);
  if (given !== undefined && given !== name) {
    throw new Problem("bad-request", `a client of ${shown(given)} speaks of ${name}`);
  }
  return name;
}

function familyOf(environment: Environment, said: string): Family {
  const given = environment[hookVariables.family];
  return given === "6" || (given !== "4" && said.endsWith("6")) ? 6 : 4;
}
