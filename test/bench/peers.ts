/** Other projects' programs that are measured beside Reeve. */

/**
 * Path of another project's agent; undefined where it is not installed, or we are not root: what it finds would not
 * compare, and FusionInventory's state folder (/var/lib/fusioninventory-agent) can neither be moved nor done without.
 */
export function peerAgent(name: string): string | undefined {
  return process.getuid?.() === 0 ? (Bun.which(name) ?? undefined) : undefined;
}

/** Says in a report why peers are missing from it. */
export function withoutPeers(...names: string[]): string[] {
  const missing = names.filter((name) => peerAgent(name) === undefined);
  return missing.length === 0
    ? []
    : [`Not measured, because it is not installed or this was not run by root: ${missing.join(", ")}.`];
}
