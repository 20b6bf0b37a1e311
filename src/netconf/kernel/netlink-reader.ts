/**
 * Keeps a model of the kernel's state: dumps and notifications come over one socket, in the order in which things happened.
 * Lost notifications are made up for by a new socket and new dumps.
 */
import { setTimeout } from "node:timers/promises";
import { NetlinkFailure, type NetlinkSocket, openNetlink } from "../../system/netlink.ts";
import { addressesDump, addressGet } from "../netlink/address.ts";
import { readAnswer } from "../netlink/answer.ts";
import { forwardingDump } from "../netlink/forwarding.ts";
import { linkGet, linksDump, vlansDump } from "../netlink/link-request.ts";
import { type Message, message, NLM_F, NLMSG, readMessages, setSequence } from "../netlink/message.ts";
import { Model, type Table, tables } from "../netlink/model.ts";
import { routesDump } from "../netlink/route.ts";
import { rulesDump } from "../netlink/rule.ts";
import { sieve } from "../netlink/sieve.ts";
import type { Address, KernelChange } from "./state.ts";
import type { NewAddress } from "./step.ts";

/** RTNLGRP_LINK, NEIGH, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE, IPV6_IFADDR, IPV6_ROUTE, IPV6_RULE */
const groups = [1, 3, 5, 7, 8, 9, 11, 19];

const dumps: Readonly<Record<Table, () => Uint8Array>> = {
  links: linksDump,
  vlans: vlansDump,
  addresses: addressesDump,
  routes4: () => routesDump(4),
  routes6: () => routesDump(6),
  rules4: () => rulesDump(4),
  rules6: () => rulesDump(6),
  forwarding: forwardingDump,
};

/** Milliseconds: between two new beginnings after a loss, growing while it goes on; between tries to get a socket. */
const [firstPause, longestPause] = [50, 2000];
/** Dumps of what is stale take at most this part of the time, with rests of so many milliseconds at most. */
const [shareOfTime, longestRest] = [1 / 5, 1000];
/** More of a kind are dumped, not asked for one by one. */
const manyThings = 32;
/** A dump that something changed in the middle of is asked for again, so many times at once. */
const tries = 10;
/** How often `settle` begins again: after losses, and because what was read is stale already. */
const [mostLosses, mostReadings] = [20, 3];
/** EOPNOTSUPP, EPFNOSUPPORT, EAFNOSUPPORT, EPERM, EACCES: the kernel has nothing of the kind (IPv6, bridges), or not for us. */
const nothingThere = [95, 96, 97, 1, 13];

type Outcome = "done" | "interrupted" | "nothing" | "lost";

export interface ReaderOptions {
  /** Bytes of notifications that may wait while this process is busy. */
  receiveBuffer: number;
  onChange(change: KernelChange): void;
}

/** Links and addresses that may have changed without a notification. */
export interface Silent {
  links: readonly string[];
  addresses: readonly (Address | NewAddress)[];
}

interface Question {
  /** `lost`: the socket has gone, with whatever was said. */
  answered(how: Outcome): void;
  interrupted: boolean;
}

export class NetlinkReader {
  readonly model = new Model();
  readonly #options: ReaderOptions;
  readonly #questions = new Map<number, Question>();
  #socket: NetlinkSocket;
  #reader: ReadableStreamDefaultReader<Uint8Array>;
  #sequence = 0;
  #closed = false;
  /** Dumps are asked for one after the other. */
  #dumping: Promise<void> = Promise.resolve();
  /** Set while everything is read anew after a loss. */
  #recovery: Promise<void> | undefined;
  #pause = firstPause;
  #recovered = 0;
  #tidying = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#socket = openSocket(options);
    this.#reader = this.#socket.stream().getReader();
    void this.#listen(this.#socket, this.#reader);
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  /** Everything anew. */
  async refresh(): Promise<void> {
    for (const table of tables) this.model.stale.add(table);
    await this.settle();
  }

  /**
   * Resolves when the model shows all that has happened up to now. Where others change so much all the time that no dump
   * comes out whole, it does not wait for one.
   * @param silent what the kernel may have changed without a word
   */
  async settle({ links, addresses }: Silent = { links: [], addresses: [] }): Promise<void> {
    if (links.length > manyThings) this.model.stale.add("links");
    if (addresses.length > manyThings) this.model.stale.add("addresses");
    const few = <Thing>(things: readonly Thing[]) => (things.length > manyThings ? [] : things);
    for (let losses = 0, readings = 0; losses < mostLosses && readings < mostReadings && !this.#closed; ) {
      await this.#recovery;
      // Answered when all that went before has been read, names of new links among it.
      const answers = [await this.#ask(message(NLMSG.NOOP, NLM_F.REQUEST | NLM_F.ACK))];
      const there = few(addresses).filter(({ device }) => this.model.indexOf(device) !== undefined);
      const silent = [...few(links).map(linkGet), ...there.map((address) => addressGet(address, this.model))];
      answers.push(...(await Promise.all(silent.map((request) => this.#ask(request)))));
      // One may be under way.
      await this.#dumping;
      if (answers.includes("lost")) {
        losses++;
        await pause(firstPause);
      } else if (this.model.stale.size > 0) {
        readings++;
        await this.#readStale();
      } else return;
    }
  }

  #drop(): void {
    this.#reader.cancel().catch(() => undefined);
    this.#socket.close();
    const questions = [...this.#questions.values()];
    this.#questions.clear();
    for (const { answered } of questions) answered("lost");
  }

  async #listen(socket: NetlinkSocket, reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    for (;;) {
      // ENOBUFS, as a rule: notifications were lost. Whatever it is, the stream is dead.
      const chunk = await reader.read().catch(() => undefined);
      if (socket !== this.#socket || this.#closed) return;
      const { messages, whole } = readMessages(chunk?.value ?? new Uint8Array());
      for (const each of messages) this.#take(each);
      this.#publish();
      // A datagram was larger than what it was read into.
      if (!chunk || chunk.done || !whole) break;
    }
    this.#recovery ??= this.#recover();
  }

  #take(each: Message): void {
    const question = this.#questions.get(each.sequence);
    if (question && each.flags & NLM_F.DUMP_INTR) question.interrupted = true;
    const answer = readAnswer(each);
    if (!answer) this.model.apply(each);
    else if (question) {
      this.#questions.delete(each.sequence);
      const refused = nothingThere.includes(answer.errno) ? "nothing" : "interrupted";
      question.answered(answer.errno !== 0 ? refused : question.interrupted ? "interrupted" : "done");
    }
  }

  #publish(): void {
    for (const change of this.model.takeChanges()) this.#options.onChange(change);
    if (this.model.stale.size > 0 && !this.#tidying && !this.#recovery) void this.#tidy();
  }

  /** What has become stale by itself is read anew soon, but not all the time. */
  async #tidy(): Promise<void> {
    this.#tidying = true;
    try {
      while (this.model.stale.size > 0 && !this.#closed && !this.#recovery) {
        const begun = performance.now();
        await this.#readStale();
        await pause(Math.min((performance.now() - begun) / shareOfTime, longestRest));
      }
    } finally {
      this.#tidying = false;
    }
  }

  #readStale(): Promise<void> {
    this.#dumping = this.#dumping.then(async () => {
      for (const table of tables) if (this.model.stale.has(table) && !this.#closed) await this.#dump(table);
    });
    return this.#dumping;
  }

  async #dump(table: Table): Promise<void> {
    for (let attempt = 0; attempt < tries; attempt++) {
      this.model.stale.delete(table);
      this.model.begin(table);
      const how = await this.#ask(dumps[table]());
      if (how === "done" || how === "nothing") {
        this.model.finish(table);
        this.#publish();
        return;
      }
      if (how === "lost") break;
    }
    this.model.stale.add(table);
  }

  #ask(request: Uint8Array): Promise<Outcome> {
    if (this.#closed) return Promise.resolve("lost");
    this.#sequence = (this.#sequence % 0xffff_ffff) + 1;
    const sequence = this.#sequence;
    setSequence(request, sequence);
    return new Promise((answered) => {
      this.#questions.set(sequence, { answered, interrupted: false });
      try {
        this.#socket.send(request);
      } catch (error) {
        if (!(error instanceof NetlinkFailure)) throw error;
        this.#questions.delete(sequence);
        answered("lost");
      }
    });
  }

  async #recover(): Promise<void> {
    if (performance.now() - this.#recovered > longestPause) this.#pause = firstPause;
    this.#drop();
    this.#options.onChange({ what: "overrun" });
    for (let open = false; !open && !this.#closed; ) {
      await pause(this.#pause);
      this.#pause = Math.min(this.#pause * 2, longestPause);
      if (this.#closed) return;
      try {
        this.#socket = openSocket(this.#options);
        open = true;
      } catch {
        // No descriptors or no memory just now.
      }
    }
    this.#recovery = undefined;
    this.#reader = this.#socket.stream().getReader();
    void this.#listen(this.#socket, this.#reader);
    for (const table of tables) this.model.stale.add(table);
    await this.#readStale();
    this.#recovered = performance.now();
    this.#publish();
  }
}

function openSocket({ receiveBuffer }: ReaderOptions): NetlinkSocket {
  return openNetlink({ groups, receiveBuffer, filter: sieve });
}

/** Nothing stays alive for it. */
async function pause(milliseconds: number): Promise<void> {
  await setTimeout(milliseconds, undefined, { ref: false });
}
