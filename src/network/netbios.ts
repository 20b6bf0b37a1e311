/** NetBIOS node status: asking a host for its names (RFC 1002 §4.2.17, §4.2.18). */

export interface NodeName {
  name: string;
  /** Sixteenth byte: what the name is for. */
  suffix: number;
  group: boolean;
}

export interface NodeStatus {
  /** Of the request it answers. */
  id: number;
  names: NodeName[];
  /** Unit id: mostly a MAC address; null where it is none. */
  mac: string | null;
  /** As Netdisco's node_nbt has it: the computer (suffix 00), its domain or workgroup (00, a group), … */
  nbname: string;
  domain: string;
  /** It shares files (20). */
  server: boolean;
  /** Who is logged in (03), where that is not the computer itself. */
  nbuser: string;
}

const nodeStatus = 0x0021;
const internet = 0x0001;
const header = 12;

/** A request for all names. */
export function encodeNodeStatusRequest(id: number): Uint8Array {
  const bytes = new Uint8Array(50);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(4, 1);
  // The name `*` and fifteen NULs, half a byte a letter (RFC 1001 §14.1).
  bytes[12] = 32;
  bytes.fill(0x41, 13, 45);
  bytes.set([0x43, 0x4b], 13);
  view.setUint16(46, nodeStatus);
  view.setUint16(48, internet);
  return bytes;
}

/** `undefined` for what is no whole, positive node status response. */
export function decodeNodeStatusResponse(bytes: Uint8Array): NodeStatus | undefined {
  if (bytes.length < header || bytes.length > 65_535) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  // A response, of a query, without an error; one answer and no question.
  if ((flags & 0xf80f) !== 0x8000 || view.getUint16(4) !== 0 || view.getUint16(6) !== 1) return undefined;
  const record = skipName(bytes, header);
  if (record === undefined || record + 11 > bytes.length || view.getUint16(record) !== nodeStatus) return undefined;
  const end = record + 10 + view.getUint16(record + 8);
  const count = view.getUint8(record + 10);
  const unit = record + 11 + count * 18;
  // Some agents leave out the statistics after the names.
  if (unit > end || end > bytes.length) return undefined;
  const names: NodeName[] = [];
  for (let at = record + 11; at < unit; at += 18) {
    const name = textOf(bytes.subarray(at, at + 15));
    // Bits: group … being taken away, in conflict, active (§4.2.18).
    const state = view.getUint16(at + 16);
    if (name !== "" && (state & 0x1800) === 0)
      names.push({ name, suffix: bytes[at + 15] ?? 0, group: (state & 0x8000) !== 0 });
  }
  return {
    id: view.getUint16(0),
    names,
    mac: unit + 6 <= end ? macOf(bytes.subarray(unit, unit + 6)) : null,
    ...meaning(names),
  };
}

function meaning(names: NodeName[]): Pick<NodeStatus, "nbname" | "domain" | "server" | "nbuser"> {
  const find = (suffix: number, group: boolean) => names.filter((one) => one.suffix === suffix && one.group === group);
  // Microsoft's web server registers the computer's name with IS~ before it.
  const nbname = find(0x00, false).find(({ name }) => !name.startsWith("IS~"))?.name ?? "";
  return {
    nbname,
    domain: find(0x00, true)[0]?.name ?? "",
    server: find(0x20, false).length > 0,
    nbuser: find(0x03, false).find(({ name }) => name.replace(/\$$/, "") !== nbname)?.name ?? "",
  };
}

/** Where the name that begins there ends; labels, or a pointer to some. */
function skipName(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at < bytes.length && at < from + 256; ) {
    const length = bytes[at] ?? 0;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > 63) return undefined;
    at += 1 + length;
  }
  return undefined;
}

function textOf(bytes: Uint8Array): string {
  const letters = Array.from(bytes, (byte) => (byte < 0x20 || byte === 0x7f ? " " : String.fromCharCode(byte)));
  return letters.join("").trim();
}

function macOf(bytes: Uint8Array): string | null {
  const mac = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
  const useless = mac === "00:00:00:00:00:00" || ((bytes[0] ?? 0) & 1) !== 0;
  return useless ? null : mac;
}
