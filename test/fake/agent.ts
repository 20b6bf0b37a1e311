/** An SNMP agent over UDP that answers by bytes of the test's own making, right or wrong. */
import { decodeMessage } from "../../src/snmp/codec.ts";
import type { Oid } from "../../src/snmp/value.ts";
import { binding, endOfMibView, integer, message, responsePdu } from "./ber.ts";

export interface FakeRequest {
  community: string;
  id: number;
  kind: "get" | "getNext" | "getBulk" | "set" | "other";
  oids: Oid[];
  /** max-repetitions; 1 where the kind has none. */
  repetitions: number;
  /** Sends from the agent's port. */
  send(...datagrams: Uint8Array[]): void;
  /** Sends from another port. */
  sendFromElsewhere(datagram: Uint8Array): void;
  /** The right answer: the table of `rows`. */
  right(): Buffer;
}

export interface FakeAgent {
  /** `127.0.0.1:PORT` */
  target: string;
  requests: FakeRequest[];
  /** Resolves when so many requests have come. */
  came(count: number): Promise<void>;
  close(): void;
}

export const column = "1.3.6.1.2.1.2.2.1.1";
const kinds = new Map<number, FakeRequest["kind"]>([
  [0xa0, "get"],
  [0xa1, "getNext"],
  [0xa3, "set"],
  [0xa5, "getBulk"],
]);

/** It serves columns of `rows` integers each, below any OID that is asked for; `host` is an address of this machine. */
export async function fakeAgent(
  rows: number,
  behave: (request: FakeRequest) => void = (request) => request.send(request.right()),
  host = "127.0.0.1",
): Promise<FakeAgent> {
  const elsewhere = await Bun.udpSocket({ hostname: host, socket: {} });
  const requests: FakeRequest[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const socket = await Bun.udpSocket({
    hostname: host,
    binaryType: "buffer",
    socket: {
      error() {},
      data(own, bytes, port, address) {
        const { community = "", pdu } = decodeMessage(Buffer.from(bytes));
        const wire = pdu as typeof pdu & { maxRepetitions: number };
        const kind = kinds.get(pdu.type) ?? "other";
        const oids = pdu.varbinds.map((one) => one.oid);
        const repetitions = kind === "getBulk" ? wire.maxRepetitions : 1;
        const request: FakeRequest = {
          community,
          id: pdu.id,
          kind,
          oids,
          repetitions,
          send: (...datagrams) => {
            if (!own.closed) for (const datagram of datagrams) own.send(datagram, port, address);
          },
          sendFromElsewhere: (datagram) => void elsewhere.send(datagram, port, address),
          right: () =>
            message(community, responsePdu({ id: pdu.id, bindings: bindings(kind, oids, repetitions, rows) })),
        };
        requests.push(request);
        behave(request);
        for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
      },
    },
  });
  return {
    target: `${host}:${socket.port}`,
    requests,
    came: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close() {
      socket.close();
      elsewhere.close();
    },
  };
}

/** A column's OID ends in `.1` to `.99` and has ten numbers or more; a row is one number after it. */
function bindings(kind: FakeRequest["kind"], oids: Oid[], repetitions: number, rows: number): Buffer[] {
  if (kind === "get" || kind === "set") return oids.map((oid) => binding(oid, integer(1)));
  const found: Buffer[] = [];
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const oid of oids) {
      const parts = oid.split(".");
      const base = parts.slice(0, column.split(".").length).join(".");
      const row = Number(parts[column.split(".").length] ?? 0) + repetition;
      if (row > rows) found.push(binding(oid, endOfMibView));
      else found.push(binding(`${base}.${row}`, integer(row)));
    }
  }
  return found;
}
