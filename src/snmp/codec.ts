/**
 * The codec of net-snmp: messages of all versions, and the user security of v3. Its sessions are not used (retries, ids
 * and sockets are ours), but their methods lead to the classes of messages and PDUs, which it does not export. How the
 * varbinds of a response are read is replaced by response.ts.
 */
import snmp, { type Message, type MessageClass, type PduClass, type WirePdu } from "net-snmp";
import type { Pdu } from "./pdu.ts";
import { type Response, readResponse } from "./response.ts";
import { tag } from "./value.ts";

const classes = new Map<Pdu["kind"], PduClass>();
let found: MessageClass | undefined;

/** A session that sends nothing, but shows what it would have sent. */
function harvest(kind: Pdu["kind"], call: (session: typeof snmp.Session.prototype) => void): void {
  const session = Object.assign(Object.create(snmp.Session.prototype) as typeof snmp.Session.prototype, {
    version: snmp.Version2c,
    community: "",
    context: "",
    send({ message }: { message: Message }) {
      found = message.constructor as unknown as MessageClass;
      classes.set(kind, message.pdu.constructor as PduClass);
    },
  });
  call(session);
}
harvest("get", (session) => session.get(["1.3"], () => {}));
harvest("getNext", (session) => session.getNext(["1.3"], () => {}));
harvest("getBulk", (session) => session.getBulk(["1.3"], 0, 1, () => {}));
harvest("set", (session) => session.set([{ oid: "1.3", type: tag.integer, value: 0 }], () => {}));
if (found === undefined) throw new Error("this release of net-snmp keeps its messages elsewhere");
/** net-snmp's messages. */
export const Messages: MessageClass = found;

/** A PDU as net-snmp sends it. */
export function wirePdu(pdu: Pdu, id: number, context = ""): WirePdu {
  const wire = new (classes.get(pdu.kind)!)();
  const varbinds = pdu.bindings
    ? pdu.bindings.map(({ oid, type, value }) => ({ oid, type, value: wireValue(type, value) }))
    : pdu.oids.map((oid) => ({ oid }));
  wire.initializeFromVariables(id, varbinds, { nonRepeaters: 0, maxRepetitions: pdu.repetitions ?? 0, context });
  wire.contextName = context;
  return wire;
}

function wireValue(type: number, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (type !== tag.counter64) return value;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value as number | bigint));
  return bytes;
}

const responses = new WeakMap<WirePdu, Response>();

// A response as short as can be, to find the class that reads them.
const shortest = Buffer.from("30120201010400a20b0201000201000201003000", "hex");
const responseClass = Messages.createFromBuffer(shortest).pdu.constructor as PduClass;
responseClass.prototype.initializeFromBuffer = function (this: WirePdu, reader) {
  const response = readResponse(reader.buffer);
  this.id = response.id;
  this.errorStatus = response.status;
  this.errorIndex = response.index;
  this.varbinds = [];
  responses.set(this, response);
};

/** What a response says; undefined when the PDU is another one. */
export function responseOf(pdu: WirePdu): Response | undefined {
  return responses.get(pdu);
}

/** @throws Error when it is no SNMP message */
export function decodeMessage(bytes: Buffer): Message {
  return Messages.createFromBuffer(bytes);
}
