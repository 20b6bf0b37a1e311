import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { place } from "../../../src/netconf/interfaces/configuration.ts";
import { parsePolicy } from "../../../src/netconf/policy/parser.ts";
import { allows, firstWay, nextWay, prerequisitesOf, stanzaOf, wayOf } from "../../../src/netconf/policy/policy.ts";

const text = `# who may
[IFUP] allow @netdev alice
[IFUP eth* wlan?]
  allow bob
  prereq ifup lo br0
[IFDOWN]
allow *
[IFUP wlan0]
startat DHCP

[cfg ENI]
file /etc/network/interfaces
NOTFOUND DHCP
[cfg DHCP]
hostname my laptop
FAIL,TIMEOUT Fixed
CONFLICT error
[cfg Fixed]
method static
address 192.0.2.1/24
FAIL LinkLocal
`;
const policy = parsePolicy(text, "/p");
const alice = { uid: 1000, name: "alice", groups: [] };
const bob = { uid: 1001, name: "bob", groups: [] };
const carol = { uid: 1002, name: "carol", groups: ["netdev"] };
const mallory = { uid: 1003, name: "mallory", groups: ["users"] };

describe("policy", () => {
  it("is read without a fault", () => assert.deepEqual(policy.diagnostics, []));

  it("allows persons and groups, for all interfaces or for those named", () => {
    const who = (right: "IFUP" | "IFDOWN" | "APPLY", iface: string) =>
      [alice, bob, carol, mallory].filter((person) => allows(policy, right, iface, person)).map(({ name }) => name);
    assert.deepEqual(who("IFUP", "lan0"), ["alice", "carol"]);
    assert.deepEqual(who("IFUP", "eth0"), ["alice", "bob", "carol"]);
    assert.deepEqual(who("IFUP", "wlan10"), ["alice", "carol"]);
    assert.deepEqual(who("IFDOWN", "eth0"), ["alice", "bob", "carol", "mallory"]);
    assert.deepEqual(who("APPLY", ""), []);
  });

  it("who is named in a comment is allowed nothing; commas separate", () => {
    const read = parsePolicy(
      "[IFUP eth0] # by mallory\nallow @netdev, alice # but not bob\n#[IFUP]\nallow bob#2",
      "/p",
    );
    assert.deepEqual(read.diagnostics, []);
    const all = [alice, bob, carol, mallory].filter((person) => allows(read, "IFUP", "eth0", person));
    assert.deepEqual(all, [alice, carol]);
    assert.deepEqual(
      read.rules.map(({ interfaces }) => interfaces),
      [["eth0"]],
    );
  });

  it("a nameless uid is nobody's name", () => {
    const open = parsePolicy("[IFUP]\nallow root", "/p");
    assert.equal(allows(open, "IFUP", "eth0", { uid: 5000, name: "", groups: [""] }), false);
  });

  it("says what must be up before, with the line", () => {
    assert.deepEqual(
      prerequisitesOf(policy, "eth0").map(({ name, at }) => `${name} ${place(at)}`),
      ["lo /p:5:15", "br0 /p:5:18"],
    );
    assert.deepEqual(prerequisitesOf(policy, "br0"), []);
  });

  it("says what follows which outcome, by names in any case", () => {
    assert.equal(nextWay(policy, "dhcp", "timeout")?.name, "Fixed");
    assert.equal(nextWay(policy, "DHCP", "failed")?.name, "Fixed");
    assert.equal(nextWay(policy, "dhcp", "conflict"), undefined);
    assert.equal(nextWay(policy, "dhcp", "deferred"), undefined);
    assert.equal(nextWay(policy, "eni", "notfound")?.name, "DHCP");
    assert.equal(nextWay(policy, "Fixed", "failed")?.method, "ipv4ll");
    assert.equal(nextWay(policy, "static", "failed"), undefined);
    assert.equal(firstWay(policy, "wlan0")?.method, "dhcp");
    assert.equal(firstWay(policy, "eth0"), undefined);
  });

  it("a way is a stanza with its options", () => {
    const stanza = stanzaOf(wayOf(policy, "fixed")!, "eth0");
    assert.equal(`${stanza.name} ${stanza.family} ${stanza.method}`, "eth0 inet static");
    assert.deepEqual(
      stanza.options.map(({ name, value, at }) => `${name}=${value} ${place(at)}`),
      ["address=192.0.2.1/24 /p:20:1"],
    );
  });

  it("what is wrong is said with its place, and nothing is allowed by it", () => {
    const wrong = parsePolicy(
      "allow x\n[IFUB]\nallow mallory\n[IFUP\nallow mallory\n[IFUP]\nallaw bob\nallow\n[APPLY] startat DHCP\n" +
        "[cfg A]\nFAIL Nowhere\nFAIL B C\nBOUND A\nx\n[cfg A]\nallow mallory\n[IFUP] startat None\n",
      "/p",
    );
    assert.deepEqual(
      wrong.diagnostics.map(({ at, message }) => `${place(at)} ${message.slice(0, 32)}`),
      [
        "/p:1:1 it stands in no section",
        "/p:2:1 a section is [cfg NAME] or one o",
        "/p:3:1 it stands in no section",
        "/p:4:1 the section's head has no ]",
        "/p:5:1 it stands in no section",
        "/p:7:1 [IFUP] knows allow WHO…, startat",
        "/p:8:1 [IFUP] knows allow WHO…, startat",
        "/p:9:9 [APPLY] knows allow WHO…",
        "/p:12:1 FAIL is followed by the name of ",
        "/p:13:1 BOUND is no outcome; there are F",
        "/p:14:1 x has no value",
        "/p:15:6 [cfg A] stands there twice",
        "/p:16:1 it stands in no section",
        "/p:11:6 there is no section [cfg Nowhere",
        "/p:17:16 there is no section [cfg None]",
      ],
    );
    assert.equal(allows(wrong, "IFUP", "eth0", mallory), false);
  });
});
