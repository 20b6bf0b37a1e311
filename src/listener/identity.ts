/** The user a handler asks to run as. */
import { Problem } from "../problem.ts";
import { run } from "../process/run.ts";
import type { Identity } from "./handler-peer.ts";

/**
 * @returns undefined where that is who we are
 * @throws Problem `config`: there is no such user, or the service may not become it
 */
export async function identityOf(user: string): Promise<Identity | undefined> {
  // getent asks all sources of names (nsswitch.conf), the directory itself included.
  const { status, stdout } = await run(["getent", "passwd", user], { timeout: 10_000 });
  const [name = "", , uid, gid, , home = "/"] = stdout.split("\n")[0]?.split(":") ?? [];
  if (status !== 0 || !uid || !gid) throw new Problem("config", `it asks to run as ${user}: there is no such user`);
  const own = process.geteuid?.();
  if (own === Number(uid)) return undefined;
  if (own !== 0) {
    throw new Problem("config", `it asks to run as ${user}: only a listener that runs as root can do that`);
  }
  return { uid: Number(uid), gid: Number(gid), name, home };
}
