import { Command } from "clipanion";
import { StatusCommand, StopCommand } from "../service-commands.ts";

export class DaemonStatusCommand extends StatusCommand {
  static override paths = [["daemon", "status"]];
  static override usage = Command.Usage({
    category: "Console",
    description: "tell whether the daemon runs (exit code 0) or not (3)",
  });
  readonly service = "daemon";
}

export class DaemonStopCommand extends StopCommand {
  static override paths = [["daemon", "stop"]];
  static override usage = Command.Usage({ category: "Console", description: "end the daemon in order" });
  readonly service = "daemon";
}
