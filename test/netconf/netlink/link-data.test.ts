import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attributesOf, kinds } from "../../../src/netconf/kernel/kinds.ts";
import type { LinkData, LinkValue } from "../../../src/netconf/kernel/state.ts";
import { dataAttributes, type Names, readData } from "../../../src/netconf/netlink/link-data.ts";
import { joined, readAttributes } from "../../../src/netconf/netlink/message.ts";
import { Problem } from "../../../src/problem.ts";

const names: Names = {
  nameOf: (index) => (index === 7 ? "eth0" : ""),
  indexOf: (name) => (name === "eth0" ? 7 : undefined),
};

function there(kind: string, data: LinkData, part: "data" | "port" = "data"): LinkData {
  const table = attributesOf(kind, part);
  return readData(readAttributes(joined(dataAttributes(data, table, names))), table, names);
}

/** A value for each form, as it is read. */
function example(form: string, words: Readonly<Record<string, number>> = {}): LinkValue {
  const examples: Record<string, LinkValue> = {
    ...{ switch: true, flag: true, bit: true, u8: 200, u16: 60_000, u32: 4_000_000_000, u64: 2 ** 40, s32: -7 },
    ...{ be16: 4789, be32: 70_000, bits: 5, device: "eth0", mac: "02:00:00:00:00:01", ipv4: "192.0.2.1" },
    ...{
      ipv6: "2001:db8::1",
      ip: "192.0.2.1",
      key: "0.0.1.2",
      ports: "1024-2048",
      "ipv4-list": ["192.0.2.1", "192.0.2.2"],
    },
    ...{ "ipv6-list": ["2001:db8::1"], "vlan-flags": ["REORDER_HDR", "MVRP"], "qos-map": ["1:2", "7:0"] },
    ...{ thousandths: 0.875, "can-modes": ["LOOPBACK", "ONE-SHOT"] },
  };
  const found = form === "word" ? Object.keys(words).at(-1) : examples[form];
  assert.notEqual(found, undefined, form);
  return found!;
}

describe("data of a kind of link", () => {
  it("is read as it was written, each value of each kind", () => {
    let count = 0;
    for (const kind of Object.keys(kinds)) {
      for (const part of ["data", "port"] as const) {
        for (const [name, entry] of Object.entries(attributesOf(kind, part))) {
          if (entry.readOnly) continue;
          const value = entry.multicast ? "239.1.2.3" : example(entry.form, entry.words);
          assert.deepEqual([kind, name, there(kind, { [name]: value }, part)[name]], [kind, name, value]);
          count++;
        }
      }
    }
    assert.ok(count > 150, String(count));
  });

  it("takes what people write", () => {
    assert.equal(there("bridge", { stp_state: 1 }).stp_state, true);
    assert.equal(there("bridge", { stp_state: "off" }).stp_state, false);
    assert.equal(there("bridge", { vlan_protocol: "802.1AD" }).vlan_protocol, "802.1ad");
    assert.equal(there("bond", { mode: "4" }).mode, "802.3ad");
    assert.equal(there("bridge", { group_fwd_mask: "0x10" }).group_fwd_mask, 16);
    assert.equal(there("gre", { ikey: 258 }).ikey, "0.0.1.2");
    assert.deepEqual(there("bond", { arp_ip_target: "192.0.2.1, 192.0.2.2" }).arp_ip_target, [
      "192.0.2.1",
      "192.0.2.2",
    ]);
    assert.deepEqual(there("vlan", { flags: ["reorder-hdr"] }).flags, ["REORDER_HDR"]);
    assert.equal(there("bond", { primary: "" }).primary, undefined);
  });

  it("of one attribute with several names has the right one", () => {
    assert.deepEqual(there("vxlan", { remote: "192.0.2.1" }), { remote: "192.0.2.1", gbp: false, gpe: false });
    assert.deepEqual(there("vxlan", { group: "ff05::1" }), { group: "ff05::1", gbp: false, gpe: false });
    assert.equal(there("gre", { remote: "any" }).remote, "any");
    assert.deepEqual(there("ip6tnl", { encap_limit: "none", ip6_tnl_f_rcv_dscp_copy: true, tclass: 3, flowlabel: 9 }), {
      ...{ tclass: 3, flowlabel: 9, external: false, ip6_tnl_f_rcv_dscp_copy: true },
      ...Object.fromEntries(
        ["use_orig_tclass", "use_orig_flowlabel", "use_orig_fwmark", "allow_local_remote"].map((name) => [
          ...[`ip6_tnl_f_${name}`, false],
        ]),
      ),
    });
    assert.equal(there("ip6tnl", { encap_limit: 4 }).encap_limit, 4);
    const keys = there("gre", { ikey: "0.0.0.5", icsum: true, iseq: false });
    assert.deepEqual([keys.ikey, keys.icsum, keys.iseq, keys.okey], ["0.0.0.5", true, false, undefined]);
  });

  it("of a CAN controller stands in the structures of linux/can/netlink.h", () => {
    const data = { bitrate: 500_000, sample_point: 0.875, ctrlmode: ["LOOPBACK", "ONE-SHOT"], restart_ms: 100 };
    assert.deepEqual(there("can", data), data);
    const bytes = dataAttributes(data, attributesOf("can", "data"), names);
    const hex = bytes.map((one) => Array.from(one, (byte) => byte.toString(16).padStart(2, "0")).join(""));
    assert.deepEqual(hex.sort(), [
      ...["0800060064000000", "0c0005001f00000009000000"],
      `2400010020a107006b030000${"00".repeat(24)}`,
    ]);
    assert.equal(there("can", { bitrate: 125_000 }).bitrate, 125_000);
  });

  it("that does not fit is refused by name", () => {
    const refused: [string, LinkData][] = [
      ["bridge", { priority: 65_536 }],
      ["bridge", { priority: "many" }],
      ["bridge", { priority: 1.5 }],
      ["bridge", { stp_state: "perhaps" }],
      ["bridge", { toString: 1 }],
      ["bridge", { vlan_protocol: "ipx" }],
      ["bond", { arp_ip_target: ["192.0.2.1", "2001:db8::1"] }],
      ["bond", { primary: "eth9" }],
      ["vlan", { flags: ["FASTER"] }],
      ["vlan", { egress_qos: ["1"] }],
      ["vxlan", { remote: "192.0.2.0/24" }],
      ["vxlan", { port_range: "a-b" }],
      ["ip6gre", { tclass: 256 }],
      ["gre", { ikey: "1.2.3" }],
      ["dummy", { id: 1 }],
      ["can", { bitrate: "fast" }],
      ["can", { ctrlmode: ["FD-TURBO"] }],
      ["vrf", { table: -1 }],
    ];
    for (const [kind, data] of refused) {
      assert.throws(
        () => there(kind, data),
        (error) => error instanceof Problem && ["bad-request", "not-found"].includes(error.code),
        JSON.stringify([kind, data]),
      );
    }
    assert.throws(() => there("bond", { state: "ACTIVE" }, "port"), /cannot be set/);
  });
});
