/** What a peer may make a UMCP server or client hold. */
import { type ParserLimits, parserLimits } from "./parser.ts";

const MiB = 1024 * 1024;

export interface ServerLimits extends ParserLimits {
  /** Requests of one connection that run at a time; one more is answered 503. */
  requests: number;
  /** Bytes of an encoded response; a larger one is answered 413 instead. */
  response: number;
  /** Bytes waiting to be sent to a peer above which it is not read. */
  queueHigh: number;
  /** Bytes waiting to be sent to a peer above which it is given up. */
  queueMax: number;
  /** Milliseconds until the token must have come. */
  authentication: number;
  /** Milliseconds for the last answers to be read before the connection is cut. */
  linger: number;
  connections: number;
  /** Connections of one uid other than root and our own. */
  connectionsPerUser: number;
  /** Bytes of incomplete frames, over all connections. */
  held: number;
}

export const serverLimits: ServerLimits = {
  ...parserLimits,
  requests: 256,
  response: 16 * MiB,
  queueHigh: MiB,
  queueMax: 32 * MiB,
  authentication: 10_000,
  linger: 1000,
  connections: 256,
  connectionsPerUser: 32,
  held: 64 * MiB,
};

export interface ClientLimits extends ParserLimits {
  /** Bytes of an encoded request. */
  request: number;
  /** Bytes waiting to be sent above which requests are refused. */
  queueMax: number;
  /** Milliseconds until a token must have been accepted. */
  authentication: number;
  /** Milliseconds for the last requests to be read after `close`. */
  linger: number;
}

export const clientLimits: ClientLimits = {
  ...parserLimits,
  request: 16 * MiB,
  queueMax: 64 * MiB,
  authentication: 10_000,
  linger: 1000,
};
