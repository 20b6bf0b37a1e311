/** The handlers of this listener: those of the folders and those that are part of Reeve, each with its queue. */
import { join } from "node:path";
import type { Settings } from "../config/keys.ts";
import { logger } from "../log.ts";
import type { Dispatcher } from "./dispatch.ts";
import { HandlerProcess } from "./handler.ts";
import { shippedFile } from "./handler-file.ts";
import { HandlerFolders } from "./handler-folder.ts";
import type { ToHandler } from "./wire.ts";

export interface RosterOptions {
  settings: Settings;
  dispatcher: Dispatcher;
  /** The directory's suffix, for what a shipped handler stores. */
  source: string;
  /** What Python modules are told. */
  directory: NonNullable<Extract<ToHandler, { type: "start" }>["directory"]>;
  bindPassword: () => string;
  /** Handlers that another listener has told of everything already. */
  adopted: ReadonlySet<string>;
  /** Attributes that handlers need have become others. */
  onNeeds(types: string[]): void;
}

export class Roster {
  readonly #options: RosterOptions;
  readonly #log = logger("listener");
  readonly #shipped: HandlerProcess[];
  readonly #folders: HandlerFolders;
  /** Those that have a queue. */
  readonly #attached = new Set<HandlerProcess>();
  readonly #leaving = new Map<string, Promise<void>>();

  /** @throws Problem `config`: a folder cannot be read, or others may write to it */
  constructor(options: RosterOptions) {
    this.#options = options;
    const { settings, source, directory, bindPassword } = options;
    const database = { url: settings.database, passwordFile: settings.databasePasswordFile || undefined };
    this.#folders = new HandlerFolders({
      folders: settings["listener.handlers"],
      optionsOf: (stem) => ({ settings: settings["listener.settings"][stem] ?? {}, directory, bindPassword }),
      events: {
        added: (handler) => void this.#attach(handler),
        removed: (handler) => this.#detach(handler),
      },
    });
    this.#shipped = Object.entries(settings["listener.shipped"]).map(
      ([name, own]) => new HandlerProcess(shippedFile(name), { settings: own, shipped: { source, database } }),
    );
  }

  /** Resolves when each handler serves or is out of service, and has its queue. */
  async open(): Promise<void> {
    await Promise.all(this.#shipped.map((handler) => handler.settled));
    await Promise.all(this.#shipped.map((handler) => this.#attach(handler)));
    await this.#folders.open();
    this.needsChanged();
  }

  get handlers(): readonly HandlerProcess[] {
    return [...this.#shipped, ...this.#folders.handlers];
  }

  /** After a declaration has been read anew, or a handler is forgotten. */
  needsChanged(): void {
    const types = [...this.#attached].flatMap(({ declaration }) => declaration.needs);
    this.#options.onNeeds([...new Set(types.map((type) => type.toLowerCase()))].sort());
  }

  async close(): Promise<void> {
    await this.#folders.close();
    await Promise.all(this.#shipped.map((handler) => handler.stop()));
  }

  async #attach(handler: HandlerProcess): Promise<void> {
    // Its forerunner of that name may still be at its last call.
    await this.#leaving.get(handler.name);
    const { dispatcher, adopted } = this.#options;
    this.#attached.add(handler);
    try {
      dispatcher.attach(handler, { adopt: adopted.has(handler.name) });
    } catch (error) {
      this.#attached.delete(handler);
      this.#log.error("a handler cannot be used", { handler: handler.name, file: handler.file.file, error });
      await handler.refuse((error as Error).message);
    }
  }

  #detach(handler: HandlerProcess): void {
    if (!this.#attached.delete(handler)) return;
    const { name } = handler;
    const left = this.#options.dispatcher
      .detach(name)
      .catch((error) => this.#log.error("a handler could not be taken out", { handler: name, error }))
      .finally(() => this.#leaving.delete(name));
    this.#leaving.set(name, left);
    this.needsChanged();
  }
}

/** The file that stands in for the registry of Python modules. */
export function registryOf(folder: string): string {
  return join(folder, "registry.conf");
}
