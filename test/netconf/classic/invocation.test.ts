import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Face, type Invocation, readInvocation } from "../../../src/netconf/classic/invocation.ts";

function read(face: Face, ...words: string[]): Invocation {
  const invocation = readInvocation(face, words);
  assert.ok(!("exit" in invocation), JSON.stringify(invocation));
  return invocation;
}

describe("command lines", () => {
  it("have options anywhere, together, shortened, with values in each way", () => {
    const { words, all, verbose, noAct, interfaces, stateDir, exclude, options, allow } = read(
      "ifup",
      ...[
        "eth0",
        "-nv",
        "-i",
        "a",
        "-Xb*",
        "--excl=c",
        "--state-dir",
        "d",
        "-o",
        "x=y=z",
        "--opt=u=",
        "--allow",
        "h",
        "--",
        "-a",
      ],
    );
    assert.deepEqual(words, ["eth0", "-a"]);
    assert.deepEqual(
      { all, verbose, noAct, interfaces, stateDir, allow },
      {
        ...{ all: false, verbose: true, noAct: "all", interfaces: "a", stateDir: "d", allow: "h" },
      },
    );
    assert.deepEqual(
      [exclude, options],
      [
        ["b*", "c"],
        [
          ["x", "y=z"],
          ["u", ""],
        ],
      ],
    );
    const switches = [
      "--no-act-commands",
      "--no-mappings",
      "--no-scripts",
      "--no-loopback",
      "--force",
      "--ignore-errors",
    ];
    const { mappings, scripts, loopback, force, ignoreErrors, ...rest } = read("ifdown", "-a", ...switches);
    assert.deepEqual(
      [rest.noAct, mappings, scripts, loopback, force, ignoreErrors],
      ["commands", false, false, false, true, true],
    );
    assert.deepEqual([read("ifquery", "-l").list, read("ifquery", "--state").state], [true, true]);
    assert.equal(read("ifquery", "-l", "--read-environment").readEnvironment, true);
  });

  it("that are wrong are refused in getopt's words", () => {
    const refused: [Face, string[], string | undefined][] = [
      ["ifup", [], "no interface(s) specified"],
      ["ifup", ["-a", "eth0"], "either use the --all option, or specify interface(s), but not both"],
      ["ifup", ["--foo", "x"], "unrecognized option '--foo'"],
      ["ifup", ["-vz", "x"], "invalid option -- 'z'"],
      ["ifup", ["x", "-i"], "option requires an argument -- 'i'"],
      ["ifup", ["x", "--allow"], "option '--allow' requires an argument"],
      ["ifup", ["x", "--verbose=3"], "option '--verbose' doesn't allow an argument"],
      [
        "ifup",
        ["x", "--no"],
        "option '--no' is ambiguous; possibilities: '--no-act' '--no-act-commands' '--no-mappings' '--no-scripts' '--no-loopback'",
      ],
      ["ifup", ["x", "-o", "y"], 'error in --option "y" -- no "=" character'],
      ["ifup", ["x", "--list"], undefined],
      ["ifquery", ["x", "-n"], undefined],
      ["ifquery", ["x", "--force"], undefined],
      ["ifquery", ["-a"], undefined],
    ];
    for (const [face, words, stderr] of refused) {
      const answer = readInvocation(face, words);
      assert.deepEqual(answer, { ...(stderr === undefined ? {} : { stderr }), exit: 1 }, words.join(" "));
    }
  });

  it("know an exact name from those that it begins", () => {
    assert.equal(read("ifup", "x", "--no-act").noAct, "all");
  });

  it("tell of themselves, each face of what it takes", () => {
    for (const face of ["ifup", "ifdown", "ifquery"] as const) {
      const help = readInvocation(face, ["x", "-h"]);
      assert.ok("exit" in help && help.exit === 0);
      const has = (text: string) => help.stdout?.includes(text) === true;
      assert.deepEqual(
        [has(`Usage: ${face}`), has("--force"), has("--list")],
        [true, face !== "ifquery", face === "ifquery"],
      );
      const version = readInvocation(face, ["--version"]);
      assert.ok("exit" in version && version.stdout?.startsWith(`${face} version `));
    }
  });
});
