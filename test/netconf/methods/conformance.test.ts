/** Addresses and routes against what Debian's ifupdown 0.8.41 would do (shared/corpus/interfaces), and ifupdown-ng's files. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parsePrefix } from "../../../src/address.ts";
import { parseConfiguration } from "../../../src/netconf/interfaces/parser.ts";
import { contextOf } from "../../../src/netconf/methods/context.ts";
import { address } from "../../../src/netconf/methods/value.ts";
import { wantedOf } from "../../../src/netconf/methods/wanted-of.ts";
import type { Wanted } from "../../../src/netconf/plan/wanted.ts";
import { memoryFiles } from "../interfaces/files.ts";

const corpus = join(import.meta.dirname, "../../../../shared/corpus/interfaces");
const skip = existsSync(corpus) ? false : `no corpus at ${corpus}`;
if (skip) console.log(`methods: conformance skipped: ${skip}`);

const cases = skip ? [] : readdirSync(join(corpus, "ifupdown")).filter((name) => name.startsWith("testcase."));
let compared = 0;

describe("as ifupdown 0.8.41", { skip }, () => {
  for (const name of cases) {
    it(name, () => {
      const text = readFileSync(join(corpus, "ifupdown", name), "utf8");
      const run = /^# RUN: (.*)/.exec(text)?.[1] ?? "";
      const local = /-o local=(\S+)/.exec(run)?.[1];
      const configuration = parseConfiguration(
        local ? text.replace(/local \S+/, `local ${local}`) : text,
        name,
        memoryFiles({}),
      );
      const context = contextOf(configuration, {}, new Map([["eth0", /eth0=(\w+)/.exec(run)?.[1] ?? "eth0"]]));
      const shown = readFileSync(join(corpus, "ifupdown", name.replace("testcase", "up")), "utf8");
      for (const [device, lines] of segments(shown)) {
        const { wanted } = wantedOf(device, context.stanzas.get(device) ?? [], context);
        const expected = effective(lines.flatMap(factOf));
        compared += expected.length;
        assert.deepEqual(factsOf(wanted).sort(), expected.sort(), device);
      }
    });
  }

  it("says how much was compared", () => {
    console.log(`methods: ${compared} facts of ${cases.length} cases of ifupdown are the same`);
    assert.ok(compared > 45);
  });
});

/** What is left when all are done: an address that is there is refused, a switch is what it was set to last. */
function effective(facts: readonly string[]): string[] {
  const left = new Map<string, string>();
  for (const fact of facts) {
    const key = fact.replace(/ brd .*|=\d+/, "");
    if (!left.has(key) || fact.startsWith("sysctl")) left.set(key, fact);
  }
  return [...left.values()];
}

/** Command lines by interface; an interface may have several stanzas. */
function segments(shown: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of shown.split("\n")) {
    const [, device] = /^ifup: configuring interface ([^=]+)=/.exec(line) ?? [];
    if (!device) lines.push(line.trim().replace(/\s+/g, " "));
    else {
      lines = found.get(device) ?? [];
      found.set(device, lines);
    }
  }
  return found;
}

/** A command line as a fact; none for those that are about something else, or that ip(8) would refuse. */
function factOf(line: string): string[] {
  const words = line.split(" ");
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  if (/^ip (-6 )?addr add \S+[.:]/.test(line)) {
    const [text = "", mask] = after("add")!.split("/");
    const six = text.includes(":");
    const prefix = mask ? parsePrefix(mask, six ? 6 : 4) : six ? 128 : 32;
    const broadcast = after("broadcast") ?? "";
    const label = after("label");
    const nodad = words.includes("nodad") ? " nodad" : "";
    const marked = label?.includes(":") ? ` label ${label}` : "";
    return [`address ${address()(text)}/${prefix} brd ${broadcast === "0.0.0.0" ? "" : broadcast}${marked}${nodad}`];
  }
  if (/^ip (-6 )?route (add|replace)/.test(line)) {
    const to = words.find((_, at) => /^(add|replace)$/.test(words[at - 1] ?? ""))!;
    return [`route ${to} via ${address()(after("via")!)}${words.includes("onlink") ? " onlink" : ""}`];
  }
  if (/^ip link set dev \S+ .*address/.test(line)) return [`mac ${after("address")!.toLowerCase()}`];
  const sysctl = /^sysctl -q -e -w net\.ipv6\.conf\.\S+\.(\w+=\d+)/.exec(line);
  if (sysctl) return [`sysctl ${sysctl[1]}`];
  const tunnel = /^ip tunnel add \S+ mode (\S+) remote (\S+) local (\S+)/.exec(line);
  return tunnel ? [`tunnel ${tunnel[1]} ${tunnel[2] === "any" ? "" : tunnel[2]} ${tunnel[3]}`] : [];
}

function factsOf(wanted: Wanted): string[] {
  const { link, settings, addresses, routes, sysctls } = wanted;
  const data = link?.is.data;
  return [
    ...addresses.map(({ is }) => {
      const label = is.label ? ` label ${is.label}` : "";
      return `address ${is.address}/${is.prefix} brd ${is.broadcast}${label}${is.flags.map((flag) => ` ${flag}`).join("")}`;
    }),
    ...routes.map(({ is }) => {
      const to = is.prefix === 0 ? "default" : `${is.destination}/${is.prefix}`;
      return `route ${to} via ${is.hops[0]?.gateway}${is.hops[0]?.onlink ? " onlink" : ""}`;
    }),
    ...(settings.is.address ? [`mac ${settings.is.address}`] : []),
    ...sysctls.map(({ is }) => `sysctl ${is.key.at(-1)}=${is.value}`),
    ...(link?.is.kind === "sit" ? [`tunnel sit ${data?.remote ?? ""} ${data?.local}`] : []),
  ];
}

const files = skip ? [] : readdirSync(join(corpus, "ifupdown-ng")).filter((name) => name.endsWith(".interfaces"));

describe("ifupdown-ng's files", { skip }, () => {
  // What is said of them; all others pass without a word.
  const said: Readonly<Record<string, string[]>> = {
    "ppp-legacy ppp0": ["error method ppp of family inet is none that Reeve does"],
    "wireguard wg0": [
      "warning use wireguard: Reeve has no such executor, so that commands of the stanza must do its work",
    ],
    "mock-dependency-generator br0": [
      "warning use mock-dependency-generator: Reeve has no such executor, so that commands of the stanza must do its work",
    ],
  };
  for (const file of files) {
    it(file, () => {
      const text = readFileSync(join(corpus, "ifupdown-ng", file), "utf8");
      const context = contextOf(parseConfiguration(text, file, memoryFiles({})));
      assert.ok(context.stanzas.size > 0);
      for (const [name, stanzas] of context.stanzas) {
        const { diagnostics } = wantedOf(name, stanzas, context);
        const key = `${file.replace(".interfaces", "")} ${name}`;
        assert.deepEqual(
          diagnostics.map(({ severity, message }) => `${severity} ${message}`),
          said[key] ?? said[key.replace(/-2 \w+$/, " br0")] ?? [],
          key,
        );
      }
    });
  }
  it("says how many", () => {
    console.log(`methods: ${files.length} files of ifupdown-ng were read`);
    assert.ok(files.length > 20);
  });
});
