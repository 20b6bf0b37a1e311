import { Command, Option } from "clipanion";
import { ReeveCommand } from "./command.ts";

export class CompletionCommand extends ReeveCommand {
  static override paths = [["completion"]];
  static override usage = Command.Usage({
    category: "Help",
    description: "print the completion script of a shell",
    details: `
      Made from the commands' own help, so it fits the program that prints it. A package brings the scripts of all three
      shells along.
    `,
    examples: [
      ["bash, in this shell", "source <($0 completion bash)"],
      ["zsh, in this shell", "source <($0 completion zsh)"],
      ["fish, from now on", "$0 completion fish > ~/.config/fish/completions/reeve.fish"],
    ],
  });

  shell = Option.String();

  async execute(): Promise<void> {
    const { commandLine } = await import("./commands.ts");
    const { commandHelps } = await import("./definition.ts");
    const { Problem } = await import("../src/problem.ts");
    const commands = commandHelps(commandLine().definitions());
    if (this.shell === "bash")
      this.context.stdout.write((await import("./completion/bash.ts")).bashCompletion(commands));
    else if (this.shell === "zsh")
      this.context.stdout.write((await import("./completion/zsh.ts")).zshCompletion(commands));
    else if (this.shell === "fish")
      this.context.stdout.write((await import("./completion/fish.ts")).fishCompletion(commands));
    else throw new Problem("usage", `there is no completion for ${this.shell}; known: bash, zsh, fish`);
  }
}
