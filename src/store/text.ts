/** What text may be stored: anything but NUL, which PostgreSQL cannot hold, so neither database takes it. */
import { Problem } from "../problem.ts";

/** @throws Problem `bad-request` when a parameter of a query is a text with NUL in it. */
export function refuseNul(parameters: readonly unknown[]): void {
  for (const parameter of parameters) {
    if (typeof parameter === "string" && parameter.includes("\0")) {
      throw new Problem("bad-request", "a text contains a NUL character, which cannot be stored");
    }
  }
}

/**
 * Text from outside that must be stored whatever is in it (an audit row, a host's name): without NUL, with U+FFFD for
 * halves of surrogate pairs, and cut to `most` UTF-16 code units.
 */
export function cleanText(text: string, most: number): string {
  const plain = text.includes("\0") ? text.replaceAll("\0", "") : text;
  return (plain.length > most ? plain.slice(0, most) : plain).toWellFormed();
}
