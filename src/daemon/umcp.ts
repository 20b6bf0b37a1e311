/**
 * The console over UMCP, on its Unix socket: open to every local user, who sends AUTH; root and the service's own uid
 * act as administrators at once (the kernel vouches for them), and leave a row in the audit table.
 */
import { randomUUID } from "node:crypto";
import { categories } from "../console/module.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { appendAudit } from "../store/audit.ts";
import type { Json } from "../umcp/message.ts";
import { type Exchange, type Peer, type Server, serve } from "../umcp/server.ts";
import type { Asker } from "./command.ts";
import type { Console } from "./console.ts";
import { visibleModules } from "./permission.ts";
import { hashOf, type User } from "./session.ts";

export async function consoleSocket(console: Console, path: string): Promise<Server> {
  const { catalogue, caller, logins, modules, store } = console;
  const askers = new WeakMap<Peer, Asker>();

  const admit = (peer: Peer, user: User): void => {
    // Somebody else from now on: what ran for the one before ends, as at a logout.
    leave(peer);
    const address = peer.credentials ? `uid ${peer.credentials.uid}` : "local";
    askers.set(peer, { user, session: hashOf(randomUUID()), address, locale: "en" });
  };

  const leave = (peer: Peer): void => {
    const asker = askers.get(peer);
    if (asker) void modules.endSession(asker.session);
  };

  const needAsker = (peer: Peer): Asker => {
    const asker = askers.get(peer);
    if (!asker) throw new Problem("unauthenticated", "this connection wants AUTH first");
    return asker;
  };

  async function handler(exchange: Exchange) {
    const { peer, request, signal } = exchange;
    const [argument = ""] = request.arguments;
    const body = (request.body instanceof Uint8Array ? {} : request.body) as Json;
    switch (request.command) {
      case "AUTH": {
        const { username, password, new_password } = body;
        if (typeof username !== "string" || typeof password !== "string") {
          throw new Problem("bad-options", "AUTH wants username and password");
        }
        const address = `uid ${peer.credentials?.uid ?? "unknown"}`;
        const user = await logins.login(
          username,
          password,
          address,
          typeof new_password === "string" ? new_password : undefined,
        );
        admit(peer, user);
        return { result: { username: user.name } };
      }
      case "GET": {
        const { user } = needAsker(peer);
        if (/^modules(\/list)?$/.test(argument)) {
          const visible = visibleModules(user, catalogue.modules());
          return {
            result: visible.map(({ id, name, summary, commands }) => ({
              id,
              name,
              summary,
              commands: Object.fromEntries(Object.entries(commands).map(([name, { summary }]) => [name, summary])),
            })),
          };
        }
        if (/^categories(\/list)?$/.test(argument)) return { result: categories };
        if (argument === "session-info") return { result: { username: user.name, administrator: user.administrator } };
        throw new Problem("unknown-command", "GET knows modules, categories and session-info");
      }
      case "COMMAND": {
        const flavor = typeof body.flavor === "string" ? body.flavor : undefined;
        const asked = {
          path: argument,
          options: body.options ?? {},
          flavor,
          safe: false,
          signal,
          onPartial: (partial: unknown) => exchange.partial(partial),
        };
        return { result: await caller.call(needAsker(peer), asked) };
      }
      default:
        throw new Problem("unknown-command", `this socket does not know ${request.command}`);
    }
  }

  return serve({
    unix: path,
    mode: 0o666,
    handler,
    onPeer(peer) {
      const uid = peer.credentials?.uid;
      if (uid === undefined || (uid !== 0 && uid !== process.getuid?.())) return;
      const user: User = { name: uid === 0 ? "root" : `uid-${uid}`, administrator: true };
      admit(peer, user);
      appendAudit(store, {
        time: Date.now(),
        user: user.name,
        address: `uid ${uid}`,
        session: "",
        action: "login",
        subject: "local socket",
        outcome: "ok",
        status: 200,
      }).catch((error) => logger("umcp").error("no audit row could be written", { error }));
    },
    onGone: leave,
  });
}
