/**
 * Stages of this site: the files of `backend.actionsFolder`, TypeScript or JavaScript, each with stages as its default
 * export:
 *
 *     export default [{
 *       action: "discover", name: "asset-tag", phase: "user", help: "asset tag from our own MIB", needs: ["system"],
 *       objects: () => ["1.3.6.1.4.1.99999.1.1.0"],
 *       async run(context, state) { … state.tables.value("1.3.6.1.4.1.99999.1.1.0") … },
 *     }];
 *
 * They run in every phase but `check` says no for all; `user` comes after all of ours that read, and before the store.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Problem } from "../problem.ts";
import { refuseForeignFile } from "../system/trusted-file.ts";
import { phases, type Stage } from "./action.ts";

const shape = z.array(
  z.object({
    action: z.string(),
    name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
    phase: z.enum(phases),
    help: z.string(),
    needs: z.array(z.string()).optional(),
    objects: z.custom((value) => value === undefined || typeof value === "function", "expected a function").optional(),
    run: z.custom((value) => typeof value === "function", "expected a function"),
  }),
);

/** By action. */
export type SiteStages = ReadonlyMap<string, readonly Stage<unknown>[]>;

/**
 * @param known whether there is such an action
 * @throws Problem `config` that names the file and what is wrong with it
 */
export async function loadSiteStages(folder: string, known: (action: string) => boolean): Promise<SiteStages> {
  const found = new Map<string, Stage<unknown>[]>();
  if (folder === "") return found;
  // Standard output is the command's, which may print JSON there.
  console.log = console.info = console.debug = console.error;
  for (const name of filesOf(folder)) {
    const file = join(folder, name);
    refuseForeignFile(file, "config");
    for (const { action, ...stage } of await stagesOf(file)) {
      if (!known(action)) throw new Problem("config", `${file}: there is no action ${action}`);
      found.set(action, [...(found.get(action) ?? []), stage as Stage<unknown>]);
    }
  }
  return found;
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[^.].*\.[jt]s$/.test(name))
      .sort();
  } catch (cause) {
    throw new Problem("config", `backend.actionsFolder: ${folder} cannot be read`, { cause });
  }
}

async function stagesOf(file: string): Promise<z.output<typeof shape>> {
  let exported: { default?: unknown };
  try {
    exported = await import(file);
  } catch (cause) {
    throw new Problem("config", `${file} cannot be loaded: ${(cause as Error).message}`, { cause });
  }
  const read = shape.safeParse(exported.default);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Problem("config", `${file}: ${issue?.path.join(".") || "default export"}: ${issue?.message}`);
}
