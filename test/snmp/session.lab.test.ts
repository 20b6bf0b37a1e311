/** Sessions with a real agent: Net-SNMP's. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Problem } from "../../src/problem.ts";
import { connect } from "../../src/snmp/connect.ts";
import type { Credential } from "../../src/snmp/credential.ts";
import { createEngine, type EngineOptions, type SnmpEngine } from "../../src/snmp/engine.ts";
import { openAgent } from "../../src/snmp/session.ts";
import { resolveTarget } from "../../src/snmp/target.ts";
import { tag } from "../../src/snmp/value.ts";
import { parseTarget } from "../../src/target.ts";
import { community, privPassword, type SnmpdLab, snmpdOrSkip } from "../lab/snmpd.ts";

const scalars = { name: "1.3.6.1.2.1.1.5.0", location: "1.3.6.1.2.1.1.6.0", uptime: "1.3.6.1.2.1.1.3.0" };
const columns = [1, 2, 3, 4, 5, 6, 7, 8, 10].map((column) => `1.3.6.1.2.1.2.2.1.${column}`);
const highOctets = "1.3.6.1.2.1.31.1.1.1.6";
const processes = "1.3.6.1.2.1.25.4.2.1.2";
const live = Array.from({ length: 200 }, (_, at) => `127.0.42.${at + 1}`);

const lab = await snmpdOrSkip(["127.0.0.1", "::1", ...live]);

describe.skipIf(lab === undefined)("snmpd", () => {
  const { port, users } = lab as SnmpdLab;
  let engine: SnmpEngine;
  const start = (options: Partial<EngineOptions> = {}) =>
    createEngine({ timeout: 3000, retries: 2, inFlight: 4, allInFlight: 2000, repetitions: 25, port, ...options });
  beforeAll(() => {
    engine = start();
  });
  afterAll(async () => {
    engine.close();
    await lab?.stop();
  });
  const at = async (host: string, credential: Credential) =>
    openAgent(engine, await resolveTarget(parseTarget(host, port)), credential);

  test.each([
    ["v1", "127.0.0.1", community("public", { version: 1 })],
    ["v2c", "127.0.0.1", community("public")],
    ["v2c on IPv6", "::1", community("public")],
  ])("%s: scalars, columns and what it lacks", async (_, host, credential) => {
    const source = await at(host, credential);
    const absent = "1.3.6.1.4.1.9.9.46.1.3.1.1.2";
    const tables = await source.read([...Object.values(scalars), ...columns, absent, processes]);
    expect(tables.missing).toEqual([]);
    expect(new TextDecoder().decode(tables.value(scalars.name) as Uint8Array)).toBe("reeve-lab");
    expect(tables.value(scalars.uptime)).toBeGreaterThan(0);
    const interfaces = tables.rows(columns[0]!);
    expect(interfaces.size).toBeGreaterThan(0);
    for (const column of columns) expect([...tables.rows(column).keys()]).toEqual([...interfaces.keys()]);
    for (const [index, value] of interfaces) expect(String(value)).toBe(index);
    expect(tables.rows(absent).size).toBe(0);
    expect(tables.rows(processes).size).toBeGreaterThan(3);
    source.close();
  });

  test("counters of 64 bits are bigints", async () => {
    const source = await at("127.0.0.1", community("public"));
    const values = [...(await source.read([highOctets])).rows(highOctets).values()];
    expect(values.length).toBeGreaterThan(0);
    expect(values.every((value) => typeof value === "bigint")).toBe(true);
    source.close();
  });

  test.each(users.map((credential) => [credential.tag, credential] as const))("v3 %s", async (_, credential) => {
    const source = await at("127.0.0.1", credential);
    const tables = await source.read([scalars.name, ...columns]);
    expect(tables.missing).toEqual([]);
    expect(tables.rows(columns[1]!).size).toBeGreaterThan(0);
    if (credential.auth) {
      const text = new TextEncoder().encode(`room of ${credential.tag}`);
      const writer = openAgent(engine, await resolveTarget(parseTarget("127.0.0.1", port)), credential, {
        write: true,
      });
      await writer.set([{ oid: scalars.location, type: tag.octetString, value: text }]);
      expect((await source.read([scalars.location])).value(scalars.location)).toEqual(text);
      writer.close();
    }
    source.close();
  });

  test("a walk of everything brings what snmpd's own walk brings", async () => {
    const source = await at("127.0.0.1", community("public"));
    const seen: string[] = [];
    expect(await source.walk("1.3.6.1.2.1.2", ({ oid }) => void seen.push(oid))).toMatchObject({ complete: true });
    const theirs = Bun.spawnSync(
      ["snmpbulkwalk", "-v2c", "-cpublic", "-On", "-m", "", `127.0.0.1:${port}`, "1.3.6.1.2.1.2"],
      { env: { PATH: "/usr/bin:/bin" } },
    ).stdout.toString();
    const names = [...theirs.matchAll(/^\.([\d.]+) = /gm)].map(([, oid]) => oid);
    expect(seen).toEqual(names as string[]);
    let count = 0;
    const all = await source.walk("1", () => void count++);
    expect([all.complete, count > seen.length]).toEqual([true, true]);
    source.close();
  });

  test("SET: by community, refused to a reader, and where the object is not writable", async () => {
    const writer = openAgent(engine, await resolveTarget(parseTarget("127.0.0.1", port)), community("private"), {
      write: true,
    });
    const text = new TextEncoder().encode("first floor");
    await writer.set([{ oid: scalars.location, type: tag.octetString, value: text }]);
    expect((await writer.read([scalars.location])).value(scalars.location)).toEqual(text);
    await expect(writer.set([{ oid: scalars.uptime, type: tag.timeTicks, value: 1 }])).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("notWritable"),
    });
    const reader = openAgent(engine, await resolveTarget(parseTarget("127.0.0.1", port)), community("public"), {
      write: true,
    });
    await expect(reader.set([{ oid: scalars.location, type: tag.octetString, value: text }])).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("noAccess"),
    });
    writer.close();
    reader.close();
  });

  test("what is wrong with a v3 credential is told", async () => {
    const good = users.find(({ tag }) => tag === "sha256-aes")!;
    const wrong: [RegExp, Partial<Credential>][] = [
      [/authentication password/, { auth: { protocol: "sha256", password: "not this one" } }],
      [/authentication password/, { auth: { protocol: "sha", password: good.auth!.password } }],
      [/does not know this user/, { user: "nobody" }],
      [/security level/, { user: "noauth" }],
    ];
    for (const [reason, other] of wrong) {
      const error = await connect(engine, `127.0.0.1:${port}`, [{ ...good, ...other }], { purpose: "read" }).then(
        () => undefined,
        (thrown) => thrown,
      );
      expect(error).toBeInstanceOf(Problem);
      expect([error.code, error.message]).toEqual(["unavailable", expect.stringMatching(reason)]);
    }
    // An agent that cannot decipher says so, or nothing (RFC 3414 §3.2 lets it); never is a value taken.
    const undecipherable = await at("127.0.0.1", { ...good, priv: { protocol: "aes", password: `${privPassword}x` } });
    const tables = await undecipherable.read([scalars.name], { deadline: 1500 });
    expect([tables.complete(scalars.name), tables.rows(scalars.name).size]).toEqual([false, 0]);
    undecipherable.close();
  });

  test("a v3 context that the agent does not know is no empty device", async () => {
    const source = await at("127.0.0.1", users.find(({ tag }) => tag === "sha256-aes")!);
    expect((await source.read(columns)).missing).toEqual([]);
    const context = source.context("vlan", "77");
    expect(context.name).toEndWith("@77");
    const tables = await context.read(columns);
    for (const column of columns) {
      expect([tables.rows(column).size, tables.complete(column)]).toEqual([0, false]);
    }
    source.close();
  });

  test("the first credential that works is found among wrong ones of all versions", async () => {
    const credentials = [
      community("wrong"),
      { ...users.find(({ tag }) => tag === "sha512-aes256b")!, tag: "bad", user: "nobody" },
      users.find(({ tag }) => tag === "md5-des")!,
      community("public"),
    ];
    const { source, credential } = await connect(engine, `127.0.0.1:${port}`, credentials, { purpose: "read" });
    expect(credential.tag).toBe("md5-des");
    source.close();
  });

  test("200 dead agents beside 200 live ones cost these no datagram", async () => {
    const own = start({ timeout: 1000, retries: 1, allInFlight: 400 });
    const dead = (await resolveTarget(parseTarget(`127.0.0.1:${port}`))).port + 1;
    const targets = live.flatMap((address) => [`${address}:${port}`, `${address}:${dead}`]);
    const results = await Promise.all(
      targets.map(async (target) => {
        const source = openAgent(own, await resolveTarget(parseTarget(target)), community("public"));
        const tables = await source.read(Object.values(scalars));
        source.close();
        return { target, complete: tables.missing.length === 0 };
      }),
    );
    for (const { target, complete } of results)
      expect([target, complete]).toEqual([target, target.endsWith(`:${port}`)]);
    // Two attempts for each dead one; none of the live ones was repeated.
    expect(own.counters).toMatchObject({ sent: 200 + 2 * 200, received: 200, timeouts: 2 * 200, notSent: 0 });
    own.close();
  });
});
