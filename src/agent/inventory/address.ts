/** IPv4 and IPv6 arithmetic of inventories: masks and networks out of prefix lengths. */
import { isIPv4, isIPv6 } from "node:net";

function parts(address: string): { values: number[]; bits: 8 | 16 } | undefined {
  if (isIPv4(address)) return { values: address.split(".").map(Number), bits: 8 };
  if (!isIPv6(address) || address.includes("%")) return undefined;
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const tail = dotted?.slice(1).map(Number) as [number, number, number, number] | undefined;
  const hex = tail
    ? address.slice(0, dotted?.index) +
      [(tail[0] << 8) | tail[1], (tail[2] << 8) | tail[3]].map((n) => n.toString(16)).join(":")
    : address;
  const [head = "", rest] = hex.split("::");
  const split = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [left, right] = [split(head), split(rest ?? "")];
  return { values: [...left, ...Array(8 - left.length - right.length).fill(0), ...right], bits: 16 };
}

/** Canonical text (RFC 5952 for IPv6: the longest run of two or more zero groups, the first of equals, as `::`). */
function text(values: number[], bits: 8 | 16): string {
  if (bits === 8) return values.join(".");
  let [start, length] = [0, 1];
  for (let from = 0; from < values.length; from++) {
    let run = 0;
    while (values[from + run] === 0) run++;
    if (run > length) [start, length] = [from, run];
  }
  const hex = values.map((value) => value.toString(16));
  return length < 2 ? hex.join(":") : `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** Mask and network of an address and its prefix length; undefined where the text is no address. */
export function network(address: string, prefix: number): { mask: string; subnet: string } | undefined {
  const parsed = parts(address);
  if (parsed === undefined || prefix > parsed.bits * parsed.values.length) return undefined;
  const { values, bits } = parsed;
  const masks = values.map((_, index) => {
    const ones = Math.min(bits, Math.max(0, prefix - index * bits));
    return (2 ** bits - 1) & ~(2 ** (bits - ones) - 1);
  });
  return {
    mask: text(masks, bits),
    subnet: text(
      values.map((value, index) => value & (masks[index] ?? 0)),
      bits,
    ),
  };
}

/** Whether both lie in one network of that prefix length. */
export function sameNetwork(one: string, other: string, prefix: number): boolean {
  const network1 = network(one, prefix);
  return network1 !== undefined && network1.subnet === network(other, prefix)?.subnet;
}
