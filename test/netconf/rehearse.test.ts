/** What would be done, and whose scripts would run; nothing is done, not even a mapping's script. */
import { describe, expect, test } from "bun:test";
import { rehearsed } from "../../src/netconf/rehearse.ts";
import { Scene } from "../fake/netconf.ts";

const interfaces = `no-scripts wlan* quiet
mapping eth1 wlan0
  script /where
  map a home
iface eth0 inet static
  address 192.0.2.1/24
  up own0
iface home inet static
  address 198.51.100.1/24
  up own1
  down bye1
iface quiet inet manual
  pre-up ownq
iface wlan0 inet manual
iface wlan1 inet static
  address 203.0.113.300/24
`;

async function scene(): Promise<Scene> {
  const s = new Scene({ interfaces });
  for (const name of ["eth0", "eth1", "wlan0", "wlan1"]) s.kernel.world.appear(name);
  for (const phase of ["pre-up", "up", "down", "post-down"] as const) s.scripts[phase] = [`/if-${phase}.d/x`];
  await s.netconf.start();
  return s;
}

const comments = (steps: readonly string[]) => steps.filter((line) => line.startsWith("#"));

describe("a rehearsal", () => {
  test("runs nothing, and tells folders' scripts but of what `no-scripts` has, by logical name and pattern", async () => {
    const s = await scene();
    const before = s.kernel.world.log.length;
    const of = (...names: string[]) => comments(rehearsed(s.engine, "up", { names }).steps);
    expect(of("eth0")).toEqual(["# eth0: pre-up /if-pre-up.d/x", "# eth0: up own0", "# eth0: up /if-up.d/x"]);
    // Commands of the stanza are its own.
    expect(of("eth0=quiet")).toEqual(["# eth0: pre-up ownq"]);
    expect(of("wlan1=home")).toEqual(["# wlan1: pre-up /if-pre-up.d/x", "# wlan1: up own1", "# wlan1: up /if-up.d/x"]);
    expect(comments(rehearsed(s.engine, "up", { names: ["eth0"], folders: false }).steps)).toEqual(["# eth0: up own0"]);
    expect(rehearsed(s.engine, "up", { names: ["eth0"], scripts: false }).steps.join()).not.toContain("#");
    expect([s.ran, s.kernel.world.log.length]).toEqual([[], before]);
  });

  test("goes by the name that is given, and says where a mapping's script may say another one", async () => {
    const s = await scene();
    const { steps, interfaces: result } = rehearsed(s.engine, "up", { names: ["eth1=home"] });
    expect(result).toEqual([{ name: "eth1", logical: "home", outcome: "done", reason: "nothing was done" }]);
    expect(steps).toContain("ip address replace 198.51.100.1/24 dev eth1 broadcast 198.51.100.255");
    expect(() => rehearsed(s.engine, "up", { names: ["eth1"] })).toThrow(/no stanza for eth1.*\/where.*eth1=NAME/);
    expect(rehearsed(s.engine, "up", { names: ["wlan0"] }).steps).toContain(
      "# wlan0: /where may say another name than wlan0; it does not run now",
    );
    expect(comments(rehearsed(s.engine, "up", { names: ["wlan0"], mappings: false }).steps)).toEqual([]);
    expect(() => rehearsed(s.engine, "up", { names: ["eth0=wlan1"] })).toThrow(/203\.0\.113\.300/);
    expect(s.ran).toEqual([]);
  });

  test("of what is up goes by what it came up as, both ways", async () => {
    const s = await scene();
    s.program = async (what, { onLine }) => {
      if (what === "/where eth1") onLine?.("home", "stdout");
      return 0;
    };
    expect(await s.up("eth1")).toEqual({ outcome: "done", reason: "" });
    const up = rehearsed(s.engine, "up", { names: ["eth1"] });
    expect([up.interfaces[0]?.logical, up.steps.filter((line) => !line.startsWith("#"))]).toEqual(["home", []]);
    const down = rehearsed(s.engine, "down", { names: ["eth1"] });
    expect(down.interfaces[0]?.logical).toBe("home");
    expect(comments(down.steps)).toEqual([
      "# eth1: down /if-down.d/x",
      "# eth1: down bye1",
      "# eth1: post-down /if-post-down.d/x",
    ]);
    expect(s.addresses("eth1")).toEqual(["198.51.100.1/24"]);
  });
});
