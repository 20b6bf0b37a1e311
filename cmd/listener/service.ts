import { Command } from "clipanion";
import { StopCommand } from "../service-commands.ts";

export class ListenerStopCommand extends StopCommand {
  static override paths = [["listener", "stop"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "end the listener in order: running calls end, postrun comes, positions are written",
  });
  readonly service = "listener";
}
