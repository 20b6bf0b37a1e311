import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseGroup, parsePasswd } from "../../../src/agent/inventory/accounts.ts";
import { ocsTime } from "../../../src/agent/inventory/collector.ts";
import { parseSession, parseUtmp, users } from "../../../src/agent/inventory/users.ts";
import { fakeReader } from "./fake-reader.ts";

interface Entry {
  type: number;
  user: string;
  line: string;
  seconds: number;
}

function utmp(entries: Entry[], size: 384 | 400 = 384): Uint8Array {
  const bytes = new Uint8Array(entries.length * size);
  const view = new DataView(bytes.buffer);
  for (const [index, { type, user, line, seconds }] of entries.entries()) {
    const at = index * size;
    view.setInt16(at, type, true);
    bytes.set(new TextEncoder().encode(line), at + 8);
    bytes.set(new TextEncoder().encode(user), at + 44);
    if (size === 400) view.setBigInt64(at + 344, BigInt(seconds), true);
    else view.setUint32(at + 340, seconds, true);
  }
  return bytes;
}

const entries = [
  { type: 2, user: "reboot", line: "~", seconds: 1_700_000_000 },
  { type: 7, user: "alice", line: "tty1", seconds: 1_700_000_100 },
  { type: 8, user: "", line: "tty2", seconds: 1_700_000_200 },
  { type: 7, user: "x".repeat(32), line: "pts/0", seconds: 2_200_000_000 },
];

describe("parseUtmp", () => {
  it("reads both sizes of record", () => {
    for (const [size, machine] of [
      [384, "x86_64"],
      [400, "aarch64"],
    ] as const)
      assert.deepEqual(parseUtmp(utmp(entries, size), machine), [
        { user: "alice", line: "tty1", since: 1_700_000_100_000 },
        { user: "x".repeat(32), line: "pts/0", since: 2_200_000_000_000 },
      ]);
  });

  it("passes over an incomplete record", () => {
    assert.equal(parseUtmp(utmp(entries).subarray(0, 384 * 4 - 1), "x86_64").length, 1);
    assert.deepEqual(parseUtmp(new Uint8Array(0), "x86_64"), []);
  });
});

describe("the collector of USERS", () => {
  it("joins utmp and logind, and tells the last login", async () => {
    const reader = fakeReader({
      binaries: { "/run/utmp": utmp(entries.slice(0, 2)), "/var/log/wtmp": utmp(entries) },
      files: {
        "/run/systemd/sessions/1": "UID=1001\nUSER=bob\nCLASS=user\nSTATE=active\n",
        "/run/systemd/sessions/2": "UID=110\nUSER=gdm\nCLASS=greeter\nSTATE=online\n",
        "/run/systemd/sessions/3": "UID=1002\nUSER=carol\nCLASS=user\nSTATE=closing\n",
      },
    });
    const { sections } = users.parse(await users.read(reader));
    assert.deepEqual(sections.USERS, [{ LOGIN: "alice" }, { LOGIN: "bob" }]);
    assert.deepEqual(sections.HARDWARE, [
      { USERID: "alice/bob", LASTLOGGEDUSER: "x".repeat(32), DATELASTLOGGEDUSER: ocsTime(2_200_000_000_000) },
    ]);
    assert.equal(parseSession("USER=dave\n"), "dave");
  });
});

describe("accounts", () => {
  it("reads passwd and group, members by list and by first group", () => {
    const passwd = "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:100:Alice Doe,,,:/home/alice:/bin/sh\n+::::::\nbad\n";
    assert.deepEqual(parsePasswd(passwd), [
      { LOGIN: "root", NAME: "root", ID_USER: "0", GID: "0", HOME: "/root", SHELL: "/bin/bash" },
      { LOGIN: "alice", NAME: "Alice Doe", ID_USER: "1000", GID: "100", HOME: "/home/alice", SHELL: "/bin/sh" },
    ]);
    assert.deepEqual(parseGroup("users:x:100:bob,alice\nroot:x:0:\nempty:x:7:\n", passwd), [
      { NAME: "users", ID_GROUP: "100", MEMBER: "alice,bob" },
      { NAME: "root", ID_GROUP: "0", MEMBER: "root" },
      { NAME: "empty", ID_GROUP: "7" },
    ]);
  });
});
