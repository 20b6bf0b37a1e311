/**
 * What a console module is. A module is declared once (id, name, commands with their option schemas); the declaration
 * is shared by the daemon, which checks permissions and draws forms from it, and by the module process, which validates
 * options and runs the functions. A built-in module is a folder of three files: `declaration.ts`, `commands.ts` (run by
 * the module process; may import the store) and `pages.tsx` (run by the daemon; may not).
 */
import type { z } from "zod";
import type { Logger } from "../log.ts";
import type { RunOptions, RunResult } from "../process/run.ts";
import type { Store } from "../store/database.ts";

export interface CommandDeclaration<Schema extends z.ZodType = z.ZodType> {
  /** One line: what it does. */
  summary: string;
  /** The options' schema: validation, form, command-line flags and documentation come from it. */
  options: Schema;
  /** Who may call it: any user who is logged in, or administrators only. */
  access: "user" | "administrator";
  /** True: it changes something, so it wants POST and leaves a row in the audit table. */
  changes?: boolean;
  /** True: GET on `/command/…` is allowed. Never together with `changes`. */
  get?: boolean;
}

export interface ModuleDeclaration {
  /** First part of every command path: `inventory` in `inventory/query`. */
  id: string;
  name: string;
  summary: string;
  /** Name of an icon of the sprite (src/console/icons.tsx). */
  icon: string;
  /** Ids of `categories`, in which the tile is shown. */
  categories: CategoryId[];
  /** Where the tile leads; absent: a page of forms made from the schemas. */
  home?: string;
  /** Where its pages are that do not lie below `home`. */
  also?: string;
  /** One process over all sessions, for a module that needs no identity of its own. */
  singleton?: boolean;
  commands: Record<string, CommandDeclaration>;
}

export const categories = [
  { id: "machines", name: "Machines", icon: "server" },
  { id: "network", name: "Network", icon: "network" },
  { id: "people", name: "People", icon: "people" },
  { id: "system", name: "System", icon: "gear" },
] as const;
export type CategoryId = (typeof categories)[number]["id"];

/** Keeps the literal types of a declaration, so that `Commands` can check the functions against the schemas. */
export function declareModule<const Declaration extends ModuleDeclaration>(declaration: Declaration): Declaration {
  return declaration;
}

/** Who asks, and what the work may use. */
export interface CommandContext {
  user: { name: string; administrator: boolean };
  /** Hash of the session's id, not the id. */
  session: string;
  /** Of the asker's host; `uid 1000` over the local socket, "" where nobody has told. */
  address: string;
  locale: string;
  flavor: string | undefined;
  /** Aborts when the asker cancels, goes away or logs out, and when the process must end. */
  signal: AbortSignal;
  /** Sends one partial result (UMCP 206) to the asker. */
  progress(partial: unknown): void;
  /** Folder of the sockets by which Reeve's other services on this host are spoken to (`run` of the configuration). */
  sockets: string;
  /** Runs an external program; ends with `signal`. */
  run(command: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** The database, opened at the first call. */
  store(): Promise<Store>;
  log: Logger;
}

/** The functions of a declared module: one for each command, its options already validated. */
export type Commands<Declaration extends ModuleDeclaration> = {
  [Name in keyof Declaration["commands"]]: (
    options: z.output<Declaration["commands"][Name]["options"]>,
    context: CommandContext,
  ) => unknown;
};
