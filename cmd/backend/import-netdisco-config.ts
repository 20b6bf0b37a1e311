import { Command, Option } from "clipanion";
import { ReeveCommand } from "../command.ts";

export class ImportNetdiscoConfigCommand extends ReeveCommand {
  static override paths = [["backend", "import-netdisco-config"]];
  static override usage = Command.Usage({
    category: "Network",
    description: "write Netdisco's deployment.yml as our configuration, and name what could not be carried over",
    examples: [
      ["To look at first", "$0 backend import-netdisco-config deployment.yml --output /tmp/reeve"],
      ["To the configuration folder", "$0 backend import-netdisco-config ~netdisco/environments/deployment.yml"],
    ],
  });
  file = Option.String();
  output = Option.String("--output", { description: "folder to write to; the configuration folder by default" });
  force = Option.Boolean("--force", false, { description: "write over files that hold something else" });
  json = Option.Boolean("--json", false, { description: "print JSON" });

  async execute(): Promise<void> {
    const { readFileSync, statSync } = await import("node:fs");
    const { basename, dirname, resolve } = await import("node:path");
    const { configFiles } = await import("../../src/config/load.ts");
    const { Problem } = await import("../../src/problem.ts");
    const { makeFolder } = await import("../../src/system/file.ts");
    const { convertNetdiscoConfig } = await import("../../src/backend/import/netdisco-config.ts");
    const { writeNetdiscoConfig } = await import("../../src/backend/import/write-config.ts");
    const { parseCredentials } = await import("../../src/backend/credentials.ts");
    const { stringify } = await import("yaml");

    const folder = this.output ? resolve(this.output) : dirname(configFiles()[0] ?? "");
    let content: string;
    try {
      // What is replaced here would be a wrong password there.
      content = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(this.file));
    } catch (cause) {
      if (cause instanceof TypeError) throw new Problem("bad-request", `${this.file}: is not UTF-8`, { cause });
      throw new Problem("missing", `cannot read ${this.file}`, { cause });
    }
    const converted = await convertNetdiscoConfig(content, this.file);
    // What our own reader would refuse is said now and not when the backend starts.
    if (converted.credentials.length > 0) await parseCredentials(stringify(converted.credentials), "device_auth");
    makeFolder(folder, 0o755);
    const files = await writeNetdiscoConfig(converted, folder, basename(this.file), this.force);
    const { notCarried, notes, database } = converted;
    if (this.json) {
      this.printJson({ files, notCarried, notes, database: database?.url ?? null });
      return;
    }
    for (const { path, state } of files) this.print(`${path}: ${state}`);
    if (process.getuid?.() === 0 && files.some(({ path }) => statSync(path).gid === 0)) {
      this.print("note: root alone can read these files; the user that the services run as must be able to");
    }
    for (const note of notes) this.print(`note: ${note}`);
    for (const { setting, reason } of notCarried) this.print(`not carried over: ${setting}: ${reason}`);
    if (database) {
      const password = files.find(({ path }) => path.endsWith("-password"))?.path;
      const flag = password ? ` --password-file ${password}` : "";
      this.print(`its database: reeve backend import-netdisco ${database.url}${flag}`);
    }
  }
}
