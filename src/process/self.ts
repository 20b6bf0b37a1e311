/**
 * The one place that knows how this program runs itself again. The built binary goes through /proc/self/exe: the same
 * version, even while an upgrade replaces the file.
 */

/** Argument vector that starts another process of this program. */
export function selfCommand(args: readonly string[]): string[] {
  return Bun.isStandaloneExecutable ? ["/proc/self/exe", ...args] : [process.execPath, Bun.main, ...args];
}

/** The same by paths that hold in any process and after this one: the installed version, whichever it is by then. */
export function installedCommand(args: readonly string[]): string[] {
  return [process.execPath, ...(Bun.isStandaloneExecutable ? [] : [Bun.main]), ...args];
}
