/**
 * Text made comparable (RFC 4518), as OpenLDAP does it: lower-case letter by letter, NFKC, and spaces that mean nothing
 * taken out. Unlike the RFC, ß is not ss: two entries that the server tells apart must not become one here.
 */

/** Anything but printable ASCII without space. */
const special = /[^!-~]/;
const beyondAscii = /[^ -~]/;

/** Σ has two small forms and İ becomes two characters; a letter's form must not depend on its neighbours. */
function lower(text: string): string {
  return text.replaceAll("Σ", "σ").replaceAll("İ", "i").toLowerCase();
}

/** Sequences of spaces as one. */
function oneSpace(text: string): string {
  return text.includes("  ") ? text.replace(/ {2,}/g, " ") : text;
}

export type Fold = "ignore" | "exact";

/** Which ends of a text are ends: spaces there mean nothing. */
export type Ends = "both" | "first" | "last" | "none";

/** Text of spaces alone is one space. */
export function prepare(text: string, fold: Fold, ends: Ends = "both"): string {
  if (!special.test(text)) return fold === "ignore" ? text.toLowerCase() : text;
  let prepared = text;
  if (beyondAscii.test(text)) prepared = (fold === "ignore" ? lower(text) : text).normalize("NFKC");
  else if (fold === "ignore") prepared = text.toLowerCase();
  prepared = oneSpace(prepared);
  if (prepared === " ") return prepared;
  if (prepared.startsWith(" ") && (ends === "both" || ends === "first")) prepared = prepared.slice(1);
  if (prepared.endsWith(" ") && (ends === "both" || ends === "last")) prepared = prepared.slice(0, -1);
  return prepared;
}
