/** Scripts: as ifupdown 0.8.41 runs them (what it told its own scripts was compared by hand), and never twice. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkOf } from "../../src/netconf/answer/check.ts";
import type { Step } from "../../src/netconf/kernel/step.ts";
import { root, Scene } from "../fake/netconf.ts";
import { newAddress } from "./plan/random-wanted.ts";

const two = `iface eth0 inet static
  address 10.1.1.1/24
  foo_bar one
  foo_bar two
  bridge-dummy a b
  pre-up first
  up second
  post-up third
  down fourth
  pre-down fifth
  post-down sixth
iface eth0 inet6 static
  address fd00::1/64
  up seventh
`;

async function scene(interfaces = two): Promise<Scene> {
  const s = new Scene({ interfaces });
  s.kernel.world.appear("eth0");
  for (const phase of ["pre-up", "up", "down", "post-down"] as const) s.scripts[phase] = [`/if-${phase}.d/x`];
  await s.netconf.start();
  return s;
}

const told = (s: Scene) => s.ran.map(({ what, env }) => `${what} ${env.ADDRFAM} ${env.PHASE}`);

describe("scripts", () => {
  it("stanza by stanza: commands, then the folder; down: the folder, then commands", async () => {
    const s = await scene();
    await s.up("eth0");
    assert.deepEqual(told(s), [
      "first inet pre-up",
      "/if-pre-up.d/x inet pre-up",
      "second inet post-up",
      "third inet post-up",
      "/if-up.d/x inet post-up",
      "/if-pre-up.d/x inet6 pre-up",
      "seventh inet6 post-up",
      "/if-up.d/x inet6 post-up",
    ]);
    s.ran.length = 0;
    await s.down("eth0");
    assert.deepEqual(told(s), [
      "/if-down.d/x inet pre-down",
      "fourth inet pre-down",
      "fifth inet pre-down",
      "/if-down.d/x inet6 pre-down",
      "/if-post-down.d/x inet post-down",
      "sixth inet post-down",
      "/if-post-down.d/x inet6 post-down",
    ]);
    assert.equal(s.journal.records.size, 0);
  });

  it("are told what ifupdown tells them", async () => {
    const s = await scene();
    await s.up("eth0");
    const { REEVE_EVENT: _, ...env } = s.ran[2]!.env;
    assert.deepEqual(env, {
      ADDRFAM: "inet",
      CLASS: "",
      IFACE: "eth0",
      IFUPDOWN_eth0: "post-up",
      IF_ADDRESS: "10.1.1.1",
      IF_BRIDGE_DUMMY: "a b",
      IF_BROADCAST: "10.1.1.255",
      IF_FOO_BAR: "one\ntwo",
      IF_NETMASK: "255.255.255.0",
      LOGICAL: "eth0",
      METHOD: "static",
      MODE: "start",
      PHASE: "post-up",
      VERBOSITY: "0",
    });
  });

  it("are told what the method takes for granted and completes, as ifupdown's", async () => {
    const s = await scene(`iface eth0 inet static
  address 192.0.2.11
  netmask 24
  broadcast -
  hwaddress ether 02:00:00:00:00:77
iface eth0 inet6 static
  address 2001:db8::10/64
  gateway 2001:db8::1
iface eth0 inet6 auto
`);
    await s.up("eth0");
    const environments = s.ran.slice(0, 5).filter(({ env }) => env.PHASE === "pre-up");
    const said = environments.map(({ env }) => Object.entries(env).filter(([name]) => name.startsWith("IF_")));
    assert.deepEqual(said.map(Object.fromEntries), [
      {
        IF_ADDRESS: "192.0.2.11",
        IF_BROADCAST: "-",
        IF_HWADDRESS: "02:00:00:00:00:77",
        IF_NETMASK: "24",
      },
      {
        IF_ACCEPT_RA: "0",
        IF_ADDRESS: "2001:db8::10",
        IF_AUTOCONF: "0",
        IF_DAD_ATTEMPTS: "60",
        IF_DAD_INTERVAL: "0.1",
        IF_GATEWAY: "2001:db8::1",
        IF_NETMASK: "64",
        IF_PREFERRED_LIFETIME: "",
      },
      { IF_ACCEPT_RA: "2", IF_LL_ATTEMPTS: "60", IF_LL_INTERVAL: "0.1", IF_REQUEST_PREFIX: "0" },
    ]);
  });

  it("never run twice: what ran has run, until its opposite has", async () => {
    const s = await scene();
    await s.up("eth0");
    s.ran.length = 0;
    await s.up("eth0");
    assert.deepEqual(s.ran, []);
    await s.netconf.up({ names: ["eth0"], force: true }, root).done;
    assert.equal(s.ran.length, 8);
  });

  it("a failing `pre-up`: nothing is done to the kernel; tried again, it runs again", async () => {
    const s = await scene();
    s.program = async (what) => (what === "first" ? 1 : 0);
    const up = s.netconf.up({ names: ["eth0"] }, root);
    assert.deepEqual(await up.done, { outcome: "failed", reason: "pre-up: first: exit status 1" });
    assert.deepEqual(
      [s.isUp("eth0"), s.setup("eth0"), told(s)],
      [
        false,
        "failed",
        // What has begun is taken back.
        ["first inet pre-up", "/if-post-down.d/x inet post-down", "sixth inet post-down"],
      ],
    );
    assert.equal(up.task.children[0]?.event.line?.line, 6);
    s.program = async () => 0;
    assert.equal((await s.up("eth0")).outcome, "done");
    assert.equal(told(s).filter((line) => line.startsWith("first")).length, 2);
  });

  it("a failing `up` leaves the address, and down takes all of it back", async () => {
    const s = await scene();
    s.program = async (what) => (what === "third" ? 1 : 0);
    const ended = await s.up("eth0");
    assert.deepEqual(ended, { outcome: "failed", reason: "up: third: exit status 1" });
    assert.deepEqual([s.addresses("eth0"), s.setup("eth0")], [["10.1.1.1/24"], "failed"]);
    s.program = async () => 0;
    s.ran.length = 0;
    await s.down("eth0");
    assert.deepEqual([s.addresses("eth0"), s.isUp("eth0")], [[], false]);
    assert.deepEqual(told(s), [
      "/if-down.d/x inet pre-down",
      "fourth inet pre-down",
      "fifth inet pre-down",
      "/if-post-down.d/x inet post-down",
      "sixth inet post-down",
    ]);
  });

  it("a failing `down` is said, and the interface goes down all the same", async () => {
    const s = await scene();
    await s.up("eth0");
    s.program = async (what) => (what === "fourth" ? 1 : 0);
    const ended = await s.down("eth0");
    assert.deepEqual(ended, { outcome: "failed", reason: "down: fourth: exit status 1; it is down all the same" });
    assert.deepEqual([s.addresses("eth0"), s.journal.records.size], [[], 0]);
    assert.ok(told(s).includes("fifth inet pre-down"));
  });

  it("force and ignoreErrors go on; scripts: false runs none; no-scripts leaves out the folders", async () => {
    const s = await scene(`no-scripts eth0\n${two}`);
    s.program = async (what) => (what === "first" ? 1 : 0);
    assert.equal((await s.netconf.up({ names: ["eth0"], ignoreErrors: true }, root).done).outcome, "done");
    assert.deepEqual(
      s.ran.map(({ what }) => what),
      ["first", "second", "third", "seventh"],
    );
    s.ran.length = 0;
    assert.equal((await s.netconf.down({ names: ["eth0"], scripts: false }, root).done).outcome, "done");
    assert.deepEqual(s.ran, []);
  });

  it("with all, the folders run once more for all of it", async () => {
    const s = await scene("auto eth0\niface eth0 inet manual\n");
    await s.netconf.up({ all: true, verbose: true }, root).done;
    await s.netconf.down({ all: true }, root).done;
    assert.deepEqual(
      s.ran.map(({ env }) => `${env.IFACE} ${env.ADDRFAM} ${env.METHOD} ${env.CLASS} ${env.PHASE} ${env.VERBOSITY}`),
      [
        "--all meta none auto pre-up 1",
        "eth0 inet manual auto pre-up 1",
        "eth0 inet manual auto post-up 1",
        "--all meta none auto post-up 1",
        "--all meta none auto pre-down 0",
        "eth0 inet manual auto pre-down 0",
        "eth0 inet manual auto post-down 0",
        "--all meta none auto post-down 0",
      ],
    );
  });

  it("hooks of packages whose work Reeve does are left out", async () => {
    const s = await scene("iface eth0 inet manual\n");
    s.scripts["pre-up"] = ["/if-pre-up.d/bridge", "/if-pre-up.d/mine", "/if-pre-up.d/vlan"];
    await s.up("eth0");
    assert.deepEqual(
      s.ran.map(({ what }) => what),
      ["/if-pre-up.d/mine", "/if-up.d/x"],
    );
  });

  it("a mapping's script says under which name it comes up; mappings: false asks none", async () => {
    const mapped = "mapping eth0\n  script /where\n  map a home\niface home inet manual\niface eth0 inet manual\n";
    const s = await scene(mapped);
    s.program = async (what, { stdin, onLine }) => {
      onLine?.("+ a trace of its own", "stderr");
      if (what === "/where eth0") onLine?.(stdin === "a home\n" ? "home" : "eth0", "stdout");
      return 0;
    };
    const said: unknown[] = [];
    const up = s.netconf.up({ names: ["eth0"] }, root);
    up.listen(({ printed }) => printed && said.push(printed), "first");
    await up.done;
    assert.equal(s.journal.records.get("eth0")?.logical, "home");
    assert.deepEqual(said[0], { text: "+ a trace of its own", on: "stderr" });
    await s.down("eth0");
    await s.netconf.up({ names: ["eth0"], mappings: false }, root).done;
    assert.equal(s.journal.records.get("eth0")?.logical, "eth0");
  });
});

describe("what a command has put on the device", () => {
  const adds = (command: string) => `iface eth0 inet static\n  address 10.1.1.1/24\n  up ${command}\n`;
  const more = (address: string): Step => ({ do: "address-add", address: newAddress("eth0", address, 24) });

  async function adding(interfaces = adds("add")): Promise<Scene> {
    const s = new Scene({ interfaces });
    s.kernel.world.appear("eth0");
    await s.kernel.perform([more("10.9.9.9")]);
    s.program = async (what) => {
      if (!what.startsWith("add")) return 0;
      const taken = s.addresses("eth0").includes("10.1.1.9/24");
      await s.kernel.perform([more("10.1.1.9")]);
      return taken ? 2 : 0;
    };
    await s.netconf.start();
    return s;
  }

  it("goes when it goes down, and is put there again; what stood there before stays", async () => {
    const s = await adding();
    for (const _ of [1, 2]) {
      assert.deepEqual(await s.up("eth0"), { outcome: "done", reason: "" });
      assert.deepEqual(s.addresses("eth0").sort(), ["10.1.1.1/24", "10.1.1.9/24", "10.9.9.9/24"]);
      // Up again is not down: it is in nobody's way.
      assert.equal((await s.up("eth0")).outcome, "done");
      assert.equal(s.addresses("eth0").length, 3);
      assert.equal((await s.down("eth0")).outcome, "done");
      assert.deepEqual(s.addresses("eth0"), ["10.9.9.9/24"]);
    }
  });

  it("another ifup's, which ifstate tells of, are not run again, and go down with it", async () => {
    const s = await adding();
    await s.kernel.perform([
      { do: "link-set", name: "eth0", settings: { up: true } },
      { do: "address-add", address: newAddress("eth0", "10.1.1.1", 24, { broadcast: "10.1.1.255" }) },
      more("10.1.1.9"),
    ]);
    s.listed.eth0 = "eth0";
    assert.equal((await s.up("eth0")).outcome, "done");
    assert.deepEqual([s.ran, s.addresses("eth0").length], [[], 3]);
    await s.down("eth0");
    assert.deepEqual([s.addresses("eth0"), s.isUp("eth0")], [[], false]);
    s.listed.eth1 = "eth1";
    s.kernel.world.appear("eth1");
    s.interfaces += "iface eth1 inet static\n  address 192.0.2.1/24\n";
    await s.netconf.reload(root).done;
    await s.kernel.perform([{ do: "link-set", name: "eth1", settings: { up: true } }]);
    assert.equal((await s.netconf.down({ all: true }, root).done).outcome, "done");
    assert.equal(s.isUp("eth1"), false);
    // Up it is not: a list that is left over is no reason to do without.
    assert.equal((await s.up("eth0")).outcome, "done");
    assert.deepEqual([s.ran.length, s.addresses("eth0").sort()], [1, ["10.1.1.1/24", "10.1.1.9/24"]]);
  });

  it("another ifup's are known to a daemon that starts: nothing runs, and an apply of something else leaves it alone", async () => {
    const both = `${adds("add")}iface eth0.5 inet manual\n`;
    const s = new Scene({ interfaces: `auto eth0\n${both}` });
    s.program = async () => 2;
    s.kernel.world.appear("eth0");
    await s.kernel.perform([
      { do: "link-set", name: "eth0", settings: { up: true } },
      { do: "address-add", address: newAddress("eth0", "10.1.1.1", 24, { broadcast: "10.1.1.255" }) },
      { do: "link-add", name: "eth0.5", kind: "vlan", lower: "eth0", data: { id: 5 } },
      { do: "link-set", name: "eth0.5", settings: { up: true } },
      more("10.1.1.9"),
    ]);
    Object.assign(s.listed, { eth0: "eth0", "eth0.5": "eth0.5", eth7: "eth0", x: "nowhere" });
    await s.netconf.start();
    assert.deepEqual([...s.journal.records.keys()], ["eth0", "eth0.5"]);
    assert.equal(checkOf(s.engine, { started: 0, managers: { of: () => "" } }, ["eth0", "eth0.5"]).same, true);
    assert.deepEqual(await s.down("eth0"), { outcome: "conflict", reason: "eth0.5 needs it" });
    s.interfaces = `auto eth0\n${both}auto lo:1\niface lo:1 inet static\n  address 192.0.2.1/32\n`;
    assert.equal((await s.netconf.apply({ timeout: 0 }, root).done).outcome, "done");
    assert.deepEqual([s.ran, s.addresses("eth0").length], [[], 2]);
    await s.netconf.down({ names: ["eth0"], along: true }, root).done;
    assert.deepEqual([s.addresses("eth0"), [...s.kernel.world.state.links.keys()]], [[], ["lo", "eth0"]]);
  });

  it("goes, too, when its commands change in an apply, and is there again when that is taken back", async () => {
    const s = await adding();
    await s.up("eth0");
    s.interfaces = adds("add once more");
    assert.equal((await s.netconf.apply({ timeout: 0 }, root).done).outcome, "done");
    assert.equal(s.addresses("eth0").length, 3);
    s.interfaces = adds("nothing");
    assert.equal((await s.netconf.apply({}, root).done).outcome, "done");
    assert.deepEqual(s.addresses("eth0").sort(), ["10.1.1.1/24", "10.9.9.9/24"]);
    assert.equal((await s.netconf.rollback({}, root).done).outcome, "done");
    assert.equal(s.addresses("eth0").length, 3);
  });
});
