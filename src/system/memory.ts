/** The garbage collector (border file). */

/**
 * Collects all garbage, some 10 ms. Once after a process has loaded what it needs, it does more than that: the collector
 * goes by what it found last, and a backend's worker holds some 5 MiB less in its first jobs (docs/measurements.md).
 */
export function collectGarbage(): void {
  Bun.gc(true);
}
