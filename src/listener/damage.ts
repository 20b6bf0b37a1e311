/** What SQLite does not notice: a stored value that is not what was written. */
import { Problem } from "../problem.ts";

/**
 * What `read` makes of something that was valid when it was written.
 * @throws Problem `io`, which `damageOf` takes for the database's damage: it must be made anew
 */
export function stored<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const corrupt = Object.assign(new Error("a stored value cannot be read", { cause }), { code: "SQLITE_CORRUPT" });
    throw new Problem("io", "the listener's database is damaged", { cause: corrupt });
  }
}
