/** A module's end of a service's control socket. */
import { Problem } from "../problem.ts";
import { type Client, connect, type RequestOptions } from "../umcp/client.ts";
import type { Json } from "../umcp/message.ts";

interface Refusals {
  /** Said when no such service runs. */
  absent: string;
  /** Said when it does not let us in. */
  closed(): Problem;
}

interface Question {
  /** Path of the socket. */
  socket: string;
  verb: string;
  body: Json;
}

/**
 * Asks a service of this host, over a connection of its own.
 * @throws Problem `not-running` when there is none, `closed()` when it does not let us in, what it answers otherwise
 */
export async function askService(
  { socket, verb, body }: Question,
  refusals: Refusals,
  options: RequestOptions,
): Promise<unknown> {
  const client = await open(socket, refusals);
  try {
    return (await client.request("COMMAND", [verb], body, options)).result;
  } finally {
    client.close();
  }
}

/** Connections that stay, by their sockets. */
const kept = new Map<string, Promise<Client>>();

/**
 * The same over a connection that all such questions share and that stays: for those that may be asked twice. A service
 * counts the connections of a user who is not its own, and a page asks much at a time.
 */
export async function askKept(question: Question, refusals: Refusals, options: RequestOptions): Promise<unknown> {
  const { socket, verb, body } = question;
  const known = kept.get(socket);
  const client = await (known ?? keep(socket, refusals));
  try {
    return (await client.request("COMMAND", [verb], body, options)).result;
  } catch (error) {
    // It may have ended while nobody was looking.
    const over = Problem.from(error).code === "unavailable" && known !== undefined && kept.get(socket) !== known;
    if (over) return await askKept(question, refusals, options);
    throw error;
  }
}

function keep(socket: string, refusals: Refusals): Promise<Client> {
  const opening = open(socket, refusals);
  const forget = () => {
    if (kept.get(socket) === opening) kept.delete(socket);
  };
  kept.set(socket, opening);
  opening.then(({ closed }) => closed).then(forget, forget);
  return opening;
}

async function open(socket: string, { absent, closed }: Refusals): Promise<Client> {
  try {
    return await connect({ unix: socket });
  } catch (error) {
    const { code } = Problem.from(error);
    if (code === "not-running") throw new Problem(code, absent, { cause: error });
    throw code === "permission" ? closed() : error;
  }
}
