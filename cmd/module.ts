import { Command, Option } from "clipanion";
import { ReeveCommand } from "./command.ts";

export class ModuleCommand extends ReeveCommand {
  static override paths = [["module"]];
  static override usage = Command.Usage({
    category: "Console",
    description: "one module of the console as a process, which speaks UMCP",
    details: `
      The daemon starts one of these for each session and module. By hand it serves tests and debugging: on a Unix
      socket (\`-s\`), or on a port of the loopback (\`-p\`), where a peer proves itself by a token: the first line of
      standard input is that token, and a peer's first request is AUTH with it.
    `,
    examples: [
      ["On a socket", "$0 module -m inventory -s /tmp/inventory.sock -t 60"],
      ["On a port", "$0 module -m inventory -p 6671 < token"],
    ],
  });

  module = Option.String("-m,--module", { description: "module to load", required: true });
  port = Option.String("-p,--port", { description: "port of the loopback to listen on" });
  socket = Option.String("-s,--socket", { description: "Unix socket to listen on" });
  timeout = Option.String("-t,--timeout", { description: "seconds without work until the process ends" });
  locale = Option.String("-l,--locale,--language", "en", { description: "language of the session" });
  debug = Option.String("-d,--debug", { description: "log level, 0 (errors) to 4 (everything)" });
  logTo = Option.String("-L,--log-file", { description: "file to log to; stdout and stderr are understood" });
  foreground = Option.Boolean("-f,--foreground", false, { description: "accepted; it always runs in the foreground" });
  file = Option.String("--file", { description: "TypeScript file of a module of this site" });
  state = Option.String("--state", { description: "folder of data" });

  async execute(): Promise<void> {
    const { resolve } = await import("node:path");
    const { Problem } = await import("../src/problem.ts");
    const settings = await this.settings({ state: this.state });
    await this.#logging();
    const idle = this.timeout === undefined ? settings["modules.idle"] : Number(this.timeout);
    if (!(idle > 0 && idle < 1e7)) throw new Problem("usage", "-t: expected a number of seconds");
    if ((this.port === undefined) === (this.socket === undefined)) throw new Problem("usage", "give either -p or -s");
    const { loadChild } = await import("./children.ts");
    const { host } = await import("../src/process/service.ts");
    const { stopSignal } = await import("../src/process/lifeline.ts");
    const listen = this.socket === undefined ? await this.#loopback() : { unix: resolve(this.socket) };
    const start = {
      module: this.module,
      listen,
      idle,
      locale: this.locale,
      run: settings.run,
      database: { url: settings.database, passwordFile: settings.databasePasswordFile || undefined },
      ...(this.file === undefined ? {} : { file: resolve(this.file) }),
    };
    await host(await loadChild("module"), start, stopSignal());
  }

  async #loopback(): Promise<{ port: number; token: string }> {
    const { Problem } = await import("../src/problem.ts");
    const port = Number(this.port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Problem("usage", "-p: expected a port");
    const { readPassword } = await import("./password.ts");
    const token = await readPassword(undefined, "Token: ");
    if (token.length < 16) throw new Problem("usage", "the token on standard input has at least 16 characters");
    return { port, token };
  }

  async #logging(): Promise<void> {
    const { configureLog, levels } = await import("../src/log.ts");
    if (this.debug !== undefined) {
      const level = levels[Math.min(Math.max(Math.trunc(Number(this.debug)) || 0, 0), levels.length - 1)];
      if (level) configureLog({ level });
    }
    if (this.logTo === undefined || this.logTo === "stderr") return;
    const { appendFileSync } = await import("node:fs");
    const file = this.logTo;
    configureLog({
      write: (line) => (file === "stdout" ? void process.stdout.write(line) : appendFileSync(file, line)),
    });
  }
}
