/** Who runs this command, for logs of changes. */
import { readFileSync } from "node:fs";

/**
 * The name that /etc/passwd has for the process's uid, else `uid-1000`. `os.userInfo()` would give what the variable USER
 * says, which anybody sets as they like.
 */
export function caller(uid = process.getuid?.() ?? 0, file = "/etc/passwd"): string {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // A container may have none.
  }
  for (const line of text.split("\n")) {
    const [name, , id] = line.split(":");
    if (name && id === String(uid)) return name;
  }
  return uid === 0 ? "root" : `uid-${uid}`;
}
