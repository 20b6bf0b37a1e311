/** What peers are told about the engine that carries them, and what it tells to whoever watches. */
import type { Pdu } from "./pdu.ts";
import type { Peer } from "./peer.ts";
import type { Oid, VarBind } from "./value.ts";

export interface EngineOptions {
  /** Milliseconds until a request is repeated. */
  timeout: number;
  /** Repetitions of a request. */
  retries: number;
  /** Requests to one device at a time. */
  inFlight: number;
  /** Requests at a time in all. */
  allInFlight: number;
  /** Rows asked for in one GETBULK to begin with. */
  repetitions: number;
  /** UDP port of agents, where the target names none. */
  port: number;
}

export interface Counters {
  /** Datagrams. */
  sent: number;
  /** Datagrams that the kernel did not take. */
  notSent: number;
  received: number;
  /** Attempts without an answer. */
  timeouts: number;
  /** Answers that end before their end, or are no SNMP. */
  malformed: number;
  /** Datagrams from where nobody was asked: another address, another port, or an agent that is done with. */
  wrongSource: number;
  /** Answers to what was not asked, or is answered already. */
  wrongId: number;
  /** Answers of another community, version, engine or user, or less protected than the request. */
  rejected: number;
  /** Columns broken off because the agent's OIDs did not increase. */
  outOfOrder: number;
}

export interface TraceEvent {
  event: "sent" | "received" | "timeout" | "malformed" | "rejected" | "stray";
  /** The agent. */
  target: string;
  /** VLAN or VRF; "" for none. */
  context: string;
  pdu?: Pdu["kind"];
  oids?: readonly Oid[];
  repetitions?: number;
  /** 1 for the first. */
  attempt?: number;
  /** error-status of an answer. */
  status?: number;
  /** What was answered, or what a SET writes. */
  varbinds?: readonly VarBind[];
  /** Since that attempt was sent. */
  ms?: number;
  /** Size of the datagram. */
  bytes?: number;
  reason?: string;
}

export interface Transport {
  readonly options: EngineOptions;
  readonly counters: Counters;
  /** Nothing can be asked any more. */
  readonly closed: boolean;
  readonly trace: ((event: TraceEvent) => void) | undefined;
  /** Sends, at once or in its turn of a burst. */
  transmit(peer: Peer, bytes: Buffer): void;
  /** The peer has requests to send. */
  wants(peer: Peer): void;
  /** One of the peer's requests has ended. */
  freed(peer: Peer): void;
  /** Why nothing can be sent to it, where that is known. */
  trouble(peer: Peer): string | undefined;
  /** 1 to 2^31-1. */
  random(): number;
}
