/** The names of PCI and USB numbers: pci.ids and usb.ids, one format (pci.ids(5)). */
import { attribute, type Reader } from "./collector.ts";

/** First of the places where a distribution keeps the file; empty where none is installed, and numbers stay numbers. */
export async function readIds(reader: Reader, name: "pci.ids" | "usb.ids"): Promise<string> {
  for (const folder of [
    "/usr/share/misc",
    "/usr/share/hwdata",
    "/var/lib/pciutils",
    "/var/lib/usbutils",
    "/usr/share",
  ]) {
    const text = await attribute(reader, `${folder}/${name}`);
    if (text !== undefined) return text;
  }
  return "";
}

export interface Ids {
  vendor(vendor: string): string | undefined;
  device(vendor: string, device: string): string | undefined;
  /** The subclass's name, or else the class's. */
  class(code: string, subclass: string): string | undefined;
}

/** Looks up without taking the 40 000 names apart: each vendor asked for costs one search. */
export function idLookup(text: string): Ids {
  const body = `\n${text}`;
  const blocks = new Map<string, string[]>();
  /** The line that starts so, and the indented ones below it. */
  const block = (start: string): string[] => {
    let lines = blocks.get(start);
    if (lines === undefined) {
      const at = body.indexOf(`\n${start}  `) + 1;
      const end = at === 0 ? 0 : body.slice(at).search(/\n[^\t#\n]/);
      lines = at === 0 ? [] : body.slice(at, end === -1 ? undefined : at + end).split("\n");
      blocks.set(start, lines);
    }
    return lines;
  };
  const head = (start: string) => block(start)[0]?.slice(start.length).trim();
  const below = (start: string, code: string) =>
    block(start)
      .find((line) => line.startsWith(`\t${code}  `))
      ?.slice(code.length + 1)
      .trim();
  return {
    vendor: (vendor) => head(vendor),
    device: (vendor, device) => below(vendor, device),
    class: (code, subclass) => below(`C ${code}`, subclass) ?? head(`C ${code}`),
  };
}
