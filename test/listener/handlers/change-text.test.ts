import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import type { Change, Entry } from "../../../src/listener/handler-api.ts";
import { changeText, ldifText } from "../../../src/listener/handlers/change-text.ts";

const entry = (attributes: Record<string, (string | Uint8Array)[]>): Entry =>
  Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, values.map((v) => Buffer.from(v))]));

function change(command: Change["command"], dn: string, oldDn?: string): Change {
  return { id: "e.7.0", command, dn, oldDn, uuid: "u", csn: "c", at: new Date(0) };
}

const head = "# e.7.0 1970-01-01T00:00:00.000Z\n";

describe("LDIF of a change", () => {
  it("creates: plain, empty, base64 for what LDIF cannot say, folded at 76", () => {
    const text = ldifText(
      change("a", "cn=ä,dc=lab"),
      "create",
      {},
      entry({
        cn: ["ä"],
        sn: ["", " x", "y ", ":z", "a\nb"],
        description: ["d".repeat(100)],
        photo: [Uint8Array.of(0, 255)],
      }),
    );
    assert.equal(
      text,
      `${head}dn:: Y249w6QsZGM9bGFi\nchangetype: add\ncn:: w6Q=\nsn: \nsn:: IHg=\nsn:: eSA=\nsn:: Ono=\nsn:: YQpi\n` +
        `description: ${"d".repeat(63)}\n ${"d".repeat(37)}\nphoto:: AP8=\n\n`,
    );
  });

  it("modifies what differs and is no metadata; nothing left is no record", () => {
    const old = entry({ cn: ["a"], mail: ["x"], title: ["t"], entryCSN: ["1"] });
    const now = entry({ cn: ["a"], mail: ["x", "y"], entryCSN: ["2"] });
    assert.equal(
      ldifText(change("m", "cn=a,dc=lab"), "modify", old, now),
      `${head}dn: cn=a,dc=lab\nchangetype: modify\nreplace: mail\nmail: x\nmail: y\n-\nreplace: title\n-\n\n`,
    );
    assert.equal(ldifText(change("m", "cn=a,dc=lab"), "modify", now, { ...now, entryCSN: [Buffer.from("3")] }), "");
  });

  it("moves, with and without another parent, and escaped names", () => {
    const moved = (from: string, to: string) => ldifText(change("m", to, from), "modify", entry({}), entry({}));
    assert.equal(
      moved("cn=a,ou=x,dc=lab", "cn=b\\,c,ou=x,dc=lab"),
      `${head}dn: cn=a,ou=x,dc=lab\nchangetype: modrdn\nnewrdn: cn=b\\,c\ndeleteoldrdn: 1\n\n`,
    );
    assert.equal(
      moved("cn=a,ou=x,dc=lab", "cn=a,ou=y,dc=lab"),
      `${head}dn: cn=a,ou=x,dc=lab\nchangetype: modrdn\nnewrdn: cn=a\ndeleteoldrdn: 1\nnewsuperior: ou=y,dc=lab\n\n`,
    );
  });

  it("removes", () => {
    const text = ldifText(change("d", "cn=a,dc=lab"), "remove", entry({ cn: ["a"] }), {});
    assert.equal(text, `${head}dn: cn=a,dc=lab\nchangetype: delete\n\n`);
  });
});

describe("JSON of a change", () => {
  it("has text as text and the rest as base64; a move tells where it was", () => {
    const now = entry({ cn: ["ä"], photo: [Uint8Array.of(0xff, 0)] });
    assert.deepEqual(changeText(change("m", "cn=ä,dc=lab", "cn=a,dc=lab"), "modify", entry({ cn: ["a"] }), now), {
      ...{ id: "e.7.0", at: "1970-01-01T00:00:00.000Z", operation: "modify", initial: false, dn: "cn=ä,dc=lab" },
      ...{ oldDn: "cn=a,dc=lab", uuid: "u", csn: "c" },
      old: { cn: ["a"] },
      new: { cn: ["ä"], photo: [{ base64: "/wA=" }] },
    });
    assert.equal(changeText(change("n", "cn=a,dc=lab"), "create", {}, now).initial, true);
  });
});
