/** Gives memory back to the kernel (border file). */

/**
 * Collects all garbage at once, some 10 ms, and returns what the allocator holds in vain. For the moment after the start:
 * what modules and the command line left behind would else stay, scattered, for as long as the process lives.
 */
export function giveBackMemory(): void {
  Bun.gc(true);
}
