/**
 * Steps as netlink requests: each answered before the next is sent, or many that are one request each in one go, which the
 * kernel works off in another thread while this one reads its news.
 */
import { getSystemErrorMap } from "node:util";
import { Problem } from "../../problem.ts";
import { NetlinkFailure, type NetlinkSocket, openNetlink } from "../../system/netlink.ts";
import { addressAdd, addressDelete } from "../netlink/address.ts";
import { type KernelAnswer, readAnswer } from "../netlink/answer.ts";
import { forwardingAdd, forwardingDelete } from "../netlink/forwarding.ts";
import { readLink, readLinkHeader } from "../netlink/link.ts";
import type { Names } from "../netlink/link-data.ts";
import * as link from "../netlink/link-request.ts";
import { joined, type Message, NLM_F, RTM, readMessages, setSequence } from "../netlink/message.ts";
import { readRoute, routeAdd, routeDelete, routesDump } from "../netlink/route.ts";
import { ruleAdd, ruleDelete } from "../netlink/rule.ts";
import { countsAsDone, errnoName, failure } from "./errno.ts";
import { attributesOf, kinds } from "./kinds.ts";
import type { Link, Route } from "./state.ts";
import type { Step, StepResult } from "./step.ts";

/** What netlink does; sysctl and ethtool are others' matter. */
export type NetlinkStep = Exclude<Step, { do: "sysctl" | "ethtool" }>;

const receiveBuffer = 4 * 1024 * 1024;
/** So many requests go at once: from the first that is refused on, no more than these are tried. */
export const mostTogether = 64;
/** Fewer are quicker one by one. */
const fewestTogether = 8;
const done: KernelAnswer = { errno: 0, message: "" };
const silence: KernelAnswer = { errno: 5, message: "the kernel gave no answer" }; // EIO
const EEXIST = 17;

export class NetlinkWriter {
  readonly #socket: NetlinkSocket;
  readonly #known: Names;
  /** Names that we have given or taken away since, before what is known has caught up: they are asked for. */
  readonly #changed = new Map<string, number | "ask">();
  #sequence = 0;

  /** @param known by its names devices are found */
  constructor(known: Names) {
    this.#socket = openNetlink({ receiveBuffer });
    this.#known = known;
  }

  close(): void {
    this.#socket.close();
  }

  /** What is known has caught up. */
  forget(): void {
    this.#changed.clear();
  }

  write(step: NetlinkStep): StepResult {
    try {
      return this.#result(step, this.#write(step));
    } catch (error) {
      return this.#refused(step, error);
    }
  }

  /**
   * The first ones, as far as they are one request each. Where they are many, those behind one that is refused are tried all
   * the same: none of them is a beginning that another goes on from.
   * @param steps at most `mostTogether`
   * @returns their results; none: the first is to be written by itself
   */
  async writeTogether(steps: readonly Step[], goOn: boolean): Promise<StepResult[]> {
    const requests: Uint8Array[] = [];
    try {
      for (const step of steps) {
        const request = this.#single(step);
        if (!request) break;
        requests.push(request);
      }
    } catch {
      // It will be said of that step when it is its turn.
    }
    if (requests.length < fewestTogether) {
      const results: StepResult[] = [];
      for (const step of steps.slice(0, requests.length)) {
        if (goOn || results.every(({ ok }) => ok)) results.push(this.write(step as NetlinkStep));
      }
      return results;
    }
    const before = this.#sequence;
    for (const request of requests) setSequence(request, ++this.#sequence >>> 0);
    let answers: ReadonlyMap<number, KernelAnswer>;
    try {
      await this.#socket.sendAside(joined(requests));
      answers = this.#answers();
    } catch (error) {
      return [this.#refused(steps[0]!, error)];
    }
    return requests.map((_, at) => this.#result(steps[at]!, answers.get((before + at + 1) >>> 0) ?? silence));
  }

  /** By sequence: all that wait. */
  #answers(): Map<number, KernelAnswer> {
    const answers = new Map<number, KernelAnswer>();
    for (let datagram = this.#socket.receive(); datagram; datagram = this.#socket.receive()) {
      for (const each of readMessages(datagram).messages) {
        const answer = readAnswer(each);
        if (answer) answers.set(each.sequence, answer);
      }
    }
    return answers;
  }

  #result(step: Step, { errno, message }: KernelAnswer): StepResult {
    const code = errnoName(errno);
    if (errno === 0 || (countsAsDone(step, code) && step.do !== "link-add")) return { ok: true };
    if (errno === EEXIST && step.do === "link-add" && this.#link(step.name)?.kind === step.kind) return { ok: true };
    return { ok: false, errno, code, message: message || (getSystemErrorMap().get(-errno)?.[1] ?? code) };
  }

  #refused(step: Step, error: unknown): StepResult {
    if (error instanceof Problem && error.code === "not-found") {
      return countsAsDone(step, "ENODEV") ? { ok: true } : failure("ENODEV", error.message);
    }
    // A number that does not fit where it belongs is a RangeError.
    if (error instanceof Problem || error instanceof RangeError) return failure("EINVAL", error.message);
    if (error instanceof NetlinkFailure) return failure(errnoName(error.errno), error.message);
    throw error;
  }

  #write(step: NetlinkStep): KernelAnswer {
    const request = this.#single(step);
    if (request) return this.#send(request);
    switch (step.do) {
      case "link-add":
        return this.#addLink(step);
      case "link-delete":
        return this.#touching([step.name], link.linkDelete(step.name));
      case "link-set": {
        const { name: newName } = step.settings;
        const renamed = newName === undefined ? [] : [step.name, newName];
        return this.#touching(renamed, ...link.linkSet(step.name, step.settings, this.#names));
      }
      case "link-data":
        return this.#setData(step);
      default:
        return step.do === "route-add" ? this.#addRoute6(step.route) : silence;
    }
  }

  /** Undefined: the step is more than one request, or changes names. */
  #single(step: Step): Uint8Array | undefined {
    const names = this.#names;
    switch (step.do) {
      case "link-set": {
        if (step.settings.name !== undefined) return undefined;
        const [request, ...more] = link.linkSet(step.name, step.settings, names);
        return more.length === 0 ? request : undefined;
      }
      case "port-data":
        return link.portData(step.name, step.kind, step.data, names);
      case "vlan-add":
        return link.vlanChange("add", step.name, step.vlan, step.self, names);
      case "vlan-delete":
        return link.vlanChange(
          "delete",
          step.name,
          { vlan: step.vlan, pvid: false, untagged: false },
          step.self,
          names,
        );
      case "address-add":
        return addressAdd(step.address, names);
      case "address-delete":
        return addressDelete(step.address, names);
      case "route-add":
        return step.route.family === 4 ? routeAdd(step.route, besides[step.beside ?? "instead"], names) : undefined;
      case "route-delete":
        return routeDelete(step.route, names);
      case "rule-add":
        return ruleAdd(step.rule);
      case "rule-delete":
        return ruleDelete(step.rule);
      case "forwarding-add":
        return forwardingAdd(step.entry, names);
      case "forwarding-delete":
        return forwardingDelete(step.entry, names);
      default:
        return undefined;
    }
  }

  readonly #names: Names = {
    nameOf: (index) => this.#known.nameOf(index),
    indexOf: (name) => {
      const changed = this.#changed.get(name) ?? this.#known.indexOf(name) ?? "ask";
      if (changed !== "ask") return changed;
      const index = this.#link(name)?.index;
      if (index !== undefined) this.#changed.set(name, index);
      return index;
    },
  };

  /** Nothing is left of it where a part was refused. */
  #addLink(step: Step & { do: "link-add" }): KernelAnswer {
    const { request, later } = link.linkAdd(step, this.#names);
    const made = this.#touching([step.name, ...(step.peer ? [step.peer] : [])], request);
    if (made.errno !== 0 || Object.keys(later).length === 0) return made;
    let answer = done;
    try {
      for (const rest of link.linkSet(step.name, later, this.#names)) {
        answer = this.#send(rest);
        if (answer.errno !== 0) break;
      }
      return answer;
    } catch (error) {
      answer = { errno: -1, message: "" };
      throw error;
    } finally {
      if (answer.errno !== 0) this.#touching([step.name], link.linkDelete(step.name));
    }
  }

  #setData({ name, kind, data }: Step & { do: "link-data" }): KernelAnswer {
    const table = attributesOf(kind, "data");
    const fixed = Object.keys(data).filter((each) => table[each]?.once);
    if (fixed.length > 0) {
      return { errno: 95, message: `${fixed.join(", ")} of a ${kind} can be said only when it is made` }; // EOPNOTSUPP
    }
    const is = kinds[kind]?.whole ? this.#link(name)?.data : undefined;
    const kept = Object.entries(is ?? {}).filter(([each]) => !table[each]?.readOnly);
    return this.#send(link.linkData(name, kind, { ...Object.fromEntries(kept), ...data }, this.#names));
  }

  /**
   * IPv6 has several routes to one place, each its own; those by static gateways are told of as one with several hops.
   * Only the one with the same hop is ours to replace.
   */
  #addRoute6(route: Route): KernelAnswer {
    const names = this.#names;
    const answer = this.#send(routeAdd(route, NLM_F.EXCL, names));
    if (answer.errno !== EEXIST) return answer;
    const metric = route.metric || 1024;
    const there = this.#ask(routesDump(6)).flatMap(({ type, payload }) => {
      const read = type === RTM.NEWROUTE ? readRoute(payload, names) : undefined;
      const { place } = read ?? {};
      return place === `${route.table} ${route.destination}/${route.prefix} ${metric}` ? [read!.route] : [];
    });
    const ours = there.find((each) => each.type === route.type && hopsText(each) === hopsText(route));
    if (ours && there.length === 1) return this.#send(routeAdd(route, NLM_F.REPLACE, names));
    if (ours) this.#send(routeDelete(ours, names));
    return this.#send(routeAdd(route, NLM_F.APPEND, names));
  }

  /** A link as it is at this moment. */
  #link(name: string): Link | undefined {
    for (const { type, payload } of this.#ask(link.linkGet(name))) {
      if (type === RTM.NEWLINK && readLinkHeader(payload)) return readLink(payload, this.#known);
    }
    return undefined;
  }

  #touching(names: readonly string[], ...requests: readonly Uint8Array[]): KernelAnswer {
    for (const name of names) this.#changed.set(name, "ask");
    return this.#send(...requests);
  }

  /** One after the other, up to the first that is refused. */
  #send(...requests: readonly Uint8Array[]): KernelAnswer {
    for (const request of requests) {
      const answer = readAnswer(this.#ask(request).at(-1)!);
      if (answer?.errno !== 0) return answer ?? silence;
    }
    return done;
  }

  /** All messages of the answer, the closing one last. */
  #ask(request: Uint8Array): Message[] {
    const sequence = ++this.#sequence >>> 0;
    setSequence(request, sequence);
    this.#socket.send(request);
    const answer: Message[] = [];
    for (;;) {
      const datagram = this.#socket.receive();
      if (!datagram) throw new NetlinkFailure("recv", 5);
      for (const message of readMessages(datagram).messages) {
        if (message.sequence !== sequence) continue;
        answer.push(message);
        if (readAnswer(message)) return answer;
      }
    }
  }
}

/** Alone NLM_F_CREATE puts it before the others. */
const besides = { instead: NLM_F.REPLACE, before: 0, behind: NLM_F.APPEND } as const;

function hopsText({ hops }: Route): string {
  return hops
    .map(({ gateway, device }) => `${gateway} ${device}`)
    .sort()
    .join();
}
