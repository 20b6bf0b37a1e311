import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import { directoryObject } from "../../../src/listener/handlers/person.ts";

function object(attributes: Record<string, (string | Uint8Array)[]>, dn = "uid=a,dc=lab") {
  const entry = Object.fromEntries(
    Object.entries(attributes).map(([name, all]) => [name, all.map((v) => Buffer.from(v))]),
  );
  return directoryObject(entry, { dn, uuid: "u1", source: "dc=lab" }, 100 * 86_400_000);
}

describe("what the directory cache keeps", () => {
  it("a person of inetOrgPerson, without pictures", () => {
    const person = object(
      {
        ...{ objectClass: ["top", "inetOrgPerson"], uid: ["alice"], cn: ["Alice A"], displayName: ["Alice Ä."] },
        ...{ mail: ["a@lab"], telephoneNumber: ["+1"], title: ["Dr"], departmentNumber: ["IT"], memberOf: ["cn=x"] },
        ...{ jpegPhoto: [Uint8Array.of(0xff, 0xd8, 0)], "description;lang-de": ["Hallo"] },
      },
      "UID=Alice , OU=P,dc=lab",
    );
    assert.partialDeepStrictEqual(person, {
      ...{ uuid: "u1", kind: "person", account: "alice", name: "Alice Ä.", mail: "a@lab", phone: "+1", title: "Dr" },
      ...{ department: "IT", description: "Hallo", disabled: false, members: [], source: "dc=lab" },
      dnKey: "uid=alice,ou=p,dc=lab",
    });
    assert.deepEqual(Object.keys(person!.attributes).sort(), [
      ...["cn", "departmentNumber", "description;lang-de", "displayName", "mail", "objectClass", "telephoneNumber"],
      ...["title", "uid"],
    ]);
  });

  it("groups of each kind, their members in normal form, none twice", () => {
    const group = object({
      ...{ objectClass: ["groupOfNames", "posixGroup"], cn: ["staff"], memberUid: ["Bob", "bob"] },
      ...{ member: ["UID=A, dc=lab", "uid=a,dc=lab", "no dn"], uniqueMember: ["uid=c,dc=lab#'0101'B"] },
    });
    assert.partialDeepStrictEqual(group, { kind: "group", account: "staff" });
    assert.deepEqual(group?.members, ["dn:uid=a,dc=lab", "dn:uid=c,dc=lab", "uid:bob"]);
  });

  it("machines and other things are nobody", () => {
    assert.equal(object({ objectClass: ["posixAccount"], uid: ["pc1$"] }), undefined);
    assert.equal(object({ objectClass: ["person", "univentionWindows"], uid: ["pc1"] }), undefined);
    assert.equal(object({ objectClass: ["organizationalUnit"], ou: ["x"] }), undefined);
    assert.equal(object({}), undefined);
  });

  it("disabled: expired, locked, or said so in any of the ways", () => {
    const disabled = (more: Record<string, string[]>) =>
      object({ objectClass: ["posixAccount"], uid: ["a"], ...more })?.disabled;
    const each = (...ways: Record<string, string[]>[]) => ways.map(disabled);
    const no: Record<string, string[]>[] = [
      { shadowExpire: ["-1"] },
      { shadowExpire: ["101"] },
      { userAccountControl: ["512"] },
    ];
    assert.deepEqual(each({}, ...no, { sambaAcctFlags: ["[U          ]"] }, { nsAccountLock: ["FALSE"] }), [
      ...[false, false, false, false, false, false],
    ]);
    const yes: Record<string, string[]>[] = [
      { shadowExpire: ["99"] },
      { userAccountControl: ["514"] },
      { sambaAcctFlags: ["[UD]"] },
    ];
    assert.deepEqual(each(...yes, { nsAccountLock: ["TRUE"] }, { pwdAccountLockedTime: ["000001010000Z"] }), [
      ...[true, true, true, true, true],
    ]);
  });
});
