import assert from "node:assert/strict";
import { test } from "node:test";
import { complete, unknownDeclaration } from "../../src/listener/declare.ts";
import { Problem } from "../../src/problem.ts";

test("what is not said is as documented", () => {
  assert.deepEqual(complete({ description: "d" }, "mail"), {
    name: "mail",
    description: "d",
    filter: "",
    semantics: "rfc4515",
    attributes: [],
    modrdn: false,
    handleEveryDelete: false,
    priority: 50,
    style: "calls",
    transitions: "events",
    needs: [],
    functions: [],
    quiet: 15,
    maxDelay: 300,
    timeout: 60,
    user: "",
  });
  assert.equal(complete({ description: "d" }, "replication").priority, 0);
  assert.equal(complete({ description: "d", name: "other" }, "mail").name, "other");
  assert.equal(unknownDeclaration("no name of a handler").name, "no name of a handler");
});

test("settings take the place of what the handler says", () => {
  const settings = {
    ...{ timeout: ["2.5"], needs: ["userPassword", "krb5Key"], filter: ["(cn=a", "b)"], transitions: ["model"] },
    ...{ handleEveryDelete: ["yes"], user: ["mail"], word: ["of", "its", "own"] },
  };
  const declared = complete({ description: "d", timeout: 9, needs: ["x"] }, "mail", settings);
  assert.deepEqual(
    [
      declared.timeout,
      declared.needs,
      declared.filter,
      declared.transitions,
      declared.handleEveryDelete,
      declared.user,
    ],
    [2.5, ["userPassword", "krb5Key"], "(cn=a,b)", "model", true, "mail"],
  );
  assert.throws(() => complete({ description: "d" }, "mail", { timeout: ["soon"] }), /timeout/);
});

test("what is wrong is refused, and the part is named", () => {
  const wrong: [unknown, RegExp][] = [
    [undefined, /description: wanted/],
    ["text", /description/],
    [{ description: "" }, /description/],
    [{ description: 1 }, /description/],
    [{ description: "d", filter: 5 }, /filter/],
    [{ description: "d", filter: "x".repeat(70_000) }, /filter/],
    [{ description: "d", attributes: "cn" }, /attributes/],
    [{ description: "d", attributes: ["cn "] }, /attributes.0/],
    [{ description: "d", timeout: 0 }, /timeout/],
    [{ description: "d", timeout: Number.NaN }, /timeout/],
    [{ description: "d", priority: "first" }, /priority/],
    [{ description: "d", functions: ["destroy"] }, /functions/],
    [{ description: "d", name: "../../etc" }, /name/],
    [{ description: "d", name: ".hidden" }, /name/],
    [{ description: "d", spelling: true }, /spelling/],
  ];
  for (const [said, reason] of wrong) {
    assert.throws(
      () => complete(said, "mail"),
      (error) => error instanceof Problem && error.code === "config" && reason.test(error.message),
      JSON.stringify(said),
    );
  }
  assert.throws(() => complete({ description: "d" }, "a file"), /name/);
});
