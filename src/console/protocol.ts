/** What the daemon and a module process tell each other beside UMCP itself. */
import type { ModuleDescription } from "./description.ts";

/** Configuration of a module process. */
export interface ModuleStart {
  module: string;
  /** A site's file; absent for a built-in module. */
  file?: string;
  /** Where to listen: a Unix socket, or a port of the loopback with the token that its peer must give. */
  listen: { unix: string } | { port: number; token: string };
  /** Seconds without work until the process ends. */
  idle: number;
  locale: string;
  /** Folder of the services' sockets. */
  run: string;
  database: { url: string; passwordFile?: string };
  /** True: the module says with its ready what it is. */
  describe?: boolean;
}

/** What a module process says when it is ready. */
export interface ModuleReady {
  description?: ModuleDescription;
  port?: number;
}

/** `context` of a COMMAND's body: who asks, as the daemon vouches for it. */
export interface AskerContext {
  user: string;
  administrator: boolean;
  /** Hash of the session's id. */
  session: string;
  /** See `CommandContext`. */
  address: string;
  locale?: string;
}

/** A module's note to the daemon: no work for a while. The daemon ends it, unless it has just sent some. */
export const idleNote = "idle";
