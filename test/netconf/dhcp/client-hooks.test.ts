/** What the hooks of dhclient-script(8) are told, and how they are run. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hasHooks, hookEnvironment, hookText } from "../../../src/netconf/dhcp/client-hooks.ts";
import type { LeaseEvent } from "../../../src/netconf/dhcp/lease.ts";
import { leaseEvent } from "../../../src/netconf/dhcp/lease-event.ts";
import { dhclient } from "./recorded.ts";

const now = 1_795_289_214_000;
/** What dhclient tells of itself, of what was asked for, and what Reeve has applied and hooks need not. */
const left =
  /^(requested_|dad_wait_time|PATH|PWD|.*(network_number|dhcp_message_type|next_server|rfc3442.*|iaid|dhcp6_(client|server)_id|status_code|starts|expiry)$)/;

describe("hooks of dhclient's script", () => {
  it("are told by dhclient's own names and values", () => {
    let compared = 0;
    for (const said of ["BOUND", "RENEW", "RELEASE", "BOUND6", "RENEW6", "DEPREF6"] as const) {
      const told = dhclient[said];
      const given = hookEnvironment(leaseEvent("dhclient", told, now));
      for (const [name, value] of Object.entries(told)) {
        if (left.test(name) || value === undefined || name.startsWith("REEVE_")) continue;
        compared++;
        const plain = name.endsWith("domain_search") ? value.replaceAll(/\.(?= |$)/g, "") : value;
        const expected = said === "DEPREF6" && name === "cur_preferred_life" ? undefined : plain;
        assert.equal(given[name], expected, `${said} ${name}`);
      }
    }
    assert.ok(compared > 60, `${compared} variables`);
  });

  it("hear nothing that has not passed its check", () => {
    const environment = { ...dhclient.BOUND, new_domain_name: "$(reboot)", new_host_name: "a;b", new_wpad: "`x`" };
    const given = hookEnvironment(leaseEvent("dhclient", environment, now));
    assert.equal(given.new_ip_address, "10.77.0.52");
    for (const name of ["new_domain_name", "new_host_name", "new_wpad"]) assert.equal(given[name], undefined);
  });

  it("run each by itself, by their paths alone; those whose work Reeve does are left out", () => {
    const text = hookText(["/etc/dhcp/dhclient-exit-hooks.d/chrony", "/it's/here"]);
    assert.match(text, /^\( \. '\/etc\/dhcp\/dhclient-exit-hooks.d\/chrony' \) \|\| echo /m);
    assert.match(text, /^\( \. '\/it'\\''s\/here' \)/m);
    assert.equal(hookText(["/etc/dhcp/dhclient-exit-hooks.d/rfc3442-classless-routes", "/etc/dhcp/x/resolvconf"]), "");
    const event = (reason: LeaseEvent["reason"]) => hasHooks({ reason } as LeaseEvent);
    assert.deepEqual([event("bound"), event("expire"), event("preinit"), event("nbi")], [true, true, false, false]);
  });
});
