import { Command, Option } from "clipanion";
import type { DaemonReady, DaemonStart } from "../../src/daemon/daemon.ts";
import { ReeveCommand } from "../command.ts";
import { runService } from "../service.ts";

const embeddable = ["agent", "backend", "listener"];

export class DaemonCommand extends ReeveCommand {
  static override paths = [["daemon"]];
  static override usage = Command.Usage({
    category: "Console",
    description: "management console: login, pages, HTTP API, UMCP, and the server that agents report to",
    details: `
      Serves the console on \`--listen\` (127.0.0.1:8090 unless told otherwise) and UMCP on \`daemon.sock\` in the run
      folder. The first start creates the user \`admin\`: its password is shown on a terminal, or else written to
      \`admin-password\` in the state folder.

      It runs in the foreground until TERM or Ctrl-C. \`--background\` starts it as a process of its own;
      \`reeve daemon stop\` and \`reeve daemon status\` find that one.
    `,
    examples: [
      ["Try it, with this machine's own inventory", "$0 daemon --state ./state --with agent"],
      ["On PostgreSQL", "$0 daemon --database postgres://reeve@db.example.org/reeve"],
      ["Unattended set-up", "$0 daemon --admin-password-file /root/admin-password --background"],
    ],
  });

  state = Option.String("--state", { description: "folder of data" });
  listen = Option.String("--listen", { description: "ADDRESS:PORT of the console" });
  database = Option.String("--database", { description: "postgres://USER@HOST/NAME, or path of an SQLite file" });
  with = Option.Array("--with", {
    description: "run this service as a child (embedded mode): agent, backend, listener; repeatable",
  });
  adminPasswordFile = Option.String("--admin-password-file", {
    description: "file with the first administrator's password",
  });
  insecure = Option.Boolean("--insecure", { description: "listen beyond loopback without TLS" });
  background = Option.Boolean("--background", false, { description: "start as a process of its own and return" });

  async execute(): Promise<void> {
    const { resolve } = await import("node:path");
    const { Problem } = await import("../../src/problem.ts");
    const settings = await this.settings({
      state: this.state,
      listen: this.listen,
      database: this.database,
      insecure: this.insecure === undefined ? undefined : String(this.insecure),
    });
    const services = this.with ?? [];
    const unknown = services.find((name) => !embeddable.includes(name));
    if (unknown) throw new Problem("usage", `--with: there is no service ${unknown}; known: ${embeddable.join(", ")}`);
    const start: DaemonStart = {
      settings,
      terminal: !this.background && process.stderr.isTTY === true,
      with: services,
      ...(this.adminPasswordFile === undefined ? {} : { adminPasswordFile: resolve(this.adminPasswordFile) }),
    };
    await runService("daemon", settings, start, this.background, (ready, background) => {
      const { url, firstUser } = ready as DaemonReady;
      this.print(`Reeve console: ${url}`);
      if (firstUser?.password) this.print(`User ${firstUser.name}, password ${firstUser.password} (shown this once)`);
      else if (firstUser?.file) this.print(`User ${firstUser.name}, password in ${firstUser.file}`);
      if (background) this.print(`Process ${background.pid}, log in ${background.log}`);
    });
  }
}
