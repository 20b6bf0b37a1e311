/** What a module of a site imports from `@reeve/module`. */
import type { z } from "zod";
import type { CommandContext, CommandDeclaration, ModuleDeclaration } from "../console/module.ts";

export { z } from "zod";
export { Problem } from "../problem.ts";

export interface SiteCommand<Schema extends z.ZodType = z.ZodType> extends CommandDeclaration<Schema> {
  run(options: z.output<Schema>, context: CommandContext): unknown;
}

/** A declaration whose commands carry their function. */
export interface SiteModule extends Omit<ModuleDeclaration, "commands"> {
  commands: Record<string, SiteCommand>;
}

/** One command; the type of `run`'s options comes from its schema. */
export function defineCommand<Schema extends z.ZodType>(command: SiteCommand<Schema>): SiteCommand {
  return command as unknown as SiteCommand;
}

/** A module: the default export of a file whose name is its id. */
export function defineModule(module: SiteModule): SiteModule {
  return module;
}
