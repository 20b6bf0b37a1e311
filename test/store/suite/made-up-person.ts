import type { DirectoryObject } from "../../../src/store/person.ts";

const nothing = { mail: "", phone: "", title: "", department: "", description: "" };

/** A person of dc=lab, or what `more` makes of it. */
export function madeUpPerson(account: string, more: Partial<DirectoryObject> = {}): DirectoryObject {
  const dn = `uid=${account},ou=People,dc=lab`;
  return {
    ...{ uuid: `uuid-${account}`, source: "dc=lab", kind: "person", dn, dnKey: dn.toLowerCase(), account },
    ...{ name: account, ...nothing, disabled: false, attributes: {}, members: [], ...more },
  };
}
