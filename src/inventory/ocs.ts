/**
 * The OCS Inventory NG protocol's messages as XML: what agents ask (PROLOG, INVENTORY, DOWNLOAD) and what servers answer.
 * Both directions, since Reeve is agent and server. Behaviour after UnixAgent 2.10 and Server 2.12 (`Communication.pm`).
 */
import { Problem } from "../problem.ts";
import { type Dropped, type InventoryDocument, isDeviceId, limits, normalise } from "./document.ts";
import { allChecksumBits, isSectionName, type SectionName, sectionNames, sections } from "./sections.ts";
import { child, childElements, element, escapeXml, parseXml, textOf, type XmlElement } from "./xml.ts";

/** Key → value of ACCOUNTINFO, such as `TAG`. */
export type AccountInfo = Record<string, string>;

export type OcsRequest =
  | { query: "PROLOG"; deviceId: string }
  | {
      query: "INVENTORY";
      deviceId: string;
      document: InventoryDocument;
      dropped: Dropped;
      accountInfo: AccountInfo;
      /** Ids of packages deployed before. */
      history: string[];
    }
  | { query: "DOWNLOAD"; deviceId: string; package: string; result: string }
  /** Anything else: OCS answers 400. */
  | { query: "OTHER"; deviceId: string; name: string };

export interface PrologOption {
  name: string;
  /** Attributes of each PARAM; its text, if any, under the empty key. */
  params: Record<string, string>[];
}

export interface PrologReply {
  /** `SEND`: send an inventory now; `STOP`: not now. */
  response: "SEND" | "STOP" | "OTHER";
  /** Hours between two contacts. */
  prologFreq?: number;
  inventoryOnStartup?: boolean;
  options?: PrologOption[];
}

export interface InventoryReply {
  /** What to remember and echo in every inventory; absent when the server had nothing to say. */
  accountInfo?: AccountInfo;
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** What FusionInventory and GLPI agents call it → what the table of sections does. */
const dialect: Partial<Record<SectionName, Record<string, string>>> = {
  CPUS: { NAME: "TYPE", CORE: "CORES", THREAD: "THREADS", ARCH: "CPUARCH", SERIAL: "SERIALNUMBER" },
  NETWORKS: { IPADDRESS6: "IPADDRESS", IPMASK6: "IPMASK", IPSUBNET6: "IPSUBNET" },
  SOFTWARES: { ARCH: "ARCHITECTURE", SYSTEM_CATEGORY: "SECTION" },
  STORAGES: { SERIAL: "SERIALNUMBER" },
};

/** As an agent asks whether an inventory is due. */
export function encodePrologRequest(deviceId: string): string {
  return `${declaration}<REQUEST><DEVICEID>${escapeXml(deviceId)}</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>\n`;
}

/**
 * An inventory. `checksum` tells which sections changed (default: all); `REEVE` carries what OCS has no place for and is
 * passed over by its servers, which read known sections only (`Server/Inventory/Data.pm`).
 */
export function encodeInventoryRequest(
  document: InventoryDocument,
  options: { checksum?: number; accountInfo?: AccountInfo; history?: readonly string[] } = {},
): string {
  const parts: string[] = [];
  for (const name of sectionNames) {
    let rows = document.sections[name] ?? [];
    if (name === "HARDWARE") rows = [{ ...rows[0], CHECKSUM: options.checksum ?? allChecksumBits }];
    for (const row of rows) {
      let fields = "";
      for (const field of sections[name].fields.keys()) fields += element(field, row[field]);
      parts.push(`<${name}>${fields}</${name}>`);
    }
  }
  const accountInfo = { ...(document.tag === undefined ? {} : { TAG: document.tag }), ...options.accountInfo };
  for (const pair of encodeAccountInfo(accountInfo)) parts.push(pair);
  if (document.oldDeviceId !== undefined) parts.push(element("OLD_DEVICEID", document.oldDeviceId));
  const history = options.history ?? [];
  if (history.length > 0) {
    const packages = history.map((id) => `<PACKAGE ID="${escapeXml(id)}" />`).join("");
    parts.push(`<DOWNLOAD><HISTORY>${packages}</HISTORY></DOWNLOAD>`);
  }
  const incomplete = document.incomplete
    .map((item) => `<INCOMPLETE>${element("SECTION", item.section)}${element("REASON", item.reason)}</INCOMPLETE>`)
    .join("");
  parts.push(
    `<REEVE>${element("AGENT", document.agent)}${element("COLLECTED", document.collected)}${incomplete}</REEVE>`,
  );
  return (
    `${declaration}<REQUEST>\n<CONTENT>\n${parts.join("\n")}\n</CONTENT>\n` +
    `${element("DEVICEID", document.deviceId)}<QUERY>INVENTORY</QUERY>\n</REQUEST>\n`
  );
}

function encodeAccountInfo(accountInfo: AccountInfo): string[] {
  return Object.entries(accountInfo).map(
    ([key, value]) => `<ACCOUNTINFO>${element("KEYNAME", key)}${element("KEYVALUE", value)}</ACCOUNTINFO>`,
  );
}

function decodeAccountInfo(content: XmlElement): AccountInfo {
  const accountInfo: AccountInfo = {};
  for (const pair of childElements(content, "ACCOUNTINFO").slice(0, 256)) {
    const key = textOf(child(pair, "KEYNAME"));
    if (key !== undefined && /^\w{1,64}$/.test(key) && key !== "__proto__")
      accountInfo[key] = (textOf(child(pair, "KEYVALUE")) ?? "").slice(0, 255);
  }
  return accountInfo;
}

/** One row as text by field name, in our vocabulary. */
function decodeRow(name: SectionName, given: XmlElement): Record<string, string> {
  const row: Record<string, string> = Object.create(null);
  const renamed = dialect[name] ?? {};
  for (const [field, value] of Object.entries(given)) {
    if (field.startsWith("#")) continue;
    // A field that holds elements is kept under its own name for the count of what was dropped.
    const text = textOf(value) ?? (typeof value === "object" && Object.keys(value).length > 0 ? "…" : "");
    const ours = Object.hasOwn(renamed, field) ? (renamed[field] as string) : field;
    if (text !== "") row[ours] ??= text;
  }
  if (name === "CONTROLLERS" && row.PCIID === undefined && row.VENDORID && row.PRODUCTID) {
    row.PCIID = `${row.VENDORID}:${row.PRODUCTID}`;
    delete row.VENDORID;
    delete row.PRODUCTID;
  }
  return row;
}

/** What stands in CONTENT beside sections. */
const notSections = new Set(["ACCOUNTINFO", "DOWNLOAD", "OLD_DEVICEID", "REEVE", "VERSIONCLIENT", "VERSIONPROVIDER"]);

function decodeInventory(
  request: XmlElement,
  deviceId: string,
  received: { at: number; userAgent?: string },
): OcsRequest {
  const [content] = childElements(request, "CONTENT");
  if (content === undefined) throw new Problem("bad-request", "the inventory has no CONTENT");
  const given: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(content)) {
    if (notSections.has(name) || name.startsWith("#")) continue;
    given[name] = isSectionName(name) ? childElements(content, name).map((row) => decodeRow(name, row)) : null;
  }
  const accountInfo = decodeAccountInfo(content);
  const ours = childElements(content, "REEVE")[0] ?? {};
  const collected = Number(textOf(child(ours, "COLLECTED")));
  const { document, dropped } = normalise({
    deviceId,
    oldDeviceId: textOf(child(content, "OLD_DEVICEID")),
    tag: accountInfo.TAG === "NA" ? undefined : accountInfo.TAG,
    agent: textOf(child(ours, "AGENT")) ?? textOf(child(content, "VERSIONCLIENT")) ?? received.userAgent,
    // A clock that runs ahead must not make its inventory the newest for ever.
    collected: collected > 0 && collected <= received.at ? collected : received.at,
    sections: given,
    incomplete: childElements(ours, "INCOMPLETE")
      .slice(0, limits.incomplete)
      .map((item) => ({ section: textOf(child(item, "SECTION")), reason: textOf(child(item, "REASON")) })),
  });
  const [download] = childElements(content, "DOWNLOAD");
  const [historyElement] = download === undefined ? [] : childElements(download, "HISTORY");
  const history = (historyElement === undefined ? [] : childElements(historyElement, "PACKAGE"))
    .slice(0, 1000)
    .map((item) => textOf(child(item, "ID")) ?? "")
    .filter((id) => /^\d{1,20}$/.test(id));
  return { query: "INVENTORY", deviceId, document, dropped, accountInfo, history };
}

/**
 * What an agent asks. `received` gives the time of an inventory that does not say when it was collected, and the
 * HTTP User-Agent as its collector's name.
 * @throws Problem `bad-request` (not OCS, bad device id, DOCTYPE …), `too-large`.
 */
export function decodeRequest(bytes: Uint8Array, received: { at: number; userAgent?: string }): OcsRequest {
  const { name, content: request } = parseXml(bytes);
  if (name !== "REQUEST") throw new Problem("bad-request", "the XML is not an OCS request");
  const deviceId = textOf(child(request, "DEVICEID"))?.trim() ?? "";
  if (!isDeviceId(deviceId))
    throw new Problem("bad-request", "the device id is not of the form NAME-YYYY-MM-DD-hh-mm-ss");
  const query = textOf(child(request, "QUERY"))?.trim() ?? "";
  switch (query) {
    case "PROLOG":
      return { query, deviceId };
    case "INVENTORY":
      return decodeInventory(request, deviceId, received);
    case "DOWNLOAD":
      return {
        query,
        deviceId,
        package: (textOf(child(request, "ID")) ?? "").slice(0, 64),
        result: (textOf(child(request, "ERR")) ?? "").slice(0, 255),
      };
    default:
      return { query: "OTHER", deviceId, name: query.slice(0, 64) };
  }
}

export function encodePrologReply(reply: PrologReply): string {
  const options = (reply.options ?? []).map((option) => {
    const params = option.params.map(({ "": text, ...attributes }) => {
      const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
      return `<PARAM${given.join("")}>${text === undefined ? "" : escapeXml(text)}</PARAM>`;
    });
    return `<OPTION>${element("NAME", option.name)}${params.join("")}</OPTION>`;
  });
  return (
    `${declaration}<REPLY>${element("RESPONSE", reply.response)}${element("PROLOG_FREQ", reply.prologFreq)}` +
    `${element("INVENTORY_ON_STARTUP", reply.inventoryOnStartup === undefined ? undefined : Number(reply.inventoryOnStartup))}` +
    `${options.join("")}</REPLY>\n`
  );
}

function parseReply(bytes: Uint8Array): XmlElement {
  const { name, content } = parseXml(bytes);
  if (name !== "REPLY") throw new Problem("protocol", "the server's answer is not an OCS reply");
  return content;
}

/** @throws Problem `bad-request` when it is no XML, `protocol` when it is no reply or has no RESPONSE. */
export function decodePrologReply(bytes: Uint8Array): PrologReply {
  const content = parseReply(bytes);
  const response = textOf(child(content, "RESPONSE"));
  if (response === undefined) throw new Problem("protocol", "the server's answer to PROLOG has no RESPONSE");
  const reply: PrologReply = { response: response === "SEND" || response === "STOP" ? response : "OTHER", options: [] };
  const frequency = textOf(child(content, "PROLOG_FREQ"));
  if (frequency !== undefined && /^\d{1,5}$/.test(frequency)) reply.prologFreq = Number(frequency);
  const onStartup = textOf(child(content, "INVENTORY_ON_STARTUP"));
  if (onStartup !== undefined) reply.inventoryOnStartup = onStartup === "1";
  reply.options = childElements(content, "OPTION").map((option) => ({
    name: textOf(child(option, "NAME")) ?? "",
    params: decodeParams(option),
  }));
  return reply;
}

function decodeParams(option: XmlElement): Record<string, string>[] {
  const values = Object.hasOwn(option, "PARAM") ? [option.PARAM ?? []].flat() : [];
  return values.map((param) => {
    const attributes: Record<string, string> = Object.create(null);
    const text = textOf(param);
    if (text !== undefined && text !== "") attributes[""] = text;
    if (typeof param !== "object" || Array.isArray(param)) return attributes;
    for (const [key, value] of Object.entries(param)) if (!key.startsWith("#")) attributes[key] = textOf(value) ?? "";
    return attributes;
  });
}

export function encodeInventoryReply(reply: InventoryReply = {}): string {
  if (reply.accountInfo === undefined) return `${declaration}<REPLY><RESPONSE>NO_ACCOUNT_UPDATE</RESPONSE></REPLY>\n`;
  const pairs = encodeAccountInfo(reply.accountInfo).join("");
  return `${declaration}<REPLY><RESPONSE>ACCOUNT_UPDATE</RESPONSE>${pairs}</REPLY>\n`;
}

/** @throws Problem `bad-request` when it is no XML, `protocol` when it acknowledges nothing. */
export function decodeInventoryReply(bytes: Uint8Array): InventoryReply {
  const content = parseReply(bytes);
  switch (textOf(child(content, "RESPONSE"))) {
    case "NO_ACCOUNT_UPDATE":
      return {};
    case "ACCOUNT_UPDATE":
      return { accountInfo: decodeAccountInfo(content) };
    default:
      throw new Problem("protocol", "the server did not acknowledge the inventory");
  }
}
