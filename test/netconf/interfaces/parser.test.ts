import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Configuration, place, refusal, stanzasOf } from "../../../src/netconf/interfaces/configuration.ts";
import { loadConfiguration, parseConfiguration } from "../../../src/netconf/interfaces/parser.ts";
import { memoryFiles } from "./files.ts";

function parse(text: string, strict = false): Configuration {
  return parseConfiguration(text, "if", memoryFiles({}), { strict });
}

function options(configuration: Configuration, name: string): string[][] {
  return stanzasOf(configuration, name).map((stanza) => stanza.options.map(({ name, value }) => `${name}=${value}`));
}

function said(configuration: Configuration): string[] {
  return configuration.diagnostics.map(
    ({ severity, message, at, refuses }) => `${place(at)}: ${severity}: ${message} [${refuses.join(" ")}]`,
  );
}

describe("stanzas", () => {
  it("has families, methods, options as they are written, repeated ones, and their places", () => {
    const read = parse(
      "auto  eth0 eth1\n\niface eth0 inet static\n  address 192.0.2.1/24 # no comment\n\tup  echo  a   b \n up x\n",
    );
    assert.deepEqual(options(read, "eth0"), [["address=192.0.2.1/24 # no comment", "up=echo  a   b", "up=x"]]);
    assert.deepEqual(
      read.stanzas[0]?.options.map(({ at }) => place(at)),
      ["if:4:3", "if:5:2", "if:6:2"],
    );
    assert.deepEqual(
      read.classes.get("auto")?.map(({ word, at }) => `${word} ${place(at)}`),
      ["eth0 if:1:7", "eth1 if:1:12"],
    );
    assert.deepEqual(said(read), []);
  });

  it("adds up classes without doubles, and knows the lists and renames", () => {
    const read = parse(
      "auto a b a\nallow-auto c b\nallow-hotplug d\nno-auto-down a /e*\nno-scripts b\nrename mac/00:11=x y=z\n",
    );
    assert.deepEqual(
      Array.from(read.classes, ([name, words]) => [name, ...words.map(({ word }) => word)]),
      [
        ["auto", "a", "b", "c"],
        ["hotplug", "d"],
      ],
    );
    assert.deepEqual([read.noAutoDown, read.noScripts], [["a", "/e*"], ["b"]]);
    assert.deepEqual(
      read.renames.map(({ from, to }) => [from, to]),
      [
        ["mac/00:11", "x"],
        ["y", "z"],
      ],
    );
  });

  it("reads mappings", () => {
    const read = parse("mapping eth* wlan0\n  script /usr/local/sbin/where\n map  HOME home\n map\n");
    assert.deepEqual(
      read.mappings.map(({ patterns, script, maps }) => ({ patterns, script, maps })),
      [{ patterns: ["eth*", "wlan0"], script: "/usr/local/sbin/where", maps: ["HOME home", ""] }],
    );
  });

  it("knows ifupdown-ng's stanzas without a family", () => {
    const read = parse("template t\n mtu 1400\niface a\n use bridge\n inherit t\n requires b c\niface b inherits t\n");
    assert.deepEqual(options(read, "a"), [["use=bridge", "mtu=1400", "requires=b c"]]);
    assert.deepEqual(options(read, "b"), [["mtu=1400"]]);
    assert.deepEqual(
      read.stanzas.map(({ name, family, method }) => name + family + method),
      ["a", "b"],
    );
    assert.deepEqual(
      read.templates.map(({ name }) => name),
      ["t"],
    );
  });
});

describe("lines", () => {
  it("are continued by a backslash at the very end only, with the places of what is on the next ones", () => {
    const read = parse("iface a inet static\n up x \\\n  y\\\n#z\n down v \\ \n# w \\\n mtu\\\n 9\n");
    assert.deepEqual(options(read, "a"), [["up=x   y#z", "down=v \\", "mtu=9"]]);
    assert.deepEqual(said(parse("iface a \\\n inet \\\n stat\n")), [
      "if:3:2: error: unknown or no method and no inherits keyword specified [a]",
    ]);
  });

  it("may end in CR LF, be the last without an end, or hold a NUL", () => {
    assert.deepEqual(options(parse("iface a inet static\r\n mtu 1\r\n\r\n foo a\0b\r\n bar 2\\"), "a"), [
      ["mtu=1", "foo=a", "bar=2"],
    ]);
  });
});

describe("inheritance", () => {
  it("takes family, method and options of the first one of that name and family", () => {
    const read = parse(
      "iface x inet static\n mtu 3\n up a\niface x inet6 static\n mtu 4\niface y inherits x\n mtu 5\niface z inet6 manual inherits x\n",
    );
    assert.deepEqual(options(read, "y"), [["mtu=3", "up=a", "mtu=5"]]);
    assert.deepEqual(options(read, "z"), [["mtu=4"]]);
    assert.deepEqual(
      read.stanzas.map(({ family, method }) => `${family} ${method}`),
      ["inet static", "inet6 static", "inet static", "inet6 manual"],
    );
  });

  it("of what comes later, of itself, of another family is refused", () => {
    assert.deepEqual(
      said(
        parse("iface a inherits a\niface b inet manual inherits c\niface c inet6 manual\niface d inet inherits c\n"),
      ),
      [
        "if:1:18: error: unknown iface to inherit from: a (*) [a]",
        "if:2:30: error: unknown iface to inherit from: c (inet) [b]",
        "if:4:23: error: unknown iface to inherit from: c (inet) [d]",
      ],
    );
  });

  it("of a wrong stanza is refused", () => {
    const read = parse("iface a inet manual\n mtu\niface b inherits a\niface c inherits b\niface d inet manual\n");
    assert.deepEqual(
      ["a", "b", "c", "d"].map((name) => refusal(read, name)?.message),
      ["option with empty value", "what it inherits is wrong: a", "what it inherits is wrong: b", undefined],
    );
  });
});

describe("errors", () => {
  const text =
    "iface\nauto q\nfoo bar\niface a inet foo\n lost 1\niface b bar baz\niface c inet\niface d inet manual inherits\niface e inet manual x\n mtu\nmapping f*\n foo x\n script y\n script z\niface g inet manual\n";

  it("have a place, and refuse only what depends on them", () => {
    const read = parse(text);
    assert.deepEqual(said(read), [
      "if:1:1: error: too few parameters for iface line []",
      "if:3:1: error: misplaced option []",
      "if:4:14: error: unknown or no method and no inherits keyword specified [a]",
      "if:6:9: error: unknown or no address type and no inherits keyword specified [b]",
      "if:7:9: error: unknown or no method and no inherits keyword specified [c]",
      "if:8:21: error: 'inherits' keyword is missing a parameter [d]",
      "if:9:21: warning: extra parameter for the iface line not understood and ignored: x []",
      "if:10:2: error: option with empty value [e]",
      "if:12:2: error: misplaced option [f*]",
      "if:14:2: error: duplicate script in mapping [f*]",
    ]);
    assert.deepEqual(
      read.stanzas.map(({ name }) => name),
      ["e", "g"],
    );
    assert.equal(refusal(read, "f7")?.message, "misplaced option");
    assert.equal(refusal(read, "g"), undefined);
  });

  it("a class without a name is none; what is no UTF-8 is told of, in comments it is nobody's business", () => {
    const read = parse("allow- a\n# M\ufffdller\niface a inet manual\n  up echo M\ufffdller\n");
    assert.deepEqual(said(read), [
      "if:1:1: error: misplaced option []",
      "if:4:3: warning: this is no UTF-8, and is not passed on as it stands []",
    ]);
  });

  it("end the reading where it is as strict as the model", () => {
    const read = parse(`iface h inet manual\n${text}`, true);
    assert.deepEqual(said(read), ["if:2:1: error: too few parameters for iface line []"]);
    assert.deepEqual(
      read.stanzas.map(({ name }) => name),
      ["h"],
    );
  });
});

describe("source", () => {
  const files = memoryFiles(
    {
      "/n/if": `auto a\nsource if.d/*.cfg "q r" $D/x \${E:-none} ~/h\nsource-directory dir\niface a inet manual\n`,
      "/n/if.d/2.cfg": "iface c inet manual\nsource ../if\n",
      "/n/if.d/1.cfg": "iface b inet manual\n",
      "/n/if.d/.3.cfg": "iface hidden inet manual\n",
      "/n/q r": "iface quoted inet manual\n",
      "/v/x": "iface variable inet manual\n",
      "/home/h": " mtu 1\niface home inet manual\n",
      "/n/dir/ok_-1": "iface ok inet manual\n",
      "/n/dir/no.1": "iface no inet manual\n",
      "/n/dir/deeper/x": "iface no inet manual\n",
    },
    { D: "/v", HOME: "/home" },
  );

  it("takes patterns, quotes, variables and ~, each file once, folders by clean names", () => {
    const read = loadConfiguration("/n/if", files);
    assert.deepEqual(
      read.stanzas.map(({ name }) => name),
      ["b", "c", "quoted", "variable", "home", "ok", "a"],
    );
    assert.deepEqual(said(read), [
      "/home/h:1:2: error: misplaced option []",
      "/n/if:3:18: warning: /n/dir/deeper: Is a directory []",
    ]);
    assert.deepEqual(read.files, [
      "/n/if",
      "/n/if.d/1.cfg",
      "/n/if.d/2.cfg",
      "/n/q r",
      "/v/x",
      "/home/h",
      "/n/dir/ok_-1",
    ]);
  });

  it("starts no program: what would is an error, where the model is asked a warning", () => {
    for (const line of [
      "source $(ls)",
      "source `ls`",
      "source a;ls",
      "source $((1))",
      "source >x",
      'source "a',
      "source ~root/x",
    ]) {
      assert.deepEqual(
        parse(line).diagnostics.map(({ severity, at }) => `${severity} ${place(at)}`),
        ["error if:1:8"],
        line,
      );
      assert.deepEqual(
        parse(line, true).diagnostics.map(({ severity }) => severity),
        ["warning"],
        line,
      );
    }
  });

  it("of a file that is not there is no error; the file itself must be", () => {
    assert.deepEqual(said(parse("source nothing nowhere/*\nsource-directory none\n")), []);
    assert.throws(() => loadConfiguration("/none", files), { code: "missing", message: "No such file or directory" });
    assert.throws(() => loadConfiguration("/n", files), { code: "io", message: "Is a directory" });
  });
});

describe("limits", () => {
  it("hold against inheritance that doubles", () => {
    const text = Array.from({ length: 40 }, (_, at) => `iface a${at + 1}\n inherit a${at} a${at}\n`).join("");
    assert.throws(() => parse(`iface a0\n x 1\n${text}`), {
      code: "config",
      message: /^if:\d+:\d+: the configuration is too large$/,
    });
  });

  it("hold against files of nothing but errors", () => {
    assert.throws(() => parse("x 1\n".repeat(1001)), {
      code: "config",
      message: /^if:1001:1: more than 1000 errors and warnings$/,
    });
  });
});
