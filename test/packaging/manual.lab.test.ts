/** Manual pages and completion as the package has them, read by man and by the three shells. */
import { beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { commandLine } from "../../cmd/commands.ts";
import { output, packageFiles, scratch, skipWithout, tool } from "./package.ts";

const minute = 60_000;
let files: string;

describe.skipIf(skipWithout("manual and completion", ["dpkg-deb"]))("for people", () => {
  beforeAll(async () => {
    files = await packageFiles();
  }, minute);

  test.skipIf(skipWithout("manual pages", ["man"]))("man has nothing to complain about on any page", async () => {
    for (const section of ["man1", "man5"]) {
      for (const name of readdirSync(join(files, "usr/share/man", section))) {
        const page = join(files, "usr/share/man", section, name);
        const formatted = await tool(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], {
          env: { MANROFFSEQ: "", MANWIDTH: "80" },
        });
        expect([name, formatted.stderr, formatted.status]).toEqual([name, "", 0]);
      }
    }
  });

  test.skipIf(skipWithout("manual pages", ["man"]))("each command is found by its name, with its options", async () => {
    for (const { path, options } of commandLine().definitions()) {
      const name = path.replace(/ <.*/, "").replaceAll(" ", "-");
      const page = await output(["man", "-P", "cat", "1", name], {
        env: { MANPATH: join(files, "usr/share/man"), MANWIDTH: "200", MAN_KEEP_FORMATTING: "" },
      });
      expect(page).toContain("EXIT STATUS");
      for (const { definition } of options) expect(page).toContain(definition.split(" ")[0]?.split(",").at(-1) ?? "?");
    }
  });

  const bash = async (line: string) => {
    const script = `source "$1"
      read -r -a COMP_WORDS <<<"$2"
      [[ $2 == *" " ]] && COMP_WORDS+=("")
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _reeve
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const path = join(files, "usr/share/bash-completion/completions/reeve");
    return (await output(["bash", "-c", script, "bash", path, line])).split("\n").filter(Boolean).sort();
  };

  const fish = async (line: string) => {
    const path = join(files, "usr/share/fish/vendor_completions.d/reeve.fish");
    const script = "source $argv[1]; complete -C $argv[2]";
    const said = await output(["fish", "--no-config", "-c", script, path, line], { env: { HOME: scratch("fish") } });
    return said
      .split("\n")
      .map((each) => each.split("\t")[0] ?? "")
      .filter(Boolean)
      .sort();
  };

  const expected: [string, string[]][] = [
    ["reeve ", ["agent", "backend", "completion", "daemon", "listener", "manual", "module", "netconf"]],
    ["reeve dae", ["daemon"]],
    ["reeve daemon user ", ["add", "list", "password", "remove"]],
    ["reeve daemon --admin", ["--admin-password-file"]],
    ["reeve daemon --log-level ", ["DEBUG", "ERROR", "INFO", "WARNING"]],
    ["reeve completion ", ["bash", "fish", "zsh"]],
    ["reeve daemon --listen ", []],
    ["reeve agent --local /etc/os-rel", ["/etc/os-release"]],
  ];

  for (const [shell, complete] of [
    ["bash", bash],
    ["fish", fish],
  ] as const) {
    test.skipIf(skipWithout(`completion in ${shell}`, [shell]))(
      `${shell} completes commands, options, values and files`,
      async () => {
        for (const [line, words] of expected) expect([line, await complete(line)]).toEqual([line, words]);
        expect(await complete("reeve daemon --st")).toEqual(["--state"]);
        expect(await complete("reeve manual /us")).toEqual([shell === "fish" ? "/usr/" : "/usr"]);
      },
    );
  }

  test.skipIf(skipWithout("completion in zsh", ["zsh"]))("zsh completes what is typed, Tab by Tab", async () => {
    // A real line editor on a terminal of its own: whatever it completed stands in what it drew.
    const script = `zmodload zsh/zpty
      zpty shell 'zsh -f -i'
      zpty -w shell "PS1= PROMPT= RPS1=; unsetopt prompt_cr prompt_sp; autoload -Uz compinit; fpath=($1 \\$fpath)"
      zpty -w shell "compinit -u -D; stty -echo; echo rea''dy"
      zpty -r -m shell drawn '*ready*'
      zpty -w -n shell $'reeve dae\\tus\\tad\\t--passw\\t/etc/os-rel\\tX\\C-a\\C-k'
      zpty -w -n shell $'reeve comp\\tzs\\tY\\C-a\\C-k'
      zpty -w -n shell $'reeve agent --log-l\\tWARN\\tZ\\C-a\\C-k'
      zpty -w shell $'echo do\\'\\'ne'
      zpty -r -m shell drawn '*done*'
      print -r -- "$drawn"`;
    const folder = join(files, "usr/share/zsh/vendor-completions");
    const drawn = await output(["zsh", "-f", "-c", script, "zsh", folder], { env: { TERM: "dumb" } });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told
    const plain = drawn.replace(/\u001b\[[\d;?]*[A-Za-z]|[^\n]\u0008|\u0007/g, "");
    expect(plain).toContain("reeve daemon user add --password-file /etc/os-release X");
    expect(plain).toContain("reeve completion zsh Y");
    expect(plain).toContain("reeve agent --log-level WARNING Z");
  });
});
