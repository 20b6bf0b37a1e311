/** A module's end of a service's control socket. */
import { Problem } from "../problem.ts";
import { connect, type RequestOptions } from "../umcp/client.ts";
import type { Json } from "../umcp/message.ts";

interface Refusals {
  /** Said when no such service runs. */
  absent: string;
  /** Said when it does not let us in. */
  closed(): Problem;
}

/**
 * Asks a service of this host.
 * @throws Problem `not-running` when there is none, `closed()` when it does not let us in, what it answers otherwise
 */
export async function askService(
  socket: string,
  verb: string,
  body: Json,
  { absent, closed }: Refusals,
  options: RequestOptions,
): Promise<unknown> {
  const client = await connect({ unix: socket }).catch((error: unknown) => {
    const { code } = Problem.from(error);
    if (code === "not-running") throw new Problem(code, absent, { cause: error });
    throw code === "permission" ? closed() : error;
  });
  try {
    return (await client.request("COMMAND", [verb], body, options)).result;
  } finally {
    client.close();
  }
}
