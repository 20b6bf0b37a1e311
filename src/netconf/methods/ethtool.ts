/** Options for ethtool(8): of Debian's package, of ifupdown-ng (`ethtool-…`) and of ifupdown2 (`link-…`, `gso-offload`). */
import { type Option, optionKey, type Position, type Stanza } from "../interfaces/configuration.ts";
import type { EthtoolSection } from "../kernel/step.ts";
import type { Draft } from "./draft.ts";
import { flag, integer, oneOf, type Reader, Unfit, words } from "./value.ts";

type Words = Reader<readonly string[]>;

/** Words of `ethtool --change`, by option. */
const change: Readonly<Record<string, Words>> = {
  "link-speed": speed,
  "ethtool-link-speed": speed,
  "link-duplex": duplex,
  "ethtool-link-duplex": duplex,
  "link-autoneg": negotiation,
  "ethernet-autoneg": negotiation,
  "ethtool-ethernet-autoneg": negotiation,
  "ethernet-port": (text) => ["port", oneOf(["tp", "aui", "bnc", "mii", "fibre"])(text)],
  "ethtool-ethernet-port": (text) => ["port", oneOf(["tp", "aui", "bnc", "mii", "fibre"])(text)],
  "ethernet-wol": wake,
  "ethtool-ethernet-wol": wake,
  "driver-message-level": (text) => ["msglvl", ...plain(text)],
  "ethtool-msglvl": (text) => ["msglvl", ...plain(text)],
};

/** Options by pattern; the part in brackets is ethtool's own name. */
const families: readonly (readonly [pattern: RegExp, section: EthtoolSection])[] = [
  [/^(?:ethtool-)?offload-(.+)$/, "offload"],
  [/^(gso|gro|lro|tso|ufo|tx|rx)-offload$/, "offload"],
  [/^(?:ethernet|ethtool)-pause-(.+)$/, "pause"],
  [/^(?:hardware|ethtool)-dma-ring-(.+)$/, "ring"],
  [/^(?:hardware-irq|ethtool)-coalesce-(.+)$/, "coalesce"],
  [/^ethtool-channels-(.+)$/, "channels"],
  [/^ethtool-private-flags-(.+)$/, "private-flags"],
];

export const ethtoolOptions = Object.keys(change);

export function isEthtoolFamily(key: string): boolean {
  return families.some(([pattern]) => pattern.test(key));
}

/** One call a section: speed, duplex and negotiation go together. */
export function addEthtool(stanza: Stanza, draft: Draft): void {
  const found = new Map<EthtoolSection, { words: string[]; at: Position }>();
  for (const given of stanza.options) {
    const [section, read] = readerOf(given) ?? [];
    const said = section && read && draft.read(given, read);
    if (!section || !said) continue;
    const before = found.get(section);
    found.set(section, { words: [...(before?.words ?? []), ...said], at: before?.at ?? given.at });
  }
  if (draft.device === "lo") return;
  for (const [section, { words, at }] of found) {
    draft.wanted.ethtool.push({ is: { section, words }, at, from: "configuration" });
  }
}

function readerOf({ name }: Option): [EthtoolSection, Words] | undefined {
  const key = optionKey(name);
  if (Object.hasOwn(change, key)) return ["change", change[key]!];
  for (const [pattern, section] of families) {
    const feature = pattern.exec(key)?.[1];
    if (feature) return [section, (text) => [feature, ...plain(text)]];
  }
  return undefined;
}

function plain(text: string): string[] {
  const said = words(text);
  if (said.length === 0 || said.length > 16 || !said.every((word) => /^[\w.:/+][\w.:/+-]{0,63}$/.test(word))) {
    throw new Unfit("is no value for ethtool");
  }
  return said;
}

function speed(text: string): string[] {
  return ["speed", String(integer(1, 10_000_000)(text))];
}

function duplex(text: string): string[] {
  return ["duplex", oneOf(["half", "full"])(text)];
}

/** `on`, `off`, or the mask of what to advertise. */
function negotiation(text: string): string[] {
  if (/^0x[\da-f]{1,32}$/i.test(text)) return ["autoneg", "on", "advertise", text];
  return ["autoneg", flag(text) ? "on" : "off"];
}

/** `g`, or `s` and a password. */
function wake(text: string): string[] {
  const [kinds = "", password, ...more] = words(text);
  if (!/^[pumbagsfd]{1,9}$/.test(kinds) || more.length > 0) throw new Unfit("must be letters of p u m b a g s f d");
  return ["wol", kinds, ...(password ? ["sopass", ...plain(password)] : [])];
}
