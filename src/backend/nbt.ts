/** Asks many hosts for their NetBIOS names over one UDP socket, at a steady rate. */

import { randomInt } from "node:crypto";
import { isIPv4 } from "node:net";
import { decodeNodeStatusResponse, encodeNodeStatusRequest, type NodeStatus } from "../network/netbios.ts";
import { Problem } from "../problem.ts";
import { pause } from "../process/wait.ts";
import { openUdp, type UdpOptions, type UdpSocket } from "../system/udp.ts";
import { pacer } from "./pace.ts";

export interface NetbiosOptions {
  signal: AbortSignal;
  /** Called as answers come, once for each host at most. */
  onAnswer(ip: string, status: NodeStatus): void;
  /** Requests a second; 50 unless told otherwise. */
  rate?: number;
  /** Milliseconds until a request is repeated or given up; 1000 unless told otherwise. */
  timeout?: number;
  /** Requests to one host at most; 2 unless told otherwise. */
  tries?: number;
  /** UDP port; 137. */
  port?: number;
}

export interface NetbiosSummary {
  asked: number;
  answered: number;
  /** Datagrams that were no answers to what we asked. */
  strange: number;
}

/**
 * Hosts that are dead or deaf cost the others nothing but their turn.
 * @param hosts IPv4 addresses (NetBIOS knows no others; they are passed over)
 * @throws Problem `io` when no socket can be had; when the signal fires, what was found so far is the result
 */
export async function askNetbios(hosts: Iterable<string>, options: NetbiosOptions): Promise<NetbiosSummary> {
  const { signal, rate = 50, timeout = 1000, tries = 2, port = 137 } = options;
  const summary: NetbiosSummary = { asked: 0, answered: 0, strange: 0 };
  const waiting = new Map<string, { id: number; done: () => void }>();
  const socket = await open((bytes, from, address) => {
    const asked = waiting.get(address);
    const status = asked && decodeNodeStatusResponse(bytes);
    if (!asked || from !== port || status?.id !== asked.id) {
      summary.strange++;
      return;
    }
    waiting.delete(address);
    summary.answered++;
    options.onAnswer(address, status);
    asked.done();
  });
  const turn = pacer(rate, signal);

  const ask = async (ip: string): Promise<void> => {
    const answered = new AbortController();
    const stop = AbortSignal.any([signal, answered.signal]);
    const id = randomInt(0x10000);
    waiting.set(ip, { id, done: () => answered.abort() });
    for (let attempt = 0; attempt < tries && !stop.aborted; attempt++) {
      if (attempt > 0) await turn();
      // A host without a route is as one that does not answer.
      socket.send(encodeNodeStatusRequest(id), port, ip);
      await pause(timeout, stop);
    }
    waiting.delete(ip);
  };

  try {
    const running = new Set<Promise<void>>();
    for (const ip of new Set(hosts)) {
      if (!isIPv4(ip)) continue;
      await turn();
      if (signal.aborted) break;
      summary.asked++;
      const one = ask(ip).finally(() => running.delete(one));
      running.add(one);
    }
    await Promise.all(running);
    return summary;
  } finally {
    socket.close();
  }
}

async function open(receive: UdpOptions["receive"]): Promise<UdpSocket> {
  try {
    return await openUdp({ family: 4, receiveBuffer: 1024 * 1024, receive });
  } catch (cause) {
    throw new Problem("io", "no UDP socket for NetBIOS", { cause });
  }
}
