import { Command, Option } from "clipanion";
import type { ApplyResult, DiagnosticLine } from "../../src/console/interfaces/control.ts";
import { moment } from "../listener/ctl.ts";
import { CtlCommand } from "./ctl.ts";
import { diagnosticLine, differenceLines } from "./lines.ts";

export class ReloadCommand extends CtlCommand {
  static override paths = [["netconf", "reload"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "let the daemon read the configuration anew; no interface is changed by it",
    details: "Exit code 0 when nothing is wrong with it, 78 when something is refused (the lines say what and where).",
  });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const { interfaces, diagnostics } = await this.ask("reload", {}, this.lines());
    if (this.json) this.printJson({ interfaces, diagnostics });
    else {
      for (const one of diagnostics) this.print(diagnosticLine(one));
      this.print(`${interfaces} interfaces are configured`);
    }
    refuse(diagnostics, Problem);
  }
}

function refuse(diagnostics: DiagnosticLine[], Problem: typeof import("../../src/problem.ts").Problem): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Problem("config", `${errors.length} errors in the configuration`);
}

export class ApplyCommand extends CtlCommand {
  static override paths = [["netconf", "apply"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "make the running state what the configuration says, as one transaction that takes itself back",
    details: `
      Reads the configuration, prints how it differs from what runs, and carries all of it out, or nothing: when a step
      fails, all before it are taken back. Then \`reeve netconf confirm\` must come in time (\`netconf.confirm\`, or
      \`--timeout\`), or the daemon rolls back by itself, whatever became of this command, the connection over which you
      are logged in, or the daemon itself.

      \`--no-confirm\` waits for none. With \`--check\` the difference, the \`ip\` lines, and the commands and scripts that
      would run are printed, and nothing is done.

      An interface whose stanza has an error stays as it is, and the exit code is 78 then; the rest is applied all the same.
    `,
    examples: [
      ["See the difference first", "$0 netconf apply --check"],
      ["Apply, look whether you are still there, confirm", "$0 netconf apply && $0 netconf confirm"],
    ],
  });

  names = Option.Rest({ name: "interface" });
  timeout = Option.String("--timeout", { description: "seconds until it is rolled back without a confirm" });
  confirm = Option.Boolean("--confirm", true, { description: "wait for a confirm; --no-confirm: wait for none" });
  check = Option.Boolean("--check,-n,--dry-run", false, { description: "print the difference, and do nothing" });

  async execute(): Promise<void> {
    const result = await this.ask(
      "apply",
      {
        ...(this.names.length > 0 ? { names: this.names } : {}),
        ...(this.confirm
          ? this.timeout === undefined
            ? {}
            : { timeout: await this.number("--timeout", this.timeout, 0, 86_400) }
          : { timeout: 0 }),
        ...(this.check ? { dryRun: true } : {}),
      },
      this.lines(),
    );
    if (this.json) this.printJson(result);
    else for (const line of applyLines(result, this.check)) this.print(line);
    const wrong = result.refused.filter(({ at }) => at !== "").map(({ name }) => name);
    if (wrong.length === 0) return;
    const { Problem } = await import("../../src/problem.ts");
    throw new Problem("config", `${wrong.join(", ")} stays as it is: the configuration has errors there`);
  }
}

function applyLines({ id, differences, steps, scripts, deadline }: ApplyResult, check: boolean): string[] {
  const lines = differences.flatMap(differenceLines);
  const run = scripts.length > 0 ? scripts.map((line) => `# ${line}`) : ["# no command or script is run"];
  if (steps.length + scripts.length === 0 && id === 0) return [...lines, "nothing is to be done"];
  if (check) return [...lines, ...steps, ...run];
  if (id === 0) return [...lines, ...run, "nothing else was to be done"];
  return [
    ...lines,
    deadline === null
      ? `applied (${id})`
      : `applied (${id}); rolled back at ${moment(deadline)} unless you say: reeve netconf confirm`,
  ];
}

export class ConfirmCommand extends CtlCommand {
  static override paths = [["netconf", "confirm"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "keep what `apply` has done",
    details: `
      Without a number it is the apply that waits. When it was taken back already, or nothing waits, the exit code is 73.
    `,
    examples: [["Still there after an apply? Then it stays", "$0 netconf confirm"]],
  });

  id = Option.String({ required: false, name: "apply" });

  async execute(): Promise<void> {
    const { id } = await this.ask(
      "confirm",
      this.id === undefined ? {} : { id: await this.number("NUMBER", this.id, 0, 1e15) },
    );
    if (this.json) this.printJson({ id });
    else this.print(`${id} is confirmed`);
  }
}

export class RollbackCommand extends CtlCommand {
  static override paths = [["netconf", "rollback"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "take back at once what `apply` has done and nobody has confirmed",
  });

  id = Option.String({ required: false, name: "apply" });

  async execute(): Promise<void> {
    const { id } = await this.ask(
      "rollback",
      this.id === undefined ? {} : { id: await this.number("NUMBER", this.id, 0, 1e15) },
      this.lines(),
    );
    if (this.json) this.printJson({ id });
    else this.print(`${id} is taken back`);
  }
}
