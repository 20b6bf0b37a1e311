/** The table of handlers: one for each kind of event. */
import type { Engine } from "../engine.ts";
import type { EventKind } from "../events/event.ts";
import type { Ending } from "../events/events.ts";
import type { Task } from "../events/task.ts";
import { apply } from "./apply.ts";
import { carrier } from "./carrier.ts";
import { confirm } from "./confirm.ts";
import { dhcp } from "./dhcp.ts";
import { dns } from "./dns.ts";
import { hotplug } from "./hotplug.ts";
import { ifdown } from "./ifdown.ts";
import { ifup } from "./ifup.ts";
import { ifcfg, link, route } from "./kernel.ts";
import { lease } from "./lease.ts";
import { policy } from "./policy.ts";
import { reload } from "./reload.ts";
import { rollback } from "./rollback.ts";
import { scripts } from "./scripts.ts";
import { timer } from "./timer.ts";

export type Handlers = { readonly [K in EventKind]: (task: Task<K>, engine: Engine) => Promise<Ending> };

export const handlers: Handlers = {
  CTLSOCK_IFUP: ifup,
  CTLSOCK_IFDOWN: ifdown,
  CTLSOCK_RELOAD: reload,
  CTLSOCK_APPLY: apply,
  CTLSOCK_CONFIRM: confirm,
  ROLLBACK: rollback,
  LINK: link,
  IFCFG: ifcfg,
  ROUTE: route,
  DNS: dns,
  DHCP: dhcp,
  LEASE: lease,
  CARRIER: carrier,
  HOTPLUG: hotplug,
  SCRIPTS: scripts,
  TIMER: timer,
  POLICY: policy,
};
