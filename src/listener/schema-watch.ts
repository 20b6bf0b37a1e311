/** The directory's schema: not part of the stream of changes, so it is looked at now and then. */
import { encodeAttributes } from "../ldap/attributes.ts";
import type { PublishedSchema } from "../ldap/connect.ts";
import { treeKey } from "../ldap/dn.ts";
import { parseSchema, type Schema, standardSchema } from "../ldap/schema.ts";
import { everywhere } from "./cache.ts";
import type { Journal } from "./journal.ts";

const encoder = new TextEncoder();
const nobody = new Uint8Array(0);
const subschema = "cn=Subschema";

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** The one seen last; what every server has while none was. */
export function lastSchema({ meta }: Journal): Schema {
  const known = meta.get("schema");
  return known ? parseSchema(known.attributeTypes, known.objectClasses) : standardSchema;
}

/**
 * Takes note of what the server publishes; a change after the first load is an event.
 * @returns the schema from now on, undefined: nothing has changed
 */
export function noteSchema(journal: Journal, published: PublishedSchema): Schema | undefined {
  const { meta, clock, cache } = journal;
  const now = {
    attributeTypes: published.attributeTypes.toSorted(),
    objectClasses: published.objectClasses.toSorted(),
  };
  const before = meta.get("schema");
  if (before && same(before.attributeTypes, now.attributeTypes) && same(before.objectClasses, now.objectClasses))
    return;
  const schema = parseSchema(now.attributeTypes, now.objectClasses);
  journal.write(() => {
    meta.set("schema", now);
    // What names are equal may have changed.
    for (const place of cache.walk(everywhere)) {
      const key = treeKey(place.dn, schema);
      if (key !== place.key) cache.rekey(place.id, key);
    }
    if (!before || !journal.loaded) return;
    const bytes = (values: string[]) => values.map((value) => encoder.encode(value));
    const attributes = encodeAttributes({
      objectClass: bytes(["top", "subentry", "subschema"]),
      cn: bytes(["Subschema"]),
      attributeTypes: bytes(now.attributeTypes),
      objectClasses: bytes(now.objectClasses),
    });
    const sides = { oldDn: null, old: null, newDn: subschema, new: attributes };
    journal.append({ at: clock.now(), kind: "schema", origin: "live", uuid: nobody, csn: "", ...sides });
  });
  return schema;
}
