import { Command, Option } from "clipanion";
import { ReeveCommand } from "../command.ts";

export class DaemonConfigCommand extends ReeveCommand {
  static override paths = [["daemon", "config"]];
  static override usage = Command.Usage({
    category: "Console",
    description: "print the effective configuration, or its JSON schema",
    details: `
      Flags come before environment variables (REEVE_…), before \`environments/<environment>.yml\`, before \`config.yml\`,
      before defaults. Secrets are not printed. Each line tells where its value came from.
    `,
    examples: [
      ["What is in force", "$0 daemon config"],
      ["A file to start from", "$0 daemon config --template > ~/.config/reeve/config.yml"],
      ["One value, for a script", "$0 daemon config --json | jq -r .listen"],
    ],
  });

  schema = Option.Boolean("--schema", false, { description: "print the JSON schema of config.yml" });
  template = Option.Boolean("--template", false, { description: "print a config.yml that names every key" });
  json = Option.Boolean("--json", false, { description: "print JSON" });
  state = Option.String("--state", { description: "folder of data" });

  async execute(): Promise<void> {
    const { configSchema, keys } = await import("../../src/config/keys.ts");
    if (this.schema) {
      this.print(JSON.stringify(configSchema(), null, 2));
      return;
    }
    if (this.template) {
      const { configTemplate } = await import("../../src/config/template.ts");
      this.context.stdout.write(configTemplate());
      return;
    }
    const { configFiles, loadConfiguration } = await import("../../src/config/load.ts");
    const { redactDatabaseUrl } = await import("../../src/store/url.ts");
    const { settings, sources } = await loadConfiguration({ state: this.state });
    const shown = Object.entries(keys).map(([name, key]) => {
      const value = settings[name as keyof typeof settings];
      if ("secret" in key && value !== "") return [name, "***"] as const;
      return [name, name === "database" ? redactDatabaseUrl(String(value)) : value] as const;
    });
    if (this.json) {
      this.printJson(Object.fromEntries(shown));
      return;
    }
    this.print(`# files: ${configFiles().join(", ")}`);
    for (const [name, value] of shown) {
      const source = sources[name as keyof typeof sources] ?? "default";
      this.print(`${name}: ${JSON.stringify(value)}  # ${source}`);
    }
  }
}
