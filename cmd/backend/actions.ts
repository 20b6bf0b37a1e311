import { Command, Option } from "clipanion";
import { ReeveCommand } from "../command.ts";

export class ActionsCommand extends ReeveCommand {
  static override paths = [["backend", "actions"]];
  static override usage = Command.Usage({
    category: "Network",
    description: "list the actions of the backend, and their stages",
  });

  json = Option.Boolean("--json", false, { description: "print JSON" });

  async execute(): Promise<void> {
    const { actions } = await import("../../src/backend/actions.ts");
    const list = Object.values(actions).sort((a, b) => (a.name < b.name ? -1 : 1));
    if (this.json) {
      const stagesOf = ({ stages }: (typeof list)[number]) =>
        stages.map(({ name, phase, help }) => ({ name, phase, help }));
      this.printJson(list.map((action) => ({ ...pick(action), stages: stagesOf(action) })));
      return;
    }
    for (const action of list) {
      const wants = action.wants === "nothing" ? "" : ` (-d${action.wants === "port" ? ", -p" : ""})`;
      this.print(`${action.name}${wants}: ${action.help}`);
      if (action.extra) this.print(`    -e: ${action.extra.replace(/^required: /, "")}`);
      for (const { name, phase, help } of action.stages) this.print(`    ${phase.padEnd(6)} ${name}: ${help}`);
    }
  }
}

function pick({
  name,
  help,
  wants,
  extra,
  urgent,
}: {
  name: string;
  help: string;
  wants: string;
  extra?: string;
  urgent?: boolean;
}) {
  return { name, help, wants, extra: extra ?? "", urgent: urgent ?? false };
}
