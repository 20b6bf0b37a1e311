/** Answers out of the directory cache, which the listener's handler `people` fills. */
import { hostsOfPerson } from "../../store/device-view.ts";
import { getPerson, type PersonQuery, queryPeople } from "../../store/person.ts";
import type { Store } from "../../store/store.ts";
import type { People, Person } from "./answer.ts";

export function people(store: Store, query: PersonQuery): Promise<People> {
  return queryPeople(store, query);
}

/** @throws Problem `not-found` */
export async function person(store: Store, uuid: string): Promise<Person> {
  const detail = await getPerson(store, uuid);
  return { ...detail, hosts: detail.kind === "person" ? await hostsOfPerson(store, detail.account) : [] };
}
