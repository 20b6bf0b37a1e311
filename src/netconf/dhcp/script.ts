/**
 * What a client runs as its script: a few lines of shell, which ask the running Reeve by themselves (`hook-pipes`) and run
 * the program where there is none, or where it wants that. They are also what AppArmor's profile of Debian lets dhclient
 * run, under a name that it knows. They answer PREINIT at once where no Reeve runs, which is all that waits for it, and their
 * exit code is a conflict or nothing: dhclient declines a lease for anything else that goes wrong, too.
 */
import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Problem } from "../../problem.ts";
import { installedCommand } from "../../process/self.ts";
import { declined } from "./hook.ts";
import { hookPipes, hookVariables } from "./hook-variables.ts";
import { dhclientConfined } from "./suppliers.ts";

const mark = "# Reeve's script for DHCP clients.";
/** The one place of a site's own that Debian's AppArmor profile knows. */
export const confinedScript = "/etc/dhcp/dhclient-script";
const name = "reeve-dhcp-hook";

/**
 * Text of the script; a client that Reeve did not start gets what it would have got. No pipe's opening can block: one that
 * is opened for both never does, and by way of it the same is opened for reading. A failure of `command exec` ends no shell.
 * @param command words that run the hook where nobody answers by the pipes
 */
export function scriptText(command: readonly string[]): string {
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const { socket, interface: iface, family } = hookVariables;
  const client = `$${iface}.$${family}`;
  return `#!/bin/sh
${mark} For others it is what they would run without it.
[ -n "$${socket}" ] || exec /sbin/dhclient-script
case "$reason" in PREINIT | PREINIT6) [ -S "$${socket}" ] || exit 0 ;; esac
ask="${hookPipes.ask(`$${socket}`)}" answer="${hookPipes.answer(`$${socket}`, client)}"
if [ -p "$ask" ] && [ -p "$answer" ] && command exec 7<>"$answer" 6</proc/self/fd/7 7>&- 8<>"$ask"; then
  printf '%s %s\n' $$ "${client}" >&8
  while read -r line <&6; do
    case "$line" in "$$ 0") exit 0 ;; "$$ ${declined}") exit ${declined} ;; esac
  done
  exec 6<&- 8<&-
fi
${words} netconf dhcp-hook
[ $? -eq ${declined} ] && exit ${declined}
exit 0
`;
}

/**
 * Path of the script to give to clients. It outlives us, as they do.
 * @param setting `netconf.dhcp.script`
 * @param folder for the script
 * @param run folder for a link to the installed program, where nothing else can be run of either
 * @throws Problem `config` where AppArmor lets dhclient run nothing that we have, `io`
 */
export function hookScript(setting: string, folder: string, run: string): string {
  if (setting !== "") return setting;
  if (isOurs(confinedScript)) return confinedScript;
  if (dhclientConfined()) {
    const text = `AppArmor lets dhclient run no other script than ${confinedScript}, which is not Reeve's`;
    throw new Problem("config", text);
  }
  const command = installedCommand([]);
  const [program = "", ...words] = command;
  const path = written(folder, scriptText(command));
  if (path !== undefined) return path;
  if (words.length > 0) throw new Problem("io", `no script can be run in ${folder}, and sources cannot be linked to`);
  return linked(run, program);
}

/** Undefined: it cannot be, or could not be run there (noexec). */
function written(folder: string, text: string): string | undefined {
  const path = join(folder, name);
  try {
    if (!lstatSync(path, { throwIfNoEntry: false })?.isFile() || readFileSync(path, "utf8") !== text) {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      const beside = `${path}.${process.pid}`;
      rmSync(beside, { force: true });
      writeFileSync(beside, text, { mode: 0o755 });
      renameSync(beside, path);
    }
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** Programs can be run by a link wherever it is. */
function linked(folder: string, program: string): string {
  const path = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there?.isSymbolicLink() && readlinkSync(path) === program) return path;
    const beside = `${path}.${process.pid}`;
    rmSync(beside, { force: true });
    symlinkSync(program, beside);
    renameSync(beside, path);
    return path;
  } catch (cause) {
    throw new Problem("io", `cannot make ${path}: ${(cause as Error).message}`, { cause });
  }
}

function isOurs(path: string): boolean {
  try {
    return readFileSync(path, "utf8").includes(mark);
  } catch {
    return false; // there is none
  }
}
