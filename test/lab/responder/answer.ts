/** Requests to answers as an agent gives them (RFC 1157 §4.1, RFC 3416 §4.2). */
import { tag } from "../../../src/snmp/value.ts";
import { element, encodeInteger, type Request } from "./ber.ts";
import type { Device } from "./device.ts";

export const get = 0xa0;
export const getNext = 0xa1;
export const setRequest = 0xa3;
export const getBulk = 0xa5;

const noSuchName = 2;
const tooBig = 1;
const notWritable = 17;

/** @param size most bytes of an answer */
export function answer(device: Device, request: Request, writes: boolean, size: number): Uint8Array | undefined {
  switch (request.kind) {
    case get:
      return answerGet(device, request, size);
    case getNext:
      return answerNext(device, request, size);
    case getBulk:
      return request.version === 0 ? undefined : answerBulk(device, request, size);
    case setRequest:
      return answerSet(device, request, writes);
    default:
      return undefined;
  }
}

function answerGet(device: Device, request: Request, size: number): Uint8Array {
  const found: Uint8Array[] = [];
  for (let at = 0; at < request.keys.length; at++) {
    const place = device.at(request.keys[at]!);
    if (place >= 0 && !hidden(device, place, request)) found.push(device.rows.encoded[place]!);
    else if (request.version === 0) return failure(request, noSuchName, at + 1);
    else found.push(exception(request.oids[at]!, missing(device, request.keys[at]!)));
  }
  return reply(request, found, size) ?? failure(request, tooBig, 0);
}

/** A column that has other rows lacks the instance; one without rows is no object of this agent. */
function missing(device: Device, key: string): number {
  const next = device.rows.keys[device.after(key)];
  const before = device.rows.keys[device.after(key) - 1];
  const column = key.slice(0, -2);
  return next?.startsWith(column) || before?.startsWith(column) ? tag.noSuchInstance : tag.noSuchObject;
}

const hidden = (device: Device, place: number, request: Request) =>
  request.version === 0 && device.rows.types[place] === tag.counter64;

function next(device: Device, key: string, request: Request): number {
  let place = device.after(key);
  while (place < device.rows.keys.length && hidden(device, place, request)) place++;
  return place;
}

function answerNext(device: Device, request: Request, size: number): Uint8Array {
  const found: Uint8Array[] = [];
  for (let at = 0; at < request.keys.length; at++) {
    const place = next(device, request.keys[at]!, request);
    if (place < device.rows.keys.length) found.push(device.rows.encoded[place]!);
    else if (request.version === 0) return failure(request, noSuchName, at + 1);
    else found.push(exception(request.oids[at]!, tag.endOfMibView));
  }
  return reply(request, found, size) ?? failure(request, tooBig, 0);
}

/** Room for what stands around the varbinds: version, community, tags, lengths, id, errors. */
const around = 48;

function answerBulk(device: Device, request: Request, size: number): Uint8Array {
  const { encoded, keys } = device.rows;
  const single = Math.min(Math.max(request.first, 0), request.keys.length);
  const repetitions = Math.max(request.second, 0);
  const found: Uint8Array[] = [];
  let room = size - around - request.community.length;
  const take = (bytes: Uint8Array) => {
    room -= bytes.length;
    if (room < 0) return false;
    found.push(bytes);
    return true;
  };
  for (let at = 0; at < single; at++) {
    const place = device.after(request.keys[at]!);
    if (!take(place < keys.length ? encoded[place]! : exception(request.oids[at]!, tag.endOfMibView))) {
      return failure(request, tooBig, 0);
    }
  }
  const places = request.keys.slice(single).map((key) => device.after(key));
  const ends = request.oids.slice(single).map((oid) => exception(oid, tag.endOfMibView));
  full: for (let round = 0; round < repetitions && places.length > 0; round++) {
    let alive = false;
    for (let at = 0; at < places.length; at++) {
      const place = places[at]!;
      const inside = place < keys.length;
      if (!take(inside ? encoded[place]! : ends[at]!)) break full;
      if (!inside) continue;
      alive = true;
      places[at] = place + 1;
      if (place + 1 === keys.length) ends[at] = endOfMib(encoded[place]!);
    }
    if (!alive) break;
  }
  if (found.length === 0 && request.keys.length > 0 && repetitions > 0) return failure(request, tooBig, 0);
  return assemble(request, found);
}

/** endOfMibView carries the OID that was asked for in that repetition: that of the repetition before. */
function endOfMib(varbind: Uint8Array): Uint8Array {
  const headOf = (length: number) => (length < 0x80 ? 2 : length === 0x81 ? 3 : 4);
  const start = headOf(varbind[1]!);
  const content = start + headOf(varbind[start + 1]!);
  const length = varbind[content - 1]! + (content - start === 4 ? varbind[content - 2]! << 8 : 0);
  return exception(varbind.subarray(content, content + length), tag.endOfMibView);
}

function answerSet(device: Device, request: Request, writes: boolean): Uint8Array {
  for (let at = 0; at < request.keys.length; at++) {
    const refused = writes ? device.refusal(request.keys[at]!, request.types[at]!) : notWritable;
    if (refused !== 0) return failure(request, request.version === 0 ? noSuchName : refused, at + 1);
  }
  for (let at = 0; at < request.keys.length; at++) {
    const value = element(request.types[at]!, request.values[at]!);
    device.put(request.keys[at]!, request.types[at]!, element(0x30, element(0x06, request.oids[at]!), value));
  }
  return message(request, 0, 0, request.list);
}

const exception = (oid: Uint8Array, type: number) => element(0x30, element(0x06, oid), element(type));

function reply(request: Request, found: Uint8Array[], size: number): Uint8Array | undefined {
  const bytes = assemble(request, found);
  return bytes.length <= size ? bytes : undefined;
}

const assemble = (request: Request, found: Uint8Array[]) => message(request, 0, 0, element(0x30, ...found));

/** tooBig comes without varbinds in v2c (RFC 3416 §4.2.1), all other errors with those of the request. */
function failure(request: Request, status: number, index: number): Uint8Array {
  const empty = status === tooBig && request.version === 1;
  return message(request, status, index, empty ? element(0x30) : request.list);
}

const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

function message(request: Request, status: number, index: number, list: Uint8Array): Uint8Array {
  const pdu = element(0xa2, request.id, encodeInteger(0x02, status), encodeInteger(0x02, index), list);
  const version = Uint8Array.of(0x02, 1, request.version);
  return element(0x30, version, element(0x04, latin(request.community)), pdu);
}
