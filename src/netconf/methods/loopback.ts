/** `loopback`: up; its own addresses come from the kernel, more may be given (`address 192.0.2.1/32`, as ifupdown2 has it). */
import type { Stanza } from "../interfaces/configuration.ts";
import { addAddresses, familyless } from "./addresses.ts";
import type { Draft } from "./draft.ts";

export function loopback(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  addAddresses(stanza, draft, { ...familyless, prefix: (_, family) => (family === 4 ? 32 : 128) });
}
