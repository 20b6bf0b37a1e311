/** A command that has begun to wait for the lock when a daemon starts, which keeps it, asks that daemon. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { workLock } from "../../../src/netconf/here/lock.ts";
import { makeFolder } from "../../../src/system/file.ts";
import { serve } from "../../../src/umcp/server.ts";
import { binary } from "../../lab/console.ts";
import { temporaryFolder } from "../../lab/folder.ts";

for (const [name, words] of [
  ["up", ["netconf", "up", "v0"]],
  ["ifup", ["netconf", "ifup", "-v", "v0"]],
] as const) {
  test(`${name} asks the daemon that has started meanwhile`, async () => {
    const folder = temporaryFolder("lock");
    const run = join(folder, "run");
    makeFolder(run, 0o755);
    const interfaces = join(folder, "interfaces");
    await Bun.write(interfaces, "iface v0 inet manual\n");
    const never = new AbortController().signal;
    const lock = await workLock(join(run, "netconf.lock"), () => undefined, never);
    const child = Bun.spawn([binary, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH ?? "",
        REEVE_HOME: "/nonexistent",
        REEVE_STATE: folder,
        REEVE_RUN: run,
        REEVE_NETCONF_INTERFACES: interfaces,
        REEVE_NETCONF_IFSTATE: join(folder, "ifstate"),
      },
    });
    const reader = child.stderr.getReader();
    let said = "";
    while (!said.includes("waits for another netconf")) {
      const { value } = await reader.read();
      if (value === undefined) throw new Error(`it has ended: ${said}`);
      said += new TextDecoder().decode(value);
    }
    let asked: unknown;
    const handler = async ({ request }: { request: { arguments: readonly string[] } }) => {
      asked = request.arguments;
      return { result: { event: 1, interfaces: [{ name: "v0", logical: "v0", outcome: "done", reason: "" }] } };
    };
    const control = await serve({ unix: join(run, "netconf.sock"), handler });
    const status = await serve({ unix: join(run, "netconf-status.sock"), handler });
    expect(await child.exited).toBe(0);
    expect(asked).toEqual(["up"]);
    await Promise.all([control.stop(), status.stop()]);
    lock?.release();
  });
}
