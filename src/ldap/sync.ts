/** Content synchronisation (RFC 4533): its controls and messages, and the stream of them. */
import { Problem } from "../problem.ts";
import { Reader, universal, Writer } from "./ber.ts";
import type { Connection } from "./connection.ts";
import { LdapRefusal } from "./refusal.ts";
import { encodeSearch } from "./request.ts";
import {
  controlValue,
  copy,
  type Message,
  operation,
  readDn,
  readNamed,
  readResult,
  viewAttributes,
} from "./response.ts";
import type { Cookie, SyncMessage, SyncRequest, SyncState } from "./sync-message.ts";

export const syncRequestOid = "1.3.6.1.4.1.4203.1.9.1.1";
const syncStateOid = "1.3.6.1.4.1.4203.1.9.1.2";
const syncDoneOid = "1.3.6.1.4.1.4203.1.9.1.3";
const syncInfoOid = "1.3.6.1.4.1.4203.1.9.1.4";

const states: SyncState[] = ["present", "add", "modify", "delete"];
const nothing = new Uint8Array(0);
/** Octets. It is written down with each change; of a hundred providers OpenLDAP's has some thousand. */
const longestCookie = 64 * 1024;

const broken = (what: string): Problem => new Problem("protocol", `content synchronisation: ${what}`);

/** §2.2. */
export function encodeSyncRequest({ mode, cookie }: Pick<SyncRequest, "mode" | "cookie">): Uint8Array {
  return new Writer()
    .sequence((value) => {
      value.enumerated(mode === "refresh" ? 1 : 3);
      if (cookie) value.octets(cookie);
    })
    .finish();
}

/**
 * What the message says; undefined if it is nothing of ours (a reference, an intermediate response of another kind).
 * The end of a search that was refused is not for here.
 * @throws Problem `protocol`
 */
export function readSyncMessage({ tag, body, controls }: Message): SyncMessage | undefined {
  if (tag === operation.searchEntry) return readEntry(body, controls);
  if (tag === operation.searchDone) return readDone(controls);
  if (tag !== operation.intermediateResponse) return undefined;
  const { name, value } = readNamed(body, 0x80, 0x81);
  return name === syncInfoOid ? readInfo(value) : undefined;
}

function readEntry(body: Reader, controls: Reader | undefined): SyncMessage {
  const value = controlValue(controls, syncStateOid)?.sequence();
  if (!value) throw broken("an entry without its state");
  const number = value.enumerated();
  const state = states[number];
  if (!state) throw broken(`an entry of the unknown state ${number}`);
  const uuid = readUuid(value);
  const cookie = readCookie(value);
  const name = readDn(body);
  // Not copied: whoever keeps entries writes them somewhere else anyway.
  const attributes = state === "add" || state === "modify" ? viewAttributes(body) : nothing;
  return { kind: "entry", state, uuid, ...name, attributes, ...(cookie && { cookie }) };
}

/** §2.4; a server that has nothing to say may leave it away. */
function readDone(controls: Reader | undefined): SyncMessage {
  const control = controlValue(controls, syncDoneOid);
  const value = control?.more ? control.sequence() : new Reader(nothing);
  const cookie = readCookie(value);
  return { kind: "done", refreshDeletes: readFlag(value, false), ...(cookie && { cookie }) };
}

/** §2.5. */
function readInfo(info: Reader): SyncMessage {
  const tag = info.tag();
  if (tag === 0x80) return { kind: "cookie", cookie: copy(info.octets(tag)) };
  if (tag !== 0xa1 && tag !== 0xa2 && tag !== 0xa3) throw broken("an unknown kind of information");
  const value = info.sequence(tag);
  const read = readCookie(value);
  const cookie = read && { cookie: read };
  if (tag !== 0xa3) {
    return { kind: "phase", phase: tag === 0xa1 ? "delete" : "present", done: readFlag(value, true), ...cookie };
  }
  const deleted = readFlag(value, false);
  const uuids: Uint8Array[] = [];
  for (const set = value.set(); set.more; ) uuids.push(readUuid(set));
  return { kind: "set", deleted, uuids, ...cookie };
}

function readUuid(reader: Reader): Uint8Array {
  const octets = reader.octets();
  if (octets.length !== 16) throw broken(`an entryUUID of ${octets.length} octets`);
  return copy(octets);
}

function readCookie(reader: Reader): Cookie | undefined {
  if (reader.tag() !== universal.octets) return undefined;
  const octets = reader.octets();
  if (octets.length > longestCookie) throw broken(`a cookie of ${octets.length} octets`);
  return copy(octets);
}

function readFlag(reader: Reader, otherwise: boolean): boolean {
  return reader.tag() === universal.boolean ? reader.boolean() : otherwise;
}

/** Octets of messages that wait for the consumer before the socket is held. */
const highWater = 1024 * 1024;

const hints: Record<number, string> = {
  4: "The listener's account needs a limit of its own there, in OpenLDAP: limits dn.exact=… size=unlimited time=unlimited",
  11: "The listener's account needs a limit of its own there, in OpenLDAP: limits dn.exact=… size=unlimited time=unlimited",
  12: "Content synchronisation is off for this base, in OpenLDAP: overlay syncprov in its database",
};

/**
 * What came since it was last asked, in order. Ends after `done`; breaking off abandons the search.
 * @param ignored told of references to other servers (RFC 4511 §4.5.3), which are not followed
 * @throws LdapRefusal (`syncResults`); Problem `protocol`, or why the connection ended; the signal's reason
 */
export async function* synchronise(
  connection: Connection,
  request: SyncRequest,
  signal?: AbortSignal,
  ignored: () => void = () => {},
): AsyncGenerator<SyncMessage[], void, undefined> {
  signal?.throwIfAborted();
  let batch: SyncMessage[] = [];
  let size = 0;
  let end: { error?: unknown } | undefined;
  let answered = false;
  let wake = () => {};
  const stop = (error?: unknown) => {
    end ??= { error };
    wake();
  };
  const id = connection.open(
    {
      urgent: false,
      take(message, octets) {
        if (end) return;
        if (message.tag === operation.searchReference) ignored();
        if (message.tag === operation.searchDone) {
          answered = true;
          const result = readResult(message.body);
          if (result.code !== 0) {
            const what = `${connection.uri}: synchronisation of ${JSON.stringify(request.base)}`;
            return stop(new LdapRefusal(what, result, hints[result.code]));
          }
        }
        const read = readSyncMessage(message);
        if (read) batch.push(read);
        if (answered) return stop();
        size += octets;
        if (size >= highWater) connection.hold(id);
        wake();
      },
      fail: stop,
    },
    (id) => {
      const { base, filter, attributes = ["*", "+"] } = request;
      const control = { oid: syncRequestOid, value: encodeSyncRequest(request) };
      return encodeSearch(id, { base, scope: "sub", attributes, ...(filter && { filter }) }, [control]);
    },
  );
  const aborted = () => {
    batch = [];
    stop(signal?.reason);
  };
  signal?.addEventListener("abort", aborted, { once: true });
  try {
    for (;;) {
      if (batch.length > 0) {
        const full = batch;
        batch = [];
        size = 0;
        connection.release(id);
        yield full;
      } else if (end) {
        if (end.error !== undefined) throw end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal?.removeEventListener("abort", aborted);
    connection.finish(id, !answered);
  }
}
