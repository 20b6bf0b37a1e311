import { Command, Option } from "clipanion";
import type { ListenerReady, ListenerStart } from "../../src/listener/start.ts";
import { Problem } from "../../src/problem.ts";
import { ReeveCommand } from "../command.ts";
import type { Background } from "../service.ts";

/** Milliseconds: a large database is looked through first, or another listener's dump is read. */
const readyTimeout = 10 * 60_000;

export class ListenerCommand extends ReeveCommand {
  static override paths = [["listener"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "follow an LDAP directory and call handlers for each change, losing none",
    details: `
      Follows any server that knows content synchronisation (RFC 4533; OpenLDAP with the syncprov overlay), keeps a
      cache of it, and calls every handler of the folders given with \`-m\` for each change that its filter matches. What a
      handler fails on is parked and tried again, everything else goes on.

      The options are those of the Univention Directory Listener; \`listener.*\` of the configuration says the rest. A
      password is read from a file (\`-y\`), never from the command line. It stays in the foreground; \`--background\` starts it
      as a process of its own. \`reeve listener ctl status\` shows how it stands.
    `,
    examples: [
      [
        "In a lab",
        "$0 listener -F -H ldap://127.0.0.1:3890 -b dc=lab -D cn=admin,dc=lab -y ./password -m ./handlers -c ./cache",
      ],
      ["Over the local socket as root", "$0 listener -H ldapi:/// -Y EXTERNAL -m /etc/reeve/handlers"],
      ["Load everything anew and end", "$0 listener -g -i"],
    ],
  });

  foreground = Option.Boolean("-F,--foreground", false, {
    description: "stay in the foreground (as it does by itself)",
  });
  background = Option.Boolean("--background", false, { description: "start as a process of its own and return" });
  uris = Option.Array("-H,--uri", { description: "URI of the directory; repeatable: tried in order" });
  host = Option.String("-h,--host", { description: "host of the directory, in place of a URI" });
  port = Option.String("-p,--port", { description: "its port (389)" });
  base = Option.String("-b,--base", { description: "handlers see what lies under this DN" });
  bindDn = Option.String("-D,--bind-dn", { description: "DN to bind as" });
  passwordFile = Option.String("-y,--password-file", { description: "file with its password" });
  simple = Option.Boolean("-x,--simple", false, { description: "bind by password (as it does by itself)" });
  mechanism = Option.String("-Y,--mechanism", { description: "SASL mechanism to bind by: EXTERNAL" });
  tls = Option.Counter("-Z,--start-tls", 0, { description: "try StartTLS; -ZZ: insist on it" });
  folders = Option.Array("-m,--handlers", { description: "folder with handlers; repeatable" });
  cache = Option.String("-c,--cache", { description: "folder of cache, journal and states" });
  purge = Option.Boolean("-g,--purge", false, { description: "forget cache, journal and states first" });
  initialise = Option.Boolean("-i,--initialise", false, { description: "as -g, and end when all handlers are loaded" });
  initialiseOnly = Option.Boolean("-P,--initialise-only", false, { description: "end when all handlers are loaded" });
  debug = Option.String("-d,--debug", { description: "0 (errors) to 4 (everything)" });
  oldCaching = Option.Boolean("-o", false, {
    description: "accepted and without meaning: as with the model's scripts",
  });
  notifier = Option.Boolean("-B", false, { description: "accepted and without meaning: there is no notifier" });
  ldapFolder = Option.String("-l,--ldap-folder", {
    description: "accepted and without meaning: the server is asked, not its files",
  });
  password = Option.String("-w,--password", { description: "refused: everybody would see it; use -y" });
  state = Option.String("--state", { description: "folder of data" });
  database = Option.String("--database", { description: "store of the people cache" });
  adopt = Option.String("--adopt", {
    description: "take over from a Univention listener: its folder of states, with --dump",
  });
  dump = Option.String("--dump", { description: "LDIF that univention-directory-listener-dump wrote" });

  async execute(): Promise<void> {
    const { resolve } = await import("node:path");
    const { runService } = await import("../service.ts");
    if (this.password !== undefined) {
      throw new Problem("usage", "-w: everybody on this host could read the password; write it to a file and give -y");
    }
    if ((this.adopt === undefined) !== (this.dump === undefined)) {
      throw new Problem("usage", "--adopt and --dump go together");
    }
    if (this.mechanism !== undefined && this.mechanism.toUpperCase() !== "EXTERNAL") {
      throw new Problem("usage", `-Y: EXTERNAL is the only mechanism known here, not ${this.mechanism}`);
    }
    const level =
      this.debug === undefined ? undefined : ["ERROR", "WARNING", "INFO", "DEBUG", "DEBUG"][Number(this.debug)];
    if (this.debug !== undefined && level === undefined) throw new Problem("usage", "-d: expected 0 to 4");
    this.logLevel ??= level;
    const servers = this.servers();
    const settings = await this.settings({
      state: this.state,
      database: this.database,
      "listener.servers": servers && JSON.stringify(servers),
      "listener.base": this.base,
      "listener.bindDn": this.bindDn,
      "listener.bindPasswordFile": this.passwordFile === undefined ? undefined : resolve(this.passwordFile),
      "listener.sasl": this.mechanism?.toUpperCase(),
      "listener.startTls": this.tls === 0 ? undefined : this.tls === 1 ? "try" : "require",
      "listener.handlers": this.folders && JSON.stringify(this.folders.map((folder) => resolve(folder))),
      "listener.cache": this.cache === undefined ? undefined : resolve(this.cache),
    });
    if (settings["listener.servers"].length === 0) {
      throw new Problem("config", "which directory? Give -H ldap://HOST, or listener.servers in the configuration");
    }
    const start: ListenerStart = {
      settings,
      purge: this.purge || this.initialise,
      once: this.initialise || this.initialiseOnly,
      ...(this.adopt === undefined || this.dump === undefined
        ? {}
        : { adopt: { states: resolve(this.adopt), dump: resolve(this.dump) } }),
    };
    const announce = (ready: unknown, background?: Background) => {
      const { servers, handlers, cache } = ready as ListenerReady;
      this.print(`Reeve listener: ${handlers.length} handlers, ${servers.join(", ")}, cache in ${cache}`);
      if (background) this.print(`Process ${background.pid}, log in ${background.log}`);
    };
    await runService("listener", settings, start, this.background, announce, readyTimeout);
  }

  private servers(): string[] | undefined {
    if (this.host === undefined) {
      if (this.port !== undefined) throw new Problem("usage", "-p goes with -h; a URI names its port itself");
      return this.uris;
    }
    const port = Number(this.port ?? 389);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Problem("usage", "-p: expected a port number");
    const host = this.host.includes(":") ? `[${this.host}]` : this.host;
    return [`ldap://${host}:${port}`, ...(this.uris ?? [])];
  }
}
