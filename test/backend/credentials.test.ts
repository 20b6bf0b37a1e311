import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { parseCredentials, readCredentials } from "../../src/backend/credentials.ts";
import { configureLog } from "../../src/log.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-credentials-"));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, "credentials.yml");

const rest = { contextPrefix: "vlan-", read: true, write: false, only: [], no: [] };

describe("the credentials file", () => {
  it("may be absent: community public, to read only", async () => {
    assert.deepEqual(await readCredentials(""), [{ tag: "public", version: 2, community: "public", ...rest }]);
    await assert.rejects(readCredentials(join(folder, "nothing")), {
      code: "config",
      message: /^snmp\.credentialsFile: cannot read .*nothing$/,
    });
  });

  it("is a list as Netdisco's device_auth", async () => {
    writeFileSync(join(folder, "community"), "from a file\n", { mode: 0o600 });
    writeFileSync(join(folder, "priv"), "private words\n", { mode: 0o600 });
    const content = `device_auth:
  - tag: old
    community: 0123
    version: 1
    only: [192.0.2.0/24, 'group:lab']
  - communityFile: community
    write: true
    no: any
  - tag: v3
    user: reeve
    auth: { proto: SHA-256, pass: authwords }
    priv: { proto: AES256C, passFile: ${join(folder, "priv")} }
    context_prefix: ctx
    driver: snmp
  - { tag: plain, user: nobody, read: 0 }
`;
    const expected = [
      { tag: "old", version: 1, community: "0123", ...rest, only: ["192.0.2.0/24", "group:lab"] },
      { tag: "credential-2", version: 2, community: "from a file", ...rest, write: true, no: ["any"] },
      {
        tag: "v3",
        version: 3,
        user: "reeve",
        auth: { protocol: "sha256", password: "authwords" },
        priv: { protocol: "aes256r", password: "private words" },
        ...rest,
        contextPrefix: "ctx",
      },
      { tag: "plain", version: 3, user: "nobody", ...rest, read: false },
    ];
    assert.deepEqual(await parseCredentials(content, file), expected);
    writeFileSync(file, content, { mode: 0o600 });
    assert.deepEqual(await readCredentials(file), expected);
  });

  it("may use YAML's aliases", async () => {
    const content = `- {tag: a, user: u, auth: &a {proto: SHA, pass: longenough}}\n- {tag: b, user: v, auth: *a}\n`;
    const [, second] = await parseCredentials(content, file);
    assert.deepEqual(second?.auth, { protocol: "sha", password: "longenough" });
  });

  it("that others may read is told in the log", async () => {
    const lines: string[] = [];
    configureLog({ write: (line) => void lines.push(line), level: "INFO", format: "json" });
    writeFileSync(file, "- community: public\n");
    chmodSync(file, 0o644);
    await readCredentials(file);
    assert.match(lines.join(""), /open to every user/);
    configureLog({ write: (line) => void process.stderr.write(line), format: "auto" });
  });

  it("that is wrong is told by file and line, and nothing secret is told", async () => {
    const secret = "Geheim-Wort";
    const refused: [string, RegExp][] = [
      ["", /expected a list/],
      ["[]", /lists no credentials/],
      [secret, /expected a list/],
      [`- ${secret}`, /:1: expected keys/],
      [`- community: ${secret}\n  community: x`, /:2: is no YAML: duplicate key/],
      [`- community: [${secret}\n  x: y: z`, /is no YAML/],
      [`- community: *${secret}`, /is no YAML|aliases/],
      [`- community: ${secret}\n  colour: red`, /:2: unknown key colour; known: tag/],
      [`- community: ${secret}\n  user: x`, /:2: user: stands beside/],
      ["- tag: x", /:1: tag: expected community .* or user/],
      [`- community: ''`, /:1: community: is empty/],
      [`- community: {${secret}: 1}`, /:1: community: expected a text/],
      [`- community: ${secret}\n  version: 3`, /:2: version: 3 wants user/],
      [`- community: ${secret}\n  version: 4`, /:2: version: expected 1, 2 or 3/],
      [`- user: x\n  version: 2`, /:2: version: 2 wants community/],
      [`- user: x\n  auth: {proto: SHA, pass: short}`, /:2: auth: has a password shorter/],
      [`- user: x\n  auth: {proto: ROT13, pass: ${secret}}`, /:2: proto: expected one of MD5/],
      [`- user: x\n  auth: {proto: SHA, pass: ${secret}, x: 1}`, /:2: unknown key x/],
      [`- user: x\n  auth: ${secret}`, /:2: auth: expected proto and pass/],
      [`- user: x\n  auth: {proto: SHA}`, /:2: auth: expected pass/],
      [`- user: x\n  priv: {proto: AES, pass: ${secret}}`, /:2: priv: wants auth/],
      [`- community: ${secret}\n  auth: {proto: SHA, pass: ${secret}}`, /:2: auth: belongs to user/],
      [`- community: ${secret}\n  communityFile: /x`, /:2: communityFile: stands beside/],
      ["- communityFile: /nonexistent/file", /community: cannot read/],
      [`- community: ${secret}\n  driver: cli`, /:2: driver: expected snmp/],
      [`- community: ${secret}\n  only: {a: b}`, /:2: only: expected an access list/],
      [`- community: ${secret}\n  read: perhaps`, /:2: read: expected true or false/],
      ["- {tag: a, community: b}\n- {tag: a, community: c}", /:2: a second credential with tag a/],
      ["device_auth: []\nother: 1", /and no other keys/],
      [`- ${"[".repeat(30_000)}`, /is no YAML|expected/],
    ];
    for (const [content, message] of refused) {
      await assert.rejects(parseCredentials(content, file), (error: Error & { code?: string }) => {
        assert.equal(error.code, "config", `${content}: ${error}`);
        assert.match(error.message, message);
        assert.ok(!error.message.includes(secret), error.message);
        return true;
      });
    }
  });
});
