import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseSuffix } from "../../src/listener/suffix.ts";

describe("the suffix that is followed", () => {
  it("is the only one that is not the server's own", () => {
    assert.equal(chooseSuffix(["dc=lab"], ""), "dc=lab");
    assert.equal(chooseSuffix(["cn=config", "dc=lab", "cn=accesslog", "cn=Monitor", ""], ""), "dc=lab");
  });

  it("holds the base, also where one is glued below another", () => {
    assert.equal(chooseSuffix(["dc=lab", "dc=other"], "OU=people, DC=lab"), "dc=lab");
    assert.equal(chooseSuffix(["dc=lab", "ou=sub,dc=lab"], "ou=x,ou=sub,dc=lab"), "ou=sub,dc=lab");
    assert.equal(chooseSuffix(["dc=lab"], "dc=lab"), "dc=lab");
  });

  it("is the base itself where the server names none that holds it", () => {
    assert.equal(chooseSuffix([], "dc=hidden"), "dc=hidden");
  });

  it("must be chosen by a person where there are several, or none", () => {
    const asks = (found: RegExp) => (error: { code?: string; message?: string }) =>
      error.code === "config" && found.test(error.message ?? "");
    assert.throws(() => chooseSuffix(["dc=a", "dc=b"], ""), asks(/dc=a and dc=b.*-b/));
    assert.throws(() => chooseSuffix(["cn=config"], ""), asks(/names none/));
  });
});
