/** The table of methods: what a stanza does beside its link and the options of any link. */
import type { Stanza } from "../interfaces/configuration.ts";
import type { Draft } from "./draft.ts";
import { loopback } from "./loopback.ts";
import { manual } from "./manual.ts";
import { static4, static6 } from "./static.ts";

/** By family and method of the stanza. */
export const methods: Readonly<Record<string, (stanza: Stanza, draft: Draft) => void>> = {
  "inet loopback": loopback,
  "inet static": static4,
  "inet manual": manual,
  "inet6 loopback": loopback,
  "inet6 static": static6,
  "inet6 manual": manual,
};
