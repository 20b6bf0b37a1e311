/**
 * Reads scalars and columns of one agent: several columns in one GETBULK, several requests at a time, as many rows at
 * once as the agent bears, and an end for every loop. What is cut off says so; see `Column.complete`.
 */
import { type Answer, authorizationError, errorName, failed, noSuchName, type Pdu, type Reply, tooBig } from "./pdu.ts";
import { Budget, Progress, type WalkLimits, walkLimits } from "./progress.ts";
import { Tables } from "./tables.ts";
import type { Oid } from "./value.ts";

/** Columns of one table in a PDU, new columns and scalars in one. */
const columnsPerPdu = 8;
const objectsPerPdu = 24;
/** Values asked for in one PDU at most. */
const valuesPerPdu = 400;
const mostRepetitions = 200;
/** Milliseconds in which an answer is quick, so that more may be asked for. */
const quick = 500;
/** How often a silent agent is asked whether it lives. */
const mostChecks = 3;

/** How many rows an agent is asked for at a time; kept over its reads. */
export interface Pace {
  repetitions: number;
}

export interface WalkOptions {
  /** Never rejects. */
  ask(pdu: Pdu): Promise<Reply>;
  /** v1 knows no GETBULK. */
  bulk: boolean;
  pace: Pace;
  /** Requests at a time. */
  parallel(): number;
  /** Has it ever answered anything? If not, its silence needs no second look. By default, yes. */
  answered?: (() => boolean) | undefined;
  limits?: WalkLimits | undefined;
  /** Told of each column whose OIDs did not increase. */
  outOfOrder?: (() => void) | undefined;
}

interface Task {
  states: Progress[];
  repetitions: number;
  /** Scalars by GET, columns by their first row, or by as many as go. */
  kind: "get" | "first" | "rows";
  /** Repetitions of the request that is under way. */
  asked?: number;
  /** Asks one thing to find out whether the agent still lives. */
  check?: boolean;
}

/** Never rejects because of the agent. */
export async function readObjects(objects: readonly Oid[], options: WalkOptions): Promise<Tables> {
  const reading = new Reading(objects, options);
  await reading.run();
  return reading.tables();
}

class Reading {
  readonly #options: WalkOptions;
  readonly #budget: Budget;
  readonly #states: Progress[] = [];
  readonly #tasks: Task[] = [];
  /** Rows of the tables of which a column has been read to its end. */
  readonly #known = new Map<Oid, number>();
  #running = 0;
  #first: boolean;
  #checks = 0;
  #checking = false;
  /** Why nothing more is asked. */
  #ended: string | undefined;

  constructor(objects: readonly Oid[], options: WalkOptions) {
    this.#options = options;
    this.#budget = new Budget(options.limits ?? walkLimits);
    const columns: Progress[] = [];
    const scalars: Progress[] = [];
    for (const oid of new Set(objects)) {
      const state = new Progress(oid);
      this.#states.push(state);
      (oid.endsWith(".0") ? scalars : columns).push(state);
    }
    for (const states of chunks(scalars, objectsPerPdu)) this.#tasks.push({ states, repetitions: 1, kind: "get" });
    // Few are read at once; of many, one small request each finds those that the agent does not have.
    this.#first = columns.length > columnsPerPdu;
    if (!this.#first) this.#addRows(columns);
    else
      for (const states of chunks(columns, objectsPerPdu)) this.#tasks.push({ states, repetitions: 1, kind: "first" });
  }

  tables(): Tables {
    const tables = new Tables();
    for (const { oid, rows, reason } of this.#states) {
      tables.set(oid, reason === undefined ? { rows, complete: true } : { rows, complete: false, reason });
    }
    return tables;
  }

  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          this.#launch(step, reject);
          if (this.#running === 0) resolve();
        } catch (error) {
          reject(error);
        }
      };
      step();
    });
  }

  #launch(step: () => void, reject: (error: unknown) => void): void {
    for (;;) {
      if (this.#tasks.length === 0 && this.#running === 0 && this.#first) {
        this.#first = false;
        this.#addRows(this.#states.filter(({ done, oid }) => !done && !oid.endsWith(".0")));
      }
      if (this.#ended !== undefined) for (const task of this.#tasks.splice(0)) give(task, this.#ended);
      if (this.#tasks.length === 0 || this.#running >= Math.max(1, this.#options.parallel())) return;
      if (this.#checking && !this.#tasks[0]!.check) return;
      const task = this.#tasks.shift()!;
      const pdu = this.#pdu(task);
      task.asked = pdu.repetitions ?? 1;
      this.#running++;
      this.#options
        .ask(pdu)
        .then((reply) => {
          this.#running--;
          this.#take(task, reply);
          step();
        })
        .catch(reject);
    }
  }

  /** Columns of one table go together: they have the same rows, and end together. */
  #addRows(states: Progress[]): void {
    const tables = Map.groupBy(states, ({ oid }) => tableOf(oid));
    let rest: Progress[] = [];
    for (const columns of tables.values()) {
      for (const group of chunks(columns, columnsPerPdu)) {
        // Small tables share a PDU.
        if (rest.length + group.length > columnsPerPdu) {
          this.#tasks.push({ states: rest, repetitions: mostRepetitions, kind: "rows" });
          rest = [];
        }
        rest.push(...group);
      }
    }
    if (rest.length > 0) this.#tasks.push({ states: rest, repetitions: mostRepetitions, kind: "rows" });
  }

  #pdu(task: Task): Pdu {
    const oids = task.states.map(({ last }) => last);
    if (task.kind === "get") return { kind: "get", oids };
    if (task.kind === "first" || !this.#options.bulk) return { kind: "getNext", oids };
    let repetitions = Math.min(
      task.repetitions,
      // A single column may have more rows at a time than eight.
      Math.ceil((this.#options.pace.repetitions * columnsPerPdu) / Math.max(task.states.length, 2)),
      Math.floor(valuesPerPdu / task.states.length),
      mostRepetitions,
    );
    let remaining = 0;
    for (const { oid, rows } of task.states) {
      const known = this.#known.get(tableOf(oid));
      remaining = Math.max(remaining, known === undefined || known < rows.size ? repetitions : known - rows.size + 1);
    }
    repetitions = Math.max(1, Math.min(repetitions, remaining));
    return { kind: "getBulk", oids, repetitions };
  }

  #take(task: Task, reply: Reply): void {
    if (failed(reply)) {
      const doubted = task.check || this.#checks === mostChecks || this.#options.answered?.() === false;
      if (reply.failure !== "silent" || (!reply.alive && doubted)) {
        this.#ended ??= reply.reason;
        give(task, this.#ended);
      } else if (reply.alive) {
        if (task.check) this.#checking = false;
        // The attempts asked for less and less already.
        this.#less(task, reply.reason, { atOnce: true });
      } else this.#doubt(task);
      return;
    }
    if (task.check) this.#checking = false;
    if (reply.status === 0) this.#rows(task, reply);
    else if (reply.status === tooBig) this.#less(task, "the agent says tooBig to a single value");
    else if (reply.status === noSuchName) this.#noSuchName(task, reply.index);
    else if (reply.status === authorizationError) give(task, `the agent says ${errorName(reply.status)}`);
    else this.#less(task, `the agent says ${errorName(reply.status)}`, { isolate: true });
  }

  /**
   * Silence: the agent is dead, or this request is too much for it. It is asked for one value alone, and all else waits
   * for that.
   */
  #doubt(task: Task): void {
    const [first, ...rest] = task.states;
    if (!this.#checking && task.states.length === 1 && task.asked === 1) {
      this.#ended ??= "no answer";
      give(task, this.#ended);
      return;
    }
    for (const states of chunks(rest, Math.max(1, Math.ceil(rest.length / 2)))) {
      this.#tasks.push({ states, repetitions: task.asked ?? 1, kind: task.kind });
    }
    const check = !this.#checking;
    const single = { states: [first!], repetitions: 1, kind: task.kind, check };
    if (!check) this.#tasks.push(single);
    else {
      this.#checks++;
      this.#checking = true;
      this.#tasks.unshift(single);
    }
  }

  /** Asks for less: fewer rows, then fewer objects; what is single already is given up. */
  #less(task: Task, reason: string, how: { isolate?: boolean; atOnce?: boolean } = {}): void {
    const { states, kind, asked = 1 } = task;
    if (asked > 1 && !(how.isolate && states.length > 1)) {
      const repetitions = how.atOnce ? 1 : Math.floor(asked / 2);
      const { pace } = this.#options;
      if (!how.isolate && !how.atOnce) pace.repetitions = Math.max(1, Math.min(pace.repetitions, repetitions));
      this.#tasks.unshift({ states, repetitions, kind });
    } else if (states.length > 1) {
      const half = Math.ceil(states.length / 2);
      for (const part of [states.slice(half), states.slice(0, half)]) {
        this.#tasks.unshift({ states: part, repetitions: asked, kind });
      }
    } else give(task, reason);
  }

  /** v1: the object that the index points at does not exist, or nothing comes after it; the others were not read. */
  #noSuchName(task: Task, index: number): void {
    const at = task.states.length === 1 ? 0 : index - 1;
    const missing = task.states[at];
    if (!missing) {
      this.#less(task, "the agent says noSuchName", { isolate: true });
      return;
    }
    missing.done = true;
    this.#again({ ...task, states: task.states.filter(({ done }) => !done) });
  }

  #again(task: Task): void {
    if (task.states.length > 0) this.#tasks.unshift(task);
  }

  #rows(task: Task, answer: Answer): void {
    const { states, kind } = task;
    const { varbinds } = answer;
    if (varbinds.length === 0) {
      this.#less(task, "the agent answers with nothing");
      return;
    }
    if (kind === "get") {
      this.#scalars(task, answer);
      return;
    }
    const bulk = kind === "rows" && this.#options.bulk;
    const asked = states.length * (bulk ? answer.repetitions : 1);
    const count = Math.min(varbinds.length, asked);
    for (let at = 0; at < count; at++) {
      const state = states[at % states.length]!;
      if (!state.done && !state.take(varbinds[at]!, this.#budget)) this.#options.outOfOrder?.();
    }
    this.#ended ??= this.#budget.exceeded;
    for (const { done, reason, oid, rows } of states) {
      if (done && reason === undefined) {
        const table = tableOf(oid);
        this.#known.set(table, Math.max(rows.size, this.#known.get(table) ?? 0));
      }
    }
    if (this.#ended !== undefined) {
      give(task, this.#ended);
      return;
    }
    if (bulk) this.#adapt(task, answer, asked);
    if (kind === "first") return;
    const unanswered = states.slice(count).filter(({ done }) => !done);
    this.#again({ states: unanswered, repetitions: task.repetitions, kind });
    const next = states.slice(0, count).filter(({ done }) => !done);
    // One value at a time was too much lately: more is tried again step by step.
    const repetitions = Math.min(mostRepetitions, task.repetitions + 1);
    // Answers are full, and another request could be under way: fewer columns then bring more rows each.
    const room = this.#tasks.length === 0 && this.#running + 1 < this.#options.parallel();
    const size = room && bulk && varbinds.length < asked ? Math.ceil(next.length / 2) : next.length;
    for (const part of chunks(next, Math.max(1, size))) this.#again({ states: part, repetitions, kind });
  }

  /** More rows at a time when all that was asked for came quickly; what a repeated request was cut to stays. */
  #adapt(task: Task, answer: Answer, asked: number): void {
    const { pace } = this.#options;
    const wanted = task.asked ?? 1;
    if (answer.repetitions < wanted) {
      pace.repetitions = Math.max(1, Math.min(pace.repetitions, answer.repetitions));
    } else if (answer.varbinds.length >= asked && answer.ms < quick && answer.repetitions >= pace.repetitions) {
      pace.repetitions = Math.min(valuesPerPdu / columnsPerPdu, Math.ceil(pace.repetitions * 1.5));
    }
  }

  #scalars(task: Task, { varbinds }: Answer): void {
    const { states } = task;
    for (const [at, state] of states.entries()) {
      const varbind = varbinds[at];
      if (!varbind) break;
      state.done = true;
      if (varbind.oid !== state.oid) state.reason = `the agent answers ${varbind.oid} instead`;
      else if (varbind.bad) state.reason = "its value cannot be read";
      else if (varbind.value !== null) state.rows.set("0", varbind.value);
    }
    this.#again({ ...task, states: states.slice(varbinds.length) });
  }
}

/** What is asked no more, and not complete. */
function give({ states }: Task, reason: string): void {
  for (const state of states) if (!state.done) state.end(reason);
}

/** The entry that a column belongs to. */
function tableOf(column: Oid): Oid {
  return column.slice(0, column.lastIndexOf("."));
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const parts: Item[][] = [];
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size));
  return parts;
}
