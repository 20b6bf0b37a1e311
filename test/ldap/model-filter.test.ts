import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attributes } from "../../src/ldap/attributes.ts";
import { compileModel } from "../../src/ldap/model-filter.ts";
import { Problem } from "../../src/problem.ts";

const encoder = new TextEncoder();
const entry: Attributes = Object.assign(Object.create(null), {
  objectClass: [encoder.encode("top"), encoder.encode("univentionHost")],
  uid: [encoder.encode("Ada")],
  uidNumber: [encoder.encode("7")],
  cn: [encoder.encode("foofoo"), encoder.encode("a*b"), encoder.encode("Jörg")],
  blob: [new Uint8Array([0x61, 0, 0x62])],
});
const matches = (filter: string) => compileModel(filter).matches(entry);

describe("the model's filters", () => {
  it("compare as the model's filter.c does", () => {
    const yes = [
      ...[
        "(uid=Ada)",
        "(uid=*)",
        "(uid=A*)",
        "(uid=*da)",
        "(uid=*d*)",
        "(uid=**)",
        "(cn=a*b)",
        "(cn=Jörg)",
        "(blob=a)",
      ],
      ...["(&)", "(|)", "(!)", "(&(uid=Ada)(objectClass=top))", "(|(uid=x)(objectClass=top))", "(!(uid=ada))"],
      ...["(!(uid=x)(uid=Ada))", "(cn=foo*)", "(cn=*foofoo)"],
      // Not understood, therefore true.
      ...[
        "(uidNumber>=1000)",
        "(uidNumber<=1)",
        "(uid~=x)",
        "(&(uid=Ada)(uidNumber>=1000))",
        "",
        "uid=x",
        "(uid)",
        "()",
      ],
      ...["(& (uid=x))", "(&(uid=x) )", "(=x)"],
    ];
    const no = [
      ...["(UID=Ada)", "(uid=ada)", "(uid=A*a)", "(sn=*)", "(cn=foo\\2a)", "(cn:caseExactMatch:=a)", "(!(uid=Ada))"],
      ...["(!(uidNumber>=1000))", "(&(uid=Ada)(objectClass=x))", "(|(uid=x)(uid=y))", "(toString=*)", "(blob=b)"],
      // Only the first place where it occurs counts.
      ...["(cn=*foo)", "(uid=)"],
    ];
    for (const filter of yes) assert.equal(matches(filter), true, filter);
    for (const filter of no) assert.equal(matches(filter), false, filter);
  });

  it("warn of what means something else in LDAP", () => {
    assert.deepEqual(compileModel("(&(uid=Ada)(objectClass=*Host))").warnings, []);
    assert.deepEqual(compileModel("(&(uidNumber>=1000)(cn=a*b)(cn=\\28)(cn:x:=y)(!()))").warnings, [
      "(uidNumber>=1000): always true: >= is not understood",
      "(cn=a*b): an inner * stands for itself",
      "(cn=\\28): an escape stands for itself",
      "(cn:x:=y): never true: := is not understood",
      "(): always true: there is no =",
    ]);
    assert.deepEqual(compileModel("uid=ä").warnings, ["uid=ä: always true: it is not in parentheses"]);
  });

  it("have a depth that they may not exceed", () => {
    const nested = (depth: number) => `${"(!".repeat(depth)}(uid=Ada)${")".repeat(depth)}`;
    assert.equal(matches(nested(98)), true);
    assert.throws(() => compileModel(nested(100)), Problem);
    assert.throws(() => compileModel(`(uid=${"x".repeat(70_000)})`), Problem);
  });
});
