/** A socket to a directory: plain, TLS from the first octet, upgraded by StartTLS, or local. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, getCACertificates } from "node:tls";
import { Problem } from "../problem.ts";
import { Framer } from "./framer.ts";
import { LdapRefusal } from "./refusal.ts";
import { encodeStartTls } from "./request.ts";
import { type Message, operation, readMessage, readResult } from "./response.ts";
import { type LdapAddress, parseLdapUri } from "./uri.ts";

export interface DialOptions {
  /** ldap://, ldaps:// or ldapi:// */
  uri: string;
  /** For ldap://: `try` goes on in plain text if the server refuses. Default `no`. */
  startTls?: "no" | "try" | "require";
  /** PEM file of the authorities that certificates must come from; default those of the system. */
  caFile?: string;
  /** Our own certificate and its key, PEM files. */
  certFile?: string;
  keyFile?: string;
  /** `false`: any certificate will do. Default true: a known authority and the right name. */
  verify?: boolean;
  /** Milliseconds until the connection stands, TLS included; default 10 000. */
  connectTimeout?: number;
  signal?: AbortSignal;
}

export interface Dialled {
  socket: Socket;
  /** Nobody on the way can read along: TLS, or a Unix socket. */
  encrypted: boolean;
}

const reasons: Record<string, string> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EHOSTUNREACH: "no way to that host",
  ENETUNREACH: "no way to that network",
  ENOTFOUND: "the name is unknown",
  EAI_AGAIN: "the name service does not answer",
  ENOENT: "there is no such socket",
  EACCES: "the operating system refused access",
};

/** Why a socket failed, in words that may be shown. */
export function socketProblem(uri: string, error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { code = "", message = String(error) } = error as NodeJS.ErrnoException;
  return new Problem("unavailable", `${uri}: ${reasons[code] ?? message}`, { cause: error });
}

/**
 * @throws Problem `unavailable` (unreachable, or a certificate that is not trusted), `timeout`, `config`;
 * LdapRefusal if StartTLS is required and refused; the signal's reason
 */
export async function dial(options: DialOptions): Promise<Dialled> {
  const address = parseLdapUri(options.uri);
  const tls = address.scheme === "ldapi" ? undefined : tlsOptions(options, address);
  options.signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(options.connectTimeout ?? 10_000);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  let socket = address.scheme === "ldapi" ? connect(address.path) : connect(address.port, address.host);
  try {
    await happens(socket, "connect", signal);
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    let encrypted = address.scheme === "ldapi";
    if (tls && (address.scheme === "ldaps" || (await startTls(socket, options, signal)))) {
      socket = connectTls({ ...tls, socket });
      await happens(socket, "secureConnect", signal);
      encrypted = true;
    }
    return { socket, encrypted };
  } catch (error) {
    socket.on("error", () => {}).destroy();
    options.signal?.throwIfAborted();
    if (deadline.aborted) throw new Problem("timeout", `${options.uri}: no connection in time`);
    throw socketProblem(options.uri, error);
  }
}

/** The event, or whatever comes in its place as an error. */
async function happens(socket: Socket, event: string, signal: AbortSignal): Promise<Uint8Array[]> {
  const settled = new AbortController();
  const either = { signal: AbortSignal.any([signal, settled.signal]) };
  const closed = once(socket, "close", either).then((): never => {
    throw new Error("the server closed the connection");
  });
  try {
    return await Promise.race([once(socket, event, either), closed]);
  } finally {
    closed.catch(() => {});
    settled.abort();
  }
}

function tlsOptions(options: DialOptions, { host }: Exclude<LdapAddress, { scheme: "ldapi" }>) {
  const pem = (path: string | undefined) => {
    try {
      return path ? readFileSync(path, "utf8") : undefined;
    } catch (cause) {
      throw new Problem("config", `${options.uri}: cannot read ${path}`, { cause });
    }
  };
  const system = options.caFile ? [] : getCACertificates("system");
  return {
    // Without a store of the system's, those that the runtime brings.
    ca: pem(options.caFile) ?? (system.length > 0 ? system : undefined),
    cert: pem(options.certFile),
    key: pem(options.keyFile),
    host,
    // RFC 6066 §3: a name, never an address.
    servername: isIP(host) === 0 ? host : undefined,
    rejectUnauthorized: options.verify !== false,
    checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      options.verify === false ? undefined : checkServerIdentity(host, certificate),
  };
}

/** Octets of an answer to StartTLS. */
const largestAnswer = 65_536;

/** Whether TLS may begin on the socket (RFC 4511 §4.14). */
async function startTls(socket: Socket, options: DialOptions, signal: AbortSignal): Promise<boolean> {
  if (!options.startTls || options.startTls === "no") return false;
  const what = `${options.uri}: StartTLS`;
  const id = 1;
  const answers: Message[] = [];
  const framer = new Framer(largestAnswer, (...frame) => answers.push(readMessage(...frame)));
  socket.write(encodeStartTls(id));
  while (answers.length === 0) {
    const [chunk] = await happens(socket, "data", signal);
    socket.pause();
    if (chunk) framer.push(chunk);
  }
  const [answer] = answers;
  // What stands behind the answer would be taken for something said under TLS.
  const alone = answers.length === 1 && framer.incomplete === 0;
  if (!answer || !alone || answer.id !== id || answer.tag !== operation.extendedResponse)
    throw new Problem("protocol", `${what}: something else than the answer came`);
  socket.resume();
  const result = readResult(answer.body);
  if (result.code === 0) return true;
  if (options.startTls === "try") return false;
  throw new LdapRefusal(what, result);
}
