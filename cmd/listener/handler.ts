import { Command, Option } from "clipanion";
import { Problem } from "../../src/problem.ts";
import { ReeveCommand } from "../command.ts";

export class ListenerHandlerCommand extends ReeveCommand {
  static override paths = [["listener", "handler"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "try a handler without a directory: load it, show what it declares, call it",
    details: `
      Loads a handler's file as the listener would, in a process of its own, and prints what it declares. With \`--calls\`
      it is then given the calls that stand on standard input, one JSON object a line as docs/listener-handlers.md
      describes them, and \`{"function":"postrun"}\` for its other functions; the outcome of each is a line of JSON. The exit
      code tells whether all of them succeeded.

      \`--types\` prints the types of what a handler in TypeScript imports from \`reeve/listener\`, for an editor.
    `,
    examples: [
      ["What does it declare?", "$0 listener handler ./handlers/mail.ts"],
      ["Types for the editor", "$0 listener handler --types > handlers/reeve-listener.d.ts"],
      [
        "A call by hand",
        `echo '{"id":"1","command":"a","dn":"uid=a","new":{"uid":["a"]},"old":{}}' | $0 listener handler ./mail.ts --calls`,
      ],
    ],
  });

  file = Option.String({ required: false, name: "file" });
  calls = Option.Boolean("--calls", false, { description: "give it the calls on standard input" });
  types = Option.Boolean("--types", false, { description: "print the types of `reeve/listener`" });

  async execute(): Promise<void> {
    if (this.types) {
      const { default: text } = await import("../../src/listener/handler-api.d.ts.txt", { with: { type: "text" } });
      this.context.stdout.write(text);
      return;
    }
    if (this.file === undefined) throw new Problem("usage", "which handler? Give its file, or --types");
    const { resolve } = await import("node:path");
    const { tryHandler } = await import("../../src/listener/handler-trial.ts");
    const settings = await this.settings();
    const input = this.calls ? this.context.stdin : undefined;
    const failures = await tryHandler(resolve(this.file), settings["listener.settings"], input, (value) =>
      this.printJson(value),
    );
    if (failures > 0) throw new Problem("not-done", `${failures} of the calls failed`);
  }
}
