import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { linkOf } from "../links/said.ts";
import { one } from "./text.ts";

describe("tunnel", () => {
  it("has the far end as peer and a gateway on the link", () => {
    const { wanted, said } = one(
      "inet tunnel",
      ...["address 10.0.0.1", "netmask 255.255.255.252", "mode gre", "endpoint 192.0.2.1", "dstaddr 10.0.0.2"],
      ...["local 192.0.2.2", "gateway 10.0.0.2", "metric 1", "ttl 64", "mtu 1400"],
    );
    assert.deepEqual(said, []);
    assert.deepEqual(linkOf(wanted)?.data, { remote: "192.0.2.1", local: "192.0.2.2", ttl: 64 });
    const [{ is } = assert.fail("no address")] = wanted.addresses;
    assert.deepEqual([is.address, is.prefix, is.peer, is.broadcast], ["10.0.0.1", 32, "10.0.0.2", ""]);
    const [{ is: route } = assert.fail("no route")] = wanted.routes;
    assert.deepEqual([route.metric, route.hops[0]?.onlink], [1, true]);
    assert.deepEqual(wanted.settings.is, { mtu: 1400, up: true });
  });

  it("of IPv6 likewise", () => {
    const { wanted, said } = one(
      "inet6 tunnel",
      ...["address 2001:db8::9", "netmask 64", "mode ip6gre", "endpoint 2001:db8::1", "local 2001:db8::2"],
      ...["dstaddr 2001:db8::3", "encaplimit none", "gateway 2001:db8::3"],
    );
    assert.deepEqual(said, []);
    assert.deepEqual(linkOf(wanted), {
      kind: "ip6gre",
      lower: "",
      data: { remote: "2001:db8::1", local: "2001:db8::2", encap_limit: "none" },
    });
    const [{ is } = assert.fail("no address")] = wanted.addresses;
    assert.deepEqual([is.prefix, is.peer], [128, "2001:db8::3"]);
  });

  it("without an endpoint is refused", () => {
    assert.deepEqual(one("inet tunnel", "address 10.0.0.1/30", "mode gre").said, [
      "error 1:1 tunnel x has no endpoint: write endpoint ADDRESS",
    ]);
  });
});

describe("v4tunnel", () => {
  it("gives its gateway a route of its own before the default", () => {
    const { wanted, said } = one(
      "inet6 v4tunnel",
      "address 2001:db8::2/64",
      "endpoint 192.0.2.1",
      "gateway 2001:db8::1",
    );
    assert.deepEqual(said, []);
    assert.equal(wanted.link?.is.kind, "sit");
    assert.deepEqual(
      wanted.routes.map(({ is }) => [is.destination, is.prefix, is.hops[0]?.gateway, is.hops[0]?.onlink]),
      [
        ["2001:db8::1", 128, "", false],
        ["::", 0, "2001:db8::1", true],
      ],
    );
  });
});

it("v4tunnel without an endpoint is refused", () => {
  assert.deepEqual(one("inet6 v4tunnel", "address 2001:db8::2/64").said, [
    "error 1:1 tunnel x has no endpoint: write endpoint ADDRESS",
  ]);
});

describe("6to4", () => {
  it("has address and network by its IPv4 address", () => {
    const { wanted, said } = one("inet6 6to4", "local 192.0.2.4", "metric 4", "mtu 1280", "preferred-lifetime 30");
    assert.deepEqual(said, []);
    assert.deepEqual(linkOf(wanted), { kind: "sit", lower: "", data: { local: "192.0.2.4" } });
    const [{ is } = assert.fail("no address")] = wanted.addresses;
    assert.deepEqual([is.address, is.prefix, is.preferred], ["2002:c000:204::1", 16, 30]);
    const [{ is: route } = assert.fail("no route")] = wanted.routes;
    assert.deepEqual(
      [route.destination, route.prefix, route.metric, route.hops[0]?.gateway],
      ["2000::", 3, 4, "::c058:6301"],
    );
    assert.equal(wanted.settings.is.mtu, 1280);
  });

  it("needs a global address", () => {
    assert.deepEqual(one("inet6 6to4").said, ["error 1:1 x has no local address: write local 192.0.2.1"]);
    const private6 = (local: string) => [
      `error 2:3 local "${local}": is a private address: 6to4 needs a global one (RFC 3056 §2)`,
    ];
    for (const local of ["10.0.0.1", "192.168.1.1", "172.31.0.1", "100.64.0.1"]) {
      assert.deepEqual(one("inet6 6to4", `local ${local}`).said, private6(local));
    }
  });
});

describe("can", () => {
  it("has timing and modes", () => {
    const { wanted, said } = one(
      "can static",
      "bitrate 500000",
      "samplepoint 0.875",
      "loopback on",
      "berr off",
      "oneshot on",
    );
    assert.deepEqual(said, []);
    assert.deepEqual(wanted.link?.is.data, {
      bitrate: 500_000,
      sample_point: 0.875,
      ctrlmode: ["LOOPBACK", "ONE-SHOT"],
    });
    assert.deepEqual(one("can static").said, ["error 1:1 x has no bitrate: write bitrate 500000"]);
  });
});
