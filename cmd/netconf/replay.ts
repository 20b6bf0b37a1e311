import { Command, Option } from "clipanion";
import { ReeveCommand } from "../command.ts";
import { cell } from "../printable.ts";

export class ReplayCommand extends ReeveCommand {
  static override paths = [["netconf", "replay"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "go through a recorded world again, and tell where this Reeve would do something else",
    details: `
      \`netconf.recording\` names a file to which the daemon writes all that comes to it from outside: what is asked, results
      of programs and of the kernel, clocks. This command lets an engine go through it again. Nothing outside is touched.

      Printed is what became of each request and event; then, where it differs from the recording, the line there. Exit code
      81 when it differs.
    `,
    examples: [["What a customer saw", "$0 netconf replay recording.jsonl"]],
  });

  file = Option.String({ required: true, name: "file" });
  json = Option.Boolean("--json", false, { description: "print JSON: all trees of events, and the differences" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const { recordedLines } = await import("../../src/netconf/recording/file.ts");
    const { replay } = await import("../../src/netconf/recording/replay.ts");
    const { trees, differences } = await replay(recordedLines(this.file));
    if (this.json) this.printJson({ trees, differences });
    else {
      for (const { id, kind, iface, by, outcome, reason } of trees) {
        this.print([id, kind, iface || "-", outcome, by, ...(reason ? [cell(reason)] : [])].join("\t"));
      }
      for (const difference of differences) this.print(cell(difference));
    }
    if (differences.length > 0) {
      throw new Problem("not-done", `the engine does something else than was recorded: ${differences[0]}`);
    }
  }
}
