import { Command, Option } from "clipanion";
import { ReeveCommand } from "./command.ts";

export class ManualCommand extends ReeveCommand {
  static override paths = [["manual"]];
  static override usage = Command.Usage({
    category: "Help",
    description: "write the manual pages of every command",
    details: `
      Made from the commands' own help and the declaration of the configuration: \`reeve.1\`, a page for each command,
      and \`reeve-config.5\`. A package brings them along.
    `,
    examples: [
      ["Write them, and read one", "$0 manual /tmp/manual && man /tmp/manual/reeve-daemon.1"],
      ["The table of exit codes as Markdown", "$0 manual --exit-codes"],
    ],
  });

  folder = Option.String({ required: false });
  exitCodes = Option.Boolean("--exit-codes", false, { description: "print the table of exit codes instead" });

  async execute(): Promise<void> {
    const { Problem } = await import("../src/problem.ts");
    if (this.exitCodes) {
      const { exitCodesMarkdown } = await import("./manual/exit-codes.ts");
      this.context.stdout.write(exitCodesMarkdown());
      return;
    }
    if (this.folder === undefined) throw new Problem("usage", "into which folder?");
    const { mkdirSync, writeFileSync } = await import("node:fs");
    const { join } = await import("node:path");
    const { version } = await import("../src/version.ts");
    const { commandLine } = await import("./commands.ts");
    const { commandHelps } = await import("./definition.ts");
    const { manualPages } = await import("./manual/pages.ts");
    try {
      mkdirSync(this.folder, { recursive: true });
      for (const [name, text] of manualPages(commandHelps(commandLine().definitions()), version)) {
        writeFileSync(join(this.folder, name), text);
        this.print(join(this.folder, name));
      }
    } catch (cause) {
      throw new Problem("io", `cannot write into ${this.folder}: ${(cause as Error).message}`, { cause });
    }
  }
}
