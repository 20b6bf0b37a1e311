import { Command, Option } from "clipanion";
import type { Store } from "../../src/store/database.ts";
import { ReeveCommand } from "../command.ts";
import { readNewPassword } from "../password.ts";

abstract class UserCommand extends ReeveCommand {
  state = Option.String("--state", { description: "folder of data" });
  database = Option.String("--database", { description: "postgres://USER@HOST/NAME, or path of an SQLite file" });

  /** @param action leaves a row in the audit table about `subject` once the work is done */
  protected async withStore<Result>(work: (store: Store) => Promise<Result>, action?: string, subject = "") {
    const uid = process.getuid?.() ?? 0;
    const { appendAudit } = await import("../../src/store/audit.ts");
    const { openConfiguredStore } = await import("../store.ts");
    const store = await openConfiguredStore(await this.settings({ state: this.state, database: this.database }));
    try {
      const result = await work(store);
      const user = uid === 0 ? "root" : `uid-${uid}`;
      const row = { time: Date.now(), user, address: "command line", session: "", outcome: "ok", status: 200 } as const;
      if (action !== undefined) await appendAudit(store, { ...row, action, subject });
      return result;
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
    const user = { name, password, administrator: this.administrator };
    await this.withStore((store) => createUser(store, user), "user add", name);
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
    const { clearFailures } = await import("../../src/store/login-failure.ts");
    const { hashPassword } = await import("../../src/system/password.ts");
    const password = await hashPassword(await readNewPassword(this.passwordFile));
    const name = this.name.toLowerCase();
    await this.withStore(
      async (store) => {
        await setPassword(store, name, password);
        await removeSessionsOf(store, name);
        // Whoever guessed at the old one does not keep the new one's owner waiting.
        await clearFailures(store, `user:${name}`);
      },
      "user password",
      name,
    );
    if (this.name.toLowerCase() === "admin") {
      const { rmSync } = await import("node:fs");
      const { passwordFileOf } = await import("../../src/daemon/first-user.ts");
      rmSync(passwordFileOf((await this.settings({ state: this.state })).state), { force: true });
    }
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
    const { listUsers, removeUser } = await import("../../src/store/user.ts");
    const { Problem } = await import("../../src/problem.ts");
    const remove = (store: Store) =>
      store.transaction(async (transaction) => {
        const left = (await listUsers(transaction)).filter(({ name }) => name !== this.name.toLowerCase());
        if (!left.some(({ administrator, disabled }) => administrator && !disabled)) {
          throw new Problem("conflict", `${this.name} is the last administrator; add another one first`);
        }
        await removeUser(transaction, this.name);
      });
    await this.withStore(remove, "user remove", this.name.toLowerCase());
    this.print(`user ${this.name} removed`);
  }
}
