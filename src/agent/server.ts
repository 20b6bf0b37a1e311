/** Speaks the OCS protocol to a server: PROLOG, then INVENTORY. */
import { readFileSync } from "node:fs";
import type { Settings } from "../config/keys.ts";
import { readSecretFile } from "../config/load.ts";
import { pack, unpack } from "../inventory/compress.ts";
import type { InventoryDocument } from "../inventory/document.ts";
import {
  type AccountInfo,
  decodeInventoryReply,
  decodePrologReply,
  encodeInventoryRequest,
  encodePrologRequest,
  type InventoryReply,
  type PrologReply,
} from "../inventory/ocs.ts";
import { Problem, type ProblemCode } from "../problem.ts";

/** Bytes of a reply, packed and inflated; one is some hundred bytes. */
const largestReply = 4 * 1024 * 1024;
const deadline = 120_000;

export interface ServerSettings {
  userAgent: string;
  /** `Basic …`, or "". */
  authorization: string;
  ca: string | undefined;
}

/** @param own password for a server of our own, unless `agent.secretFile` names one */
export function serverSettings(settings: Settings, own = ""): ServerSettings {
  const file = settings["agent.secretFile"];
  const secret = file ? readSecretFile(file, "agent.secretFile") : own && `agent:${own}`;
  const credentials = secret.includes(":") || secret === "" ? secret : `agent:${secret}`;
  return {
    userAgent: settings["agent.userAgent"],
    authorization: credentials === "" ? "" : `Basic ${Buffer.from(credentials).toString("base64")}`,
    ca: settings["agent.caFile"] ? readAuthority(settings["agent.caFile"]) : undefined,
  };
}

export async function askProlog(
  url: string,
  deviceId: string,
  settings: ServerSettings,
  signal: AbortSignal,
): Promise<PrologReply> {
  return decodePrologReply(await post(url, encodePrologRequest(deviceId), settings, signal));
}

export async function sendInventory(
  url: string,
  document: InventoryDocument,
  options: { checksum: number; accountInfo?: AccountInfo | undefined },
  settings: ServerSettings,
  signal: AbortSignal,
): Promise<InventoryReply> {
  const { checksum, accountInfo } = options;
  const xml = encodeInventoryRequest(document, { checksum, ...(accountInfo ? { accountInfo } : {}) });
  return decodeInventoryReply(await post(url, xml, settings, signal));
}

async function post(url: string, xml: string, settings: ServerSettings, signal: AbortSignal): Promise<Uint8Array> {
  const headers: Record<string, string> = {
    "Content-Type": "application/x-compress",
    "User-Agent": settings.userAgent,
    Pragma: "no-cache",
  };
  if (settings.authorization !== "") headers.Authorization = settings.authorization;
  const timeout = AbortSignal.timeout(deadline);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body: (await pack(xml, "zlib")) as BodyInit,
      // A redirect would carry the inventory, and the secret, to somebody else.
      redirect: "error",
      signal: AbortSignal.any([signal, timeout]),
      ...(settings.ca === undefined ? {} : { tls: { ca: settings.ca } }),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw refusal(url, response.status);
    }
    return (await unpack(await bodyOf(response), largestReply)).content;
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    if (signal.aborted) throw new Problem("cancelled", "stopped while talking to a server", { cause });
    if (timeout.aborted) throw new Problem("timeout", `${url} did not answer within ${deadline / 1000} s`, { cause });
    const reason = (cause as { code?: string }).code ?? (cause as Error).message;
    throw new Problem("unavailable", `${url} cannot be reached (${reason})`, { cause });
  }
}

/** @throws Problem `too-large` as soon as it is */
async function bodyOf(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > largestReply) throw new Problem("too-large", `the server's answer has more than ${largestReply} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function refusal(url: string, status: number): Problem {
  const known: Record<number, [ProblemCode, string]> = {
    401: ["auth-failed", "wants another password (agent.secretFile)"],
    403: ["forbidden", "does not take reports of this machine"],
    404: ["not-found", "is no inventory server: the path is usually /ocsinventory"],
    429: ["throttled", "asks to come back later"],
  };
  const [code, text] = known[status] ?? ["protocol", `answered with HTTP status ${status}`];
  return new Problem(code, `${url} ${text}`);
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Problem("config", `agent.caFile: cannot read ${path}`, { cause });
  }
}
