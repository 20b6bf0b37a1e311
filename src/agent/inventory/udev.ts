/** A device's entry in udev's database (/run/udev/data), which says what vendor commands asked at boot had answered. */
import { attribute, type Reader } from "./collector.ts";

/** Properties of the device, and its kernel name under `NAME` where the entry tells it. */
export type UdevProperties = Record<string, string>;

/** @param device major and minor number, as /sys/block/sda/dev has them: `8:0`. */
export async function readUdevBlock(reader: Reader, device: string | undefined): Promise<string | undefined> {
  return device === undefined ? undefined : attribute(reader, `/run/udev/data/b${device}`);
}

export function parseUdev(text: string | undefined): UdevProperties {
  const properties: UdevProperties = {};
  for (const line of (text ?? "").split("\n")) {
    const [, key, value] = /^E:([^=]+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value) properties[key] = value;
    else if (line.startsWith("N:")) properties.NAME = line.slice(2);
  }
  return properties;
}

/** udev writes blanks and other odd characters as `\x20` in the values that keep them. */
export function unescapeUdev(value: string | undefined): string | undefined {
  return value
    ?.replace(/\\x([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\s+/g, " ")
    .trim();
}
