import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Writer } from "../../src/ldap/ber.ts";
import { controlValue, readMessage } from "../../src/ldap/response.ts";
import { encodeSyncRequest, readSyncMessage } from "../../src/ldap/sync.ts";
import {
  type Control,
  done,
  entry,
  join,
  message,
  syncDone,
  syncInfo,
  syncState,
  uuid,
} from "../fake/ldap-messages.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const read = (octets: Uint8Array) => readSyncMessage(readMessage(octets, 0, octets.length));
const attributesOf = (octets: Uint8Array) => octets.slice(octets.length - 16);

describe("requests (RFC 4533 §2.2)", () => {
  test("octet by octet", () => {
    assert.deepEqual(encodeSyncRequest({ mode: "refresh" }), hex("30 03 0a0101"));
    assert.deepEqual(encodeSyncRequest({ mode: "persist", cookie: bytes("c=1") }), hex("30 08 0a0103 0403633d31"));
    // An empty cookie is one.
    assert.deepEqual(encodeSyncRequest({ mode: "refresh", cookie: bytes("") }), hex("30 05 0a0101 0400"));
  });
});

describe("entries (§2.3)", () => {
  const attributes = hex("30 0e 30 0c 0401 6f 3107 0405 6f74686572");
  test("add and modify have attributes, in what was received; entryUUID and cookie are copies", () => {
    for (const [number, state] of [
      [1, "add"],
      [2, "modify"],
    ] as const) {
      const octets = entry(9, "o=other", { o: ["other"] }, [syncState(number, uuid(7), "csn")]);
      const found = read(octets);
      const cookie = bytes("csn");
      assert.deepEqual(found, { kind: "entry", state, uuid: uuid(7), dn: "o=other", attributes, cookie });
      octets.fill(0);
      assert.deepEqual(found, { ...found, uuid: uuid(7), attributes: new Uint8Array(attributes.length), cookie });
    }
    assert.equal(attributesOf(join(entry(9, "o=other", { o: ["other"] }))).length, attributes.length);
  });

  test("present and delete have none, whatever comes", () => {
    for (const [number, state] of [
      [0, "present"],
      [3, "delete"],
    ] as const)
      assert.deepEqual(read(entry(9, "", { o: ["other"] }, [syncState(number, uuid(7))])), {
        kind: "entry",
        state,
        uuid: uuid(7),
        dn: "",
        attributes: new Uint8Array(0),
      });
  });

  test("the control may stand among others, critical or not", () => {
    const octets = new Writer().sequence((whole) => {
      whole.integer(1).sequence(() => {}, 0x65);
      whole.sequence((list) => {
        list.sequence((control) => control.text("1.2").boolean(true).text("critical"));
        list.sequence((control) => control.text("1.3").text("not"));
      }, 0xa0);
    });
    const { controls } = readMessage(octets.finish(), 0, octets.finish().length);
    const value = (oid: string) => {
      const reader = controlValue(controls, oid);
      return reader && Buffer.from(reader.bytes.subarray(reader.at, reader.end)).toString();
    };
    assert.deepEqual([value("1.2"), value("1.3"), value("1.4")], ["critical", "not", undefined]);
    const other: Control = { oid: "1.2.3" };
    const found = read(entry(1, "dc=ü", { o: ["x"] }, [other, syncState(1, uuid(1)), other]));
    assert.equal(found?.kind === "entry" && found.dn, "dc=ü");
  });

  test("a DN that is no UTF-8 is said to be none, and the entry stays known by its entryUUID", () => {
    const found = read(entry(1, Uint8Array.of(0x64, 0x63, 0x3d, 0xff), {}, [syncState(1, uuid(1))]));
    assert.deepEqual(found, {
      ...{ kind: "entry", state: "add", uuid: uuid(1), dn: "dc=\ufffd", illegalDn: true },
      attributes: hex("30 00"),
    });
  });

  test("wrong ones break the protocol", () => {
    const wrong: [string, Uint8Array][] = [
      ["without a state", entry(1, "dc=a", {})],
      ["of an unknown state", entry(1, "dc=a", {}, [syncState(4, uuid(1))])],
      ["of a negative state", entry(1, "dc=a", {}, [syncState(-1, uuid(1))])],
      ["with a short entryUUID", entry(1, "dc=a", {}, [syncState(1, uuid(1).slice(1))])],
      ["with a cookie of a megabyte", entry(1, "dc=a", {}, [syncState(1, uuid(1), "c".repeat(1 << 20))])],
      ["without attributes", message(1, 0x64, (body) => body.text("dc=a"), [syncState(1, uuid(1))])],
      ["whose control has no value", entry(1, "dc=a", {}, [{ oid: "1.3.6.1.4.1.4203.1.9.1.2" }])],
    ];
    for (const [name, octets] of wrong) assert.throws(() => read(octets), { code: "protocol" }, name);
  });
});

describe("the end (§2.4)", () => {
  test("with and without a cookie, or the control", () => {
    assert.deepEqual(read(done(1, 0, "", [syncDone("c", true)])), {
      kind: "done",
      refreshDeletes: true,
      cookie: bytes("c"),
    });
    for (const controls of [[syncDone()], [], [{ oid: "1.3.6.1.4.1.4203.1.9.1.3" }]])
      assert.deepEqual(read(done(1, 0, "", controls)), { kind: "done", refreshDeletes: false });
    // What a server says to a garbage cookie.
    const empty = read(done(1, 0, "", [syncDone("")]));
    assert.deepEqual(empty, { kind: "done", refreshDeletes: false, cookie: bytes("") });
  });
});

describe("information (§2.5)", () => {
  const info = (fill: (writer: Writer) => void) => read(syncInfo(1, fill));
  test("all kinds, with what is left away", () => {
    assert.deepEqual(
      info((value) => value.text("new", 0x80)),
      { kind: "cookie", cookie: bytes("new") },
    );
    // slapd, after an idle reconnect: a100
    assert.deepEqual(
      info((value) => value.sequence(() => {}, 0xa1)),
      { kind: "phase", phase: "delete", done: true },
    );
    assert.deepEqual(
      info((value) => value.sequence((phase) => phase.text("c").boolean(false), 0xa2)),
      { kind: "phase", phase: "present", done: false, cookie: bytes("c") },
    );
    assert.deepEqual(
      info((value) =>
        value.sequence((set) => {
          set.text("c").boolean(true);
          set.set((uuids) => {
            for (let number = 0; number < 256; number++) uuids.octets(uuid(number));
          });
        }, 0xa3),
      ),
      { kind: "set", deleted: true, uuids: Array.from({ length: 256 }, (_, at) => uuid(at)), cookie: bytes("c") },
    );
    assert.deepEqual(
      info((value) => value.sequence((set) => set.set(() => {}), 0xa3)),
      { kind: "set", deleted: false, uuids: [] },
    );
  });

  test("other intermediate responses and references are not ours", () => {
    assert.equal(read(syncInfo(1, (value) => value.text("x", 0x80), "1.2.3")), undefined);
    assert.equal(read(message(1, 0x79, () => {})), undefined);
    assert.equal(read(message(1, 0x73, (body) => body.text("ldap://elsewhere"))), undefined);
  });

  test("wrong ones break the protocol", () => {
    const wrong: [string, (writer: Writer) => void][] = [
      ["no value", () => {}],
      ["an unknown kind", (value) => value.sequence(() => {}, 0xa4)],
      ["a set without its set", (value) => value.sequence((set) => set.boolean(true), 0xa3)],
      ["a set of something else", (value) => value.sequence((set) => set.set((all) => all.text("short")), 0xa3)],
    ];
    for (const [name, fill] of wrong) assert.throws(() => info(fill), { code: "protocol" }, name);
  });
});

test("a message that is cut off anywhere breaks the protocol, and nothing else", () => {
  const octets = join(
    entry(1, "o=other", { o: ["other"] }, [syncState(1, uuid(7), "csn")]),
    done(1, 0, "", [syncDone("c", true)]),
  );
  let broken = 0;
  for (let at = 0; at < octets.length; at++)
    for (const value of [0x00, 0x30, 0x7f, 0x80, 0x84, 0xff]) {
      const spoilt = octets.slice();
      spoilt[at] = value;
      try {
        read(spoilt);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "protocol", `${value} at ${at}: ${error}`);
        broken++;
      }
    }
  assert.ok(broken > 100);
});
