/** Short forms of what is wanted of a link, and the check that the kernel's table knows every value by name and type. */
import assert from "node:assert/strict";
import { attributesOf, type Form } from "../../../src/netconf/kernel/kinds.ts";
import type { LinkData, LinkValue } from "../../../src/netconf/kernel/state.ts";
import type { Wanted } from "../../../src/netconf/plan/wanted.ts";

const booleans: readonly Form[] = ["switch", "flag", "bit"];
const numbers: readonly Form[] = ["u8", "u16", "u32", "u64", "s32", "be16", "be32", "bits"];
const lists: readonly Form[] = ["ipv4-list", "ipv6-list", "vlan-flags", "qos-map"];

function typeOf(form: Form): string {
  if (booleans.includes(form)) return "boolean";
  if (numbers.includes(form)) return "number";
  return lists.includes(form) ? "object" : "string";
}

export function checkData(kind: string, part: "data" | "port", data: LinkData): void {
  const attributes = attributesOf(kind, part);
  for (const [name, value] of Object.entries<LinkValue>(data)) {
    const attribute = attributes[name];
    assert.ok(attribute, `${kind} has no ${name}`);
    assert.ok(!attribute.readOnly, `${name} of ${kind} cannot be set`);
    if (!(attribute.none && value === "none")) assert.equal(typeof value, typeOf(attribute.form), `${name} of ${kind}`);
    if (attribute.form === "word") assert.ok(String(value) in (attribute.words ?? {}), `${name} of ${kind}: ${value}`);
  }
}

/** `bridge`, its data and its ports, all checked. */
export function linkOf(wanted: Wanted): { kind: string; lower: string; data: LinkData } | undefined {
  if (!wanted.link) return undefined;
  const { kind, lower, data } = wanted.link.is;
  checkData(kind, "data", data);
  for (const { is } of wanted.ports) checkData(kind, "port", is.data);
  return { kind, lower, data };
}
