/** Finds a module's declaration and functions: built-in, or a TypeScript file of this site. */
import { z } from "zod";
import { declareModule, type ModuleDeclaration } from "../console/module.ts";
import { type AnyCommand, builtinModules } from "../console/registry.ts";
import { Problem } from "../problem.ts";
import { provideModule } from "../system/plugin.ts";
import { refuseForeignFile } from "../system/trusted-file.ts";
import * as siteApi from "./site.ts";

export interface LoadedModule {
  declaration: ModuleDeclaration;
  commands: Record<string, AnyCommand>;
}

/**
 * @param file absolute path of a site's module; absent for a built-in one
 * @throws Problem `not-found`, or `module-start` with the reason why the file cannot be used
 */
export async function loadModule(id: string, file?: string): Promise<LoadedModule> {
  if (file !== undefined) return loadSiteModule(id, file);
  const found = builtinModules.find(({ declaration }) => declaration.id === id);
  if (!found) throw new Problem("not-found", `there is no module ${id}`);
  return { declaration: found.declaration, commands: await found.commands() };
}

async function loadSiteModule(id: string, file: string): Promise<LoadedModule> {
  refuseForeignFile(file, "module-start");
  provideModule("@reeve/module", { ...siteApi });
  let exported: { default?: siteApi.SiteModule };
  try {
    exported = await import(file);
  } catch (cause) {
    throw new Problem("module-start", `${file} cannot be loaded: ${(cause as Error).message}`, { cause });
  }
  const module = exported.default;
  const shape = moduleShape.safeParse(module);
  if (!shape.success || !module) {
    const [issue] = shape.error?.issues ?? [];
    throw new Problem("module-start", `${file}: ${issue?.path.join(".") ?? "default export"}: ${issue?.message}`);
  }
  if (module.id !== id) throw new Problem("module-start", `${file}: its id is ${module.id}, its file name says ${id}`);
  const commands = Object.entries(module.commands).map(([name, { run }]): [string, AnyCommand] => [
    name,
    run as AnyCommand,
  ]);
  return { declaration: declareModule(module), commands: Object.fromEntries(commands) };
}

const functionShape = z.custom<AnyCommand>((value) => typeof value === "function", "expected a function");

const moduleShape = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  name: z.string().min(1),
  summary: z.string(),
  icon: z.string(),
  categories: z.array(z.string()),
  commands: z.record(
    z.string().regex(/^[\w/-]{1,64}$/),
    z.object({
      summary: z.string(),
      access: z.enum(["user", "administrator"]),
      options: z.custom((value) => value instanceof z.ZodType, "expected a schema made with z of @reeve/module"),
      run: functionShape,
    }),
  ),
});
