/** Which part of a server is followed. */
import { isUnder, normaliseDn } from "../ldap/dn.ts";
import { Problem } from "../problem.ts";

/** Contexts in which a server keeps accounts of itself. */
const ofItsOwn = /^cn=(config|accesslog|monitor|changelog|schema)$/i;

/**
 * The whole suffix that holds `base`, not `base` itself: of an entry that is moved into a base from elsewhere, a provider
 * shows the top only, and its children would be missing (reference §0.1).
 * @param contexts the server's namingContexts
 * @param base empty: the only one there is
 * @throws Problem `config`
 */
export function chooseSuffix(contexts: readonly string[], base: string): string {
  if (base !== "") {
    const above = contexts.filter((context) => context !== "" && isUnder(base, context));
    // A context within another (glue) is held by its own database.
    return above.sort((a, b) => normaliseDn(b).length - normaliseDn(a).length)[0] ?? base;
  }
  const useful = contexts.filter((context) => context !== "" && !ofItsOwn.test(context));
  if (useful.length === 1) return useful[0]!;
  const found = useful.length === 0 ? "the server names none" : `the server has ${useful.join(" and ")}`;
  throw new Problem("config", `which suffix is to be followed? ${found}; say so with listener.base or -b`);
}
