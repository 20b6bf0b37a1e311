/** Whatever stands behind an option: nothing is thrown, all that is wanted is plain, and values are those of the kernel's table. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Option, Stanza } from "../../../src/netconf/interfaces/configuration.ts";
import { contextOf } from "../../../src/netconf/methods/context.ts";
import { knownOptions } from "../../../src/netconf/methods/known.ts";
import { wantedOf } from "../../../src/netconf/methods/wanted-of.ts";
import { trials } from "../../random.ts";
import { checkData } from "../links/said.ts";
import { links } from "./text.ts";

const values = [
  ...["", " ", "0", "1", "-1", "4095", "65536", "4294967296", "1e9", "0x10", "0xffffffffff", "1.5", "NaN", "Infinity"],
  ...["yes", "no", "on", "off", "none", "all", "auto", "any", "random", "forever", "inherit", "default", "+", "-"],
  ...[
    "192.0.2.1",
    "192.0.2.1/24",
    "192.0.2.1/33",
    "2001:db8::1",
    "2001:db8::1/64",
    "fe80::1%eth0",
    "::",
    "/",
    "//",
    "1.2.3",
  ],
  ...[
    "eth0",
    "eth0 eth1",
    "eth0=1",
    "eth0 1",
    "eth0:1",
    "regex (",
    "regex .*",
    "glob a1-99999",
    "glob a[1-2",
    "x".repeat(5000),
  ],
  ...[
    "52:54:00:00:00:01",
    "ff:ff:ff:ff:ff:ff",
    "ether",
    "\u0000",
    "\u202e",
    "__proto__",
    "constructor",
    "$(reboot)",
    "a;b|c",
  ],
  ...["default via 192.0.2.1", "10.0.0.0/8 via", "nexthop", "from all lookup", "blackhole", "1-40", "40-1", "1-2-3"],
];
const heads = [
  ["", ""],
  ["inet", "static"],
  ["inet6", "6to4"],
  ["can", "static"],
] as const;
/** With these around it, an option says something. */
const companions: Readonly<Record<string, string>> = {
  "bridge-": "bridge-ports eth0",
  "bond-": "bond-slaves eth0",
  "vxlan-": "vxlan-id 5",
  "tunnel-": "tunnel-mode gre",
  "gre-": "gre-remote 192.0.2.9",
  "vlan-": "vlan-raw-device eth0",
  "macvlan-": "link-type macvlan",
  "ipvlan-": "link-type ipvlan",
  "veth-": "link-type veth",
};
const at = { file: "interfaces", line: 1, column: 1 };

function optionOf(text: string): Option {
  const [name = "", value = ""] = text.split(/ (.*)/s);
  return { name, value, at };
}

/** Each kind of stanza gets one part in so many of all pairs of option and value, another one than the kind before it. */
const share = 48 / trials(12, 48);

describe("nasty values", () => {
  const names = [...knownOptions, "offload-x", "ethtool-dma-ring-rx"];
  for (const [turn, [family, method]] of heads.entries()) {
    it(`${family} ${method}`.trim() || "no family", () => {
      let [wrong, pair] = [0, turn];
      for (const name of names) {
        const companion = Object.entries(companions).find(([prefix]) => name.startsWith(prefix))?.[1];
        for (const value of values) {
          if (pair++ % share !== 0) continue;
          const own = { name, value, at: { ...at, line: 7 } };
          const options = companion ? [optionOf(companion), own] : [own];
          const stanza: Stanza = { name: "x", family, method, options, at, inherits: [] };
          const configuration = { stanzas: [stanza] } as unknown as Parameters<typeof contextOf>[0];
          const context = contextOf(configuration, { links: links("eth0", "eth1", "x") });
          const { wanted, diagnostics } = wantedOf("x", [stanza], context);
          wrong += diagnostics.filter(({ severity }) => severity === "error").length;
          if (diagnostics.length === 0) assert.ok(isDeepStrictEqual(JSON.parse(JSON.stringify(wanted)), wanted));
          if (wanted.link && wanted.link.is.kind !== "can") checkData(wanted.link.is.kind, "data", wanted.link.is.data);
          for (const { is } of wanted.ports) checkData(wanted.link!.is.kind, "port", is.data);
          for (const { message } of diagnostics) assert.match(message, /^[^\p{Cc}\p{Cf}]{1,400}$/u);
        }
      }
      assert.ok(wrong > 1000 / share, `${wrong} of ${names.length * values.length} were refused`);
    });
  }
});
