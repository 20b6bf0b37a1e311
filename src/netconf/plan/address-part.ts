/** Addresses of an interface: the new ones are there before the old ones go. */
import { addressDifference } from "../kernel/compare.ts";
import { type Address, addressKey } from "../kernel/state.ts";
import type { NewAddress } from "../kernel/step.ts";
import { type About, addressMeant, type Job, type Planner } from "./planner.ts";

/** What is missing or different. Done once more after others went: with a primary address the kernel deletes its secondaries. */
export function makeAddresses(planner: Planner, job: Job): void {
  for (const { is: wanted, at } of job.wanted.addresses) {
    planner.needed(wanted.device, job.name, at);
    const what = `address ${shownAddress(wanted)}`;
    const about = (kind: About["kind"], how = ""): About => ({
      iface: job.name,
      kind,
      what: `${what}${how}`,
      ...(at ? { at } : {}),
    });
    const there = planner.space.addressesOf(wanted.device, wanted.family).find((one) => sameObject(one, wanted));
    const add = { do: "address-add", address: wanted } as const;
    if (!there) planner.do(add, about("missing"));
    else if (differs(wanted, there, job.renew) === "remake") {
      const how = about("different", ` instead of ${shownAddress(there)}`);
      planner.meant.add(addressMeant(there));
      planner.do({ do: "address-delete", address: there }, how);
      planner.do(add, how);
    } else if (differs(wanted, there, job.renew) === "renew")
      planner.do(add, about("different", " with other lifetimes"));
  }
  // Once is enough.
  job.renew = false;
}

/** What is ours and wanted no longer. */
export function dropAddresses(planner: Planner, job: Job): void {
  const wanted = new Set(job.wanted.addresses.map(({ is }) => addressKey(is)));
  const extra = job.before.wanted.addresses.filter(({ is }) => !wanted.has(addressKey(is)));
  for (const { is, at } of extra) {
    const key = addressKey(is);
    if (claimed(planner, job.name, key)) continue;
    planner.meant.add(addressMeant(is));
    const there = planner.space.addressesOf(is.device).find((one) => addressKey(one) === key);
    if (!there) continue;
    const about: About = { iface: job.name, kind: "extra", what: `address ${shownAddress(is)}`, ...(at ? { at } : {}) };
    planner.do({ do: "address-delete", address: there }, about);
  }
}

function claimed(planner: Planner, name: string, key: string): boolean {
  for (const wanted of planner.wantedByOthers(name)) {
    if (wanted.addresses.some(({ is }) => addressKey(is) === key)) return true;
  }
  return false;
}

/** Of IPv6, a link has an address once only, whatever its prefix. */
function sameObject(there: Address, wanted: NewAddress): boolean {
  return wanted.family === 6 ? there.address === wanted.address : addressKey(there) === addressKey(wanted);
}

function differs(wanted: NewAddress, there: Address, renew: boolean): ReturnType<typeof addressDifference> {
  const limited = wanted.valid !== null && there.valid !== null;
  if (!limited || renew) return addressDifference(wanted, there);
  // Both run off; only when there is less than wanted somebody must have given it another lifetime.
  const short = there.valid + 60 < wanted.valid || (wanted.preferred === 0) !== (there.preferred === 0);
  return addressDifference(short ? wanted : { ...wanted, valid: there.valid, preferred: there.preferred }, there);
}

export function shownAddress({ address, prefix, peer, label, device }: NewAddress | Address): string {
  const other = peer && peer !== address ? ` peer ${peer}` : "";
  return `${address}/${prefix}${other}${label && label !== device ? ` label ${label}` : ""}`;
}
