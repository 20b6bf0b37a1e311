/** Directories that misbehave. */
import { afterEach, describe, expect, test } from "bun:test";
import { connect as connectSocket, createServer } from "node:net";
import { type Directory, type DirectoryOptions, openDirectory } from "../../src/ldap/connect.ts";
import type { LdapRefusal } from "../../src/ldap/refusal.ts";
import type { SyncMessage, SyncRequest } from "../../src/ldap/sync-message.ts";
import { Problem } from "../../src/problem.ts";
import {
  bindResponse,
  done,
  entry,
  join,
  message,
  result,
  syncDone,
  syncInfo,
  syncState,
  uuid,
} from "../fake/ldap-messages.ts";
import { type FakeLdap, type FakeRequest, fakeLdap } from "../fake/ldap-server.ts";

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

async function server(behave: (request: FakeRequest) => void, binds = true): Promise<FakeLdap> {
  const fake = await fakeLdap(behave, binds);
  opened.push(fake);
  return fake;
}

async function open(uri: string, options: Partial<DirectoryOptions> = {}): Promise<Directory> {
  const directory = await openDirectory({ uri, ...options });
  opened.push(directory);
  return directory;
}

const identity = { dn: "cn=reader", password: "secret" };
const request: SyncRequest = { base: "dc=fake", mode: "refresh" };

async function all(directory: Directory, other: Partial<SyncRequest> = {}): Promise<SyncMessage[]> {
  const messages: SyncMessage[] = [];
  for await (const batch of directory.sync({ ...request, ...other })) messages.push(...batch);
  return messages;
}

async function failure(promise: Promise<unknown>): Promise<Problem & Partial<LdapRefusal>> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
}

const added = (id: number, number: number, size = 5) =>
  entry(id, `cn=${number}`, { o: ["x".repeat(size)] }, [syncState(1, uuid(number))]);

describe("synchronisation", () => {
  test("entries, information and the end in order, cut anywhere; ldapts' answers between them", async () => {
    const ids: number[] = [];
    const fake = await server(({ id, socket }) => {
      if (ids.push(id) < 2) return;
      const [ours = 0, other = 0] = ids.sort((a, b) => b - a);
      const stream = join(
        added(ours, 1),
        entry(other, "dc=fake", { o: ["yes"] }),
        syncInfo(ours, (value) => value.text("c", 0x80)),
        added(ours, 2),
        message(ours, 0x73, (body) => body.text("ldap://elsewhere/")),
        done(other),
        added(ours, 3, 70_000),
        done(ours, 0, "", [syncDone("d", true)]),
      );
      const send = (from: number, [to, ...rest]: number[]) => {
        if (to !== undefined) socket.write(stream.slice(from, to), () => setImmediate(() => send(to, rest)));
      };
      send(0, [3, 60, 100, 200, 30_000, 70_000, stream.length]);
    });
    const directory = await open(fake.uri, { identity });
    const [messages, { searchEntries }] = await Promise.all([
      all(directory),
      directory.client.search("dc=fake", { scope: "base" }),
    ]);
    expect(messages.map((one) => (one.kind === "entry" ? one.dn : one.kind))).toEqual([
      ...["cn=1", "cookie", "cn=2", "cn=3", "done"],
    ]);
    expect(searchEntries).toMatchObject([{ dn: "dc=fake", o: "yes" }]);
    expect(directory.references).toBe(1);
  });

  test.each([
    [4, "too-large", /sizeLimitExceeded \(4\).*limits dn\.exact/],
    [53, "bad-request", /unwillingToPerform \(53\): consumer state is newer/],
    [4096, "conflict", /e-syncRefreshRequired \(4096\)/],
    [12, "bad-request", /overlay syncprov/],
    [32, "not-found", /what exists is dc=lab/],
    [77, "bad-request", /result \(77\)/],
  ] as const)("refused with %d, after what came before", async (code, problem, text) => {
    const said = code === 53 ? "consumer state is newer" : "";
    const fake = await server(({ id, socket }) => {
      socket.write(join(added(id, 1), message(id, 0x65, result(code, said, code === 32 ? "dc=lab" : ""))));
    });
    const directory = await open(fake.uri);
    const stream = directory.sync(request)[Symbol.asyncIterator]();
    expect((await stream.next()).value).toHaveLength(1);
    const error = await failure(Promise.resolve(stream.next()));
    expect(error).toMatchObject({ name: "Problem", code: problem, resultCode: code, diagnostic: said });
    expect(error.message).toMatch(text);
    // The connection is as good as before.
    expect(await directory.search({ base: "", scope: "base" })).toHaveLength(1);
  });

  test("breaking off and aborting abandon the search, and what is still under way is dropped", async () => {
    let streaming: FakeRequest | undefined;
    const fake = await server((one) => {
      if (one.tag === 0x63) {
        streaming = one;
        one.socket.write(added(one.id, 1));
      } else if (one.tag === 0x50) {
        expect(Buffer.from(one.body.bytes.subarray(one.body.at, one.body.end)).readInt32BE()).toBe(streaming?.id ?? 0);
        one.socket.write(join(added(streaming?.id ?? 0, 2), added(streaming?.id ?? 0, 3)));
      }
    });
    const directory = await open(fake.uri);
    for await (const batch of directory.sync({ ...request, mode: "persist" })) {
      expect(batch).toHaveLength(1);
      break;
    }
    await fake.came(3);
    const stop = new AbortController();
    const reason = new Error("enough");
    const listening = (async () => {
      for await (const _ of directory.sync({ ...request, mode: "persist" }, stop.signal)) stop.abort(reason);
    })();
    expect(await listening.catch((error) => error)).toBe(reason);
    await fake.came(5);
    expect(fake.tags).toEqual([0x63, 0x63, 0x50, 0x63, 0x50]);
    expect(await directory.search({ base: "", scope: "base" })).toHaveLength(1);
  });

  test("a consumer that does not ask holds the server back; a search meanwhile is answered", async () => {
    const size = 100_000;
    const total = 600;
    let sent = 0;
    const fake = await server(({ id, tag, socket, number }) => {
      if (number > 0 && tag === 0x63) return void socket.write(done(id));
      const send = () => {
        while (sent < total) if (!socket.write(added(id, sent++, size))) return void socket.once("drain", send);
        socket.write(done(id));
      };
      send();
    });
    const directory = await open(fake.uri);
    const stream = directory.sync(request)[Symbol.asyncIterator]();
    let count = (await stream.next()).value?.length ?? 0;
    let before = -1;
    // Until nothing moves any more.
    while (sent !== before) {
      before = sent;
      await Bun.sleep(100);
    }
    // 1 MiB waits here, the rest in sockets' buffers: by far not all 60 MB.
    expect(sent).toBeLessThan(total / 2);
    await directory.search({ base: "", scope: "base" });
    for (let next = await stream.next(); !next.done; next = await stream.next()) count += next.value.length;
    expect(count).toBe(total + 1);
  });

  test("a server without it is told of at once, and what to do", async () => {
    const fake = await server(({ id, socket }) => socket.write(done(id)));
    const directory = await open(fake.uri);
    directory.rootDse.supportedControl[0] = "1.2.3";
    expect(() => directory.sync(request)).toThrow(/does not offer content synchronisation.*overlay syncprov/);
  });
});

describe("the connection ends with its reason, for all that wait", () => {
  const garbage: [string, (id: number) => Uint8Array | string, Problem["code"], RegExp][] = [
    ["no LDAP", () => "HTTP/1.1 400 Bad Request\r\n\r\n", "protocol", /is no LDAP message/],
    ["an entry without state", (id) => entry(id, "dc=a", {}), "protocol", /without its state/],
    ["a message that lies about its parts", () => Uint8Array.of(0x30, 3, 2, 9, 1), "protocol", /malformed BER/],
    ["too large a message", (id) => added(id, 1, 200_000), "too-large", /the limit is 100000/],
    [
      "a notification of another kind, which is passed over",
      () => message(0, 0x78, result(52, "shutting down")),
      "unavailable",
      /closed the connection/,
    ],
  ];
  test.each(garbage)("%s", async (_, octets, code, text) => {
    const fake = await server(({ id, socket, tag }) => {
      if (tag === 0x63) socket.write(octets(id), () => socket.end());
    });
    const directory = await open(fake.uri, { largestMessage: 100_000, identity });
    const waiting = failure(
      directory.client.compare("dc=fake", "o", "x").catch((error) => Promise.reject(wrap(error))),
    );
    const error = await failure(all(directory));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(text)]);
    expect(error.message).toStartWith(fake.uri);
    await waiting;
    expect(await directory.closed).toBe(error);
    // Never again without bind.
    for (const late of [all(directory), directory.search({ base: "", scope: "base" })])
      expect(await failure(late)).toBe(error);
    expect(await directory.client.search("").catch((reason) => reason)).toBe(error);
    expect(fake.connections).toHaveLength(1);
  });

  const wrap = (error: Error) => new Problem("unavailable", error.message);

  test("what was said before it is delivered", async () => {
    const notice = message(0, 0x78, (body) => {
      result(52, "shutting down")(body);
      body.text("1.3.6.1.4.1.1466.20036", 0x8a);
    });
    const fake = await server(({ id, socket }) => socket.write(join(added(id, 1), notice)));
    const directory = await open(fake.uri);
    const stream = directory.sync(request)[Symbol.asyncIterator]();
    expect((await stream.next()).value).toHaveLength(1);
    const error = await failure(Promise.resolve(stream.next()));
    expect(error.message).toBe(`${fake.uri}: the server ended the connection, unavailable (52): shutting down`);
  });

  test("a server that is silent is asked, and then given up", async () => {
    let silent = false;
    const fake = await server(({ id, tag, socket }) => {
      if (tag !== 0x63) return;
      socket.write(added(id, 1));
      silent = true;
    });
    const directory = await open(fake.uri, { heartbeat: 100 });
    const stream = directory.sync({ ...request, mode: "persist" })[Symbol.asyncIterator]();
    await stream.next();
    expect(silent).toBe(true);
    // It answers what it is asked: the connection stays.
    await fake.came(5);
    fake.connections[0]?.removeAllListeners("data").resume();
    expect((await failure(Promise.resolve(stream.next()))).code).toBe("timeout");
  });

  test("close ends it in order, without a reason", async () => {
    const fake = await server(() => {});
    const directory = await open(fake.uri, { identity });
    const listening = failure(all(directory));
    await fake.came(3);
    directory.close();
    expect(await directory.closed).toBeUndefined();
    expect((await listening).code).toBe("cancelled");
    await fake.came(4);
    expect(fake.tags).toEqual([0x60, 0x63, 0x63, 0x42]);
    const other = await open(fake.uri, { identity });
    await other.client.unbind();
    expect(await other.closed).toBeUndefined();
  });
});

describe("opening", () => {
  test("nobody there, no such socket, no such name, nothing said", async () => {
    const unused = createServer().listen(0, "127.0.0.1");
    const { port } = unused.address() as { port: number };
    await new Promise((resolve) => unused.close(resolve));
    expect((await failure(open(`ldap://127.0.0.1:${port}`))).message).toMatch(/nothing listens there/);
    expect((await failure(open("ldapi://%2Fnonexistent%2Fldapi"))).message).toMatch(/there is no such socket/);
    expect(await failure(open("ldap://host.invalid"))).toMatchObject({ code: "unavailable" });
    const silent = await server(() => {}, false);
    expect(await failure(open(silent.uri, { identity, connectTimeout: 50 }))).toMatchObject({ code: "timeout" });
    const late = open(silent.uri, { startTls: "require", connectTimeout: 50 });
    expect(await failure(late)).toMatchObject({ code: "timeout" });
  });

  test("a refused bind says which, and an empty password is none", async () => {
    const fake = await server(({ id, socket }) => socket.write(bindResponse(id, 49, "")), false);
    expect(await failure(open(fake.uri, { identity }))).toMatchObject({
      code: "auth-failed",
      resultCode: 49,
      message: expect.stringContaining("bind as cn=reader was refused, invalidCredentials (49)"),
    });
    const empty = failure(open(fake.uri, { identity: { dn: "cn=reader", password: "" } }));
    expect(await empty).toMatchObject({ code: "config" });
    expect((await empty).message).not.toContain("secret");
  });

  test("given up while it waits", async () => {
    const silent = await server(() => {}, false);
    for (const options of [{ identity }, { startTls: "require" as const }]) {
      const stop = new AbortController();
      const opening = open(silent.uri, { ...options, signal: stop.signal }).catch((error) => error);
      const before = silent.tags.length;
      await silent.came(before + 1);
      stop.abort("enough");
      expect(await opening).toBe("enough");
    }
  });

  test("what follows the answer to StartTLS in plain text is not taken for the server's", async () => {
    const ok = (id: number) => message(id, 0x78, result(0));
    const answers: [(id: number) => Uint8Array, RegExp][] = [
      [(id) => join(ok(id), bindResponse(2)), /something else/],
      [(id) => join(ok(id), Uint8Array.of(0x30)), /something else/],
      [(id) => ok(id + 1), /something else/],
      [(id) => done(id), /something else/],
      [(id) => message(id, 0x78, result(52, "no certificate")), /StartTLS was refused, unavailable \(52\): no cert/],
    ];
    for (const [answer, text] of answers) {
      const fake = await server(({ id, socket }) => socket.write(answer(id)), false);
      expect((await failure(open(fake.uri, { startTls: "require" }))).message).toMatch(text);
    }
    // And who does not insist goes on in plain text.
    const fake = await server(({ id, socket }) => socket.write(message(id, 0x78, result(2))));
    expect(await open(fake.uri, { startTls: "try", identity })).toMatchObject({ encrypted: false });
    expect(fake.tags).toEqual([0x77, 0x60, 0x63]);
  });

  test("a socket that is cut while it is opened", async () => {
    const cutting = createServer((socket) => socket.once("data", () => socket.destroy())).listen(0, "127.0.0.1");
    const { port } = cutting.address() as { port: number };
    opened.push(cutting);
    for (const options of [{}, { identity }, { startTls: "require" as const }])
      expect(await failure(open(`ldap://127.0.0.1:${port}`, options))).toMatchObject({ code: "unavailable" });
    expect(await failure(open(`ldaps://127.0.0.1:${port}`))).toMatchObject({ code: "unavailable" });
    connectSocket(port, "127.0.0.1").destroy();
  });
});

describe("searches for a few", () => {
  test("bounded by count, octets and time", async () => {
    const fake = await server(({ id, socket, number }) => {
      if (number === 0) socket.write(join(entry(id, "dc=a", { o: ["x"] }), done(id, 4)));
      if (number === 1) for (let at = 0; at < 20; at++) socket.write(entry(id, "dc=a", { o: ["x".repeat(1000)] }));
    });
    const directory = await open(fake.uri);
    const wanted = { base: "dc=fake", scope: "sub" } as const;
    expect(await failure(directory.search({ ...wanted, sizeLimit: 1 }))).toMatchObject({ resultCode: 4 });
    expect(await failure(directory.search({ ...wanted, largestAnswer: 10_000 }))).toMatchObject({ code: "too-large" });
    expect(await failure(directory.search({ ...wanted, timeout: 20 }))).toMatchObject({ code: "timeout" });
    const stop = new AbortController();
    const given = directory.search(wanted, stop.signal).catch((error) => error);
    stop.abort("enough");
    expect(await given).toBe("enough");
    expect(await directory.search({ ...wanted, filter: "(a" }).catch((error) => error)).toBeInstanceOf(Error);
    expect(await directory.search({ base: "", scope: "base" })).toHaveLength(1);
  });
});
