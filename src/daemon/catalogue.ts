/** The modules this console has: the built-in ones, and the files of `modules.folder`. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { declarationOf } from "../console/description.ts";
import type { CommandDeclaration, ModuleDeclaration } from "../console/module.ts";
import type { ModuleReady, ModuleStart } from "../console/protocol.ts";
import { builtinModules } from "../console/registry.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { startChild } from "../process/child.ts";
import { childStart } from "../process/service.ts";

export interface CatalogueEntry extends ModuleDeclaration {
  /** A site's file; absent for a built-in module. */
  file?: string;
}

export class Catalogue {
  readonly #entries = new Map<string, CatalogueEntry>();

  constructor() {
    for (const { declaration } of builtinModules) this.#entries.set(declaration.id, declaration);
  }

  /**
   * Adds the modules of a site. Each file is asked what it is in a process of its own: its code never runs in the
   * daemon. A file that cannot be used is logged and left out.
   */
  async addSite(
    folder: string,
    start: Omit<ModuleStart, "module" | "file" | "listen">,
    sockets: string,
    signal: AbortSignal,
  ): Promise<void> {
    if (!existsSync(folder)) throw new Problem("config", `modules.folder: there is no folder ${folder}`);
    const files = readdirSync(folder).filter((name) => /^[a-z][a-z0-9-]*\.(ts|js|mjs)$/.test(name));
    for (const name of files.sort()) {
      if (signal.aborted) return;
      const file = join(folder, name);
      const id = name.replace(/\.\w+$/, "");
      if (this.#entries.has(id)) {
        logger("modules").error("two modules have one id; this file is left out", { file, id });
        continue;
      }
      try {
        const unix = join(sockets, `describe-${id}.sock`);
        const child = await startChild(["module", "-m", id], {
          start: childStart({ ...start, module: id, file, listen: { unix }, describe: true } satisfies ModuleStart),
          signal,
        });
        await child.stop(1000);
        const { description } = child.ready as ModuleReady;
        if (description) this.#entries.set(id, { ...declarationOf(description), file });
      } catch (error) {
        if (signal.aborted) return;
        logger("modules").error("a module of this site cannot be used", { file, error });
      }
    }
  }

  modules(): CatalogueEntry[] {
    return [...this.#entries.values()];
  }

  /**
   * Module and command of a path such as `inventory/query`.
   * @throws Problem `unknown-command`
   */
  find(path: string): { module: CatalogueEntry; command: CommandDeclaration } {
    const slash = path.indexOf("/");
    const module = this.#entries.get(path.slice(0, slash));
    const name = path.slice(slash + 1);
    const command = module && Object.hasOwn(module.commands, name) ? module.commands[name] : undefined;
    if (slash < 1 || !module || !command)
      throw new Problem("unknown-command", `no module has the command ${printable(path)}`);
    return { module, command };
  }
}

function printable(path: string): string {
  return path.replace(/[^\w/.-]/g, "?").slice(0, 80);
}
