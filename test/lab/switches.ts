/** Made-up switches for the responder: each a device of its own, with ports, a forwarding table and an ARP table. */
import { tag, type Value, type VarBind } from "../../src/snmp/value.ts";
import type { DeviceSpec } from "./responder.ts";

export const portsOfSwitch = 8;
export const macsOfSwitch = 24;
export const addressesOfSwitch = 6;

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, "0");

/** @param number 0 to 65535; its address is `addressOf(number)` */
export function madeUpSwitch(number: number): DeviceSpec {
  const rows: VarBind[] = [];
  const add = (oid: string, type: number, value: Value) => rows.push({ oid, type, value });
  const text = (oid: string, value: string) => add(oid, tag.octetString, new TextEncoder().encode(value));
  const mac = (last: number) => `00a0c9${hex(number, 4)}${hex(last, 2)}`;
  text("1.3.6.1.2.1.1.1.0", "A made-up switch");
  add("1.3.6.1.2.1.1.2.0", tag.oid, "1.3.6.1.4.1.8072.3.2.10");
  add("1.3.6.1.2.1.1.3.0", tag.timeTicks, 10_000_000 + number);
  text("1.3.6.1.2.1.1.5.0", `switch-${number}`);
  add("1.3.6.1.2.1.1.7.0", tag.integer, 6);
  add("1.3.6.1.2.1.17.1.1.0", tag.octetString, bytes(mac(255)));
  for (let port = 1; port <= portsOfSwitch; port++) {
    text(`1.3.6.1.2.1.2.2.1.2.${port}`, `port${port}`);
    add(`1.3.6.1.2.1.2.2.1.3.${port}`, tag.integer, 6);
    add(`1.3.6.1.2.1.2.2.1.6.${port}`, tag.octetString, bytes(mac(200 + port)));
    add(`1.3.6.1.2.1.2.2.1.7.${port}`, tag.integer, 1);
    add(`1.3.6.1.2.1.2.2.1.8.${port}`, tag.integer, port % 4 === 0 ? 2 : 1);
    add(`1.3.6.1.2.1.17.1.4.1.2.${port}`, tag.integer, port);
  }
  for (let host = 0; host < macsOfSwitch; host++) {
    const index = (mac(host).match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join(".");
    add(`1.3.6.1.2.1.17.7.1.2.2.1.2.10.${index}`, tag.integer, (host % portsOfSwitch) + 1);
    add(`1.3.6.1.2.1.17.7.1.2.2.1.3.10.${index}`, tag.integer, 3);
  }
  for (let host = 0; host < addressesOfSwitch; host++) {
    const ip = `10.${number >> 8}.${number & 255}.${host + 1}`;
    add(`1.3.6.1.2.1.4.22.1.2.1.${ip}`, tag.octetString, bytes(mac(host)));
    add(`1.3.6.1.2.1.4.22.1.3.1.${ip}`, tag.ipAddress, ip);
    add(`1.3.6.1.2.1.4.22.1.4.1.${ip}`, tag.integer, 3);
  }
  return { rows, host: addressOf(number), community: "public" };
}

export const addressOf = (number: number) => `127.9.${Math.floor(number / 250)}.${(number % 250) + 1}`;
