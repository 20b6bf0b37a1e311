/** By which interface who asks is reached: whoever takes it down sits on the wrong side afterwards. */
import { isIP } from "node:net";
import type { CommandContext } from "../module.ts";
import type { Way } from "./answer.ts";
import { type Asker, ask } from "./netconf.ts";
import { carriers } from "./tree.ts";

/** The route back, as ip-route(8) finds it, by all tables and rules. */
export async function wayTo(asker: Asker & Pick<CommandContext, "address">): Promise<Way> {
  const link = await linkTo(asker);
  if (link === null) return { link, names: [] };
  const { interfaces } = await ask(asker, "status", {});
  return { link, names: carriers(interfaces, link) };
}

async function linkTo({ address, run }: Asker & Pick<CommandContext, "address">): Promise<string | null> {
  if (isIP(address) === 0) return null;
  try {
    const { status, stdout } = await run(["ip", "-json", "route", "get", address], { timeout: 5000 });
    const [route] = status === 0 ? (JSON.parse(stdout) as { dev?: unknown }[]) : [];
    return typeof route?.dev === "string" ? route.dev : null;
  } catch {
    return null; // no such program, or one of another make: nobody can tell
  }
}
