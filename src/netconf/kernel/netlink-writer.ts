/** Steps as netlink requests, each answered before the next is sent. */
import { getSystemErrorMap } from "node:util";
import { Problem } from "../../problem.ts";
import { NetlinkFailure, type NetlinkSocket, openNetlink } from "../../system/netlink.ts";
import { addressAdd, addressDelete } from "../netlink/address.ts";
import { type KernelAnswer, readAnswer } from "../netlink/answer.ts";
import { forwardingAdd, forwardingDelete } from "../netlink/forwarding.ts";
import { readLink, readLinkHeader } from "../netlink/link.ts";
import type { Names } from "../netlink/link-data.ts";
import * as link from "../netlink/link-request.ts";
import { type Message, NLM_F, RTM, readMessages, setSequence } from "../netlink/message.ts";
import { readRoute, routeAdd, routeDelete, routesDump } from "../netlink/route.ts";
import { ruleAdd, ruleDelete } from "../netlink/rule.ts";
import { countsAsDone, errnoName, failure } from "./errno.ts";
import { attributesOf, kinds } from "./kinds.ts";
import type { Link, Route } from "./state.ts";
import type { Step, StepResult } from "./step.ts";

/** What netlink does; sysctl and ethtool are others' matter. */
export type NetlinkStep = Exclude<Step, { do: "sysctl" | "ethtool" }>;

const receiveBuffer = 4 * 1024 * 1024;
const done: KernelAnswer = { errno: 0, message: "" };
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
      const { errno, message } = this.#write(step);
      const code = errnoName(errno);
      if (errno === 0 || (countsAsDone(step, code) && step.do !== "link-add")) return { ok: true };
      if (errno === EEXIST && step.do === "link-add" && this.#link(step.name)?.kind === step.kind) return { ok: true };
      return { ok: false, errno, code, message: message || (getSystemErrorMap().get(-errno)?.[1] ?? code) };
    } catch (error) {
      return this.#refused(step, error);
    }
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
    const names = this.#names;
    switch (step.do) {
      case "link-add":
        return this.#addLink(step);
      case "link-delete":
        return this.#touching([step.name], link.linkDelete(step.name));
      case "link-set": {
        const { name: newName } = step.settings;
        const renamed = newName === undefined ? [] : [step.name, newName];
        return this.#touching(renamed, ...link.linkSet(step.name, step.settings, names));
      }
      case "link-data":
        return this.#setData(step);
      case "port-data":
        return this.#send(link.portData(step.name, step.kind, step.data, names));
      case "vlan-add":
        return this.#send(link.vlanChange("add", step.name, step.vlan, step.self, names));
      case "vlan-delete": {
        const vlan = { vlan: step.vlan, pvid: false, untagged: false };
        return this.#send(link.vlanChange("delete", step.name, vlan, step.self, names));
      }
      case "address-add":
        return this.#send(addressAdd(step.address, names));
      case "address-delete":
        return this.#send(addressDelete(step.address, names));
      case "route-add":
        return step.route.family === 4
          ? this.#send(routeAdd(step.route, besides[step.beside ?? "instead"], names))
          : this.#addRoute6(step.route);
      case "route-delete":
        return this.#send(routeDelete(step.route, names));
      case "rule-add":
        return this.#send(ruleAdd(step.rule));
      case "rule-delete":
        return this.#send(ruleDelete(step.rule));
      case "forwarding-add":
        return this.#send(forwardingAdd(step.entry, names));
      case "forwarding-delete":
        return this.#send(forwardingDelete(step.entry, names));
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
      if (answer?.errno !== 0) return answer ?? { errno: 5, message: "the kernel gave no answer" };
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
