/** MONITORS: the EDID (VESA E-EDID 1.4) of every display that the kernel's graphics drivers see. */
import type { Row } from "../../inventory/document.ts";
import { attribute, type Collector, row } from "./collector.ts";

export interface MonitorSource {
  /** By connector: `HDMI-A-1`. */
  edids: Map<string, Uint8Array>;
  /** pnp.ids: three letters, a tab, a maker's name. */
  pnp: string;
}

export interface Edid {
  /** Three letters by which the maker is registered. */
  vendor: string;
  product: number;
  /** The number in the header; 0 and 0x01010101 mean that it has none. */
  serialNumber: number;
  /** 0: not told; 255: the year is the model's. */
  week: number;
  year: number;
  names: string[];
  serials: string[];
  texts: string[];
}

const signature = [0, 255, 255, 255, 255, 255, 255, 0];

/** Undefined where it is none: an unplugged connector has an empty file. */
export function parseEdid(bytes: Uint8Array): Edid | undefined {
  if (bytes.length < 128 || signature.some((byte, index) => bytes[index] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const letters = view.getUint16(8);
  const vendor = [10, 5, 0].map((shift) => String.fromCharCode(64 + ((letters >> shift) & 31))).join("");
  const edid: Edid = {
    vendor,
    product: view.getUint16(10, true),
    serialNumber: view.getUint32(12, true),
    week: view.getUint8(16),
    year: 1990 + view.getUint8(17),
    names: [],
    serials: [],
    texts: [],
  };
  // §3.10: four descriptors of 18 bytes; two zeros instead of a pixel clock make one that holds text.
  for (let at = 54; at < 126; at += 18) {
    if (view.getUint16(at) !== 0) continue;
    const list = { 252: edid.names, 255: edid.serials, 254: edid.texts }[view.getUint8(at + 3)];
    const raw = new TextDecoder("latin1").decode(bytes.subarray(at + 5, at + 18));
    const text = raw.replace(/[\n\0].*$/s, "").trim();
    if (list && text !== "") list.push(text);
  }
  return edid;
}

/** The serial number as the sticker has it, and the other that programs show. */
function serials({ vendor, serialNumber, serials: [text] }: Edid): { serial?: string; other?: string } {
  const number = serialNumber === 0 || serialNumber === 0x01_01_01_01 ? undefined : serialNumber;
  const hex = number?.toString(16).padStart(8, "0");
  if (text === undefined || text === "0") return hex === undefined ? {} : { serial: hex };
  // Acer prints the header's number between the eighth and ninth character of the text.
  if (vendor === "ACR" && hex !== undefined && text.length === 12)
    return { serial: text.slice(0, 8) + hex + text.slice(8), other: text };
  // Samsung's header number is four letters of the model, which the sticker has in front.
  const letters =
    number === undefined ? "" : String.fromCharCode(...[24, 16, 8, 0].map((shift) => (number >> shift) & 255));
  if (vendor === "SAM" && /^[A-Z0-9]{4}$/.test(letters)) return { serial: text, other: letters + text };
  return { serial: text };
}

export function monitorRow(bytes: Uint8Array, pnp: string, port?: string): Row | undefined {
  const edid = parseEdid(bytes);
  if (edid === undefined) return undefined;
  const { serial, other } = serials(edid);
  const name = edid.names.length > 0 ? edid.names : edid.texts;
  return row({
    // Five bits spell more than letters: a broken EDID must not become a broken pattern.
    MANUFACTURER:
      (/^[A-Z]{3}$/.test(edid.vendor) ? new RegExp(`^${edid.vendor}\\t(.*?)\\s*$`, "m").exec(pnp)?.[1] : undefined) ??
      edid.vendor,
    CAPTION: name.join(" "),
    DESCRIPTION: edid.week === 255 ? String(edid.year) : `${edid.week}/${edid.year}`,
    SERIAL: serial,
    ALTSERIAL: other,
    BASE64: Buffer.from(bytes.subarray(0, 1024)).toString("base64"),
    PORT: port,
  });
}

export const monitors: Collector<MonitorSource> = {
  sections: ["MONITORS"],
  async read(reader) {
    const edids = new Map<string, Uint8Array>();
    for (const name of await reader.list("/sys/class/drm")) {
      const connector = /^card\d+-(.+)$/.exec(name)?.[1];
      if (connector === undefined) continue;
      const edid = await reader.bytes(`/sys/class/drm/${name}/edid`, 32 * 1024);
      if (edid !== undefined && edid.length > 0) edids.set(connector, edid);
    }
    const pnp = edids.size === 0 ? undefined : await attribute(reader, "/usr/share/hwdata/pnp.ids");
    return { edids, pnp: pnp ?? "" };
  },
  parse({ edids, pnp }) {
    const rows = [...edids].map(([port, bytes]) => monitorRow(bytes, pnp, port));
    return { sections: { MONITORS: rows.filter((each) => each !== undefined) } };
  },
};
