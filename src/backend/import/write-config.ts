/** Writes what an import gave as configuration files: whole or not at all, and never over another's. */
import { chmodSync, chownSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../problem.ts";
import { replaceFile } from "../../system/file.ts";
import type { ConvertedConfig } from "./netdisco-config.ts";

export interface WrittenFile {
  path: string;
  /** `unchanged`: it held exactly that already. */
  state: "written" | "unchanged";
}

/**
 * config.yml, the credentials (0600) and the password of Netdisco's database (0600), into a folder that is there. Written
 * by root where a group of services reads the configuration, they are that group's to read (0640).
 * @throws Problem `conflict` naming the files that are there and hold something else, before any is written; `io`
 */
export async function writeNetdiscoConfig(
  converted: ConvertedConfig,
  folder: string,
  source: string,
  force: boolean,
): Promise<WrittenFile[]> {
  const { stringify } = await import("yaml");
  const credentialsFile = join(folder, "netdisco-credentials.yml");
  const settings = { ...converted.settings };
  const files: { path: string; content: string; mode: number }[] = [];
  if (converted.credentials.length > 0) {
    settings["snmp.credentialsFile"] = credentialsFile;
    const content = `# Credentials of ${source}; see reeve-config(5), snmp.credentialsFile.\n${stringify(converted.credentials)}`;
    files.push({ path: credentialsFile, content, mode: 0o600 });
  }
  if (converted.database?.password) {
    const path = join(folder, "netdisco-database-password");
    files.push({ path, content: `${converted.database.password}\n`, mode: 0o600 });
  }
  const missing = converted.notCarried.map(({ setting, reason }) => `#   ${oneLine(setting)}: ${oneLine(reason)}\n`);
  const head = `# From ${source}.${missing.length > 0 ? ` Not carried over:\n${missing.join("")}` : "\n"}`;
  const body = Object.keys(settings).length > 0 ? stringify(nested(settings), { lineWidth: 110 }) : "";
  files.unshift({ path: join(folder, "config.yml"), content: `${head}${body}`, mode: 0o640 });

  const states = files.map(({ path, content }) => presentState(path, content));
  const others = files.filter((_, index) => states[index] === "other").map(({ path }) => path);
  if (others.length > 0 && !force) {
    throw new Problem(
      "conflict",
      `${others.join(" and ")} exist and hold something else: name another --output, or --force`,
    );
  }
  const group = groupOf([...files.map(({ path }) => path), folder]);
  return files.map(({ path, content, mode }, index) => {
    if (states[index] === "same") return { path, state: "unchanged" };
    replaceFile(path, content, mode);
    if (group !== undefined) {
      chownSync(path, 0, group);
      chmodSync(path, 0o640);
    }
    return { path, state: "written" };
  });
}

/** The group of the first of these that has one, as our package gives it to config.yml. */
function groupOf(paths: string[]): number | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return paths.map((path) => statSync(path, { throwIfNoEntry: false })?.gid).find(Boolean);
}

function presentState(path: string, content: string): "absent" | "same" | "other" {
  try {
    return readFileSync(path, "utf8") === content ? "same" : "other";
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "absent";
    throw new Problem("io", `cannot read ${path}`, { cause });
  }
}

/** `{"backend.dns": false}` → `{backend: {dns: false}}` */
function nested(settings: Record<string, unknown>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    const [group = "", ...rest] = name.split(".");
    if (rest.length === 0) tree[group] = value;
    else tree[group] = { ...(tree[group] as object | undefined), [rest.join(".")]: value };
  }
  return tree;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 300);
}
