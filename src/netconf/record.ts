/**
 * What Reeve has brought up: one record an interface, in `interfaces.json` of the run folder, replaced whole at each change.
 * `down` works from here, whatever became of the configuration. It goes with the power, as the kernel's state does.
 */

import type { Lease } from "./dhcp/lease.ts";
import type { ClientRecord } from "./dhcp/supplier.ts";
import type { Stanza } from "./interfaces/configuration.ts";
import type { Family } from "./kernel/state.ts";
import type { Owned, Wanted } from "./plan/wanted.ts";

export interface InterfaceRecord {
  /** Physical name. */
  name: string;
  logical: string;
  /** As they were when it was brought up; empty for a port that came up with its master. */
  stanzas: readonly Stanza[];
  setup: "configuring" | "configured" | "deferred" | "failed" | "down";
  owned: Owned;
  /** What of that somebody else had put there before it came up; absent: nothing. It stays where coming up is taken back. */
  found?: Wanted;
  /** Keys of IPv4 addresses that were on it before its first command ran; absent: none has run. */
  stood?: readonly string[];
  clients: ClientRecord[];
  leases: { family: Family; lease: Lease }[];
  /**
   * Phases of scripts that have run and whose opposite is owed: `pre-up` owes post-down, `up` owes down. `failed`: some of
   * it has run; it runs again at the next try.
   */
  ran: { stanza: number; phase: "pre-up" | "up"; failed?: true }[];
  /** Interfaces that need it. It goes down by itself with the last of them only when nobody asked for it by name. */
  users: string[];
  /** Somebody asked for it by name, `auto` or hotplug. */
  asked: boolean;
  /** Class it was brought up with (`auto`, `hotplug`), for scripts' CLASS. */
  class: string;
  error: string;
  /** Newest event that was about it. */
  event: number;
  since: number;
}
