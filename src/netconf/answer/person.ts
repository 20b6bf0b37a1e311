/** Who is at the other end of a control socket. */
import { run } from "../../process/run.ts";
import type { Person } from "../policy/policy.ts";

/** Milliseconds that a name service gets. */
const patience = 10_000;

/** Names of a uid and its groups, from wherever this host has them (nsswitch.conf); a uid without a name is in none. */
export async function personOf(uid: number): Promise<Person> {
  const passwd = await getent("passwd", String(uid));
  const name = passwd[0] ?? "";
  if (name === "") return { uid, name: "", groups: [] };
  const { status, stdout } = await run(["/usr/bin/id", "-Gn", "--", name], { timeout: patience });
  return { uid, name, groups: status === 0 ? stdout.trim().split(/\s+/) : [] };
}

/** Number of a group; undefined: there is none of that name. */
export async function groupNumber(group: string): Promise<number | undefined> {
  const gid = (await getent("group", group))[2];
  return gid === undefined ? undefined : Number(gid);
}

async function getent(database: string, key: string): Promise<string[]> {
  const { status, stdout } = await run(["/usr/bin/getent", database, key], { timeout: patience });
  return status === 0 ? (stdout.split("\n", 1)[0] ?? "").split(":") : [];
}

/** `root`, `uid 1000 (alice)`; with who asked there by way of the console, as that says: it makes no line of its own. */
export function called({ uid, name }: Person, by?: string): string {
  const who = uid === 0 ? "root" : `uid ${uid}${name ? ` (${name})` : ""}`;
  return by ? `${by.slice(0, 255).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?")} by way of ${who}` : who;
}
