/**
 * The peer of the command rate: the lab module's `echo` as Bun itself would serve it, without session, permission,
 * audit or a process of its own. argv: a socket's path, or a port of the loopback (0: any).
 */
import type { CommandContext } from "../../src/console/module.ts";

const [, , where = "0"] = process.argv;

type Asked = { options: { value: unknown }; flavor?: string };
type Asker = { user: Pick<CommandContext["user"], "name">; locale: string; flavor: string | undefined };

function echo({ value }: Asked["options"], { user, locale, flavor }: Asker) {
  return { value, user: user.name, locale, flavor, pid: process.pid };
}

const server = Bun.serve({
  ...(where.startsWith("/") ? { unix: where } : { hostname: "127.0.0.1", port: Number(where) }),
  development: false,
  async fetch(request) {
    const { options, flavor } = (await request.json()) as Asked;
    const result = echo(options, { user: { name: "admin" }, locale: "en", flavor });
    return Response.json({ result, error: null, reason: null, status: 200 });
  },
});
process.send?.({ port: server.port ?? 0 });
process.once("disconnect", () => process.exit(0));
