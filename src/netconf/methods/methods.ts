/** The table of methods: what a stanza does beside its link and the options of any link. */
import type { Stanza } from "../interfaces/configuration.ts";
import { can } from "./can.ts";
import { auto, bootp, dhcp4, dhcp6, ipv4ll } from "./dhcp.ts";
import type { Draft } from "./draft.ts";
import { familyless } from "./familyless.ts";
import { loopback } from "./loopback.ts";
import { manual } from "./manual.ts";
import { static4, static6 } from "./static.ts";
import { sixToFour, tunnel, v4tunnel } from "./tunnel.ts";

/** By family and method of the stanza. */
export const methods: Readonly<Record<string, (stanza: Stanza, draft: Draft) => void>> = {
  "": familyless,
  "inet loopback": loopback,
  "inet static": static4,
  "inet manual": manual,
  "inet dhcp": dhcp4,
  "inet bootp": bootp,
  "inet tunnel": tunnel,
  "inet ipv4ll": ipv4ll,
  "inet6 loopback": loopback,
  "inet6 static": static6,
  "inet6 manual": manual,
  "inet6 dhcp": dhcp6,
  "inet6 auto": auto,
  "inet6 tunnel": tunnel,
  "inet6 v4tunnel": v4tunnel,
  "inet6 6to4": sixToFour,
  "can static": can,
};
