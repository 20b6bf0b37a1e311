import assert from "node:assert/strict";
import { test } from "node:test";
import { bashCompletion } from "../../cmd/completion/bash.ts";
import { fishCompletion } from "../../cmd/completion/fish.ts";
import { zshCompletion } from "../../cmd/completion/zsh.ts";
import { type CommandHelp, commandHelps, places, synopsis } from "../../cmd/definition.ts";
import { complaint, helpFor, wrap } from "../../cmd/help.ts";
import { manualPages } from "../../cmd/manual/pages.ts";
import { prose, roff } from "../../cmd/manual/roff.ts";

/** As clipanion gives them: broken into lines, `#0` for a value. */
const commands: CommandHelp[] = commandHelps([
  {
    path: "reeve daemon",
    usage: "reeve daemon",
    category: "Console\n",
    description: "the console\n",
    details: "Serves it on `--listen` and a rather long line that \nwas broken.\n\nSecond paragraph.\n",
    options: [
      { definition: "--log-level #0", description: "how much", required: false },
      { definition: "--state #0", description: "folder of data", required: false },
    ],
  },
  {
    path: "reeve daemon user add",
    usage: "reeve daemon user add <name>",
    category: "Console\n",
    description: "add a user\n",
    examples: [["Ask\n", "reeve daemon user add alice"]],
    options: [{ definition: "--administrator", description: "may do it's all", required: false }],
  },
  {
    path: "reeve module <-m,--module #0>",
    usage: "reeve module",
    category: "Console\n",
    description: "one module\n",
    options: [{ definition: "-m,--module #0", description: "which [one]: a name", required: true }],
  },
]);

test("a definition becomes names, values, paragraphs and operands", () => {
  const [daemon, add, module] = commands;
  assert.deepEqual(daemon?.path, ["daemon"]);
  assert.deepEqual(daemon?.details, [
    "Serves it on `--listen` and a rather long line that was broken.",
    "Second paragraph.",
  ]);
  assert.deepEqual(
    daemon?.options.map(({ names, value }) => [names.join(), value?.name]),
    [
      ["--log-level", "LEVEL"],
      ["--state", "DIR"],
      ["-h,--help", undefined],
    ],
  );
  assert.deepEqual(add?.operands, [{ name: "NAME", required: true, many: false }]);
  assert.equal(synopsis(module!), "module -m MODULE [OPTION]...");
  assert.equal(synopsis(add!), "daemon user add [OPTION]... NAME");
  const taking = (path: string, usage: string) => commandHelps([{ path, usage: `${path} ${usage}`, options: [] }])[0]!;
  assert.equal(synopsis(taking("reeve netconf up", "...")), "netconf up [OPTION]... [INTERFACE]...");
  assert.equal(synopsis(taking("reeve backend job", "<job> ...")), "backend job [OPTION]... JOB...");
});

test("places: every word on the way to a command, with what it means", () => {
  const found = places(commands);
  assert.deepEqual([...found.keys()], ["", "daemon", "daemon user", "daemon user add", "module"]);
  assert.deepEqual(
    [...found.get("")!],
    [
      ["daemon", "the console"],
      ["module", "one module"],
    ],
  );
  assert.deepEqual([...found.get("daemon")!], [["user", "commands of daemon user"]]);
});

test("--help: overview, a command, a group; nothing for what is not there", () => {
  const ask = (...words: string[]) => helpFor(commands, words, "1.2.3", 60);
  assert.match(ask("--help")!, /^Reeve 1\.2\.3 .*\n\nUsage: reeve COMMAND/s);
  assert.match(ask("daemon", "-h")!, /--state DIR {2,}folder of data\n/);
  assert.match(ask("daemon", "--help")!, /Commands\n {2}daemon user add {2}add a user/);
  assert.match(ask("daemon", "user", "--help")!, /^Commands of reeve daemon user\n {2}daemon user add/);
  assert.match(ask("module", "--help")!, /-m, --module MODULE .*\(required\)/);
  assert.equal(ask("bogus", "--help"), undefined);
  assert.equal(ask("daemon", "--", "--help"), undefined);
  assert.equal(ask("daemon"), undefined);
  for (const line of ask("daemon", "--help")!.split("\n")) assert.ok(line.length <= 60, line);
  assert.equal(wrap("aaa bbb ccc", 7, 0), "aaa bbb\nccc");
});

test("a command line that cannot be read is answered in one line that says what is there", () => {
  const say = (reason: string | undefined, ...words: string[]) => complaint(commands, words, reason);
  assert.equal(say(undefined, "bogus"), "reeve: there is no command bogus; known: daemon, module");
  assert.equal(say("Extraneous x", "daemon", "x"), "reeve daemon: there is no command x; known: user");
  assert.equal(say(undefined, "daemon", "user"), "reeve daemon user: a command is missing; known: add");
  assert.equal(
    say('Unsupported option name ("--x").', "daemon", "--x"),
    'reeve daemon: unsupported option name ("--x"); reeve daemon --help tells what it takes',
  );
  assert.equal(
    say(undefined, "module"),
    "reeve module: -m, --module MODULE is required; reeve module --help tells what it takes",
  );
});

test("roff: what troff would take for a request or an escape is text", () => {
  assert.equal(roff(".SH it's a\\b --x `y` ~^"), "\\&.SH it\\(aqs a\\eb \\-\\-x \\(gay\\(ga \\(ti\\(ha");
  assert.equal(prose("'quoted"), "\\(aqquoted");
  assert.equal(prose("see `--state` of a re-run"), "see \\fB\\-\\-state\\fR of a re-run");
  assert.equal(prose(".x"), "\\&.x");
});

test("manual: a page for each command, with every option, and none begins a line with a stray request", () => {
  const pages = manualPages(commands, "1.2.3");
  assert.deepEqual(
    [...pages.keys()],
    ["reeve.1", "reeve-daemon.1", "reeve-daemon-user-add.1", "reeve-module.1", "reeve-config.5"],
  );
  const known = /^\.(TH|SH|SS|PP|TP|EX|EE|RS|RE|B|I|br)\b/;
  for (const [name, text] of pages) {
    for (const line of text.split("\n")) assert.ok(!/^[.']/.test(line) || known.test(line), `${name}: ${line}`);
  }
  assert.match(pages.get("reeve-daemon.1")!, /\\fB\\-\\-state\\fR \\fIDIR\\fR\nFolder of data\./);
  assert.match(pages.get("reeve.1")!, /\.B 78\n/);
});

test("completion: every option and command stands in the script of each shell", () => {
  for (const [shell, script] of [
    ["bash", bashCompletion(commands)],
    ["zsh", zshCompletion(commands)],
    ["fish", fishCompletion(commands)],
  ] as const) {
    for (const word of ["daemon", "user", "add", "module", "administrator", "state", "ERROR"]) {
      assert.ok(script.includes(word), `${shell}: ${word}`);
    }
  }
  assert.match(zshCompletion(commands), /which \\\[one\\\]\\: a name/);
  assert.match(fishCompletion(commands), /may do it\\'s all/);
});
