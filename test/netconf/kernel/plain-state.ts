/** A state of the kernel in a form that compares: in a fixed order, without what the kernel alone decides. */
import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import { isKernels } from "../../../src/netconf/kernel/restore.ts";
import type { KernelState } from "../../../src/netconf/kernel/state.ts";

/** @returns one line an object */
export function plain(state: KernelState): string[] {
  return [
    ...Array.from(state.links.values(), ({ index: _, ...link }) => `link ${text(link)}`),
    ...state.addresses.map((one) => `address ${text(one)}`),
    ...state.routes.filter((one) => !isKernels(one)).map((one) => `route ${text(one)}`),
    ...state.rules.filter((one) => !one.l3mdev).map((one) => `rule ${text(one)}`),
    ...state.forwarding.map((one) => `forwarding ${text(one)}`),
  ].sort();
}

/** JSON with the names in order. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    part && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** What only one of them has, marked as by diff(1). */
export function differing(is: readonly string[], wanted: readonly string[]): string[] {
  const lacks = wanted.filter((line) => !is.includes(line)).map((line) => `- ${line}`);
  return [...lacks, ...is.filter((line) => !wanted.includes(line)).map((line) => `+ ${line}`)];
}

/** The settings of each link as well; not whether it has found its other end. Seconds go by while one looks. */
export function plainState(kernel: Kernel): string[] {
  const settings = ["disable_ipv6", "keep_addr_on_down", "accept_ra"];
  const links = new Map(
    [...kernel.state.links].map(([name, link]) => [name, { ...link, carrier: false, operstate: "" }] as const),
  );
  const about = (seconds: number | null) => (seconds === null ? null : Math.round(seconds / 1000) * 1000);
  const addresses = kernel.state.addresses.map((one) => ({
    ...one,
    valid: about(one.valid),
    preferred: about(one.preferred),
  }));
  return [
    ...plain({ ...kernel.state, links, addresses }),
    ...[...kernel.state.links.keys()]
      .sort()
      .flatMap((name) => settings.map((key) => `${name} ${key} ${kernel.sysctl(["ipv6", "conf", name, key])}`)),
  ];
}
