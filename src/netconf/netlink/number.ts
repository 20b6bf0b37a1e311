/** Numbers in netlink messages: in the byte order of the machine, or in that of the network where said. */

/** True on all machines but s390 and old PowerPC. */
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export type NumberForm = "u8" | "u16" | "u32" | "u64" | "s32" | "be16" | "be32";

const sizes: Readonly<Record<NumberForm, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, s32: 4, be16: 2, be32: 4 };

/** Largest of each; of 64 bits, what a double holds. */
const largest: Readonly<Record<NumberForm, number>> = {
  u8: 0xff,
  u16: 0xffff,
  u32: 0xffff_ffff,
  u64: Number.MAX_SAFE_INTEGER,
  s32: 0x7fff_ffff,
  be16: 0xffff,
  be32: 0xffff_ffff,
};

/** Undefined where the bytes end before. */
export function readNumber(bytes: Uint8Array | undefined, form: NumberForm, at = 0): number | undefined {
  if (!bytes || bytes.length < at + sizes[form]) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (form) {
    case "u8":
      return view.getUint8(at);
    case "u16":
      return view.getUint16(at, littleEndian);
    case "be16":
      return view.getUint16(at);
    case "u32":
      return view.getUint32(at, littleEndian);
    case "be32":
      return view.getUint32(at);
    case "s32":
      return view.getInt32(at, littleEndian);
    case "u64":
      return Number(view.getBigUint64(at, littleEndian));
  }
}

/** Undefined where it does not fit. */
export function numberBytes(value: number, form: NumberForm): Uint8Array | undefined {
  const smallest = form === "s32" ? -0x8000_0000 : 0;
  if (!Number.isInteger(value) || value < smallest || value > largest[form]) return undefined;
  const bytes = new Uint8Array(sizes[form]);
  const view = new DataView(bytes.buffer);
  if (form === "u8") view.setUint8(0, value);
  else if (form === "u16" || form === "be16") view.setUint16(0, value, form === "u16" && littleEndian);
  else if (form === "u64") view.setBigUint64(0, BigInt(value), littleEndian);
  else if (form === "s32") view.setInt32(0, value, littleEndian);
  else view.setUint32(0, value, form === "u32" && littleEndian);
  return bytes;
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
