/** The Debian package as the tests use it: built once from dist/reeve, packed quickly, unpacked where it is looked at. */
import { chmodSync, existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";

export const top = join(import.meta.dirname, "..", "..");

export interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

export interface Running {
  env?: Record<string, string>;
  cwd?: string;
  stdin?: string;
}

/** What programs of the tests see; no more. */
export const toolEnvironment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
};

/** Runs a program to its end, whatever that is. */
export async function tool(command: string[], options: Running = {}): Promise<Ended> {
  const child = Bun.spawn(command, {
    stdin: options.stdin === undefined ? "ignore" : new TextEncoder().encode(options.stdin),
    stdout: "pipe",
    stderr: "pipe",
    cwd: options.cwd ?? "/",
    env: { ...toolEnvironment, ...options.env },
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { status: await child.exited, stdout, stderr };
}

/** Its standard output; any other end than success is an error with what it said. */
export async function output(command: string[], options: Running = {}): Promise<string> {
  const { status, stdout, stderr } = await tool(command, options);
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

/** True, with the reason printed, when these tests cannot run here; in CI that is an error. */
export function skipWithout(what: string, programs: string[], root = false): boolean {
  const missing = programs.filter((name) => Bun.which(name, { PATH: toolEnvironment.PATH }) === null);
  const reasons = [
    ...(existsSync(binary) ? [] : [`${binary} is not built`]),
    ...(missing.length > 0 ? [`not installed: ${missing.join(", ")}`] : []),
    ...(root && process.getuid?.() !== 0 ? ["this user is not root"] : []),
  ];
  if (reasons.length === 0) return false;
  if (process.env.CI === "true" || process.env.CI === "1") throw new Error(`${what}: ${reasons.join("; ")}`);
  console.warn(`skipped: ${what}: ${reasons.join("; ")}`);
  return true;
}

let folder: string | undefined;

/** A folder of this run, gone with it; other users may read what is in it. */
export function scratch(name: string): string {
  folder ??= runFolder();
  const path = mkdtempSync(join(folder, `${name}-`));
  chmodSync(path, 0o755);
  return path;
}

function runFolder(): string {
  const path = temporaryFolder("package");
  chmodSync(path, 0o711);
  return path;
}

/** Path of a package that was built; its files have a fixed time. */
export async function buildPackage(version: string, env: Record<string, string> = {}): Promise<string> {
  const made = await output([join(top, "packaging", "build-deb"), version, binary], {
    env: { DEB_COMPRESSION: "-Zgzip -z1", OUTPUT: scratch("deb"), SOURCE_DATE_EPOCH: "1700000000", ...env },
  });
  return made.replace(/: \d+ MiB\s*$/, "");
}

let built: Promise<string> | undefined;
let unpacked: Promise<string> | undefined;

/** Path of the package; the first call builds it. */
export function thePackage(): Promise<string> {
  built ??= buildPackage("1.2.3");
  return built;
}

/** Folder with the package's files. */
export function packageFiles(): Promise<string> {
  unpacked ??= thePackage().then(async (file) => {
    const root = scratch("files");
    await output(["dpkg-deb", "-x", file, root]);
    return root;
  });
  return unpacked;
}
