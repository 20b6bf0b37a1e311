import { afterEach, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { hookCommand, type Verdict } from "../../../src/netconf/dhcp/hook.ts";
import { hookHere } from "../../../src/netconf/dhcp/hook-here.ts";
import { type HookCall, type HookServer, serveHook } from "../../../src/netconf/dhcp/hook-server.ts";
import { connect } from "../../../src/umcp/client.ts";
import { temporaryFolder } from "../../lab/folder.ts";
import { dhclient } from "./recorded.ts";

describe("the hook's socket", () => {
  let server: HookServer | undefined;
  afterEach(() => server?.stop(0));

  async function served(answer: (call: HookCall) => Promise<Verdict> = async () => "ok"): Promise<string> {
    const path = join(temporaryFolder("hook"), "netconf-hook.sock");
    server = await serveHook(path, answer, () => 1_795_289_214_000);
    return path;
  }
  async function asked(path: string, command: string, options: unknown): Promise<unknown> {
    const client = await connect({ unix: path });
    try {
      return (await client.request(command, [], { options })).result;
    } finally {
      client.close();
    }
  }

  test("is its owner's alone; a call is an event, its answer a verdict", async () => {
    const calls: HookCall[] = [];
    const path = await served(async (call) => {
      calls.push(call);
      return "conflict";
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const options = { client: "dhclient", environment: dhclient.BOUND };
    expect(await asked(path, hookCommand, options)).toEqual({ verdict: "conflict" });
    expect(calls[0]?.event).toMatchObject({ reason: "bound", iface: "vc", lease: { address: "10.77.0.52" } });
    expect(calls[0]).toMatchObject({ client: "dhclient", environment: dhclient.BOUND });
  });

  test("what is no call of a client's is refused", async () => {
    const path = await served();
    const environment = dhclient.BOUND;
    await expect(asked(path, "COMMAND", {})).rejects.toMatchObject({ code: "unknown-command" });
    for (const options of [
      {},
      { client: "pump", environment },
      { client: "dhclient" },
      { client: "dhclient", environment: {} },
      { client: "dhclient", environment: { reason: 1 } },
      { client: "dhclient", environment: null },
    ]) {
      await expect(asked(path, hookCommand, options)).rejects.toMatchObject({ code: "bad-options" });
    }
    const nobodys = { client: "dhclient", environment: { reason: "BOUND" } };
    await expect(asked(path, hookCommand, nobodys)).rejects.toMatchObject({ code: "bad-request" });
  });

  test("the hook as it is run: it asks, and tells by its exit code; without our variables it does nothing", async () => {
    const path = await served(async () => "conflict");
    const lines: string[] = [];
    const alone = async () => "ok" as const;
    const run = (environment: Record<string, string>) => hookHere(environment, alone, (line) => lines.push(line));
    const variables = { REEVE_HOOK: path, REEVE_CLIENT: "dhclient", REEVE_TIMEOUT: "5" };
    expect(await run({ ...dhclient.BOUND, ...variables })).toBe(3);
    expect(await run({ ...dhclient.EXPIRE, ...variables })).toBe(0);
    expect(lines).toEqual([]);
    expect(await run(dhclient.BOUND)).toBe(0);
    expect(await run({ ...dhclient.BOUND, ...variables, REEVE_CLIENT: "pump" })).toBe(0);
    expect(lines).toHaveLength(2);
    expect(await run({ ...dhclient.PREINIT, ...variables, REEVE_HOOK: "/nowhere" })).toBe(0);
    // Refused by the daemon, it is no conflict, and it is said.
    expect(await run({ ...dhclient.BOUND, ...variables, REEVE_INTERFACE: "eth9" })).toBe(0);
    expect(lines[2]).toContain("a client of");
  });
});
