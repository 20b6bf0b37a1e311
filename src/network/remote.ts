/** Which known device and port does a neighbour mean? By all that it says of itself, each with its weight. */
import { parseMac } from "../address.ts";
import type { NeighbourFact } from "./facts.ts";
import { type Directory, type KnownDevice, type KnownPort, neighbourKeys } from "./known.ts";
import { deviceIdParts, idOfText, plainText, portKey, sameName } from "./normalise.ts";

export interface Remote {
  /** Undefined: nobody known, or several that fit equally well. */
  device?: KnownDevice | undefined;
  /** `PortFact.port` of it; undefined where it cannot be told. */
  port?: string | undefined;
  /** 0 to 1: that it is this device. 0 where there is none. */
  confidence: number;
  /** `chassis MAC address a8:d0:e5:f5:af:c0, port index 628`. */
  reason: string;
  /** What speaks for another device, in whole sentences' halves. */
  contradictions: string[];
}

interface Hint {
  /** That a device is the neighbour when this alone says so. */
  weight: number;
  what: string;
  devices: readonly KnownDevice[];
}

/** @param local the device that sees the neighbour: it is not its own neighbour, unless nothing else fits (a loop) */
export function resolveRemote(fact: NeighbourFact, local: number, directory: Directory): Remote {
  const hints = hintsOf(fact, directory);
  const scores = new Map<KnownDevice, { doubt: number; whats: string[] }>();
  for (const { weight, what, devices } of hints) {
    for (const device of devices) {
      const score = scores.get(device) ?? { doubt: 1, whats: [] };
      score.doubt *= 1 - weight / devices.length;
      score.whats.push(what);
      scores.set(device, score);
    }
  }
  const ranked = [...scores].toSorted(([, a], [, b]) => a.doubt - b.doubt);
  const others = ranked.filter(([device]) => device.id !== local);
  const [first, second] = others.length > 0 ? others : ranked;
  if (!first) return { confidence: 0, reason: "nobody known has its address, ids or name", contradictions: [] };
  const [device, score] = first;
  if (second && second[1].doubt - score.doubt < 0.05) {
    const both = `${device.label} and ${second[0].label}`;
    return { confidence: 0, reason: `${both} fit equally well by ${score.whats.join(", ")}`, contradictions: [] };
  }
  const port = resolvePort(device, fact.remote_port, fact.remote_port_descr);
  const reason = [...new Set([...score.whats, ...(port ? [port.reason] : [])])].join(", ");
  const contradictions = others
    .slice(1)
    .filter(([, other]) => other.whats.some((what) => !score.whats.includes(what)))
    .map(([other, { whats }]) => `${whats.join(", ")} belongs to ${other.label}`);
  const confidence = (1 - score.doubt) * (contradictions.length > 0 ? 0.7 : 1);
  return { device, port: port?.port.port, confidence, reason, contradictions };
}

function hintsOf(fact: NeighbourFact, directory: Directory): Hint[] {
  const keys = neighbourKeys(fact);
  const id = fact.remote_id_kind === "mac" ? fact.remote_id : undefined;
  const text = fact.remote_id_kind === "text" ? deviceIdParts(fact.remote_id).name : "";
  const names = [fact.remote_name, text].filter((name) => name !== "");
  const hints: Hint[] = [];
  for (const mac of keys.macs) {
    const what = mac === id ? "chassis MAC address" : "port MAC address";
    const owners = directory.byMac(mac);
    hints.push({ weight: 0.85, what: `${what} ${mac}`, devices: owners });
    if (owners.length === 0)
      hints.push({ weight: 0.8, what: `${what} ${mac} of one of its ports`, devices: directory.byPortMac(mac) });
  }
  for (const ip of keys.addresses) hints.push({ weight: 0.7, what: `address ${ip}`, devices: directory.byAddress(ip) });
  for (const key of keys.chassisIds)
    hints.push({ weight: 0.7, what: `chassis id ${key}`, devices: directory.byChassisId(key) });
  for (const key of keys.serials)
    hints.push({ weight: 0.85, what: `serial number ${key}`, devices: directory.bySerial(key) });
  for (const key of keys.names) {
    const devices = directory
      .byName(key)
      .filter((device) => device.names.some((name) => names.some((told) => sameName(name, told))));
    hints.push({ weight: 0.5, what: `name ${key}`, devices });
  }
  return hints.filter(({ devices }) => devices.length > 0);
}

/**
 * The port that a neighbour names: by its name in any spelling, MAC address, description, or ifIndex. Undefined where none
 * or several fit.
 */
export function resolvePort(
  device: Pick<KnownDevice, "ports">,
  id: string,
  description = "",
): { port: KnownPort; reason: string } | undefined {
  const ports = device.ports;
  const bridgePort = /^bridge port (\d+)$/.exec(id)?.[1];
  if (bridgePort !== undefined) return bridged(ports, Number(bridgePort));
  const only = (found: KnownPort[], reason: string) => (found.length === 1 ? { port: found[0]!, reason } : undefined);
  const named = (text: string) =>
    only(
      ports.filter(({ port }) => port === text),
      `port ${text}`,
    ) ??
    spelled(ports, text) ??
    undefined;
  const mac = parseMac(id);
  if (mac !== undefined) {
    const owners = ports.filter((port) => port.mac === mac);
    const physical = owners.filter(({ port }) => !/\.\d+$/.test(port));
    return (
      only(owners, `port MAC address ${mac}`) ??
      only(physical, `port MAC address ${mac}`) ??
      described(ports, description)
    );
  }
  const text = plainText(id);
  const byName = text === "" ? undefined : named(text);
  if (byName) return byName;
  const byIndex = /^\d+$/.test(text)
    ? only(
        ports.filter(({ ifindex }) => ifindex === Number(text)),
        `port index ${text}`,
      )
    : undefined;
  return byIndex ?? (text === "" ? undefined : alias(ports, text)) ?? described(ports, description);
}

function spelled(ports: readonly KnownPort[], text: string): { port: KnownPort; reason: string } | undefined {
  for (const key of new Set([portKey(text), portKey(text.replace(/\.0$/, ""))])) {
    // A key ends as its name does: that leaves few of a switch's ports to bring to one form.
    const last = key.slice(-1);
    const is = (name: string) => name.trimEnd().slice(-1).toLowerCase() === last && portKey(name) === key;
    const exact = ports.filter(({ port, descr }) => is(port) || (descr !== port && is(descr)));
    const found =
      exact.length === 1 ? exact : ports.filter(({ port, descr, name }) => is(port) || is(descr) || is(name));
    if (found.length === 1) return { port: found[0]!, reason: `port ${text}` };
  }
  return undefined;
}

function alias(ports: readonly KnownPort[], text: string): { port: KnownPort; reason: string } | undefined {
  const found = ports.filter(({ name }) => name.toLowerCase() === text.toLowerCase());
  return found.length === 1 ? { port: found[0]!, reason: `port named ${text}` } : undefined;
}

/** Spanning tree counts to 4095; aggregates of NX-OS have numbers above that, of which BPDUs tell the low bits. */
function bridged(ports: readonly KnownPort[], number: number): { port: KnownPort; reason: string } | undefined {
  const exact = ports.filter(({ bridge_port }) => bridge_port === number);
  const found =
    exact.length > 0 ? exact : ports.filter(({ bridge_port }) => bridge_port != null && bridge_port % 4096 === number);
  return found.length === 1 ? { port: found[0]!, reason: `bridge port ${number}` } : undefined;
}

/** Comware's description is the port's name and ` Interface`; others put the name alone, or a text of the operator's. */
function described(ports: readonly KnownPort[], description: string): { port: KnownPort; reason: string } | undefined {
  const text = plainText(description);
  if (text === "" || idOfText(text).kind !== "text") return undefined;
  return spelled(ports, text.replace(/ Interface$/, "")) ?? alias(ports, text);
}
