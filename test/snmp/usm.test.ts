/** v3 with agents that lie: nothing without the right digest is believed, and reports lead round no circle. */
import { afterEach, expect, test } from "bun:test";
import type { Credential } from "../../src/snmp/credential.ts";
import { createEngine } from "../../src/snmp/engine.ts";
import { openAgent } from "../../src/snmp/session.ts";
import { resolveTarget } from "../../src/snmp/target.ts";
import { userOf } from "../../src/snmp/usm.ts";
import { parseTarget } from "../../src/target.ts";
import { type FakeRequest, fakeAgent } from "../fake/agent.ts";
import { binding, element, integer, octets, responsePdu } from "../fake/ber.ts";

const scalar = "1.3.6.1.2.1.1.3.0";
const statistics = "1.3.6.1.6.3.15.1.1";
const engineId = new Uint8Array([0x80, 0, 0x1f, 0x88, 4, 1, 2, 3]);
const plain = { contextPrefix: "vlan-", read: true, write: false, only: [], no: [] };
const alice: Credential = {
  tag: "alice",
  version: 3,
  user: "alice",
  auth: { protocol: "sha", password: "correct horse" },
  ...plain,
};
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Sealed {
  id: number;
  pdu: Uint8Array;
  flags?: number;
  user?: string;
  digest?: Uint8Array;
  engine?: Uint8Array;
}

/** RFC 3412 §6. */
function sealed({ id, pdu, flags = 0, user = "", digest = new Uint8Array(), engine = engineId }: Sealed): Buffer {
  const security = [octets(engine), integer(1), integer(100), octets(user), octets(digest), octets("")];
  return element(
    0x30,
    integer(3),
    element(0x30, integer(id), integer(65507), octets(new Uint8Array([flags])), integer(3)),
    element(0x04, element(0x30, ...security)),
    element(0x30, octets(engine), octets(""), pdu),
  );
}

function report(id: number, counter: number): Buffer {
  const pdu = element(
    0xa8,
    integer(id),
    integer(0),
    integer(0),
    element(0x30, binding(`${statistics}.${counter}.0`, integer(1, 0x41))),
  );
  return sealed({ id, pdu });
}

/** It tells its engine id to whom asks for it, and does as told with everything else. */
async function meet(behave: (request: FakeRequest) => void, credential = alice) {
  const agent = await fakeAgent(1, (request) => {
    if (request.oids.length === 0) request.send(report(request.id, 4));
    else behave(request);
  });
  const engine = createEngine({ timeout: 60, retries: 1, inFlight: 4, allInFlight: 10, repetitions: 10, port: 161 });
  const source = openAgent(engine, await resolveTarget(parseTarget(agent.target)), credential);
  closers.push(
    () => engine.close(),
    () => agent.close(),
  );
  return { agent, engine, source };
}

test("an answer without a digest, with a wrong one, of another user or engine is not believed", async () => {
  const { source, engine, agent } = await meet((request) => {
    const pdu = responsePdu({ id: request.id, bindings: [binding(scalar, integer(666))] });
    request.send(
      sealed({ id: request.id, pdu, user: "alice" }),
      sealed({ id: request.id, pdu, user: "alice", flags: 1, digest: new Uint8Array(12) }),
      sealed({ id: request.id, pdu, user: "alice", flags: 1, digest: new Uint8Array(3) }),
      sealed({ id: request.id, pdu, user: "alice", flags: 3, digest: new Uint8Array(12) }),
      sealed({ id: request.id, pdu, user: "bob" }),
      sealed({ id: request.id, pdu, user: "alice", engine: new Uint8Array(9) }),
    );
  });
  const tables = await source.read([scalar]);
  expect(tables.value(scalar)).toBeUndefined();
  expect(tables.complete(scalar)).toBe(false);
  const questions = agent.requests.filter(({ oids }) => oids.length > 0).length;
  expect(questions).toBe(2);
  expect(engine.counters.rejected + engine.counters.malformed).toBe(6 * questions);
});

test("an agent that never knows its own engine id is asked a few times only", async () => {
  const { source, agent } = await meet((request) => request.send(report(request.id, 4)));
  const tables = await source.read([scalar]);
  expect(tables.column(scalar).reason).toMatch(/engine id/);
  expect(agent.requests.length).toBeLessThanOrEqual(6);
});

test("a clock that is reported in the clear is not taken over", async () => {
  const { source, agent } = await meet((request) => request.send(report(request.id, 2)));
  const tables = await source.read([scalar]);
  expect(tables.column(scalar).reason).toMatch(/clock/);
  expect(agent.requests.length).toBe(2);
});

test("a user without a password is answered in the clear", async () => {
  const { auth: _, ...bob } = { ...alice, tag: "bob", user: "bob" };
  const { source } = await meet((request) => {
    const pdu = responsePdu({ id: request.id, bindings: [binding(scalar, integer(5))] });
    request.send(sealed({ id: request.id, pdu, user: "bob" }));
  }, bob);
  expect((await source.read([scalar])).value(scalar)).toBe(5);
});

test("priv without auth is no credential", () => {
  const { auth: _, ...unusable } = { ...alice, priv: { protocol: "aes" as const, password: "correct horse" } };
  expect(() => userOf(unusable)).toThrow(/priv without auth/);
});
