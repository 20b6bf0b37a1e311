/**
 * The environment a child of ours gets: an allow-list, never a copy. `BUN_BE_BUN`, `BUN_OPTIONS`, `NODE_OPTIONS` and
 * `LD_PRELOAD` turn a binary into something else, so no name outside this list crosses, whoever asks.
 */

/** Where external programs are looked for. The caller's own PATH is not trusted. */
export const trustedPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const allowed = ["HOME", "USER", "LOGNAME", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_RUNTIME_DIR"];

const forbidden = /^(BUN|NODE|DENO|LD|MALLOC|GLIBC)_/;

/**
 * @param extra names a caller adds on purpose, e.g. `interface` for a hook; those that change the runtime are refused.
 */
export function childEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const environment: Record<string, string> = { PATH: trustedPath, LC_ALL: "C.UTF-8" };
  for (const name of allowed) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  for (const [name, value] of Object.entries(extra)) {
    if (!forbidden.test(name)) environment[name] = value;
  }
  return environment;
}
