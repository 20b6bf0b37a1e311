import { Command, Option } from "clipanion";
import type { Store } from "../../src/store/database.ts";
import { ReeveCommand } from "../command.ts";
import { readNewPassword } from "../password.ts";

abstract class UserCommand extends ReeveCommand {
  state = Option.String("--state", { description: "folder of data" });
  database = Option.String("--database", { description: "postgres://USER@HOST/NAME, or path of an SQLite file" });

  protected async withStore<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
    const { openConfiguredStore } = await import("../store.ts");
    const store = await openConfiguredStore(await this.settings({ state: this.state, database: this.database }));
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }
}

const passwordFile = {
  description: "file whose first line is the password; without it the terminal or standard input is asked",
};

export class UserAddCommand extends UserCommand {
  static override paths = [["daemon", "user", "add"]];
  static override usage = Command.Usage({
    category: "Console",
    description: "add a user of the console",
    examples: [
      ["An administrator; the password is asked for", "$0 daemon user add alice --administrator"],
      ["From a script", "$0 daemon user add bob --password-file /run/secrets/bob"],
    ],
  });
  name = Option.String();
  administrator = Option.Boolean("--administrator", false, { description: "may do everything" });
  passwordFile = Option.String("--password-file", passwordFile);

  async execute(): Promise<void> {
    const { createUser, userName } = await import("../../src/store/user.ts");
    const { hashPassword } = await import("../../src/system/password.ts");
    const name = userName(this.name);
    const password = await hashPassword(await readNewPassword(this.passwordFile));
    await this.withStore((store) => createUser(store, { name, password, administrator: this.administrator }));
    this.print(`user ${name} added`);
  }
}

export class UserPasswordCommand extends UserCommand {
  static override paths = [["daemon", "user", "password"]];
  static override usage = Command.Usage({
    category: "Console",
    description: "set a user's password; the user's sessions end",
    examples: [["A forgotten administrator's password", "$0 daemon user password admin"]],
  });
  name = Option.String();
  passwordFile = Option.String("--password-file", passwordFile);

  async execute(): Promise<void> {
    const { setPassword } = await import("../../src/store/user.ts");
    const { removeSessionsOf } = await import("../../src/store/session.ts");
    const { hashPassword } = await import("../../src/system/password.ts");
    const password = await hashPassword(await readNewPassword(this.passwordFile));
    await this.withStore(async (store) => {
      await setPassword(store, this.name, password);
      await removeSessionsOf(store, this.name.toLowerCase());
    });
    this.print(`password of ${this.name} set`);
  }
}

export class UserListCommand extends UserCommand {
  static override paths = [["daemon", "user", "list"]];
  static override usage = Command.Usage({ category: "Console", description: "list the users of the console" });
  json = Option.Boolean("--json", false, { description: "print JSON" });

  async execute(): Promise<void> {
    const { listUsers } = await import("../../src/store/user.ts");
    const users = await this.withStore(listUsers);
    if (this.json) this.printJson(users);
    for (const { name, administrator, disabled } of this.json ? [] : users) {
      this.print([name, administrator ? "administrator" : "user", disabled ? "disabled" : ""].join("\t").trimEnd());
    }
  }
}

export class UserRemoveCommand extends UserCommand {
  static override paths = [["daemon", "user", "remove"]];
  static override usage = Command.Usage({ category: "Console", description: "remove a user and end its sessions" });
  name = Option.String();

  async execute(): Promise<void> {
    const { removeUser } = await import("../../src/store/user.ts");
    await this.withStore((store) => removeUser(store, this.name));
    this.print(`user ${this.name} removed`);
  }
}
