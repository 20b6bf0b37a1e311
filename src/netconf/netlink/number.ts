/** Numbers in netlink messages: in the byte order of the machine, or in that of the network where said. */

/** True on all machines but s390 and old PowerPC. */
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export type NumberForm = "u8" | "u16" | "u32" | "u64" | "s32" | "be16" | "be32";

interface Standing {
  size: number;
  /** Whether the lowest byte comes first. */
  little: boolean;
  smallest: number;
  /** Of 64 bits, what a double holds. */
  largest: number;
}

const forms: Readonly<Record<NumberForm, Standing>> = {
  u8: { size: 1, little: littleEndian, smallest: 0, largest: 0xff },
  u16: { size: 2, little: littleEndian, smallest: 0, largest: 0xffff },
  u32: { size: 4, little: littleEndian, smallest: 0, largest: 0xffff_ffff },
  u64: { size: 8, little: littleEndian, smallest: 0, largest: Number.MAX_SAFE_INTEGER },
  s32: { size: 4, little: littleEndian, smallest: -0x8000_0000, largest: 0x7fff_ffff },
  be16: { size: 2, little: false, smallest: 0, largest: 0xffff },
  be32: { size: 4, little: false, smallest: 0, largest: 0xffff_ffff },
};

/** Undefined where the bytes end before. */
export function readNumber(bytes: Uint8Array | undefined, form: NumberForm, at = 0): number | undefined {
  const { size, little } = forms[form];
  if (!bytes || bytes.length < at + size) return undefined;
  if (size === 1) return bytes[at];
  let number = 0;
  for (let byte = 0; byte < size; byte++) number = number * 256 + bytes[little ? at + size - 1 - byte : at + byte]!;
  return form === "s32" ? number | 0 : number;
}

/** Undefined where it does not fit. */
export function numberBytes(value: number, form: NumberForm): Uint8Array | undefined {
  const { size, little, smallest, largest } = forms[form];
  if (!Number.isInteger(value) || value < smallest || value > largest) return undefined;
  const bytes = new Uint8Array(size);
  let rest = value < 0 ? value + 2 ** 32 : value;
  for (let byte = 0; byte < size; byte++) {
    bytes[little ? byte : size - 1 - byte] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** Overwrites what stands there. */
export function putNumber(into: Uint8Array, at: number, value: number, form: NumberForm): void {
  const bytes = numberBytes(value, form);
  if (!bytes) throw new RangeError(`${value} is no ${form}`);
  into.set(bytes, at);
}

const sure = (value: number, form: NumberForm): Uint8Array => {
  const bytes = numberBytes(value, form);
  if (!bytes) throw new RangeError(`${value} is no ${form}`);
  return bytes;
};

export const u8 = (value: number) => sure(value, "u8");
export const u16 = (value: number) => sure(value, "u16");
export const u32 = (value: number) => sure(value, "u32");
export const s32 = (value: number) => sure(value, "s32");
