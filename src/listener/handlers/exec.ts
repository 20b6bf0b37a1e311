/**
 * Runs a command for every change: the `ChangeText` as JSON on standard input, operation, DN and id in the environment.
 * Exit code 0: done; 75 (EX_TEMPFAIL): later, with everything that follows; any other: this change failed.
 */
import { Problem } from "../../problem.ts";
import { run } from "../../process/run.ts";
import { type Configuration, type Entry, Handler, Unavailable } from "../handler-api.ts";
import { changeText, type Operation } from "./change-text.ts";
import { configured, type ShippedStart } from "./shipped.ts";

/** Seconds the command may take. */
const deadline = 60;
const temporary = 75;

class Exec extends Handler {
  readonly configuration: Configuration;
  readonly command: string[];

  constructor(start: ShippedStart) {
    super();
    this.command = start.settings.command ?? [];
    if (!this.command[0]?.startsWith("/")) throw new Problem("config", "command: the program wants an absolute path");
    this.configuration = {
      description: `runs ${this.command[0]}`,
      timeout: deadline + 10,
      ...configured(start, "(objectClass=*)"),
    };
  }

  override create(_dn: string, now: Entry) {
    return this.#run("create", {}, now);
  }

  override modify(_dn: string, old: Entry, now: Entry) {
    return this.#run("modify", old, now);
  }

  override remove(_dn: string, old: Entry) {
    return this.#run("remove", old, {});
  }

  async #run(operation: Operation, old: Entry, now: Entry): Promise<void> {
    const { change } = this;
    if (!change) return;
    const { status, signal, stdout, stderr } = await run(this.command, {
      stdin: JSON.stringify(changeText(change, operation, old, now)),
      env: { REEVE_OPERATION: operation, REEVE_DN: change.dn, REEVE_CHANGE: change.id },
      timeout: deadline * 1000,
      maxOutput: 64 * 1024,
      onOverflow: "truncate",
    });
    if (stdout.trim() !== "") console.log(stdout.trimEnd());
    if (status === 0) return;
    const how = signal ? `ended by ${signal}` : `exit code ${status}`;
    const text = `${this.command[0]}: ${how}${stderr.trim() ? `: ${stderr.trim().slice(-2000)}` : ""}`;
    throw status === temporary ? new Unavailable(text) : new Error(text);
  }
}

export const exec = (start: ShippedStart): Handler => new Exec(start);
