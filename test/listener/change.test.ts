import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { standardSchema } from "../../src/ldap/schema.ts";
import { Change, callsOf } from "../../src/listener/change.ts";
import type { Declaration } from "../../src/listener/declaration.ts";
import type { JournalEvent } from "../../src/listener/event.ts";
import { Interests } from "../../src/listener/interest.ts";
import { uuidBytes, uuidText } from "../../src/listener/sighting.ts";
import type { Call } from "../../src/listener/wire.ts";
import { declare, event, type Plain, raw, uuidOf } from "./declarations.ts";

const interests = new Interests("dc=lab", new Set(["userpassword"]), standardSchema);

function calls(what: JournalEvent, part: Partial<Declaration> = {}, made = interests): readonly Call[] {
  return callsOf(new Change(what), made.of(declare("test", part)), "e");
}

/** `r uid=a -/old` : letter, leaf of the DN, which sides there are, and where it was. */
function seen(what: JournalEvent, part: Partial<Declaration> = {}): string[] {
  const side = (entry: object) => (Object.keys(entry).length > 0 ? "x" : "-");
  return calls(what, part).map(({ command, dn, new: now, old, oldDn }) =>
    [command, dn.split(",")[0], side(now) + side(old), oldDn?.split(",")[0]].filter(Boolean).join(" "),
  );
}

const ann: Plain = { objectClass: ["top", "person"], uid: "ann", mail: "a@lab", entryCSN: "1", modifyTimestamp: "1" };
const at = (leaf: string) => `${leaf},ou=people,dc=lab`;
const other = (change: Plain): Plain => ({ ...ann, entryCSN: "2", modifyTimestamp: "2", ...change });
const thing = other({ objectClass: ["top", "device"] });

describe("what an event means", () => {
  it("creating, changing and deleting what matches", () => {
    assert.deepEqual(seen(event("create", null, [at("uid=ann"), ann])), ["a uid=ann x-"]);
    assert.deepEqual(seen(event("modify", [at("uid=ann"), ann], [at("uid=ann"), other({})])), ["m uid=ann xx"]);
    assert.deepEqual(seen(event("delete", [at("uid=ann"), ann], null)), ["d uid=ann -x"]);
  });

  it("what does not match concerns nobody, but every deletion may be asked for", () => {
    assert.deepEqual(seen(event("create", null, [at("uid=ann"), thing])), []);
    assert.deepEqual(seen(event("modify", [at("uid=ann"), thing], [at("uid=ann"), thing])), []);
    const gone = event("delete", [at("uid=ann"), thing], null);
    assert.deepEqual(seen(gone), []);
    assert.deepEqual(seen(gone, { handleEveryDelete: true }), ["d uid=ann -x"]);
    const elsewhere = event("delete", ["uid=ann,dc=elsewhere", ann], null);
    assert.deepEqual(seen(elsewhere, { handleEveryDelete: true }), []);
  });

  it("entering and leaving the filter", () => {
    const entering = event("modify", [at("uid=ann"), thing], [at("uid=ann"), ann]);
    const leaving = event("modify", [at("uid=ann"), ann], [at("uid=ann"), thing]);
    assert.deepEqual(seen(entering), ["a uid=ann x-"]);
    assert.deepEqual(seen(leaving), ["d uid=ann -x"]);
    assert.deepEqual(seen(entering, { transitions: "model" }), ["m uid=ann xx"]);
    assert.deepEqual(seen(leaving, { transitions: "model" }), []);
  });

  it("entering and leaving the base", () => {
    const [inside, outside] = [at("uid=ann"), "uid=ann,dc=elsewhere"];
    assert.deepEqual(seen(event("move", [outside, ann], [inside, ann])), ["a uid=ann x-"]);
    assert.deepEqual(seen(event("move", [inside, ann], [outside, ann])), ["d uid=ann -x"]);
    assert.deepEqual(seen(event("move", [inside, ann], [outside, ann]), { transitions: "model" }), ["d uid=ann -x"]);
  });

  it("a change counts if it touches one of the attributes, by whatever name, options included", () => {
    const mail = event("modify", [at("uid=ann"), ann], [at("uid=ann"), other({ mail: "b@lab" })]);
    assert.deepEqual(seen(mail, { attributes: ["MAIL"] }), ["m uid=ann xx"]);
    assert.deepEqual(seen(mail, { attributes: ["rfc822Mailbox"] }), ["m uid=ann xx"]);
    assert.deepEqual(seen(mail, { attributes: ["sn"] }), []);
    const german = event("modify", [at("uid=ann"), ann], [at("uid=ann"), other({ "cn;lang-de": "Anna" })]);
    assert.deepEqual(seen(german, { attributes: ["cn"] }), ["m uid=ann xx"]);
  });

  it("values are a set", () => {
    const many = (...mail: string[]) => other({ mail });
    const swapped = event("modify", [at("uid=ann"), many("a", "b", "c")], [at("uid=ann"), many("c", "b", "a")]);
    assert.deepEqual(seen(swapped, { attributes: ["mail"] }), []);
    const replaced = event("modify", [at("uid=ann"), many("a", "b", "c")], [at("uid=ann"), many("c", "b", "d")]);
    assert.deepEqual(seen(replaced, { attributes: ["mail"] }), ["m uid=ann xx"]);
    const fewer = event("modify", [at("uid=ann"), many("a", "b", "c")], [at("uid=ann"), many("c", "b")]);
    assert.deepEqual(seen(fewer, { attributes: ["mail"] }), ["m uid=ann xx"]);
  });

  it("a rename is r and a, and m if more than the name has changed", () => {
    const renamed = event("move", [at("uid=ann"), ann], [at("uid=bea"), other({ uid: "bea" })]);
    assert.deepEqual(seen(renamed), ["r uid=ann -x uid=ann", "a uid=bea x- uid=ann"]);
    const both = event("move", [at("uid=ann"), ann], [at("uid=bea"), other({ uid: "bea", mail: "b@lab" })]);
    assert.deepEqual(seen(both), ["r uid=ann -x uid=ann", "a uid=bea x- uid=ann", "m uid=bea xx uid=ann"]);
    assert.equal(seen(both, { attributes: ["mail"] }).length, 3);
    assert.equal(seen(both, { attributes: ["sn"] }).length, 2);
    const shouted = event("move", [at("uid=ann"), ann], [at("uid=ANN"), other({ uid: "ANN" })]);
    assert.deepEqual(seen(shouted), ["r uid=ann -x uid=ann", "a uid=ANN x- uid=ann"]);
  });

  it("a move that leaves the filter", () => {
    const leaving = event("move", [at("uid=ann"), ann], [at("uid=bea"), thing]);
    assert.deepEqual(seen(leaving), ["d uid=ann -x"]);
    assert.deepEqual(seen(leaving, { transitions: "model" }), ["r uid=ann -x"]);
    assert.deepEqual(seen(event("move", [at("uid=ann"), thing], [at("uid=bea"), ann])), ["a uid=bea x-"]);
  });

  it("objects are created, modified with the old DN, removed", () => {
    const style = { style: "objects" } as const;
    const moved = event("move", [at("uid=ann"), ann], [at("uid=bea"), other({ uid: "bea" })]);
    assert.deepEqual(seen(moved, style), ["m uid=bea xx uid=ann"]);
    assert.deepEqual(seen(event("out", [at("uid=ann"), ann], null), style), ["d uid=ann -x"]);
    assert.deepEqual(seen(event("in", [at("uid=ann"), ann], [at("uid=bea"), ann]), style), ["a uid=bea x-"]);
    assert.deepEqual(seen(event("in", [at("uid=ann"), ann], [at("uid=bea"), thing]), style), []);
  });

  it("two halves of a move", () => {
    assert.deepEqual(seen(event("out", [at("uid=ann"), ann], null)), ["r uid=ann -x"]);
    assert.deepEqual(seen(event("in", [at("uid=ann"), ann], [at("uid=bea"), ann])), ["a uid=bea x- uid=ann"]);
    // What r began comes to an end if the other half is none of the handler's business.
    assert.deepEqual(seen(event("in", [at("uid=ann"), ann], [at("uid=bea"), thing])), ["d uid=ann -x"]);
    assert.deepEqual(seen(event("in", [at("uid=ann"), thing], [at("uid=bea"), ann])), ["a uid=bea x-"]);
  });

  it("the schema is n for those whose filter matches it, and for those without one", () => {
    const what = event("schema", null, [
      "cn=Subschema",
      { objectClass: ["top", "subschema"], attributeTypes: "( 1 )" },
    ]);
    assert.deepEqual(seen(what, { filter: "(objectClass=subschema)" }), ["n cn=Subschema x-"]);
    assert.deepEqual(seen(what, { filter: "" }), ["n cn=Subschema x-"]);
    assert.deepEqual(seen(what), []);
    assert.deepEqual(seen(event("create", null, [at("uid=ann"), ann]), { filter: "" }), []);
  });
});

describe("what a call holds", () => {
  it("names itself by epoch, event and step, the same every time", () => {
    const what = event("move", [at("uid=ann"), ann], [at("uid=bea"), other({ uid: "bea", mail: "b@lab" })], 42);
    for (let i = 0; i < 2; i++)
      assert.deepEqual(
        calls(what).map(({ id }) => id),
        ["e.42.1", "e.42.2", "e.42.3"],
      );
    assert.equal(calls(what)[0]!.uuid, "00000000-0000-0000-0000-000000000001");
  });

  it("handlers that want the same share the same calls", () => {
    const change = new Change(event("create", null, [at("uid=ann"), ann]));
    const [one, two, three] = [{}, {}, { needs: ["userPassword"] }].map((part) =>
      callsOf(change, interests.of(declare("test", part)), "e"),
    );
    assert.equal(one![0], two![0]);
    assert.notEqual(one![0], three![0]);
  });

  it("what is withheld reaches only those who need it", () => {
    const secret = { ...ann, userPassword: "{SSHA}x", "userPassword;old": "{SSHA}y" };
    const what = event("create", null, [at("uid=ann"), secret]);
    assert.deepEqual(Object.keys(calls(what)[0]!.new), Object.keys(ann));
    assert.deepEqual(Object.keys(calls(what, { needs: ["userPassword"] })[0]!.new), Object.keys(secret));
    // Neither can a filter or a change find out.
    assert.deepEqual(seen(what, { filter: "(userPassword=*)" }), []);
    const changed = event("modify", [at("uid=ann"), secret], [at("uid=ann"), { ...secret, userPassword: "{SSHA}z" }]);
    assert.deepEqual(seen(changed, { attributes: ["userPassword"] }), []);
    assert.equal(seen(changed, { attributes: ["userPassword"], needs: ["userPassword"] }).length, 1);
  });

  it("text as text, anything else as base64", () => {
    const what = event("create", null, [at("uid=ann"), ann]);
    const bytes = raw({ objectClass: "person", uid: "Zoë", photo: "????" });
    const mark = bytes.lastIndexOf(0x3f) - 3;
    bytes.set([0xff, 0xd8, 0x00, 0x80], mark);
    const [call] = calls({ ...what, new: bytes });
    assert.deepEqual({ ...call!.new }, { objectClass: ["person"], uid: ["Zoë"], photo: [{ base64: "/9gAgA==" }] });
    const nul = calls({ ...what, new: raw({ objectClass: "person", uid: "a\0b" }) });
    assert.deepEqual(nul[0]!.new.uid, [{ base64: "YQBi" }]);
  });

  it("the model's filters have their own meaning", () => {
    const what = event("create", null, [at("uid=ann"), { ...ann, uidNumber: "5" }]);
    assert.deepEqual(seen(what, { filter: "(uidNumber>=1000)" }), []);
    assert.deepEqual(seen(what, { filter: "(uidNumber>=1000)", semantics: "model" }), ["a uid=ann x-"]);
    assert.deepEqual(seen(what, { filter: "(objectclass=PERSON)" }), ["a uid=ann x-"]);
    assert.deepEqual(seen(what, { filter: "(objectclass=PERSON)", semantics: "model" }), []);
  });

  it("entryUUID as text and back", () => {
    const uuid = uuidOf(0xdeadbeef);
    assert.equal(uuidText(uuid), "00000000-0000-0000-0000-0000deadbeef");
    assert.deepEqual(uuidBytes(uuidText(uuid)), uuid);
    assert.equal(uuidText(new Uint8Array()), "");
  });
});
