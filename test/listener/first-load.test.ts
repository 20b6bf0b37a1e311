import { expect, test } from "bun:test";
import { encodeAttributes } from "../../src/ldap/attributes.ts";
import { standardSchema } from "../../src/ldap/schema.ts";
import type { SyncMessage } from "../../src/ldap/sync-message.ts";
import { FirstLoad } from "../../src/listener/first-load.ts";
import { openJournal } from "../../src/listener/open.ts";
import { sighting } from "../../src/listener/sighting.ts";
import { temporaryFolder } from "../lab/folder.ts";

const uuid = (number: number) => new Uint8Array(16).fill(number);

function entry(number: number, dn: string, csn: string): SyncMessage {
  const attributes = encodeAttributes({ entryCSN: [new TextEncoder().encode(csn)] });
  return { kind: "entry", state: "add", uuid: uuid(number), dn, attributes };
}

test("told more than once, the last holds; deleted, it is gone; deleted and made anew, the newer one stays", () => {
  const opened = openJournal({ folder: temporaryFolder("listener"), base: "" });
  const { journal } = opened;
  const view = { withheld: new Set<string>(), schema: standardSchema };
  const load = new FirstLoad(journal, (told) => sighting(told, view));
  load.take([entry(1, "dc=lab", "1"), entry(2, "cn=a,dc=lab", "2"), entry(3, "cn=b,dc=lab", "3")]);
  load.take([entry(2, "cn=moved,dc=lab", "4"), entry(4, "cn=c,dc=lab", "5"), entry(5, "cn=c,dc=lab", "6")]);
  load.take([
    { kind: "entry", state: "delete", uuid: uuid(3), dn: "cn=b,dc=lab", attributes: new Uint8Array(0) },
    { kind: "set", deleted: true, uuids: [uuid(9)] },
    entry(9, "cn=d,dc=lab", "7"),
  ]);
  load.finish(() => undefined);
  const kept = [...journal.entries()].map(({ dn, csn }) => `${dn} ${csn}`);
  expect(kept).toEqual(["dc=lab 1", "cn=c,dc=lab 6", "cn=d,dc=lab 7", "cn=moved,dc=lab 4"]);
  expect(journal.stats()).toMatchObject({ entries: 4, head: 0, loaded: true });
  // Both indexes are there again.
  expect(() =>
    journal.write(() =>
      journal.cache.load(sighting({ uuid: uuid(1), dn: "dc=x", attributes: encodeAttributes({}) }, view)),
    ),
  ).toThrow();
  opened.close();
});
