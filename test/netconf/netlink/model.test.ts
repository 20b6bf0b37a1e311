import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KernelChange } from "../../../src/netconf/kernel/state.ts";
import { addressAdd, addressDelete } from "../../../src/netconf/netlink/address.ts";
import { forwardingAdd } from "../../../src/netconf/netlink/forwarding.ts";
import { IFF, IFLA, INFO } from "../../../src/netconf/netlink/link.ts";
import {
  attribute,
  joined,
  type Message,
  message,
  NLM_F,
  nested,
  RTM,
  readMessages,
  text,
} from "../../../src/netconf/netlink/message.ts";
import { Model, tables } from "../../../src/netconf/netlink/model.ts";
import { s32, u8, u16, u32 } from "../../../src/netconf/netlink/number.ts";
import { routeAdd, routeDelete } from "../../../src/netconf/netlink/route.ts";
import { ruleAdd, ruleDelete } from "../../../src/netconf/netlink/rule.ts";
import { random, trials } from "../../random.ts";
import { rule } from "../kernel/netlink-scenario.ts";
import { address, route } from "../kernel/objects.ts";

function only(bytes: Uint8Array, flags = 0): Message {
  return { ...readMessages(bytes).messages[0]!, flags };
}

function link(
  index: number,
  name: string,
  more: { up?: boolean; kind?: string; parts?: Uint8Array[]; type?: number } = {},
) {
  const { up = true, kind = "", parts = [], type = RTM.NEWLINK } = more;
  const header = joined([u8(0), u8(0), u16(1), s32(index), u32(up ? IFF.UP : 0), u32(0)]);
  const info = kind ? [nested(IFLA.LINKINFO, attribute(INFO.KIND, text(kind)))] : [];
  return only(
    message(type, 0, header, attribute(IFLA.IFNAME, text(name)), attribute(IFLA.MTU, u32(1500)), ...info, ...parts),
  );
}

/** A model in which what asks for a dump has been answered. */
function modelOf(...messages: Message[]): Model {
  const model = new Model();
  for (const each of messages) model.apply(each);
  model.takeChanges();
  model.stale.clear();
  return model;
}

const words = (changes: KernelChange[]) =>
  changes.map((change) => {
    if (change.what === "overrun") return "overrun";
    const [before, after] = [change.before, change.after].map((each) => {
      if (!each) return "";
      if ("mtu" in each && "name" in each) return each.name;
      if ("destination" in each) return `${each.destination}/${each.prefix} ${each.hops[0]?.gateway ?? ""}`;
      return "address" in each ? `${each.address} ${each.device}` : `rule ${each.priority}`;
    });
    return `${change.what} ${before} → ${after}`;
  });

describe("the kernel's state from its messages", () => {
  it("tells what is different, once", () => {
    const model = modelOf();
    for (let time = 0; time < 2; time++) {
      model.apply(link(2, "eth0"));
      model.apply(only(addressAdd(address("eth0", "192.0.2.1", 24), model)));
      model.apply(only(routeAdd(route({ gateway: "192.0.2.9", device: "eth0" }), 0, model)));
      model.apply(only(ruleAdd(rule({ priority: 7 }))));
    }
    assert.deepEqual(words(model.takeChanges()), [
      "link  → eth0",
      "address  → 192.0.2.1 eth0",
      "route  → 0.0.0.0/0 192.0.2.9",
      "rule  → rule 7",
    ]);
    model.apply(only(ruleDelete(rule({ priority: 7 }))));
    model.apply(only(addressDelete(address("eth0", "192.0.2.1", 24), model)));
    assert.deepEqual(words(model.takeChanges()), ["rule rule 7 → ", "address 192.0.2.1 eth0 → "]);
    // A route that preferred it as its source would have gone without a word.
    assert.deepEqual([...model.stale], []);
    model.apply(only(addressAdd(address("eth0", "192.0.2.1", 24), model)));
    model.apply(only(routeAdd(route({ gateway: "192.0.2.8", device: "eth0", source: "192.0.2.1" }), 0, model)));
    model.apply(only(addressDelete(address("eth0", "192.0.2.1", 24), model)));
    assert.deepEqual([...model.stale], ["routes4"]);
  });

  it("names what a link refers to as it is called now, whichever came first", () => {
    const lower = [attribute(IFLA.LINK, u32(2))];
    const master = [attribute(IFLA.MASTER, u32(4))];
    const model = modelOf(link(3, "eth0.5", { kind: "vlan", parts: [...lower, ...master] }));
    const is = () => {
      const { lower: below, master: above } = model.state.links.get("eth0.5")!;
      return [below, above];
    };
    assert.deepEqual(is(), ["", ""]);
    model.apply(link(2, "eth0"));
    model.apply(link(4, "br0"));
    assert.deepEqual(is(), ["eth0", "br0"]);
    model.apply(link(2, "lan"));
    model.apply(link(4, "br0", { type: RTM.DELLINK }));
    assert.deepEqual(is(), ["lan", ""]);
    // What else says the name is read anew.
    assert.ok(model.stale.has("addresses") && model.stale.has("routes4"));
  });

  it("a link that goes takes its addresses, and what routes it took is asked for", () => {
    const model = modelOf(link(2, "eth0"));
    model.apply(only(routeAdd(route({ gateway: "192.0.2.9", device: "eth0" }), 0, model)));
    model.takeChanges();
    model.apply(only(addressAdd(address("eth0", "2001:db8::1", 64), model), NLM_F.MULTI));
    model.apply(link(2, "eth0", { type: RTM.DELLINK }));
    assert.deepEqual(words(model.takeChanges()), [
      "address  → 2001:db8::1 eth0",
      "address 2001:db8::1 eth0 → ",
      "link eth0 → ",
    ]);
    assert.deepEqual([...model.stale], ["routes4"]);
  });

  it("what a dump does not show has gone; what came and went meanwhile counts as it was last", () => {
    const model = modelOf(link(2, "eth0"));
    const one = (last: number) => only(addressAdd(address("eth0", `192.0.2.${last}`, 24), model));
    for (const last of [1, 2, 3]) model.apply(one(last));
    model.takeChanges();
    model.begin("addresses");
    model.apply(one(1));
    model.apply(one(2));
    model.apply(only(addressDelete(address("eth0", "192.0.2.2", 24), model)));
    model.apply(one(4));
    model.finish("addresses");
    assert.deepEqual(words(model.takeChanges()), [
      "address 192.0.2.2 eth0 → ",
      "address  → 192.0.2.4 eth0",
      "address 192.0.2.3 eth0 → ",
    ]);
    assert.deepEqual(
      model.state.addresses.map((each) => each.address),
      ["192.0.2.1", "192.0.2.4"],
    );
  });

  it("a route that takes another's place is told as that", () => {
    const model = modelOf(link(2, "eth0"));
    const via = (gateway: string, flags = 0) => only(routeAdd(route({ gateway, device: "eth0" }), 0, model), flags);
    model.apply(via("192.0.2.1"));
    model.apply(via("192.0.2.2", NLM_F.REPLACE));
    assert.deepEqual(words(model.takeChanges()), [
      "route  → 0.0.0.0/0 192.0.2.1",
      "route 0.0.0.0/0 192.0.2.1 → ",
      "route  → 0.0.0.0/0 192.0.2.2",
    ]);
    assert.equal(model.stale.size, 0);
    // Which of two is not said.
    model.apply(via("192.0.2.3", NLM_F.APPEND));
    model.apply(via("192.0.2.4", NLM_F.REPLACE));
    assert.deepEqual([...model.stale], ["routes4"]);
    model.stale.clear();
    model.apply(only(routeDelete(route({ gateway: "192.0.2.77", device: "eth0" }), model)));
    assert.deepEqual([...model.stale], ["routes4"]);
  });

  it("lifetimes go by, and are told of when they are others", () => {
    let now = 100;
    const model = new Model(() => now);
    model.apply(link(2, "eth0"));
    const leased = (valid: number) => {
      model.apply(only(addressAdd(address("eth0", "192.0.2.1", 24, { valid, preferred: null }), model)));
    };
    leased(3600);
    model.takeChanges();
    now += 1000;
    assert.deepEqual(
      model.state.addresses.map((each) => [each.valid, each.preferred]),
      [[2600, null]],
    );
    leased(2601);
    assert.deepEqual(model.takeChanges(), []);
    leased(3600);
    const [change] = model.takeChanges();
    assert.ok(change?.what === "address");
    assert.deepEqual([change.before?.valid, change.after?.valid], [2601, 3600]);
    now += 10_000;
    assert.equal(model.state.addresses[0]?.valid, 0);
  });

  it("is the same object in parts that nothing has happened to", () => {
    const model = modelOf(link(2, "eth0"));
    model.apply(only(routeAdd(route({ gateway: "192.0.2.1", device: "eth0" }), 0, model)));
    const before = model.state;
    model.apply(only(ruleAdd(rule({}))));
    const after = model.state;
    assert.equal(before.links, after.links);
    assert.equal(before.routes, after.routes);
    assert.notEqual(before.rules, after.rules);
  });

  it("never throws, and never loops, whatever comes", () => {
    const next = random(5);
    const base = modelOf(link(2, "eth0"), link(3, "br0", { kind: "bridge" }));
    const entry = { device: "eth0", address: "02:00:00:00:00:01", destination: "192.0.2.1", vlan: 3 };
    const seeds = [
      link(4, "eth1", { kind: "vxlan", parts: [attribute(IFLA.MASTER, u32(3))] }),
      only(addressAdd(address("eth0", "192.0.2.1", 24, { valid: 9 }), base)),
      only(addressAdd(address("eth0", "2001:db8::1", 64), base)),
      only(routeAdd(route({ gateway: "192.0.2.9", device: "eth0", mtu: 9 }), 0, base)),
      only(
        routeAdd(
          route({
            destination: "2001:db8::",
            prefix: 48,
            hops: [1, 2].map((at) => ({ gateway: `fe80::${at}`, device: "eth0", onlink: false, weight: at })),
          }),
          0,
          base,
        ),
      ),
      only(ruleAdd(rule({ from: "192.0.2.0/24", fwmark: 3 }))),
      only(forwardingAdd(entry, base)),
    ];
    const rounds = trials(20_000);
    const model = modelOf(link(2, "eth0"));
    for (let round = 0; round < rounds; round++) {
      const seed = seeds[Math.floor(next() * seeds.length)]!;
      // Where a read beyond its end would show.
      const room = new Uint8Array(seed.payload.length + 64).fill(0xee);
      room.set(seed.payload, 32);
      const payload = room.subarray(32, 32 + Math.floor(next() * (seed.payload.length + 1)));
      for (let flips = Math.floor(next() * 4); flips > 0 && payload.length > 0; flips--) {
        payload[Math.floor(next() * payload.length)] = Math.floor(next() * 256);
      }
      const type = next() < 0.8 ? seed.type : 16 + Math.floor(next() * 20);
      model.apply({ type, flags: Math.floor(next() * 0x1000), sequence: 0, payload });
      if (round % 100 === 0) {
        const table = tables[Math.floor(next() * tables.length)]!;
        if (next() < 0.5) model.begin(table);
        else model.finish(table);
      }
    }
    const { links, addresses, routes } = model.state;
    assert.ok(links.size > 1 && addresses.length > 1 && routes.length > 1);
    for (const table of tables) {
      model.begin(table);
      model.finish(table);
    }
    const empty = model.state;
    assert.deepEqual(
      [empty.links.size, empty.addresses, empty.routes, empty.rules, empty.forwarding],
      [0, [], [], [], []],
    );
    // Every change that was told, done one after the other, leads to what there is.
    const there = new Map<string, number>();
    for (const change of model.takeChanges()) {
      if (change.what === "overrun") continue;
      const key = (thing: unknown) => change.what + (change.what === "link" ? (thing as { index: number }).index : "");
      if (change.before) there.set(key(change.before), (there.get(key(change.before)) ?? 0) - 1);
      if (change.after) there.set(key(change.after), (there.get(key(change.after)) ?? 0) + 1);
    }
    assert.deepEqual([...there.values()].filter((count) => count !== 0).length, 1, "eth0, which was there before");
  });
});
