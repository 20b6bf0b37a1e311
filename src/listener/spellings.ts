/** What one attribute type is called. */
import { baseType } from "../ldap/attributes.ts";
import { type Schema, standardSchema } from "../ldap/schema.ts";

/** All names and OIDs, lower-case, by which a server or a person may mean these types. */
export function spellings(types: Iterable<string>, schema: Schema): string[] {
  const all = [...types].map(baseType).flatMap((type) => {
    const known = [schema.attribute(type), standardSchema.attribute(type)].filter((one) => one !== undefined);
    return [type, ...known.flatMap(({ names, oid }) => [...names, oid])];
  });
  return [...new Set(all.map((name) => name.toLowerCase()))];
}
