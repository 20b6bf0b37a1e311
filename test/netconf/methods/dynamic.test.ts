import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { one } from "./text.ts";

const at = { file: "interfaces", line: 1, column: 1 };

/** Methods without their places, switches as text. */
function brief(head: string, ...options: string[]) {
  const { wanted, said } = one(head, ...options);
  return {
    said,
    dynamic: wanted.dynamic.map(({ family, method, options: given }) => ({ family, method, given })),
    sysctls: wanted.sysctls.map(({ is }) => `${is.key.at(-1)}=${is.value}`),
    up: wanted.settings.is.up,
    wait: wanted.waits.dad,
  };
}

describe("dhcp", () => {
  it("hands the client what the stanza says, commands left out", () => {
    const { wanted, said } = one("inet dhcp", "hostname joe", "metric 9", "up echo hi", "script_path x", "client no");
    assert.deepEqual(said, []);
    const options = { hostname: "joe", metric: "9", "script-path": "x", client: "no" };
    assert.deepEqual(wanted.dynamic, [{ family: 4, method: "dhcp", options, at }]);
  });

  it("of ifupdown-ng has the same words", () => {
    const expected = [{ family: 4, method: "dhcp", given: { use: "dhcp", hostname: "joe", client: "7" } }];
    assert.deepEqual(brief("", "use dhcp", "dhcp-hostname joe", "dhcp-client-id 7").dynamic, expected);
    assert.equal(brief("", "dhcp-hostname joe").dynamic.length, 1);
    assert.equal(brief("", "hostname joe").dynamic.length, 0);
  });

  it("for IPv6 takes advertisements, and waits for a link-local address", () => {
    const { sysctls, dynamic, wait, up } = brief("inet6 dhcp", "request_prefix 1", "ll-attempts 10");
    assert.deepEqual(sysctls, ["accept_ra=1"]);
    assert.deepEqual(
      dynamic.map(({ family, given }) => [family, given["request-prefix"]]),
      [[6, "1"]],
    );
    assert.deepEqual([wait, up], [1, true]);
    assert.deepEqual(brief("inet6 dhcp", "autoconf 1", "accept_ra 2").sysctls, ["accept_ra=2", "autoconf=1"]);
  });

  // What is wrong, and where.
  const wrong: [string, string][] = [
    ["metric x", 'error 2:3 metric "x": must be a whole number from 0 to 4294967295'],
    ["leasetime 0", 'error 2:3 leasetime "0": must be a whole number from 1 to 4294967295'],
    [
      "address 192.0.2.1/24",
      "warning 2:3 address has no effect with method dhcp: only static has addresses of its own",
    ],
    ["mtu 60", 'error 2:3 mtu "60": must be a whole number from 68 to 65536'],
  ];
  for (const [option, message] of wrong)
    it(message, () => assert.deepEqual(brief("inet dhcp", option).said, [message]));

  it("answers for bootp", () => {
    const { said, dynamic } = brief("inet bootp", "bootfile x", "hwaddr 02:00:00:00:00:01");
    assert.deepEqual(
      dynamic.map(({ method }) => method),
      ["dhcp"],
    );
    assert.deepEqual(said, [
      "warning 2:3 bootfile has no effect: the DHCP client that asks for an address takes any server's",
    ]);
  });
});

describe("auto", () => {
  it("makes addresses of advertisements", () => {
    assert.deepEqual(brief("inet6 auto"), {
      said: [],
      dynamic: [{ family: 6, method: "auto", given: {} }],
      sysctls: ["accept_ra=2", "autoconf=1"],
      up: true,
      wait: 0,
    });
    assert.deepEqual(brief("inet6 auto", "privext 2", "accept_ra 1").sysctls, [
      "use_tempaddr=2",
      "accept_ra=1",
      "autoconf=1",
    ]);
    assert.deepEqual(brief("inet6 auto", "privext 3").said, [
      'error 2:3 privext "3": must be a whole number from 0 to 2',
    ]);
  });

  it("asks a server for the rest, or for a prefix", () => {
    const given = (...options: string[]) =>
      brief("inet6 auto", ...options).dynamic.map((each) => [each.method, each.given]);
    assert.deepEqual(given("dhcp 1"), [
      ["auto", { dhcp: "1" }],
      ["dhcp", { dhcp: "1", stateless: "1" }],
    ]);
    const both = { dhcp: "1", "request-prefix": "1" };
    assert.deepEqual(given("dhcp 1", "request_prefix 1"), [
      ["auto", both],
      ["dhcp", both],
    ]);
  });
});

it("ipv4ll is left to who knows the neighbours", () => {
  assert.deepEqual(brief("inet ipv4ll").dynamic, [{ family: 4, method: "ipv4ll", given: {} }]);
});

it("ppp and what else Reeve does not do is refused at its stanza", () => {
  const { said } = one("inet ppp", "provider isp");
  assert.deepEqual(said, ["error 1:1 method ppp of family inet is none that Reeve does"]);
});
