/** Which running service is spoken to. */
import { existsSync } from "node:fs";
import { join } from "node:path";

interface Choice {
  /** `--socket`: this one. */
  socket?: string | undefined;
  /** `--state`: the service that was started with it, whose run folder the settings then name. */
  state?: string | undefined;
}

/**
 * Path of a service's socket. Whoever runs no such service of their own means the one that this host runs for everybody.
 * @param name of the socket in the service's run folder, as `daemon.sock`
 * @param run the configured run folder
 * @param shared run folder of services that a package's units start
 */
export function socketPath(name: string, run: string, { socket, state }: Choice = {}, shared = "/run/reeve"): string {
  const [own, everybodys] = [join(run, name), join(shared, name)];
  return socket ?? (state === undefined && !existsSync(own) && existsSync(everybodys) ? everybodys : own);
}
