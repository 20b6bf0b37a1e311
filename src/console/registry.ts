/**
 * The one table of built-in modules. The daemon imports declarations and pages, the module process the commands; each
 * half is loaded where it is used.
 */
import { directory } from "./directory/declaration.ts";
import { interfaces } from "./interfaces/declaration.ts";
import { inventory } from "./inventory/declaration.ts";
import type { CommandContext, ModuleDeclaration } from "./module.ts";
import { network } from "./network/declaration.ts";
import type { Page } from "./page.ts";

export type AnyCommand = (options: never, context: CommandContext) => unknown;

export interface BuiltinModule {
  declaration: ModuleDeclaration;
  commands: () => Promise<Record<string, AnyCommand>>;
  pages: () => Promise<Page[]>;
}

export const builtinModules: BuiltinModule[] = [
  {
    declaration: inventory,
    commands: async () => (await import("./inventory/commands.ts")).commands,
    pages: async () => (await import("./inventory/pages.tsx")).pages,
  },
  {
    declaration: network,
    commands: async () => (await import("./network/commands.ts")).commands,
    pages: async () => (await import("./network/pages.tsx")).pages,
  },
  {
    declaration: directory,
    commands: async () => (await import("./directory/commands.ts")).commands,
    pages: async () => (await import("./directory/pages.tsx")).pages,
  },
  {
    declaration: interfaces,
    commands: async () => (await import("./interfaces/commands.ts")).commands,
    pages: async () => (await import("./interfaces/pages.tsx")).pages,
  },
];
