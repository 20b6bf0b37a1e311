/** The folders of handlers (`-m`): a process for each file, started anew when its file changes, gone when it is gone. */
import { type FSWatcher, watch } from "node:fs";
import { logger } from "../log.ts";
import { refuseForeignFile } from "../system/trusted-file.ts";
import { type HandlerOptions, HandlerProcess } from "./handler.ts";
import { type HandlerFile, handlerFiles } from "./handler-file.ts";

export interface FolderEvents {
  /** A handler that serves or is out of service, with a name that no other has. */
  added(worker: HandlerProcess): void;
  /** Its process has ended, its file is gone or calls itself something else. */
  removed(worker: HandlerProcess): void;
}

export interface FolderOptions {
  /** Absolute paths; where two files say the same name, the first one has it. */
  folders: readonly string[];
  optionsOf(stem: string): Omit<HandlerOptions, "onRenamed" | "shipped">;
  events: FolderEvents;
}

/** Milliseconds without a change in a folder before it is looked at: who writes a file is done by then. */
const settling = 200;
/** Milliseconds that a new handler gets before others are not kept waiting for it. */
const patience = 10_000;
/** Milliseconds between looks that no event asked for: a network's file system gives none. */
const interval = 30_000;

export class HandlerFolders {
  readonly #options: FolderOptions;
  readonly #log = logger("listener");
  readonly #handlers = new Map<string, HandlerProcess>();
  readonly #told = new Set<HandlerProcess>();
  readonly #leaving = new Set<HandlerProcess>();
  /** Out of service for a name that another has. */
  readonly #doubles = new Set<HandlerProcess>();
  readonly #watchers: FSWatcher[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> = Promise.resolve();
  #telling: Promise<void> = Promise.resolve();
  #closed = false;

  /** @throws Problem `config`: a folder cannot be read, or others may write to it */
  constructor(options: FolderOptions) {
    this.#options = options;
    for (const folder of options.folders) {
      handlerFiles(folder);
      refuseForeignFile(folder, "config");
    }
  }

  /** Resolves when each handler serves or is out of service, or takes so long that it will be told of later. */
  async open(): Promise<void> {
    // Before the first look: what changes after it is seen.
    for (const folder of this.#options.folders) {
      const watcher = watch(folder, () => this.#soon(settling));
      watcher.on("error", (error) => this.#log.warning("a folder of handlers is not watched", { folder, error }));
      this.#watchers.push(watcher);
    }
    await this.look();
    await this.#telling;
  }

  /** In the order of their files. */
  get handlers(): readonly HandlerProcess[] {
    return [...this.#handlers.values()];
  }

  /** Looks for files that are new, changed or gone. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
    await this.#looking;
    await Promise.all([...this.handlers, ...this.#leaving].map((handler) => handler.stop()));
  }

  #soon(milliseconds: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(), milliseconds);
  }

  async #look(): Promise<void> {
    if (this.#closed) return;
    const found = new Map(this.#files().map((file) => [file.file, file]));
    // Not waited for: a last call of one keeps the others from nothing.
    for (const [path, handler] of this.#handlers) if (!found.has(path)) void this.#remove(handler);
    for (const file of found.values()) {
      const handler = this.#handlers.get(file.file);
      if (!handler) this.#add(file);
      else if (handler.file.signature !== file.signature) {
        handler.file.signature = file.signature;
        this.#log.info("a handler's file has changed", { handler: handler.name, file: file.file });
        if (this.#told.has(handler)) handler.restart();
        else await this.#replace(handler, file);
      }
    }
    this.#soon(interval);
  }

  #files(): HandlerFile[] {
    return this.#options.folders.flatMap((folder) => {
      try {
        return handlerFiles(folder);
      } catch (error) {
        // Not to be taken for a folder without files: a mount that comes late is no reason to stop its handlers.
        this.#log.warning("a folder of handlers cannot be read now", { folder, error });
        return this.handlers.map(({ file }) => file).filter((file) => file.folder === folder);
      }
    });
  }

  #add(file: HandlerFile): void {
    const handler: HandlerProcess = new HandlerProcess(file, {
      ...this.#options.optionsOf(file.stem),
      onRenamed: () => void this.#replace(handler, file),
    });
    this.#handlers.set(file.file, handler);
    // In the order of the files, or chance decides who has a name; but one that is never ready keeps nobody waiting.
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, patience);
    this.#telling = this.#telling
      .then(() => Promise.race([handler.settled.then(() => this.#tell(handler)), late.promise]))
      .then(() => clearTimeout(timer));
  }

  async #tell(handler: HandlerProcess): Promise<void> {
    if (this.#closed || this.#handlers.get(handler.file.file) !== handler) return;
    const other = [...this.#told].find(({ name }) => name === handler.name);
    if (other) {
      this.#doubles.add(handler);
      await handler.refuse(`${other.file.file} has the name ${handler.name} already`);
      this.#log.error("two handlers have one name", { handler: handler.name, file: handler.file.file });
      return;
    }
    this.#told.add(handler);
    this.#options.events.added(handler);
  }

  async #remove(handler: HandlerProcess): Promise<void> {
    this.#handlers.delete(handler.file.file);
    this.#leaving.add(handler);
    await handler.stop();
    this.#leaving.delete(handler);
    this.#doubles.delete(handler);
    if (!this.#told.delete(handler)) return;
    this.#options.events.removed(handler);
    const heir = [...this.#doubles].find(({ name }) => name === handler.name);
    if (heir) await this.#replace(heir, heir.file);
  }

  async #replace(handler: HandlerProcess, file: HandlerFile): Promise<void> {
    await this.#remove(handler);
    if (!this.#closed) this.#add(file);
  }
}
