import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { wishesOf } from "../../../src/netconf/dhcp/client-options.ts";
import { dhclientConf } from "../../../src/netconf/dhcp/dhclient-conf.ts";

const nothing = {
  ...{ hostName: "", clientId: "", vendorClass: "", leaseTime: 0, request: [], prefix: false, stateless: false },
};

describe("options of a dhcp stanza", () => {
  it("all of them", () => {
    const options = {
      ...{ hostname: "web1.lab.test", client: "01:02:0a", vendor: "Reeve 1.0", leasehours: "2", metric: "100" },
      ...{ request: "wpad, dhcp6.fqdn", "request-prefix": "1", stateless: "0" },
    };
    assert.deepEqual(wishesOf({ options }), {
      ...{ hostName: "web1.lab.test", clientId: "01:02:0a", vendorClass: "Reeve 1.0", leaseTime: 7200 },
      ...{ request: ["wpad", "dhcp6.fqdn"], prefix: true, stateless: false },
    });
    assert.deepEqual(wishesOf({ options: {} }), nothing);
    assert.equal(wishesOf({ options: { leasetime: "600", leasehours: "2" } }).leaseTime, 600);
  });

  for (const [name, value] of [
    ["hostname", 'web"; script "/tmp/x'],
    ["hostname", "a b"],
    ["client", 'x" ; script "/tmp/x'],
    ["client", "x".repeat(256)],
    ["vendor", "a\nscript"],
    ["vendor", "$(id)"],
    ["leasetime", "soon"],
    ["leasetime", "0"],
    ["request", "wpad; script"],
    ["request-prefix", "yes"],
  ]) {
    it(`${name} ${JSON.stringify(value).slice(0, 30)} is refused`, () => {
      const options = { [name!]: value! };
      assert.throws(() => wishesOf({ options }), { name: "Problem", code: "config" });
    });
  }
});

describe("the configuration for dhclient", () => {
  it("the administrator's own, then what the stanza says", () => {
    const wishes = {
      ...nothing,
      hostName: "web1",
      clientId: "01:02",
      vendorClass: "lab",
      leaseTime: 600,
      request: ["wpad"],
    };
    assert.equal(
      dhclientConf(wishes, "/etc/dhcp/dhclient.conf", 60),
      `# Written by Reeve at each start of the client.
include "/etc/dhcp/dhclient.conf";
timeout 60;
send host-name "web1";
send dhcp-client-identifier 01:02;
send vendor-class-identifier "lab";
send dhcp-lease-time 600;
also request wpad;
`,
    );
  });

  it("without one, what Debian's has; `client no` sends none; a short time leaves some for the discovery", () => {
    const text = dhclientConf({ ...nothing, clientId: "no" }, undefined, 4.2);
    assert.match(text, /rfc3442-classless-static-routes code 121/);
    assert.doesNotMatch(text, /dhcp-client-identifier/);
    assert.match(text, /timeout 5;\nreboot 2;/);
    assert.match(dhclientConf({ ...nothing, clientId: "host 7" }, undefined, 60), /dhcp-client-identifier "host 7";/);
  });
});
