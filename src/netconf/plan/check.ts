/** Whether an interface is as it is wanted: what `check` shows, and what of it `up` would mend. */
import type { Difference } from "../../console/interfaces/control.ts";
import { Problem } from "../../problem.ts";
import { type Position, place } from "../interfaces/configuration.ts";
import { ipText } from "../kernel/ip-line.ts";
import { type Address, addressKey, protocols, type Route } from "../kernel/state.ts";
import { shownAddress } from "./address-part.ts";
import { byItself } from "./collateral.ts";
import { difference } from "./difference.ts";
import type { Ground, Planned } from "./planned.ts";
import { serves, shownRoute } from "./route-part.ts";
import type { Wanted } from "./wanted.ts";

/** What differs first, then what is foreign on its device, which nobody mends. */
export function check(wanted: Wanted, ground: Ground): Difference[] {
  return [...ours(wanted, ground), ...foreign(wanted, ground)];
}

function ours(wanted: Wanted, ground: Ground): Difference[] {
  try {
    const { steps, notices } = difference(wanted, ground, { inverses: false });
    const byWhat = Map.groupBy(steps, ({ what, kind }) => `${kind} ${what}`);
    const left = notices.map(({ text, at }): Difference => ({ kind: "missing", what: text, ...line(at), mend: [] }));
    return [...Array.from(byWhat.values(), described), ...left];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { at } = (error.detail ?? {}) as { at?: Position };
    return [{ kind: error.code === "not-found" ? "missing" : "different", what: error.message, ...line(at), mend: [] }];
  }
}

function described([first, ...more]: Planned[]): Difference {
  const { kind, what, at } = first as Planned;
  return { kind, what, ...line(at), mend: [first as Planned, ...more].map(({ step }) => ipText(step)) };
}

function line(at: Position | undefined): { at: string } {
  return { at: at ? place(at) : "" };
}

/** Addresses and routes that somebody else has put on the device. */
function foreign(wanted: Wanted, { state, owned }: Ground): Difference[] {
  const all = [wanted, ...Array.from(owned.values(), (one) => one.wanted)];
  const addresses = new Set(all.flatMap((one) => one.addresses.map(({ is }) => addressKey(is))));
  const routes = all.flatMap((one) => one.routes.map(({ is }) => is));
  const device = wanted.name.replace(/:.*/s, "");
  const strange = (address: Address) =>
    address.device === device &&
    address.scope !== "host" && // of the loopback, by the kernel itself
    !byItself(address) &&
    !addresses.has(addressKey(address));
  const astray = (route: Route) =>
    route.hops.some((hop) => hop.device === device) &&
    route.protocol !== protocols.kernel &&
    route.protocol !== protocols.ra &&
    !routes.some((one) => one.destination === route.destination && one.prefix === route.prefix && serves(route, one));
  return [
    ...state.addresses.filter(strange).map((address) => `address ${shownAddress(address)}`),
    ...state.routes.filter(astray).map(shownRoute),
  ].map((what) => ({ kind: "foreign", what, at: "", mend: [] }));
}
