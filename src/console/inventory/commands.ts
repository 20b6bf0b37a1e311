import { acknowledgeHosts, deleteHosts } from "../../store/host.ts";
import { mergeHosts } from "../../store/host-merge.ts";
import { queryHosts } from "../../store/host-search.ts";
import { getSection } from "../../store/host-section.ts";
import type { Commands } from "../module.ts";
import type { inventory } from "./declaration.ts";
import { hostWithPersons } from "./persons.ts";

export const commands: Commands<typeof inventory> = {
  query: async (options, { store }) => queryHosts(await store(), options),
  get: async ({ id }, { store }) => hostWithPersons(await store(), id),
  section: async ({ id, section, ...query }, { store }) => getSection(await store(), id, section, query),
  delete: async ({ ids }, { store }) => ({ deleted: await deleteHosts(await store(), ids) }),
  merge: async ({ from, into }, { store }) => mergeHosts(await store(), from, into),
  acknowledge: async ({ ids }, { store }) => ({ acknowledged: await acknowledgeHosts(await store(), ids) }),
};
