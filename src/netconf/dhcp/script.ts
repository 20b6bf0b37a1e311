/**
 * The program that a client runs as its script. AppArmor's profile of Debian lets dhclient run /etc/dhcp/dhclient-script
 * and nothing of ours: there a script of a few lines stands before the hook. It answers PREINIT by itself where no Reeve
 * runs, which is all that waits for it, and its exit code is a conflict or nothing: dhclient declines a lease for anything
 * else that goes wrong, too.
 */
import {
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
import { hookVariables } from "./hook-variables.ts";
import { dhclientConfined } from "./suppliers.ts";

const mark = "# Reeve's script for DHCP clients.";
/** The one place of a site's own that Debian's AppArmor profile knows. */
export const confinedScript = "/etc/dhcp/dhclient-script";

/**
 * Text of the script; a client that Reeve did not start gets what it would have got.
 * @param command words that run the hook where the client names no program for it
 */
export function scriptText(command: readonly string[]): string {
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const { socket } = hookVariables;
  return `#!/bin/sh
${mark} For others it is what they would run without it.
[ -n "$${socket}" ] || exec /sbin/dhclient-script
case "$reason" in PREINIT | PREINIT6) [ -S "$${socket}" ] || exit 0 ;; esac
${words} netconf dhcp-hook
[ $? -eq ${declined} ] && exit ${declined}
exit 0
`;
}

/**
 * Path of the script to give to clients.
 * @param setting `netconf.dhcp.script`
 * @param folder of the run folder, for a link to the installed program (where the folder is mounted noexec, too)
 * @throws Problem `config` where AppArmor lets dhclient run nothing that we have, `io`
 */
export function hookScript(setting: string, folder: string): string {
  if (setting !== "") return setting;
  if (isOurs(confinedScript)) return confinedScript;
  if (dhclientConfined()) {
    const text = `AppArmor lets dhclient run no other script than ${confinedScript}, which is not Reeve's`;
    throw new Problem("config", text);
  }
  const [program = "", ...words] = installedCommand([]);
  const path = join(folder, "reeve-dhcp-hook");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    if (words.length === 0) link(program, path);
    else write(scriptText([program, ...words]), path);
  } catch (cause) {
    throw new Problem("io", `cannot make ${path}: ${(cause as Error).message}`, { cause });
  }
  return path;
}

function isOurs(path: string): boolean {
  try {
    return readFileSync(path, "utf8").includes(mark);
  } catch {
    return false; // there is none
  }
}

function link(program: string, path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && readlinkSync(path) === program) return;
  const beside = `${path}.${process.pid}`;
  rmSync(beside, { force: true });
  symlinkSync(program, beside);
  renameSync(beside, path);
}

/** From a source checkout there is no program that could be linked to. */
function write(text: string, path: string): void {
  const beside = `${path}.${process.pid}`;
  rmSync(beside, { force: true });
  writeFileSync(beside, text, { mode: 0o755 });
  renameSync(beside, path);
}
