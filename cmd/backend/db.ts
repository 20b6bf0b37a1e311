import { Command, Option } from "clipanion";
import { ReeveCommand } from "../command.ts";

abstract class DatabaseCommand extends ReeveCommand {
  state = Option.String("--state", { description: "folder of data" });
  database = Option.String("--database", { description: "postgres://USER@HOST/NAME, or path of an SQLite file" });
  json = Option.Boolean("--json", false, { description: "print JSON" });

  protected async open() {
    const { openConfiguredStore } = await import("../store.ts");
    return openConfiguredStore(await this.settings({ state: this.state, database: this.database }), "none");
  }
}

export class DatabaseDeployCommand extends DatabaseCommand {
  static override paths = [["backend", "db", "deploy"]];
  static override usage = Command.Usage({
    category: "Database",
    description: "make or update the tables of the database",
    examples: [["On PostgreSQL", "$0 backend db deploy --database postgres://reeve@db.example.org/reeve"]],
  });

  async execute(): Promise<void> {
    const { deploySchema } = await import("../../src/store/migrate.ts");
    const store = await this.open();
    try {
      const applied = await deploySchema(store);
      if (this.json) this.printJson({ database: store.name, applied });
      else this.print(applied.length ? `applied: ${applied.join(", ")}` : "the database is up to date");
    } finally {
      await store.close();
    }
  }
}

export class DatabaseStatusCommand extends DatabaseCommand {
  static override paths = [["backend", "db", "status"]];
  static override usage = Command.Usage({
    category: "Database",
    description: "tell whether the database's tables fit this Reeve (exit code 0, 79 outdated, 80 newer)",
  });

  async execute(): Promise<void> {
    const { checkSchema, schemaStatus } = await import("../../src/store/migrate.ts");
    const store = await this.open();
    try {
      const status = await schemaStatus(store);
      if (this.json) this.printJson({ database: store.name, ...status });
      await checkSchema(store);
      if (!this.json) this.print("the database is up to date");
    } finally {
      await store.close();
    }
  }
}
