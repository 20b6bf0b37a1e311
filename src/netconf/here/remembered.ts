/**
 * What whoever worked last was told by its configuration and flags: the hook of a DHCP client, which knows nothing but a
 * socket's path, works by the same when nobody runs any more. A file of the run folder, of root alone; no secret is in it.
 */
import { join } from "node:path";
import type { KeyName, Settings } from "../../config/keys.ts";
import { keys } from "../../config/keys.ts";
import { readJson, replaceFile } from "../../system/file.ts";

const fileName = join("netconf", "settings.json");

const remembered = (Object.keys(keys) as KeyName[]).filter(
  (name) => name.startsWith("netconf.") || name === "run" || name === "state" || name.startsWith("log."),
);

/** @throws Problem `io`, `permission` */
export function rememberSettings(settings: Settings): void {
  const kept = Object.fromEntries(remembered.map((name) => [name, settings[name]]));
  replaceFile(join(settings.run, fileName), `${JSON.stringify(kept)}\n`);
}

/** Undefined: nobody has worked here since the host was booted. */
export function rememberedSettings(run: string): Settings | undefined {
  const value = readJson(join(run, fileName));
  if (typeof value !== "object" || value === null) return undefined;
  const kept = value as Record<string, unknown>;
  const entries = (Object.keys(keys) as KeyName[]).map((name) => {
    const given = remembered.includes(name) ? keys[name].kind.read(kept[name]) : undefined;
    return [name, given ?? keys[name].default];
  });
  return { ...(Object.fromEntries(entries) as Settings), run };
}
