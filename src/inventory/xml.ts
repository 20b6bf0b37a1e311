/**
 * XML as inventory servers and agents exchange it: no DOCTYPE, no entities of its own, no mixed content, values are text.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { Problem } from "../problem.ts";

/**
 * An element's content: text, or its attributes and children by name (OCS reads both alike); a repeated name makes a
 * list. Objects hold own properties only; `Object.hasOwn` before use, since names are the sender's.
 */
export type XmlValue = string | XmlElement | XmlValue[];
export interface XmlElement {
  [name: string]: XmlValue;
}

export const xmlLimits = { depth: 12, elements: 500_000 } as const;

const charsets = new Map([
  ["utf-8", "utf-8"],
  ["utf8", "utf-8"],
  ["us-ascii", "utf-8"],
  ["iso-8859-1", "windows-1252"],
  ["latin1", "windows-1252"],
  ["iso-8859-15", "iso-8859-15"],
  ["windows-1252", "windows-1252"],
]);

function decodeText(bytes: Uint8Array): string {
  const head = String.fromCharCode(...bytes.subarray(0, 128));
  const declared =
    /^(?:\u00ef\u00bb\u00bf)?\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']+)["']/.exec(head)?.[1] ?? "utf-8";
  const charset = charsets.get(declared.toLowerCase());
  if (charset === undefined) throw new Problem("bad-request", `the XML is in an unknown encoding: ${declared}`);
  return new TextDecoder(charset).decode(bytes).trimStart();
}

/**
 * One parsed document: the root element's name and content.
 * @throws Problem `bad-request` when it is not well-formed, declares a DOCTYPE or entity, or nests too deeply;
 * `too-large` for too many elements.
 */
export function parseXml(bytes: Uint8Array): { name: string; content: XmlElement } {
  const text = decodeText(bytes);
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new Problem("bad-request", "XML with a DOCTYPE is not accepted");
  // The parser alone would take mismatched and missing closing tags, and with them a truncated inventory.
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new Problem("bad-request", `the XML is not well-formed: line ${valid.err.line}`);

  let elements = 0;
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    textNodeName: "#text",
    cdataPropName: "#cdata",
    parseTagValue: false,
    processEntities: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    jPath: false,
    maxNestedTags: xmlLimits.depth,
    updateTag: () => {
      if (++elements > xmlLimits.elements)
        throw new Problem("too-large", `the XML has more than ${xmlLimits.elements} elements`);
      return true;
    },
  });
  let parsed: Record<string, unknown>;
  try {
    parsed = parser.parse(text);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("bad-request", "the XML is not acceptable: too deep, or a name that is not allowed", {
      cause: error,
    });
  }
  const [root, ...others] = Object.entries(parsed).filter(([name]) => !name.startsWith("#"));
  if (root === undefined || others.length > 0 || Array.isArray(root[1]))
    throw new Problem("bad-request", "the XML does not have exactly one root element");
  const content = root[1];
  return { name: root[0], content: typeof content === "object" && content !== null ? (content as XmlElement) : {} };
}

const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g, (_, decimal, hex, name) => {
    if (name !== undefined) return named[name] as string;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0x10_ff_ff || (code >= 0xd800 && code < 0xe000) ? "\ufffd" : String.fromCodePoint(code);
  });
}

/** The text of an element; texts of a repeated one joined by commas; undefined when it holds elements or is absent. */
export function textOf(value: XmlValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return decodeEntities(value);
  if (Array.isArray(value)) {
    const texts = value.map(textOf).filter((text) => text !== undefined && text !== "");
    return texts.length === 0 ? undefined : texts.join(",");
  }
  const text = Object.hasOwn(value, "#text") ? decodeEntities(String(value["#text"])) : undefined;
  const cdata = Object.hasOwn(value, "#cdata") ? [value["#cdata"]].flat().join("") : undefined;
  return text === undefined ? cdata : text + (cdata ?? "");
}

/** The child of that name, first one if repeated. */
export function child(element: XmlElement, name: string): XmlValue | undefined {
  const value = Object.hasOwn(element, name) ? element[name] : undefined;
  return Array.isArray(value) ? value[0] : value;
}

/** Every child of that name that has children or attributes of its own. */
export function childElements(element: XmlElement, name: string): XmlElement[] {
  const value = Object.hasOwn(element, name) ? element[name] : undefined;
  return [value ?? []].flat(1).filter((item): item is XmlElement => typeof item === "object" && !Array.isArray(item));
}

/** XML 1.0 §2.2 has no other characters; there is no way to escape the missing ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const illegal = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export function escapeXml(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = value.toWellFormed().replace(illegal, "");
  if (!/[&<>"\r]/.test(text)) return text;
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;");
}

/** `<name>value</name>`, or nothing when there is no value. */
export function element(name: string, value: string | number | undefined): string {
  return value === undefined ? "" : `<${name}>${escapeXml(value)}</${name}>`;
}
