/** A directory for the console: people and groups, one of them with a machine, one that means harm. */
import { openStore } from "../../src/store/database.ts";
import { type DirectoryObject, savePerson } from "../../src/store/person.ts";
import { madeUpPerson } from "../store/suite/made-up-person.ts";

export interface People {
  alice: string;
  staff: string;
  hostile: string;
}

const departments = ["Accounts", "Development", "Sales", "Workshop"];

/** Fills the database of a console that does not run yet. */
export async function storePeople(database: string, hostileText: string): Promise<People> {
  const store = await openStore({ url: database });
  try {
    const now = Date.now();
    const some = Array.from({ length: 60 }, (_, n): DirectoryObject => {
      const name = `Person ${String(n).padStart(2, "0")}`;
      return madeUpPerson(`p${n}`, {
        ...{ name, mail: `p${n}@example.org`, phone: `+49 30 55 ${100 + n}`, department: departments[n % 4]! },
        ...{ title: n % 5 === 0 ? "Head of department" : "", disabled: n % 9 === 0 },
        attributes: { cn: [name], objectClass: ["inetOrgPerson", "posixAccount"], roomNumber: [`${n}`] },
      });
    });
    const alice = madeUpPerson("alice.w", {
      ...{ uuid: "6f1c1f0e-0d5a-103b-9c2e-000000000001", name: "Alice Winter", mail: "alice.winter@example.org" },
      ...{ phone: "+49 30 55 1", title: "Engineer", department: "Development" },
      attributes: { cn: ["Alice Winter"], sn: ["Winter"], givenName: ["Alice"], description: ["Word ".repeat(60)] },
    });
    const harm = madeUpPerson("harm", {
      ...{ uuid: "harm", name: hostileText, mail: hostileText, phone: hostileText, title: hostileText },
      ...{ department: hostileText, description: hostileText, attributes: { cn: [hostileText] } },
    });
    const members = [alice, ...some].map(({ dnKey }) => `dn:${dnKey}`);
    const staff = madeUpPerson("staff", {
      ...{ uuid: "staff", kind: "group", name: "Staff", description: "Everybody who works here" },
      members: [...members, "uid:nobody"],
    });
    const unit = madeUpPerson("development", { uuid: "development", kind: "group", members: [members[0]!] });
    for (const one of [...some, alice, harm, staff, unit]) await savePerson(store, one, now);
    return { alice: alice.uuid, staff: staff.uuid, hostile: harm.uuid };
  } finally {
    await store.close();
  }
}
