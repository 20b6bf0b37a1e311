import process from "node:process";

/** Mulberry32: numbers from 0 to 1 that a seed repeats. */
export function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * How many random trials: `usual` by default, hence in `make test`; a quarter of them in the inner loop (`make unit`);
 * `soak` in `make soak`.
 */
export function trials(usual: number, soak = usual): number {
  if (process.env.REEVE_TEST_SOAK === "1") return soak;
  return process.env.REEVE_TEST_QUICK === "1" ? Math.ceil(usual / 4) : usual;
}
