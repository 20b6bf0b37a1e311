import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attributes } from "../../src/ldap/attributes.ts";
import { type ContentRecord, contentRecord, ldifLine, readContent } from "../../src/ldap/ldif.ts";
import { Problem } from "../../src/problem.ts";
import { random } from "../random.ts";

const encoder = new TextEncoder();
const bytes = (text: string) => encoder.encode(text);

async function read(text: string | Uint8Array[], largest?: number): Promise<ContentRecord[]> {
  const records: ContentRecord[] = [];
  const chunks = typeof text === "string" ? [bytes(text)] : text;
  for await (const { dn, attributes } of readContent(chunks, largest))
    records.push({
      dn,
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, values]) => [name, values.map((value) => Uint8Array.from(value))]),
      ),
    });
  return records;
}

const texts = (record: ContentRecord | undefined) =>
  Object.fromEntries(
    Object.entries(record?.attributes ?? {}).map(([name, values]) => [
      name,
      values.map((value) => new TextDecoder().decode(value)),
    ]),
  );

describe("ldif", () => {
  it("writes what survives as it is, and the rest in base64", () => {
    for (const [value, line] of [
      ["plain", "a: plain\n"],
      ["", "a: \n"],
      ["a:b <c", "a: a:b <c\n"],
      [" x", "a:: IHg=\n"],
      ["x ", "a:: eCA=\n"],
      [":x", "a:: Ong=\n"],
      ["<x", "a:: PHg=\n"],
      ["ä", "a:: w6Q=\n"],
      ["a\nb", "a:: YQpi\n"],
      ["\0", "a:: AA==\n"],
      ["\u001b[2J", "a:: G1sySg==\n"],
    ] as const)
      assert.equal(ldifLine("a", value), line);
    assert.equal(ldifLine("a", "x".repeat(73)), `a: ${"x".repeat(73)}\n`);
    assert.equal(ldifLine("a", "x".repeat(74 + 75)), `a: ${"x".repeat(73)}\n ${"x".repeat(75)}\n x\n`);
    const attributes: Attributes = { cn: [bytes("A"), bytes("B")], x: [new Uint8Array([0xff])] };
    assert.equal(contentRecord("cn=Ä", attributes), "dn:: Y249w4Q=\ncn: A\ncn: B\nx:: /w==\n\n");
  });

  it("reads what others write", async () => {
    const records = await read(
      [
        "version: 1\r",
        "# a comment",
        "  that goes on",
        "dn: cn=a,",
        "  dc=x",
        "cn: a",
        "cn:b",
        "description:   spaces  ",
        "empty:",
        "# between",
        "userCertificate;binary:: AAE=",
        "",
        "",
        "# listener-dump writes names as they are, and the modules that have seen an entry",
        "dn: cn=Jörg,dc=x",
        "cn:: SsO2cmc=",
        "listenerModule: faillog",
        "listenerModule: ldap_server",
      ].join("\n"),
    );
    assert.deepEqual(
      records.map(({ dn }) => dn),
      ["cn=a, dc=x", "cn=Jörg,dc=x"],
    );
    assert.deepEqual(texts(records[0]), {
      cn: ["a", "b"],
      description: ["spaces  "],
      empty: [""],
      "userCertificate;binary": ["\0\u0001"],
    });
    assert.deepEqual(texts(records[1]), { cn: ["Jörg"], listenerModule: ["faillog", "ldap_server"] });
    assert.deepEqual(await read(""), []);
    assert.deepEqual(await read("\n\nversion: 1\n\n# nothing\n"), []);
  });

  it("says in which line it is malformed", async () => {
    for (const [text, line] of [
      ["cn: a\n", 1],
      ["dn: x\nnonsense\n", 2],
      ["dn: x\ncn:: ä\n", 2],
      ["dn: x\ncn:: a b\n", 2],
      ["dn: x\njpegPhoto:< file:///etc/passwd\n", 2],
      ["dn: x\nchangetype: add\ncn: x\n", 2],
      ["dn: x\n\n\n continued\n", 4],
      ["dn: x\ndn: y\n", 2],
      ["version: 2\n", 1],
    ] as const) {
      await assert.rejects(
        read(text),
        (error) => error instanceof Problem && error.code === "bad-request" && error.message.includes(`line ${line}:`),
        text,
      );
    }
  });

  it("takes no entry beyond its limit", async () => {
    const tooLarge = (error: unknown) => error instanceof Problem && error.code === "too-large";
    await assert.rejects(read(`dn: x\n${"cn: aaaa\n".repeat(200)}`, 1000), tooLarge);
    await assert.rejects(
      read([bytes("dn: x\ncn: "), ...Array.from({ length: 20 }, () => bytes("x".repeat(100)))], 1000),
      tooLarge,
    );
    assert.equal((await read("dn: x\ncn: aaaa\n\n".repeat(200), 1000)).length, 200);
  });

  it("reads what it has written, wherever it is cut", async () => {
    const next = random(2849);
    const octets = [0x61, 0x20, 0x3a, 0x3c, 0x0a, 0x0d, 0x00, 0xc3, 0xa4, 0x23, 0x7a];
    const records: ContentRecord[] = Array.from({ length: 300 }, (_, number) => ({
      dn: `cn=é${number},${"ou=long,".repeat(Math.floor(next() * 20))}dc=x`,
      attributes: Object.fromEntries(
        ["cn", "a;lang-de", "1.2.3"]
          .slice(0, Math.floor(next() * 4))
          .map((name) => [
            name,
            Array.from({ length: 1 + Math.floor(next() * 3) }, () =>
              Uint8Array.from(
                { length: Math.floor(next() ** 3 * 400) },
                () => octets[Math.floor(next() * octets.length)]!,
              ),
            ),
          ]),
      ),
    }));
    const whole = bytes(records.map(({ dn, attributes }) => contentRecord(dn, attributes)).join(""));
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < whole.length; ) {
      const end = Math.min(whole.length, at + 1 + Math.floor(next() ** 3 * 900));
      chunks.push(whole.subarray(at, end));
      at = end;
    }
    assert.ok(chunks.length > 100);
    assert.deepEqual(await read(chunks), records);
  });
});
