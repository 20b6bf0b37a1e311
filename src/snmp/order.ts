/** Comparing OIDs without taking them apart: walks do it for every value. */

const dot = 0x2e;

/**
 * Does `next` come after `last` (RFC 3416 §4.2.2)? Both in dotted form without leading zeros, whole OIDs or what is left
 * of two after the same beginning. False for equal ones.
 */
export function follows(last: string, next: string): boolean {
  const shorter = Math.min(last.length, next.length);
  let at = 0;
  while (at < shorter && last.charCodeAt(at) === next.charCodeAt(at)) at++;
  if (at === shorter) {
    // One begins with the other: either more numbers, or more digits of the last number; both come after.
    return next.length > last.length;
  }
  const [a, b] = [last.charCodeAt(at), next.charCodeAt(at)];
  if (a === dot) return true;
  if (b === dot) return false;
  // The longer number is the greater one; of equally long ones the first different digit decides.
  let [endA, endB] = [at, at];
  while (endA < last.length && last.charCodeAt(endA) !== dot) endA++;
  while (endB < next.length && next.charCodeAt(endB) !== dot) endB++;
  return endA === endB ? b > a : endB > endA;
}
