import { Command, Option } from "clipanion";
import { ReeveCommand } from "../command.ts";

export class DaemonCallCommand extends ReeveCommand {
  static override paths = [["daemon", "call"]];
  static override usage = Command.Usage({
    category: "Console",
    description: "call a module's command over the daemon's socket",
    details: `
      root and the daemon's own user are administrators without a password; everybody else gives \`--user\`. Partial
      results stream in, one JSON line each, on standard error; Ctrl-C cancels the command. \`-o key=value\` is read as JSON where it
      is JSON, as text otherwise; \`-o key:=text\` is always text.
    `,
    examples: [
      ["All hosts", "$0 daemon call inventory/query --json"],
      ["Search and sort", "$0 daemon call inventory/query -o search=debian -o sort=lastSeen -o descending=true"],
      ["What can be called", "$0 daemon call --list"],
    ],
  });

  command = Option.String({ required: false });
  options = Option.Array("-o,--option", [], { description: "an option of the command; repeatable" });
  json = Option.Boolean("--json", false, { description: "print the result as one JSON document" });
  list = Option.Boolean("--list", false, { description: "list modules and their commands" });
  state = Option.String("--state", { description: "folder of data the daemon was started with" });
  socket = Option.String("--socket", {
    description: "path of the daemon's socket, when it is neither your own daemon's nor this host's",
  });
  user = Option.String("--user", { description: "user of the console" });
  passwordFile = Option.String("--password-file", { description: "file with the user's password" });
  timeout = Option.String("--timeout", { description: "seconds to wait for the result" });

  async execute(): Promise<void> {
    const { connect } = await import("../../src/umcp/client.ts");
    const { Problem } = await import("../../src/problem.ts");
    const { stopSignal } = await import("../../src/process/lifeline.ts");
    const { socketPath } = await import("../../src/process/socket-path.ts");
    const { run } = await this.settings({ state: this.state });
    if (!this.list && !this.command)
      throw new Problem("usage", "which command? For example inventory/query, or --list");
    const seconds = this.timeout === undefined ? 0 : Number(this.timeout);
    if (!(seconds >= 0)) throw new Problem("usage", "--timeout: expected a number of seconds");
    const client = await connect({ unix: socketPath("daemon.sock", run, this) });
    try {
      if (this.user !== undefined) {
        const { readPassword } = await import("../password.ts");
        const password = await readPassword(this.passwordFile, `Password of ${this.user}: `);
        await client.request("AUTH", [], { username: this.user, password });
      }
      if (this.list) {
        const { result } = await client.request("GET", ["modules/list"], {});
        this.printModules(result as Listed[]);
        return;
      }
      const body = { options: optionsOf(this.options) };
      const { result } = await client.request("COMMAND", [this.command ?? ""], body, {
        signal: stopSignal(),
        onPartial: (partial) => void this.context.stderr.write(`${JSON.stringify(partial)}\n`),
        ...(seconds > 0 ? { timeout: seconds * 1000 } : {}),
      });
      if (this.json) this.printJson(result);
      else this.print(typeof result === "string" ? result : JSON.stringify(result, null, 2));
    } finally {
      client.close();
    }
  }

  private printModules(modules: Listed[]): void {
    if (this.json) this.printJson(modules);
    for (const { id, commands } of this.json ? [] : modules) {
      for (const [name, summary] of Object.entries(commands)) this.print(`${id}/${name}\t${summary}`);
    }
  }
}

interface Listed {
  id: string;
  commands: Record<string, string>;
}

function optionsOf(pairs: string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair): [string, unknown] => {
      const match = /^([\w.-]+)(:?=)(.*)$/s.exec(pair);
      const [, key = pair, sign, text = ""] = match ?? [];
      if (sign !== "=") return [key, text];
      try {
        return [key, JSON.parse(text)];
      } catch {
        return [key, text];
      }
    }),
  );
}
