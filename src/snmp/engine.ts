/**
 * All SNMP of a process: a few UDP sockets for all agents, one limit over all requests with a fair turn for each agent,
 * and bursts cut up, so that answers are read between them.
 */
import { openUdp, type UdpSocket } from "../system/udp.ts";
import { Peer } from "./peer.ts";
import type { ResolvedTarget } from "./target.ts";
import type { Counters, EngineOptions, TraceEvent, Transport } from "./transport.ts";

export type { Counters, EngineOptions, TraceEvent } from "./transport.ts";

/** Datagrams sent before the answers that have come are read. */
const burst = 64;
/** Agents on one socket before another one is opened, and sockets of one address family at most. */
const peersPerSocket = 256;
const socketsPerFamily = 16;
const receiveBuffer = 8 * 1024 * 1024;

export interface SnmpEngine {
  readonly options: EngineOptions;
  readonly counters: Readonly<Counters>;
  /** Told of every PDU sent and received while it is set; never of communities or keys. */
  trace: ((event: TraceEvent) => void) | undefined;
  /** The agent there; each must be released once. */
  peer(target: ResolvedTarget): Peer;
  release(peer: Peer): void;
  /** A column was broken off because its OIDs did not increase. */
  outOfOrder(): void;
  /** Ends what is in flight and closes the sockets; nothing can be asked after it. */
  close(): void;
}

interface SharedSocket {
  peers: number;
  socket?: UdpSocket;
  trouble?: string;
  /** What waits for the socket to open. */
  backlog: [Peer, Buffer][];
}

export function createEngine(options: EngineOptions): SnmpEngine {
  return new Engine(options);
}

class Engine implements SnmpEngine, Transport {
  readonly options: EngineOptions;
  readonly counters: Counters = {
    sent: 0,
    notSent: 0,
    received: 0,
    timeouts: 0,
    malformed: 0,
    wrongSource: 0,
    wrongId: 0,
    rejected: 0,
    outOfOrder: 0,
  };
  trace: ((event: TraceEvent) => void) | undefined;
  readonly #peers = new Map<string, Peer>();
  readonly #sockets: Record<4 | 6, SharedSocket[]> = { 4: [], 6: [] };
  readonly #socketOf = new Map<Peer, SharedSocket>();
  /** In the order of their turns. */
  readonly #ready = new Set<Peer>();
  #inFlight = 0;
  #outbox: [Peer, Buffer][] = [];
  #sentInTurn = 0;
  #turning = false;
  #pumping = false;
  closed = false;
  readonly #randoms = new Uint32Array(256);
  #nextRandom = 256;

  constructor(options: EngineOptions) {
    this.options = options;
  }

  peer(target: ResolvedTarget): Peer {
    const key = keyOf(target.address, target.port);
    let peer = this.#peers.get(key);
    if (!peer) {
      peer = new Peer(this, target);
      this.#peers.set(key, peer);
      const shared = this.#share(target.family);
      shared.peers++;
      this.#socketOf.set(peer, shared);
    }
    peer.users++;
    return peer;
  }

  release(peer: Peer): void {
    if (--peer.users > 0) return;
    peer.stop("closed");
    this.#peers.delete(keyOf(peer.address, peer.port));
    const shared = this.#socketOf.get(peer);
    if (shared) shared.peers--;
    this.#socketOf.delete(peer);
    this.#ready.delete(peer);
  }

  #share(family: 4 | 6): SharedSocket {
    const sockets = this.#sockets[family];
    const least = sockets.reduce<SharedSocket | undefined>(
      (best, one) => (best === undefined || one.peers < best.peers ? one : best),
      undefined,
    );
    if (least && (least.peers < peersPerSocket || sockets.length === socketsPerFamily)) return least;
    const shared: SharedSocket = { peers: 0, backlog: [] };
    sockets.push(shared);
    openUdp({
      family,
      receiveBuffer,
      receive: (bytes, port, address) => this.#receive(bytes, port, address),
    }).then(
      (socket) => {
        if (this.closed) {
          socket.close();
          return;
        }
        shared.socket = socket;
        for (const [peer, bytes] of shared.backlog.splice(0)) this.transmit(peer, bytes);
      },
      (error) => {
        shared.trouble = `no UDP socket: ${error instanceof Error ? error.message : error}`;
        shared.backlog = [];
      },
    );
    return shared;
  }

  #receive(bytes: Buffer, port: number, address: string): void {
    this.counters.received++;
    const peer = this.#peers.get(keyOf(address, port));
    if (peer) {
      peer.receive(bytes);
      return;
    }
    this.counters.wrongSource++;
    const target = keyOf(address, port);
    this.trace?.({ event: "stray", target, context: "", reason: "nobody was asked there", bytes: bytes.length });
  }

  transmit(peer: Peer, bytes: Buffer): void {
    if (this.#sentInTurn < burst && this.#outbox.length === 0) this.#send(peer, bytes);
    else this.#outbox.push([peer, bytes]);
  }

  #send(peer: Peer, bytes: Buffer): void {
    const shared = this.#socketOf.get(peer);
    if (!shared || shared.trouble !== undefined) return;
    if (!shared.socket) {
      shared.backlog.push([peer, bytes]);
      return;
    }
    this.#sentInTurn++;
    if (shared.socket.send(bytes, peer.port, peer.address)) this.counters.sent++;
    else this.counters.notSent++;
    this.#turn();
  }

  /** A new turn begins when what has come meanwhile is read. */
  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(() => {
      this.#turning = false;
      this.#sentInTurn = 0;
      const waiting = this.#outbox;
      this.#outbox = waiting.splice(burst);
      for (const [peer, bytes] of waiting) this.#send(peer, bytes);
      this.#pump();
    });
  }

  wants(peer: Peer): void {
    if (!peer.ready) return;
    this.#ready.add(peer);
    this.#pump();
  }

  freed(peer: Peer): void {
    this.#inFlight--;
    if (peer.ready) this.#ready.add(peer);
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping || this.closed) return;
    this.#pumping = true;
    for (const peer of this.#ready) {
      if (this.#inFlight >= this.options.allInFlight || this.#sentInTurn + this.#outbox.length >= burst) break;
      this.#ready.delete(peer);
      const exchange = peer.next();
      if (!exchange) continue;
      // Last in the set again: the others come first.
      if (peer.ready) this.#ready.add(peer);
      this.#inFlight++;
      const reason = exchange.question.gate?.();
      if (reason === undefined) exchange.start();
      else exchange.stop(reason, "given-up");
    }
    this.#pumping = false;
    if (this.#ready.size > 0 && this.#inFlight < this.options.allInFlight) this.#turn();
  }

  trouble(peer: Peer): string | undefined {
    return this.#socketOf.get(peer)?.trouble;
  }

  random(): number {
    if (this.#nextRandom === this.#randoms.length) {
      crypto.getRandomValues(this.#randoms);
      this.#nextRandom = 0;
    }
    return this.#randoms[this.#nextRandom++]! >>> 1 || 1;
  }

  outOfOrder(): void {
    this.counters.outOfOrder++;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const peer of this.#peers.values()) peer.stop("closed");
    for (const { socket } of [...this.#sockets[4], ...this.#sockets[6]]) socket?.close();
    this.#peers.clear();
    this.#socketOf.clear();
    this.#ready.clear();
    this.#outbox = [];
  }
}

/** Without the zone: answers of link-local agents do not always carry it. */
function keyOf(address: string, port: number): string {
  const zone = address.indexOf("%");
  return `${zone < 0 ? address : address.slice(0, zone)} ${port}`;
}
