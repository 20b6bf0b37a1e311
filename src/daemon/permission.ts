/** Who may call what. Deny by default: what a declaration does not open stays closed. */
import type { CommandDeclaration, ModuleDeclaration } from "../console/module.ts";
import { Problem } from "../problem.ts";
import type { User } from "./session.ts";

export function mayCall(user: User, command: Pick<CommandDeclaration, "access">): boolean {
  return command.access === "user" || (command.access === "administrator" && user.administrator);
}

/** @throws Problem `forbidden` */
export function refuseUnlessAllowed(user: User, path: string, command: CommandDeclaration): void {
  if (!mayCall(user, command)) throw new Problem("forbidden", `${user.name} may not call ${path}`);
}

/** The modules of which a user may call at least one command. */
export function visibleModules<Module extends ModuleDeclaration>(user: User, modules: Module[]): Module[] {
  return modules.filter((module) => Object.values(module.commands).some((command) => mayCall(user, command)));
}
