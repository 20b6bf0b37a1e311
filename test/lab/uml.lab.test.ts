import { describe, expect, test } from "bun:test";
import { umlOrSkip } from "./uml.ts";

const uml = umlOrSkip("User-Mode-Linux");

describe.skipIf(!uml)("a machine of its own", () => {
  test("runs a program in a kernel that has links of all kinds", async () => {
    const make = ["dummy", "bond", "vrf table 10", "bridge vlan_filtering 1", "gre remote 192.0.2.1 local 192.0.2.2"];
    const script = make.map((words, at) => `ip link add x${at} type ${words}`).join(" && ");
    const words = ["sh", "-c", `${script} && ip -json link && echo "$WORD" >/run/file && cat /run/file; exit 3`];
    const result = await uml!.run(words, { env: { WORD: "it's" } });
    expect(result).toMatchObject({ status: 3 });
    expect(result.output).toContain('"ifname":"x4"');
    expect(result.output).toEndWith("it's\n");
  }, 120_000);

  test("is ended when it takes too long", async () => {
    const result = await uml!.run(["sleep", "1000"], { timeout: 8 });
    expect(result.status).toBeUndefined();
  }, 60_000);
});
