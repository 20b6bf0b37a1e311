import { Command } from "clipanion";
import { StatusCommand, StopCommand } from "../service-commands.ts";

export class AgentStatusCommand extends StatusCommand {
  static override paths = [["agent", "status"]];
  static override usage = Command.Usage({
    category: "Agent",
    description: "tell whether the agent runs (exit code 0) or not (3)",
  });
  readonly service = "agent";
  protected override get rootFolder(): string {
    return "reeve-agent";
  }
}

export class AgentStopCommand extends StopCommand {
  static override paths = [["agent", "stop"]];
  static override usage = Command.Usage({ category: "Agent", description: "end the agent in order" });
  readonly service = "agent";
  protected override get rootFolder(): string {
    return "reeve-agent";
  }
}
