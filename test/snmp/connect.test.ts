import { afterEach, expect, test } from "bun:test";
import { connect } from "../../src/snmp/connect.ts";
import type { Credential } from "../../src/snmp/credential.ts";
import { createEngine } from "../../src/snmp/engine.ts";
import { type FakeRequest, fakeAgent } from "../fake/agent.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function credential(tag: string, other: Partial<Credential> = {}): Credential {
  const plain = { contextPrefix: "vlan-", read: true, write: false, only: [], no: [] };
  return { tag, version: 2, community: tag, ...plain, ...other };
}

async function meet(behave: (request: FakeRequest) => void, timeout = 60, retries = 1) {
  const agent = await fakeAgent(3, behave);
  const engine = createEngine({ timeout, retries, inFlight: 4, allInFlight: 100, repetitions: 10, port: 161 });
  closers.push(
    () => engine.close(),
    () => agent.close(),
  );
  return { agent, engine };
}

const only =
  (...communities: string[]) =>
  (request: FakeRequest) => {
    if (communities.includes(request.community)) request.send(request.right());
  };

test("the remembered credential is asked first, and alone", async () => {
  const { agent, engine } = await meet(only("a", "b", "c"), 5000);
  const credentials = ["a", "b", "c"].map((tag) => credential(tag));
  const found = await connect(engine, agent.target, credentials, { purpose: "read", remembered: "b" });
  expect(found.credential.tag).toBe("b");
  expect(agent.requests.map(({ community }) => community)).toEqual(["b"]);
  expect((await found.source.read(["1.3.6.1.2.1.1.3.0"])).missing).toEqual([]);
  found.source.close();
});

test("of several that are answered the earliest in order wins, though another is quicker", async () => {
  const { agent, engine } = await meet((request) => {
    if (request.community === "c") request.send(request.right());
    if (request.community === "b") setTimeout(() => request.send(request.right()), 20);
  }, 5000);
  const credentials = ["a", "b", "c"].map((tag) => credential(tag));
  const found = await connect(engine, agent.target, credentials, { purpose: "read" });
  expect(found.credential.tag).toBe("b");
  found.source.close();
});

test("what was remembered and is wrong now does not hinder; the others are asked at once", async () => {
  const { agent, engine } = await meet(only("z"));
  const credentials = [...Array.from({ length: 20 }, (_, at) => credential(`c${at}`)), credential("z")];
  const found = await connect(engine, agent.target, credentials, { purpose: "read", remembered: "c3" });
  expect(found.credential.tag).toBe("z");
  const after = agent.requests.slice(agent.requests.findIndex(({ community }) => community !== "c3"));
  expect(new Set(after.slice(0, 21).map(({ community }) => community)).size).toBe(21);
  found.source.close();
});

test("only what is allowed, and fits the purpose, is sent", async () => {
  const { agent, engine } = await meet(only("w"), 5000);
  const credentials = [
    credential("r"),
    credential("x", { write: true }),
    credential("w", { write: true, read: false }),
  ];
  const found = await connect(engine, agent.target, credentials, {
    purpose: "write",
    allowed: ({ tag }) => tag !== "x",
  });
  expect(found.credential.tag).toBe("w");
  expect(agent.requests.map(({ community }) => community)).toEqual(["w"]);
  // The question is a GET: nothing is written to find out who may write.
  expect(agent.requests.map(({ kind }) => kind)).toEqual(["get"]);
  await found.source.set([{ oid: "1.3.6.1.2.1.1.6.0", type: 2, value: 1 }]);
  found.source.close();
  await expect(
    connect(engine, agent.target, credentials, { purpose: "read", allowed: () => false }),
  ).rejects.toMatchObject({ code: "unavailable" });
});

test("a dead agent costs one round of attempts for each credential, and the reason says how many", async () => {
  const { agent, engine } = await meet(() => {}, 40, 1);
  const credentials = Array.from({ length: 10 }, (_, at) => credential(`c${at}`));
  await expect(connect(engine, agent.target, credentials, { purpose: "read" })).rejects.toMatchObject({
    code: "unavailable",
    message: `no answer to 10 credentials from ${agent.target}`,
  });
  expect(agent.requests.length).toBe(20);
});

test("a slow agent is found, though its answer comes after the repetition", async () => {
  const { agent, engine } = await meet((request) => void setTimeout(() => request.send(request.right()), 700), 2000, 1);
  const found = await connect(engine, agent.target, [credential("a")], { purpose: "read" });
  expect(found.credential.tag).toBe("a");
  expect(agent.requests.length).toBe(2);
  found.source.close();
});

test("it can be cancelled, before and during", async () => {
  const { agent, engine } = await meet(() => {}, 60_000);
  const control = new AbortController();
  const connecting = connect(engine, agent.target, [credential("a"), credential("b")], {
    purpose: "read",
    signal: control.signal,
  });
  await agent.came(2);
  control.abort();
  await expect(connecting).rejects.toMatchObject({ code: "cancelled" });
  await expect(
    connect(engine, agent.target, [credential("a")], { purpose: "read", remembered: "a", signal: control.signal }),
  ).rejects.toMatchObject({ code: "cancelled" });
});

test("a target that is none is the caller's mistake", async () => {
  const { engine } = await meet(() => {});
  await expect(connect(engine, "no such:thing:", [credential("a")], { purpose: "read" })).rejects.toMatchObject({
    code: "bad-request",
  });
});
