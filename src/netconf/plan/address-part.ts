/** Addresses of an interface: the new ones are there before the old ones go. */
import { addressDifference } from "../kernel/compare.ts";
import { type Address, addressKey } from "../kernel/state.ts";
import type { NewAddress } from "../kernel/step.ts";
import { type About, addressMeant, type Job, type Planner } from "./planner.ts";

/**
 * What is different, then what is missing. Done once more after others went: with a primary address the kernel deletes its
 * secondaries.
 */
export function makeAddresses(planner: Planner, job: Job): void {
  const { name, wanted, renew } = job;
  // Once is enough.
  job.renew = false;
  for (const { is, at } of wanted.addresses) {
    planner.need(is.device, name, at);
    const there = planner.address(is);
    if (!there || differs(is, there, renew) !== "remake") continue;
    const about: About = { iface: name, kind: "different", what: change(is, there), ...(at ? { at } : {}) };
    planner.meant.add(addressMeant(there));
    planner.do({ do: "address-delete", address: there }, about);
    planner.do({ do: "address-add", address: is }, about);
  }
  for (const { is, at } of wanted.addresses) {
    const there = planner.address(is);
    if (there && differs(is, there, renew) === "none") continue;
    const what = there ? `${shownAddress(is)}: other lifetimes` : shownAddress(is);
    const about: About = {
      iface: name,
      kind: there ? "different" : "missing",
      what: `address ${what}`,
      ...(at ? { at } : {}),
    };
    planner.do({ do: "address-add", address: is }, about);
  }
}

/** Whether an address must go before it can come as it is wanted, or its prefix goes. */
export function remakesAny(planner: Planner, { wanted, renew }: Job): boolean {
  return wanted.addresses.some(({ is }) => {
    const there = planner.address(is);
    if (!there) return false;
    const bare = is.flags.includes("noprefixroute") && !there.flags.includes("noprefixroute");
    return bare || differs(is, there, renew) === "remake";
  });
}

/** `address 192.0.2.1/24: label eth0:1 instead of eth0`, `address 2001:db8::1/64 instead of 2001:db8::1/72` */
function change(wanted: NewAddress, there: Address): string {
  const text = `address ${shownAddress(wanted)}`;
  if (shownAddress(wanted) !== shownAddress(there)) return `${text} instead of ${shownAddress(there)}`;
  const fields = (["broadcast", "label", "scope"] as const).filter((key) => wanted[key] && wanted[key] !== there[key]);
  const each = fields.map((key) => `${key} ${wanted[key]} instead of ${there[key] || "none"}`);
  return `${text}: ${each.join(", ") || "other flags"}`;
}

/** What is ours and wanted no longer. */
export function dropAddresses(planner: Planner, job: Job): void {
  const wanted = new Set(job.wanted.addresses.map(({ is }) => addressKey(is)));
  const extra = job.before.wanted.addresses.filter(({ is }) => !wanted.has(addressKey(is)));
  for (const { is, at } of extra) {
    const key = addressKey(is);
    if (planner.everybody.wantAddress(key, job.name)) continue;
    planner.meant.add(addressMeant(is));
    const there = planner.address(is);
    if (!there || addressKey(there) !== key) continue;
    const about: About = { iface: job.name, kind: "extra", what: `address ${shownAddress(is)}`, ...(at ? { at } : {}) };
    planner.do({ do: "address-delete", address: there }, about);
  }
}

function differs(wanted: NewAddress, there: Address, renew: boolean): ReturnType<typeof addressDifference> {
  const { valid, preferred } = there;
  if (valid === null || wanted.valid === null || renew) return addressDifference(wanted, there);
  // Both run off; only when there is less than wanted somebody must have given it another lifetime.
  const short = valid + 60 < wanted.valid || (wanted.preferred === 0) !== (preferred === 0);
  return addressDifference(short ? wanted : { ...wanted, valid, preferred }, there);
}

export function shownAddress({ address, prefix, peer }: NewAddress | Address): string {
  return `${address}/${prefix}${peer && peer !== address ? ` peer ${peer}` : ""}`;
}
