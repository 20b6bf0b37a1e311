import { Command, Option } from "clipanion";
import type { ImportSummary } from "../../src/backend/import/netdisco-database.ts";
import type { Store } from "../../src/store/database.ts";
import { ReeveCommand } from "../command.ts";

export class ImportNetdiscoCommand extends ReeveCommand {
  static override paths = [["backend", "import-netdisco"]];
  static override usage = Command.Usage({
    category: "Network",
    description: "import devices, ports, hosts, links and users of Netdisco's PostgreSQL database; may be run again",
    examples: [
      ["To see what there is", "$0 backend import-netdisco postgres://netdisco@localhost/netdisco --dry-run"],
      ["For good", "$0 backend import-netdisco postgres://netdisco@localhost/netdisco --password-file /root/netdisco"],
    ],
  });
  url = Option.String();
  passwordFile = Option.String("--password-file", { description: "file whose first line is that database's password" });
  state = Option.String("--state", { description: "folder of data" });
  database = Option.String("--database", { description: "postgres://USER@HOST/NAME, or path of an SQLite file" });
  dryRun = Option.Boolean("--dry-run", false, { description: "read everything, and store it in memory only" });
  json = Option.Boolean("--json", false, { description: "print JSON" });

  async execute(): Promise<void> {
    const { importNetdisco } = await import("../../src/backend/import/netdisco-database.ts");
    const { openStore } = await import("../../src/store/database.ts");
    const { openConfiguredStore } = await import("../store.ts");
    const { Problem } = await import("../../src/problem.ts");
    const settings = await this.settings({ state: this.state, database: this.database });
    // Before our own database is opened: for that, root becomes the owner of an SQLite file.
    const uid = process.getuid?.() ?? 0;
    const { foreignPassword } = await import("../../src/store/foreign.ts");
    const password = await foreignPassword(this.url, this.passwordFile);
    const store = this.dryRun ? await openStore({ url: ":memory:" }) : await openConfiguredStore(settings);
    const stop = new AbortController();
    const end = () => stop.abort(new Problem("cancelled", "stopped by SIGINT; what is imported stays, run it again"));
    process.once("SIGINT", end);
    let told = 0;
    try {
      const summary = await importNetdisco(store, {
        url: this.url,
        password,
        signal: stop.signal,
        report: (text) => {
          if (this.json || !process.stderr.isTTY || Date.now() - told < 500) return;
          told = Date.now();
          this.context.stderr.write(`\r\x1b[K${text}`);
        },
      });
      if (told > 0) this.context.stderr.write("\r\x1b[K");
      if (!this.dryRun) await this.audit(store, summary.users, uid);
      if (this.json) this.printJson({ dryRun: this.dryRun, ...summary });
      else this.tell(summary);
    } finally {
      process.removeListener("SIGINT", end);
      await store.close();
    }
  }

  private async audit(store: Store, users: string[], uid: number): Promise<void> {
    const { appendAudit } = await import("../../src/store/audit.ts");
    const user = uid === 0 ? "root" : `uid-${uid}`;
    const row = { time: Date.now(), user, address: "command line", session: "", outcome: "ok", status: 200 } as const;
    for (const subject of users) await appendAudit(store, { ...row, action: "user add", subject });
  }

  private tell({ tables, notCarried, users }: ImportSummary): void {
    for (const [table, { read, added, changed }] of Object.entries(tables)) {
      const what = table.startsWith("device_") && added === 0 ? "" : `, ${added} new, ${changed} joined`;
      this.print(`${table}: ${read} read${what}`);
    }
    for (const { what, count, reason } of notCarried) {
      this.print(`not carried over: ${count > 0 ? `${count} × ` : ""}${what}: ${reason}`);
    }
    if (users.length > 0) {
      this.print(
        `users ${users.join(", ")}: passwords cannot be carried over; set one with reeve daemon user password NAME`,
      );
    }
    if (this.dryRun) this.print("nothing was stored (--dry-run)");
  }
}
