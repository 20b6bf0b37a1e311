import assert from "node:assert/strict";
import { it } from "node:test";
import { parseConfiguration } from "../../../src/netconf/interfaces/parser.ts";
import { contextOf } from "../../../src/netconf/methods/context.ts";
import { wantedOf } from "../../../src/netconf/methods/wanted-of.ts";
import { memoryFiles } from "../interfaces/files.ts";
import { link, links } from "./text.ts";

const contextFor = (...lines: string[]) =>
  contextOf(parseConfiguration(lines.join("\n"), "interfaces", memoryFiles({})));

it("stanzas are read once, by whoever asks", () => {
  const context = contextFor("iface eth0 inet static", " address 192.0.2.1/24", "iface eth0 inet6 auto");
  const stanzas = context.stanzas.get("eth0") ?? [];
  const first = wantedOf("eth0", stanzas, context).wanted;
  assert.equal(first.addresses.length, 1);
  assert.equal(wantedOf("eth0", [...stanzas], { ...context, links: links("eth0") }).wanted, first);
  assert.equal(wantedOf("eth1", stanzas, context).wanted.name, "eth1");
  assert.deepEqual(wantedOf("eth0", stanzas.slice(1), context).wanted.addresses, []);
  assert.equal(wantedOf("eth0", stanzas, context).wanted.addresses.length, 1);
});

it("what goes by the links that there are is asked again when there are others", () => {
  const context = contextFor("iface eth0.5 inet manual", "iface br0 inet manual", " bridge_ports regex eth.*");
  const kindOf = (...there: Parameters<typeof links>) =>
    wantedOf("eth0.5", context.stanzas.get("eth0.5") ?? [], { ...context, links: links(...there) }).wanted.link?.is
      .kind;
  assert.equal(kindOf("eth0"), "vlan");
  assert.equal(kindOf("eth0", link("eth0.5", { kind: "dummy" })), undefined);
  assert.equal(kindOf("eth0"), "vlan");
  const portsOf = (...there: string[]) =>
    wantedOf("br0", context.stanzas.get("br0") ?? [], { ...context, links: links(...there) }).wanted.ports.length;
  assert.deepEqual([portsOf("eth0"), portsOf("eth0", "eth1"), portsOf("eth0")], [1, 2, 1]);
});
