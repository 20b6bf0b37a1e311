/** `reeve netconf ifup`, `ifdown`, `ifquery`: for whoever has no link of that name. */
import { Command, Option } from "clipanion";
import type { Face } from "../../../src/netconf/classic/invocation.ts";
import { failed, ReeveCommand } from "../../command.ts";

abstract class FaceCommand extends ReeveCommand {
  abstract readonly face: Face;
  words = Option.Proxy({ name: "option" });

  async execute(): Promise<number> {
    const { runClassic } = await import("./run.ts");
    const code = await runClassic(this.face, this.words);
    // clipanion knows only 0 and 1, and so does the model.
    if (code !== 0) failed.code = code;
    return code;
  }
}

export class IfupCommand extends FaceCommand {
  static override paths = [["netconf", "ifup"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "as ifup of Debian: its options, its messages, its exit code",
    details: `
      What \`ifup\` takes and says: names (\`eth0\`, \`eth0=home\`, patterns as \`/eth*\`), \`-a\`, \`--allow CLASS\`,
      \`-i FILE\`, \`--state-dir DIR\`, \`-X PATTERN\`, \`-o OPTION=VALUE\`, \`--no-act\`, \`--force\`, \`-v\` and the
      others of ifup(8). A file with an error in it is refused whole. A link to this program that is called ifup does
      the same.
    `,
    examples: [
      ["What ifup would run", "$0 netconf ifup --no-act eth0"],
      ["All of auto, by another file", "$0 netconf ifup -a -i /tmp/interfaces"],
    ],
  });
  readonly face = "ifup";
}

export class IfdownCommand extends FaceCommand {
  static override paths = [["netconf", "ifdown"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "as ifdown of Debian",
    details: "It works from what was recorded when the interface came up, and takes along the VLANs upon it.",
    examples: [["Whatever is configured", "$0 netconf ifdown --force eth0"]],
  });
  readonly face = "ifdown";
}

export class IfqueryCommand extends FaceCommand {
  static override paths = [["netconf", "ifquery"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "as ifquery of Debian",
    details: "Options of an interface; `--list` what is in a class; `--state` what is up.",
    examples: [
      ["What is up", "$0 netconf ifquery --state"],
      ["What comes up when it is plugged in", "$0 netconf ifquery --list --allow=hotplug"],
    ],
  });
  readonly face = "ifquery";
}
