/** Agents that lie, break off or say nothing: bounded requests and rows, a reason, and nothing believed. */
import { afterEach, expect, test } from "bun:test";
import type { Credential } from "../../src/snmp/credential.ts";
import { createEngine, type EngineOptions, type SnmpEngine, type TraceEvent } from "../../src/snmp/engine.ts";
import { type AgentOptions, openAgent } from "../../src/snmp/session.ts";
import { resolveTarget } from "../../src/snmp/target.ts";
import { parseTarget } from "../../src/target.ts";
import { column, type FakeAgent, type FakeRequest, fakeAgent } from "../fake/agent.ts";
import { binding, element, integer, message, octets, responsePdu } from "../fake/ber.ts";

const scalar = "1.3.6.1.2.1.1.3.0";
const columns = Array.from({ length: 8 }, (_, at) => `1.3.6.1.2.1.2.2.1.${at + 1}`);
const credential: Credential = {
  tag: "test",
  version: 2,
  community: "geheim",
  contextPrefix: "vlan-",
  read: true,
  write: true,
  only: [],
  no: [],
};
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function meet(
  rows: number,
  behave?: (request: FakeRequest) => void,
  options: Partial<EngineOptions> & AgentOptions = {},
) {
  const agent = await fakeAgent(rows, behave);
  const { limits, ...given } = options;
  const engine = createEngine({
    timeout: 60,
    retries: 2,
    inFlight: 4,
    allInFlight: 2000,
    repetitions: 10,
    port: 161,
    ...given,
  });
  const source = openAgent(
    engine,
    await resolveTarget(parseTarget(agent.target)),
    credential,
    limits ? { limits } : {},
  );
  closers.push(
    () => source.close(),
    () => engine.close(),
    () => agent.close(),
  );
  return { agent, engine, source } satisfies { agent: FakeAgent; engine: SnmpEngine; source: unknown };
}

const rowsOf = (tables: Awaited<ReturnType<ReturnType<typeof openAgent>["read"]>>) =>
  columns.map((one) => tables.rows(one).size);

test("an honest one is read whole, with four requests at a time at most, each with an id of its own", async () => {
  let [open, most] = [0, 0];
  const many = Array.from({ length: 64 }, (_, at) => `1.3.6.1.2.1.${at + 30}.2.1.1`);
  const { source, engine, agent } = await meet(
    30,
    (request) => {
      most = Math.max(most, ++open);
      setImmediate(() => {
        open--;
        request.send(request.right());
      });
    },
    { timeout: 5000 },
  );
  const tables = await source.read([...many, scalar]);
  expect(tables.missing).toEqual([]);
  expect(many.every((one) => tables.rows(one).size === 30)).toBe(true);
  expect(tables.value(scalar)).toBe(1);
  expect(most).toBeLessThanOrEqual(4);
  expect(new Set(agent.requests.map(({ id }) => id)).size).toBe(agent.requests.length);
  expect(engine.counters).toMatchObject({ timeouts: 0, malformed: 0, wrongId: 0, wrongSource: 0, rejected: 0 });
});

test("answers with other ids are answers to nothing", async () => {
  const { source, engine, agent } = await meet(30, (request) => {
    for (const id of [request.id + 1, 0, -1, 2 ** 31 - 1]) {
      request.send(message("geheim", responsePdu({ id, bindings: [binding(`${column}.1`, integer(666))] })));
    }
  });
  const tables = await source.read([column, scalar]);
  expect(tables.missing.map(({ reason }) => reason)).toEqual(["no answer", "no answer"]);
  expect(tables.rows(column).size).toBe(0);
  expect(engine.counters.wrongId).toBe(4 * agent.requests.length);
  expect(agent.requests.length).toBeLessThanOrEqual(6);
});

test("answers from another port are not the agent's", async () => {
  const { source, engine } = await meet(30, (request) => {
    const forged = [binding(request.oids[0]!, integer(666))];
    request.sendFromElsewhere(message("geheim", responsePdu({ id: request.id, bindings: forged })));
    setImmediate(() => request.send(request.right()));
  });
  const tables = await source.read([scalar]);
  expect(tables.value(scalar)).toBe(1);
  expect(engine.counters.wrongSource).toBeGreaterThan(0);
});

test("answers of another community or version are not believed, and the right one is waited for", async () => {
  const { source, engine } = await meet(30, (request) => {
    const forged = responsePdu({ id: request.id, bindings: [binding(scalar, integer(666))] });
    request.send(message("public", forged), message("geheim", forged, 0), request.right());
  });
  expect((await source.read([scalar])).value(scalar)).toBe(1);
  expect(engine.counters).toMatchObject({ rejected: 2, timeouts: 0 });
});

test("every answer twice: the second one is nobody's", async () => {
  const { source, engine } = await meet(30, (request) => request.send(request.right(), request.right()), {
    timeout: 5000,
  });
  const tables = await source.read(columns);
  expect(rowsOf(tables)).toEqual(columns.map(() => 30));
  expect(engine.counters.wrongId).toBeGreaterThan(0);
});

test("what is cut off when it is long is asked for in smaller pieces at once, without waiting", async () => {
  const { source, engine, agent } = await meet(
    60,
    (request) => {
      const right = request.right();
      request.send(right.length > 500 ? right.subarray(0, 500) : right);
    },
    { timeout: 5000 },
  );
  const tables = await source.read(columns);
  expect(tables.missing).toEqual([]);
  expect(rowsOf(tables)).toEqual(columns.map(() => 60));
  expect(engine.counters.malformed).toBeGreaterThan(0);
  expect(engine.counters.timeouts).toBe(0);
  expect(agent.requests.length).toBeLessThan(150);
});

test("nothing but broken answers: a reason, few requests, no wait", async () => {
  const { source, engine, agent } = await meet(30, (request) => request.send(request.right().subarray(0, 40)), {
    timeout: 5000,
  });
  const tables = await source.read([...columns, scalar]);
  expect(tables.missing.length).toBe(9);
  expect(tables.missing.every(({ reason }) => reason === "malformed answers")).toBe(true);
  expect(rowsOf(tables)).toEqual(columns.map(() => 0));
  expect(agent.requests.length).toBeLessThan(120);
  expect(engine.counters.timeouts).toBe(0);
});

test("datagrams of one byte, of none and of noise do not keep the right answer away", async () => {
  const { source, engine } = await meet(20, (request) => {
    request.send(
      new Uint8Array([0x30]),
      new Uint8Array(0),
      new Uint8Array([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
      new Uint8Array(1400).fill(0x30),
      crypto.getRandomValues(new Uint8Array(200)),
      element(0x30, integer(3), element(0x30, integer(request.id))),
    );
    setImmediate(() => request.send(request.right()));
  });
  const tables = await source.read([...columns, scalar]);
  expect(tables.missing).toEqual([]);
  expect(rowsOf(tables)).toEqual(columns.map(() => 20));
  expect(engine.counters.malformed + engine.counters.wrongId + engine.counters.rejected).toBeGreaterThan(0);
});

test("giant answers are read; more than was asked for is left", async () => {
  const big = octets(new Uint8Array(50_000).fill(7));
  const { source } = await meet(1, (request) => {
    if (request.kind === "get") {
      request.send(message("geheim", responsePdu({ id: request.id, bindings: [binding(scalar, big)] })));
      return;
    }
    const flood = Array.from({ length: 3000 }, (_, row) => binding(`${column}.${row + 1}`, integer(1)));
    request.send(message("geheim", responsePdu({ id: request.id, bindings: flood })));
  });
  const tables = await source.read([scalar, column]);
  expect(tables.value(scalar)).toHaveLength(50_000);
  expect(tables.rows(column).size).toBeLessThanOrEqual(200);
  expect(tables.complete(column)).toBe(false);
  expect(tables.column(column).reason).toMatch(/^loop/);
});

test("an endless table ends at the limit", async () => {
  const { source, agent } = await meet(Number.POSITIVE_INFINITY, undefined, {
    timeout: 5000,
    limits: { rows: 1000, values: 5000, bytes: 1_000_000 },
  });
  const tables = await source.read(columns);
  expect(rowsOf(tables).every((rows) => rows <= 1000)).toBe(true);
  expect(tables.missing.length).toBe(8);
  expect(agent.requests.length).toBeLessThan(120);
});

test("contexts that never answer cost a few requests; the device's own limit and the others are untouched", async () => {
  const { source, agent } = await meet(
    10,
    (request) => {
      if (!request.community.includes("@") || request.community === "geheim@1") request.send(request.right());
    },
    { timeout: 5000 },
  );
  expect((await source.read([scalar])).missing).toEqual([]);
  const first = await source.context("vlan", "1").read(columns);
  expect(rowsOf(first)).toEqual(columns.map(() => 10));
  const before = agent.requests.length;
  const vlans = Array.from({ length: 40 }, (_, at) => `${at + 2}`);
  const read = await Promise.all(vlans.map((vlan) => source.context("vlan", vlan).read(columns)));
  expect(read.every((tables) => tables.missing.length === 8)).toBe(true);
  const reasons = new Set(read.flatMap(({ missing }) => missing.map(({ reason }) => reason)));
  expect([...reasons].some((reason) => /contexts in a row did not answer/.test(reason))).toBe(true);
  // Two attempts each of those that were asked, and those were few.
  expect(agent.requests.length - before).toBeLessThanOrEqual(2 * 12);
  expect((await source.read([scalar])).missing).toEqual([]);
  const again = agent.requests.length;
  expect((await source.context("vlan", "2").read(columns)).missing.length).toBe(8);
  expect(agent.requests.length).toBe(again);
  expect(rowsOf(await source.context("vlan", "1").read(columns))).toEqual(columns.map(() => 10));
});

test("an agent that answers late is not cut, nor are its contexts", async () => {
  const { source, engine } = await meet(5, (request) => void setTimeout(() => request.send(request.right()), 150), {
    timeout: 200,
    retries: 3,
  });
  expect((await source.read([scalar, ...columns])).missing).toEqual([]);
  for (const vlan of ["10", "20", "30"]) {
    const tables = await source.context("vlan", vlan).read(columns);
    expect(rowsOf(tables)).toEqual(columns.map(() => 5));
  }
  expect(engine.counters.malformed).toBe(0);
});

test("the answer to the first attempt is taken after the second was sent", async () => {
  let count = 0;
  let first: (() => void) | undefined;
  const { source, engine } = await meet(5, (request) => {
    count++;
    if (count === 1) first = () => request.send(request.right());
    if (count === 2) first?.();
  });
  expect((await source.read([scalar])).value(scalar)).toBe(1);
  expect([count, engine.counters.timeouts]).toEqual([2, 1]);
});

test("one bad value loses itself, not the others of its PDU", async () => {
  const { source } = await meet(1, (request) => {
    const bindings = [binding(request.oids[0]!, element(0x40, [1, 2])), binding(request.oids[1]!, integer(5))];
    request.send(message("geheim", responsePdu({ id: request.id, bindings })));
  });
  const tables = await source.read([scalar, "1.3.6.1.2.1.1.7.0"]);
  expect(tables.value("1.3.6.1.2.1.1.7.0")).toBe(5);
  expect(tables.complete(scalar)).toBe(false);
});

test("a read ends by its signal, its deadline and its source's end, and nothing is left of it", async () => {
  const { source, agent, engine } = await meet(5, () => {}, { timeout: 60_000 });
  const control = new AbortController();
  const cancelled = source.read(columns, { signal: control.signal });
  await agent.came(1);
  control.abort();
  await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  await expect(source.read(columns, { signal: control.signal })).rejects.toMatchObject({ code: "cancelled" });
  const late = await source.read(columns, { deadline: 20 });
  expect(late.missing.map(({ reason }) => reason)).toEqual(columns.map(() => "the time is up"));
  const closing = source.read(columns);
  await agent.came(agent.requests.length + 1);
  source.close();
  expect((await closing).missing.map(({ reason }) => reason)).toEqual(columns.map(() => "closed"));
  expect((await source.read([scalar])).missing).toEqual([{ oid: scalar, reason: "closed" }]);
  engine.close();
});

test("the trace tells every PDU, and no community", async () => {
  const { source, engine } = await meet(5);
  const events: TraceEvent[] = [];
  engine.trace = (event) => events.push(event);
  await source.read([scalar, column]);
  await source.context("vlan", "7").read([scalar]);
  expect(events.map(({ event }) => event).sort()).toEqual(["received", "received", "received", "sent", "sent", "sent"]);
  const got = events.find(({ event, pdu, context }) => event === "received" && pdu === "get" && context === "");
  expect(got).toMatchObject({ oids: [scalar], status: 0, varbinds: [{ oid: scalar, value: 1 }] });
  expect(events.some(({ context }) => context === "7")).toBe(true);
  expect(JSON.stringify(events)).not.toContain("geheim");
});

test("a SET that is refused says by what; one that nobody answers says so; without write it is not sent", async () => {
  const bind = [{ oid: "1.3.6.1.2.1.1.6.0", type: 4, value: new Uint8Array([65]) }];
  const refusing = await meet(1, (request) => {
    const bindings = request.oids.map((oid) => binding(oid, octets("A")));
    request.send(message("geheim", responsePdu({ id: request.id, status: 17, index: 1, bindings })));
  });
  await expect(refusing.source.set(bind)).rejects.toMatchObject({
    code: "forbidden",
    message: expect.stringContaining("1.3.6.1.2.1.1.6.0: notWritable"),
  });
  const dead = await meet(1, () => {});
  await expect(dead.source.set(bind)).rejects.toMatchObject({ code: "unavailable" });
  const honest = await meet(1);
  await honest.source.set(bind);
  expect(honest.agent.requests[0]).toMatchObject({ kind: "set", oids: ["1.3.6.1.2.1.1.6.0"] });
  const readOnly = openAgent(honest.engine, await resolveTarget(parseTarget(honest.agent.target)), {
    ...credential,
    write: false,
  });
  await expect(readOnly.set(bind)).rejects.toMatchObject({ code: "forbidden" });
  expect(honest.agent.requests.length).toBe(1);
  readOnly.close();
});

test("a walk gives everything below a root in order, and stops at a loop", async () => {
  const { source } = await meet(500, undefined, { timeout: 5000 });
  const seen: string[] = [];
  const walked = await source.walk(column, async ({ oid }) => {
    if (seen.push(oid) % 100 === 0) await Promise.resolve();
  });
  expect(walked).toEqual({ complete: true, reason: undefined });
  expect(seen).toEqual(Array.from({ length: 500 }, (_, at) => `${column}.${at + 1}`));
  const looping = await meet(1, (request) => {
    const bindings = Array.from({ length: request.repetitions }, () => binding(`${column}.3`, integer(1)));
    request.send(message("geheim", responsePdu({ id: request.id, bindings })));
  });
  let count = 0;
  expect(await looping.source.walk(column, () => void count++)).toMatchObject({ complete: false });
  expect([count, looping.engine.counters.outOfOrder]).toEqual([1, 1]);
});

test("a walk of everything that has no end is ended", async () => {
  const { source } = await meet(100_000, undefined, { limits: { rows: 500, values: 500, bytes: 1_000_000 } });
  let count = 0;
  const walked = await source.walk(column, () => void count++);
  expect(walked).toMatchObject({ complete: false, reason: "more than 500 values" });
  expect(count).toBe(500);
});
