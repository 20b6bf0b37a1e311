import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OperationOutcome } from "../../../src/netconf/classic/operate.ts";
import { loadConfiguration } from "../../../src/netconf/interfaces/parser.ts";
import { memoryFiles } from "../interfaces/files.ts";
import { device, Host, hostWith } from "./scene.ts";

const eth = "auto eth0\niface eth0 inet manual\niface eth1 inet manual\n";

describe("what cannot be read", () => {
  it("is refused whole, by each name, with the model's words", async () => {
    const host = hostWith(`${eth}iface eth2 inet\n`);
    for (const face of ["ifup", "ifdown", "ifquery"] as const) {
      const { exit, err } = await host.run(face, "eth0");
      assert.equal(exit, 1);
      assert.deepEqual(err, [
        `${face}: /etc/network/interfaces:4: unknown or no method and no inherits keyword specified`,
        `${face}: couldn't read interfaces file "/etc/network/interfaces"`,
      ]);
    }
    assert.deepEqual(host.asked, []);
  });

  it("in a sourced file ends that file alone", async () => {
    const others = { "/etc/network/more": "iface eth5 inet manual\nnonsense\niface eth6 inet manual\n" };
    const host = hostWith(`source more\n${eth}`, {}, others);
    const { exit, err, out } = await host.run("ifquery", "-l", "eth0", "eth5", "eth6");
    assert.deepEqual([exit, out], [1, ["eth0", "eth5"]]);
    assert.deepEqual(err, ["ifquery: /etc/network/more:2: option with empty value", "ifquery: unknown interface eth6"]);
  });

  it("is nothing where there is no file: the loopback is there all the same", async () => {
    const { exit, out, err } = await new Host().run("ifquery", "-l");
    const missing = 'ifquery: couldn\'t open interfaces file "/etc/network/interfaces": No such file or directory';
    assert.deepEqual([exit, out, err], [0, ["lo"], [missing]]);
  });
});

describe("ifup and ifdown", () => {
  it("go by what is in force since an apply was taken back, and say so; who looks or names a file gets the file", async () => {
    const configuration = loadConfiguration("/f", memoryFiles({ "/f": "iface eth7 inet manual\n" }));
    const host = hostWith("nonsense\n", { former: () => ({ configuration, why: "apply 7 was taken back" }) });
    for (const face of ["ifup", "ifdown"] as const) {
      host.up.set("eth7", "eth7");
      const { exit, err } = await host.run(face, "--force", "eth7");
      assert.deepEqual([exit, err], [0, [`${face}: apply 7 was taken back`]]);
      assert.equal(host.asked.at(-1)?.configuration, configuration);
    }
    assert.deepEqual((await host.run("ifup", "-n", "-a")).err.slice(0, 1), ["ifup: apply 7 was taken back"]);
    for (const words of [["eth7"], ["-i", "/etc/network/interfaces", "eth7"]]) {
      const { exit, err } = await host.run(words.length === 1 ? "ifquery" : "ifup", ...words);
      assert.deepEqual([exit, err.some((line) => line.includes("taken back"))], [1, false]);
    }
  });

  it("ask for what the words say, resolved", async () => {
    const text =
      "auto eth0 /wlan*=home\nallow-hotplug eth0 eth0.5\niface eth0 inet manual\niface home inet dhcp\niface eth0.5 inet manual\n";
    const host = hostWith(text, { devices: () => [device("eth0"), device("wlan0"), device("wlan1")] });
    await host.run("ifup", "eth0", "/wlan*/2=home", "eth0=home", "eth0");
    await host.run("ifup", "--allow=hotplug", "eth0", "wlan0=home");
    await host.run("ifup", "-a", "-X", "wlan*", "--force", "--no-scripts", "--ignore-errors", "-v");
    const [named, hotplug, all] = host.asked;
    assert.deepEqual(named?.named, [
      { physical: "eth0", logical: undefined },
      { physical: "wlan1", logical: "home" },
      { physical: "eth0", logical: "home" },
    ]);
    assert.deepEqual(
      hotplug?.named.map(({ physical }) => physical),
      ["eth0", "eth0.5"],
    );
    assert.deepEqual([named?.class, hotplug?.class, all?.class], ["", "hotplug", "auto"]);
    assert.deepEqual(
      all?.named.map(({ physical }) => physical),
      ["lo", "eth0"],
    );
    const { force, scripts, ignoreErrors, verbose, mappings, own, exclude } = all ?? {};
    assert.deepEqual(
      [force, scripts, ignoreErrors, verbose, mappings, own, exclude],
      [true, false, true, true, true, false, ["wlan*"]],
    );
    assert.deepEqual(all?.configuration.stanzas[0]?.method, "loopback");
  });

  it("say what became of it, and end with 1 when anything failed", async () => {
    const outcomes: Record<string, OperationOutcome> = {
      eth0: "done",
      eth1: "deferred",
      eth2: "failed",
      eth3: "unknown",
    };
    const text = Object.keys(outcomes).map((name) => `iface ${name} inet manual\n`);
    const host = hostWith(text.join(""), {
      operate: async ({ named }) =>
        named.map(({ physical }) => ({
          physical,
          logical: physical,
          outcome: outcomes[physical] ?? "done",
          reason: "so",
        })),
    });
    const cases: [string[], number, string[]][] = [
      [["eth0"], 0, []],
      [["eth1"], 0, ["ifup: interface eth1 is deferred: so"]],
      [["eth0", "eth2"], 1, ["ifup: failed to bring up eth2: so"]],
      [["eth3"], 1, ["ifup: failed to bring up eth3: so"]],
      [["eth9=eth0", "eth9"], 1, ["ifup: unknown interface eth9"]],
      [["eth9", "eth0"], 1, ["ifup: unknown interface eth9"]],
    ];
    for (const [words, exit, err] of cases) assert.deepEqual(await host.run("ifup", ...words), { exit, out: [], err });
  });

  it("what a mapping names and nothing defines is passed over", async () => {
    const host = hostWith("mapping eth0\n  script /x\n", {
      operate: async () => [{ physical: "eth0", logical: "nowhere", outcome: "unknown", reason: "so" }],
    });
    const err = ["ifup: ignoring unknown interface eth0=nowhere"];
    assert.deepEqual(await host.run("ifup", "eth0"), { exit: 0, out: [], err });
    const asked = hostWith("mapping eth0\n  script /x\n", { runMapping: async () => "nowhere\n" });
    const unknown = { exit: 1, out: [], err: ["ifquery: unknown interface eth0"] };
    assert.deepEqual(await asked.run("ifquery", "eth0"), unknown);
  });

  it("ask also for what is as it should be, and say that it was", async () => {
    const host = hostWith(eth);
    host.up.set("eth0", "eth0");
    assert.deepEqual((await host.run("ifup", "eth0", "eth1")).err, ["ifup: interface eth0 already configured"]);
    assert.deepEqual((await host.run("ifdown", "eth0", "eth1")).err, ["ifdown: interface eth1 not configured"]);
    assert.deepEqual((await host.run("ifup", "--force", "eth0")).err, []);
    assert.equal(host.asked.length, 3);
  });

  it("take down what is recorded, be it configured or not", async () => {
    const host = hostWith(eth);
    host.up.set("eth7", "gone");
    assert.equal((await host.run("ifdown", "eth7")).exit, 0);
    assert.equal((await host.run("ifdown", "eth8")).exit, 1);
    await host.run("ifdown", "-a");
    assert.deepEqual(
      host.asked.map(({ named }) => named.map(({ physical }) => physical)),
      [["eth7"], ["eth7"]],
    );
  });

  it("with options or files of their own are nothing for the daemon", async () => {
    const host = hostWith(eth, {}, { "/other": "iface eth0 inet static\n mtu 1400\n mtu 1500\n up one\n" });
    await host.run("ifup", "-i", "/other", "-o", "mtu=9000", "-o", "up=two", "-o", "dns-search=", "eth0");
    await host.run("ifup", "--state-dir=/elsewhere", "eth0");
    await host.run("ifup", "--no-loopback", "eth0");
    assert.deepEqual(
      host.asked.map(({ own }) => own),
      [true, true, true],
    );
    const [stanza] = host.asked[0]?.configuration.stanzas.filter(({ name }) => name === "eth0") ?? [];
    assert.deepEqual(
      stanza?.options.map(({ name, value }) => `${name}=${value}`),
      ["up=one", "mtu=9000", "up=two"],
    );
  });

  it("have devices renamed first, and mean the new names", async () => {
    const text = "rename mac/02:*=lan eth9=no\niface lan inet manual\n";
    const host = hostWith(text, { devices: () => [device("eth0", "02:00:00:00:00:01")] });
    await host.run("ifup", "eth0");
    const [operation] = host.asked;
    assert.deepEqual(operation?.renames, [{ from: "eth0", to: "lan" }]);
    assert.deepEqual(
      operation?.named.map(({ physical }) => physical),
      ["lan"],
    );
    assert.deepEqual((await host.run("ifup", "-n", "--no-scripts", "eth0")).err[0], "ip link set eth0 name lan");
  });

  it("read what networking.service leaves in the environment, when told to", async () => {
    const host = hostWith(eth);
    const files = { ...hostFiles(eth), environment: { VERBOSE: "yes", EXCLUDE_INTERFACES: "eth1  lo" } };
    const asking = new Host({ files });
    const { err } = await asking.run("ifup", "-n", "--read-environment", "--no-scripts", "eth0", "eth1");
    assert.ok(err.includes("ifup: configuring interface eth0=eth0 (inet)"));
    assert.ok(!err.join().includes("eth1"));
    assert.ok(!(await host.run("ifup", "-n", "eth0")).err.join().includes("configuring"));
    const not = new Host({ files: { ...hostFiles(eth), environment: { CONFIGURE_INTERFACES: "no" } } });
    const { exit, err: told } = await not.run("ifup", "--read-environment", "--no-scripts", "eth0");
    assert.deepEqual([exit, told, not.asked], [0, ["ip link set dev eth0 up 2>/dev/null || true"], []]);
  });
});

describe("mappings", () => {
  const text = "mapping eth0\n script where\n map HOME home\niface home inet manual\n  x 1\n";

  it("give the name of the stanzas", async () => {
    const host = hostWith(text, {
      runMapping: async (script, physical, input) =>
        `${script === "where" && physical === "eth0" && input === "HOME home\n" ? "home" : "?"}\n`,
    });
    assert.deepEqual(await host.run("ifquery", "-v", "eth0"), {
      exit: 0,
      out: ["x: 1"],
      err: [
        "ifquery: parsing file /etc/network/interfaces",
        "ifquery: running mapping script where on eth0",
        "ifquery: querying interface eth0=home (inet)",
      ],
    });
    assert.deepEqual((await host.run("ifup", "-nv", "--no-scripts", "eth0")).err.slice(1), [
      "ifup: running mapping script where on eth0",
      "ifup: configuring interface eth0=home (inet)",
      "ip link set dev eth0 up 2>/dev/null || true",
    ]);
    assert.deepEqual((await host.run("ifquery", "--no-mappings", "eth0")).out, []);
  });

  it("that fail are failures", async () => {
    const host = hostWith(text, { runMapping: () => Promise.reject(new Error("no")) });
    const err = ["ifquery: error trying to executing mapping script where on eth0"];
    assert.deepEqual(await host.run("ifquery", "eth0"), { exit: 1, out: [], err });
    assert.equal((await host.run("ifup", "-n", "eth0")).exit, 1);
  });
});

describe("stanzas of ifupdown-ng's kind", () => {
  const text = `iface eth0
iface bond0
  requires eth0
  bond-mode active-backup
iface br0
  bridge-ports bond0
  requires bond0
  address 203.0.113.2/24
  up echo it is up
iface a
  requires b
iface b
  requires a
`;

  it("are rehearsed as what Reeve does itself, after what they require", async () => {
    const { exit, err } = await hostWith(text).run("ifup", "-n", "--no-scripts", "br0");
    assert.equal(exit, 0);
    const about = ["eth0", "bond0", "br0"].map((name) => err.indexOf(`ip link set dev ${name} up`));
    assert.ok(
      about.every((at, index) => at >= 0 && (index === 0 || at > (about[index - 1] ?? 0))),
      err.join("\n"),
    );
    assert.ok(err.includes("ip address replace 203.0.113.2/24 dev br0"), err.join("\n"));
    assert.equal(err.at(-1), "echo it is up");
  });

  it("go again", async () => {
    const { err } = await hostWith(text).run("ifdown", "-n", "--no-scripts", "--force", "br0");
    assert.ok(err.includes("ip link delete dev br0"), err.join("\n"));
  });

  it("that require each other are refused", async () => {
    const { exit, err } = await hostWith(text).run("ifup", "-n", "a");
    assert.equal(exit, 1);
    assert.equal(err[0], "ifup: recursion detected for interface a in pre-up phase");
  });
});

function hostFiles(text: string) {
  return memoryFiles({ "/etc/network/interfaces": text });
}
