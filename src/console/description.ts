/** A module as plain data: how a module process tells the daemon what it is. */
import { z } from "zod";
import type { CommandDeclaration, ModuleDeclaration } from "./module.ts";

export type JsonSchema = Record<string, unknown>;

export interface CommandDescription extends Omit<CommandDeclaration, "options"> {
  options: JsonSchema;
}

export interface ModuleDescription extends Omit<ModuleDeclaration, "commands"> {
  commands: Record<string, CommandDescription>;
}

export function describeModule(declaration: ModuleDeclaration): ModuleDescription {
  const { commands, ...rest } = declaration;
  const described = Object.entries(commands).map(([name, { options, ...command }]): [string, CommandDescription] => [
    name,
    { ...command, options: z.toJSONSchema(options, { io: "input", unrepresentable: "any" }) as JsonSchema },
  ]);
  return { ...rest, commands: Object.fromEntries(described) };
}

/**
 * The declaration a module process described. Its schemas serve forms and documentation; the process itself validates.
 */
export function declarationOf(description: ModuleDescription): ModuleDeclaration {
  const { commands, ...rest } = description;
  const declared = Object.entries(commands).map(([name, { options, ...command }]): [string, CommandDeclaration] => [
    name,
    { ...command, options: z.fromJSONSchema(options as Parameters<typeof z.fromJSONSchema>[0]) },
  ]);
  return { ...rest, commands: Object.fromEntries(declared) };
}
