import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checked, merge, resolvConf } from "../../../src/netconf/dns/merge.ts";

describe("name servers of several interfaces", () => {
  it("everything once, in the order in which they came", () => {
    const merged = merge([
      { servers: ["192.0.2.1", "2001:db8::1"], search: ["lab.test"], options: ["ndots:2"] },
      { servers: ["192.0.2.2", "192.0.2.1"], search: ["other.test", "lab.test"], options: [] },
    ]);
    assert.equal(
      resolvConf(merged),
      "nameserver 192.0.2.1\nnameserver 2001:db8::1\nnameserver 192.0.2.2\nsearch lab.test other.test\noptions ndots:2\n",
    );
    assert.equal(resolvConf(merge([])), "");
  });

  it("nothing but addresses, domains and words of options passes, whoever let it through before", () => {
    assert.deepEqual(
      checked({
        servers: [
          "fe80::1%eth0.10",
          "192.0.2.1\nnameserver 6.6.6.6",
          "x",
          "-h",
          "192.0.2.1%eth0",
          "fe80::1%a b",
          "::1",
        ],
        search: ["good.test.", "a b", "-bad.test", "$(id)", "~corp.test", "x\ny"],
        options: ["edns0", "timeout:3", "ndots:x", "a b", "-x", "attempts:2\nnameserver 6.6.6.6"],
      }),
      { servers: ["fe80::1%eth0.10", "::1"], search: ["good.test"], options: ["edns0", "timeout:3"] },
    );
    const routing = checked({ servers: [], search: ["~corp.test", "~.", "~-x", "lab.test"], options: [] }, true);
    assert.deepEqual(routing.search, ["~corp.test", "~.", "lab.test"]);
  });

  it("not without end", () => {
    const many = (text: (number: number) => string) => Array.from({ length: 1000 }, (_, number) => text(number));
    const merged = merge([
      {
        servers: many((number) => `10.0.${number >> 8}.${number & 255}`),
        search: many((number) => `d${number}.test`),
        options: many((number) => `attempts:${number}`),
      },
    ]);
    assert.deepEqual([merged.servers.length, merged.search.length, merged.options.length], [16, 32, 16]);
  });
});
