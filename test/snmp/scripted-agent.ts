/** An agent without a network: answers PDUs from a list of objects, and misbehaves as told. */
import type { Answer, Pdu, Received, Reply } from "../../src/snmp/pdu.ts";
import { compareOids, type Oid, tag, type Value } from "../../src/snmp/value.ts";
import type { WalkOptions } from "../../src/snmp/walk.ts";

export interface Script {
  objects: Iterable<readonly [Oid, Value]>;
  /** Most varbinds of an answer; the rest is left out, as an agent does whose message is full. */
  room?: number;
  v1?: boolean;
  /** In place of the agent's own answer; undefined leaves it. */
  answer?(pdu: Pdu, own: Answer): Reply | undefined;
}

export interface ScriptedAgent {
  options: WalkOptions;
  /** What was asked, in order. */
  asked: Pdu[];
  /** Most requests that were under way at a time. */
  readonly most: number;
  outOfOrder: number;
}

export function scriptedAgent(script: Script): ScriptedAgent {
  const objects = [...script.objects].sort(([a], [b]) => compareOids(a, b));
  const exact = new Map(objects);
  const asked: Pdu[] = [];
  let running = 0;
  let most = 0;

  const next = (oid: Oid): Received => {
    let [low, high] = [0, objects.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareOids(objects[middle]![0], oid) > 0) high = middle;
      else low = middle + 1;
    }
    const found = objects[low];
    if (!found) return { oid, type: tag.endOfMibView, value: null, bad: false };
    return varbind(...found);
  };

  const own = (pdu: Pdu): Answer => {
    const varbinds: Received[] = [];
    const missing = (index: number): Answer => ({ ...answer([]), status: 2, index: index + 1 });
    if (pdu.kind === "get") {
      for (const [index, oid] of pdu.oids.entries()) {
        const value = exact.get(oid);
        if (value === undefined && script.v1) return missing(index);
        varbinds.push(
          value === undefined ? { oid, type: tag.noSuchObject, value: null, bad: false } : varbind(oid, value),
        );
      }
      return answer(varbinds);
    }
    let row = [...pdu.oids];
    for (let repetition = 0; repetition < (pdu.kind === "getBulk" ? pdu.repetitions! : 1); repetition++) {
      for (const [index, oid] of row.entries()) {
        const following = next(oid);
        if (script.v1 && following.type === tag.endOfMibView) return missing(index);
        varbinds.push(following);
      }
      row = varbinds.slice(-row.length).map(({ oid }) => oid);
      if (varbinds.length >= (script.room ?? Number.POSITIVE_INFINITY)) break;
    }
    return answer(varbinds.slice(0, script.room));
  };

  const agent: ScriptedAgent = {
    asked,
    get most() {
      return most;
    },
    outOfOrder: 0,
    options: {
      bulk: !script.v1,
      pace: { repetitions: 10 },
      parallel: () => 4,
      outOfOrder: () => {
        agent.outOfOrder++;
      },
      async ask(pdu) {
        asked.push(pdu);
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
        const right = { ...own(pdu), repetitions: pdu.repetitions ?? 1 };
        return script.answer?.(pdu, right) ?? right;
      },
    },
  };
  return agent;
}

export function answer(varbinds: Received[], status = 0, index = 0): Answer {
  return { status, index, varbinds, repetitions: 1, ms: 1 };
}

export function varbind(oid: Oid, value: Value): Received {
  return { oid, type: typeof value === "number" ? tag.integer : tag.octetString, value, bad: false };
}

/** `rows` rows of the columns 1 to `columns` of a table. */
export function* table(entry: Oid, columns: number, rows: number): Generator<[Oid, number]> {
  for (let column = 1; column <= columns; column++) {
    for (let row = 1; row <= rows; row++) yield [`${entry}.${column}.${row}`, column * 1000 + row];
  }
}

export function columnsOf(entry: Oid, count: number): Oid[] {
  return Array.from({ length: count }, (_, at) => `${entry}.${at + 1}`);
}
