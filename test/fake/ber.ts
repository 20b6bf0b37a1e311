/** SNMP messages byte by byte, right and wrong ones, written apart from what reads them in src/. */

export function element(tag: number, ...contents: (Uint8Array | number[])[]): Buffer {
  const body = Buffer.concat(contents.map((part) => Buffer.from(part)));
  const { length } = body;
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), body]);
}

export function integer(value: number, tag = 0x02): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.unshift(rest & 0xff);
    rest = Math.floor(rest / 256);
  } while (!(rest === 0 && bytes[0]! < 0x80) && !(rest === -1 && bytes[0]! >= 0x80));
  return element(tag, bytes);
}

export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes: number[] = [];
  for (const number of [first * 40 + second, ...rest]) {
    const part = [number % 128];
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128))
      part.unshift((left % 128) | 0x80);
    bytes.push(...part);
  }
  return element(0x06, bytes);
}

export function octets(value: string | Uint8Array): Buffer {
  return element(0x04, Buffer.from(value as string));
}

export const nothing = Buffer.from([0x05, 0x00]);
export const endOfMibView = Buffer.from([0x82, 0x00]);

export function binding(name: string, value: Uint8Array): Buffer {
  return element(0x30, oid(name), value);
}

export interface ResponseParts {
  id: number;
  bindings: Uint8Array[];
  status?: number;
  index?: number;
}

export function responsePdu({ id, bindings, status = 0, index = 0 }: ResponseParts): Buffer {
  return element(0xa2, integer(id), integer(status), integer(index), element(0x30, ...bindings));
}

export function message(community: string, pdu: Uint8Array, version = 1): Buffer {
  return element(0x30, integer(version), octets(community), pdu);
}
