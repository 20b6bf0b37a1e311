/**
 * The one place that knows how this program runs itself again. The built binary goes through /proc/self/exe: the same
 * version, even while an upgrade replaces the file.
 */

/** Argument vector that starts another process of this program. */
export function selfCommand(args: readonly string[]): string[] {
  return Bun.isStandaloneExecutable ? ["/proc/self/exe", ...args] : [process.execPath, Bun.main, ...args];
}
