/** Password hashes: argon2id (RFC 9106) in PHC string format. The border to Bun.password. */

/** RFC 9106 §4's second recommendation would take 64 MiB; 19 MiB and 2 passes is OWASP's for servers with many logins. */
const parameters = { algorithm: "argon2id", memoryCost: 19 * 1024, timeCost: 2 } as const;

export function hashPassword(password: string): Promise<string> {
  return Bun.password.hash(password, parameters);
}

export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  try {
    return await Bun.password.verify(password, hash);
  } catch {
    return false; // a hash nobody can read fits no password
  }
}
