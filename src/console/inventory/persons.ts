/** A host with whom the directory knows of its last user. */
import type { HostDetail } from "../../inventory/host.ts";
import { getHost } from "../../store/host.ts";
import { peopleByAccount } from "../../store/person.ts";
import type { Store } from "../../store/store.ts";

export interface HostWithPersons extends HostDetail {
  /** One in each directory that has such an account. */
  persons: { uuid: string; name: string }[];
}

/** @throws Problem `not-found` */
export async function hostWithPersons(store: Store, id: number): Promise<HostWithPersons> {
  const host = await getHost(store, id);
  const persons = await peopleByAccount(store, [host.lastUser]);
  return { ...host, persons: persons.map(({ uuid, name }) => ({ uuid, name })) };
}
