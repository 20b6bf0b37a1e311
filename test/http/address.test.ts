import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clientOf, isLoopback, networks, parseListen } from "../../src/http/address.ts";
import { Problem } from "../../src/problem.ts";

const isConfig = (error: unknown) => error instanceof Problem && error.code === "config";

describe("addresses", () => {
  it("LISTEN is ADDRESS:PORT", () => {
    assert.deepEqual(parseListen("127.0.0.1:8090"), { hostname: "127.0.0.1", port: 8090 });
    assert.deepEqual(parseListen("[::1]:0"), { hostname: "::1", port: 0 });
    assert.deepEqual(parseListen("localhost:80"), { hostname: "localhost", port: 80 });
    for (const wrong of ["", "8090", "127.0.0.1", ":80", "::1:80", "[nope]:80", "a:65536", "a:-1", "a:1 "]) {
      assert.throws(() => parseListen(wrong), isConfig, wrong);
    }
  });

  it("loopback is 127/8, ::1 and its name, nothing that looks alike", () => {
    for (const yes of ["127.0.0.1", "127.9.9.9", "::1", "localhost"]) assert.ok(isLoopback(yes), yes);
    for (const no of ["0.0.0.0", "::", "127.0.0.1.example.org", "10.0.0.1", "localhost.example.org"]) {
      assert.ok(!isLoopback(no), no);
    }
  });

  it("networks take IPv4 and IPv6, addresses and CIDR, and an IPv4 address that came over IPv6", () => {
    const inside = networks(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"], "key");
    for (const yes of ["10.1.2.3", "192.0.2.7", "2001:db8:1::1", "::ffff:10.0.0.1"]) assert.ok(inside(yes), yes);
    for (const no of ["11.0.0.1", "192.0.2.8", "2001:db9::1", "", "nonsense", "::ffff:11.0.0.1"])
      assert.ok(!inside(no), no);
    for (const wrong of ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129", "example.org"]) {
      assert.throws(() => networks([wrong], "key"), isConfig, wrong);
    }
  });

  it("X-Forwarded-For counts from the right, over trusted proxies only", () => {
    const trusted = networks(["10.0.0.0/8"], "trustedProxies");
    const of = (peer: string, forwarded: string | undefined, scheme?: string) => {
      const headers = new Headers();
      if (forwarded !== undefined) headers.set("X-Forwarded-For", forwarded);
      if (scheme) headers.set("X-Forwarded-Proto", scheme);
      return clientOf(peer, false, headers, trusted);
    };
    assert.deepEqual(of("192.0.2.1", "1.1.1.1", "https"), {
      address: "192.0.2.1",
      secure: false,
      veiled: true,
    });
    assert.deepEqual(of("192.0.2.1", undefined), { address: "192.0.2.1", secure: false, veiled: false });
    assert.deepEqual(of("10.0.0.1", "1.1.1.1", "https"), { address: "1.1.1.1", secure: true, veiled: false });
    assert.equal(of("10.0.0.1", "9.9.9.9, 1.1.1.1, 10.0.0.2").address, "1.1.1.1");
    assert.equal(of("10.0.0.1", "nonsense, 10.0.0.2").address, "10.0.0.2");
    assert.equal(of("10.0.0.1", undefined).address, "10.0.0.1");
    assert.equal(of("::ffff:10.0.0.1", "1.1.1.1").address, "1.1.1.1");
  });
});
