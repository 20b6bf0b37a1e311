/** What a real slapd says of every change while one listens, and what limits and access do to it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "ldapts";
import { decodeAttributes, text } from "../../src/ldap/attributes.ts";
import type { Cookie, SyncMessage } from "../../src/ldap/sync-message.ts";
import { change, people, replace, type SlapdLab, slapdPresent } from "../lab/slapd.ts";
import { clean, entries, hex, idsOf, Listening, lastCookie, line, lines, open, refresh, start } from "./listening.ts";

const present = slapdPresent();
clean();

describe.skipIf(!present)("a live stream", () => {
  let lab: SlapdLab;
  let admin: Client;
  let marks = 0;
  beforeAll(async () => {
    lab = await start({ ldif: () => people(3) });
    admin = await lab.connect();
  });
  afterAll(() => admin?.unbind());

  /** What these changes say on the stream: everything before the change that marks the end. */
  async function said(listening: Listening, ...changes: (() => Promise<unknown>)[]): Promise<SyncMessage[]> {
    for (const one of changes) await one();
    const mark = `mark ${++marks}`;
    await replace(admin, "ou=people,dc=lab", { description: [mark] });
    const messages = await listening.until(
      (one) =>
        one.kind === "entry" &&
        one.attributes.length > 0 &&
        (decodeAttributes(one.attributes).description ?? []).some((value) => text(value) === mark),
    );
    return messages.slice(0, -1);
  }

  const add = (dn: string, attributes: Record<string, string | string[]>) => () => admin.add(dn, attributes);
  const ou = (name: string) => ({ objectClass: "organizationalUnit", ou: name });

  test("without a cookie: all entries, then a delete phase, then what happens", async () => {
    const listening = new Listening(await open(lab));
    const first = await listening.refreshed();
    expect(lines(first)).toEqual([
      "add dc=lab attributes",
      "add ou=people,dc=lab attributes",
      ...[0, 1, 2].map((n) => `add uid=user00000${n},ou=people,dc=lab attributes`),
      "delete done cookie",
    ]);
    const attributes = decodeAttributes(entries(first)[2]?.attributes ?? new Uint8Array());
    // User attributes and operational ones.
    expect(Object.keys(attributes)).toEqual(expect.arrayContaining(["uid", "mail", "entryUUID", "entryCSN"]));
    expect(text(attributes.entryUUID?.[0] ?? new Uint8Array()).replaceAll("-", "")).toBe(hex(entries(first)[2]!.uuid));
  });

  test("add, modify, rename, move, delete: one message each, with a cookie", async () => {
    const listening = new Listening(await open(lab));
    await listening.refreshed();
    const messages = await said(
      listening,
      add("ou=a,dc=lab", ou("a")),
      () => replace(admin, "ou=a,dc=lab", { description: ["x"] }),
      () => admin.modifyDN("ou=a,dc=lab", "ou=b,dc=lab"),
      () => admin.modifyDN("ou=b,dc=lab", "ou=b,ou=people,dc=lab"),
      () => admin.del("ou=b,ou=people,dc=lab"),
    );
    expect(lines(messages)).toEqual([
      "add ou=a,dc=lab attributes cookie",
      "modify ou=a,dc=lab attributes cookie",
      "modify ou=b,dc=lab attributes cookie",
      "modify ou=b,ou=people,dc=lab attributes cookie",
      "delete ou=b,ou=people,dc=lab cookie",
    ]);
    expect(new Set(entries(messages).map(({ uuid }) => hex(uuid))).size).toBe(1);
  });

  test("a subtree that is renamed or moved: its top alone, live and after a reconnect", async () => {
    await add("ou=tree,dc=lab", ou("tree"))();
    await add("ou=leaf,ou=tree,dc=lab", ou("leaf"))();
    const listening = new Listening(await open(lab));
    const cookie = lastCookie(await listening.refreshed());
    const rename = () => admin.modifyDN("ou=tree,dc=lab", "ou=wood,dc=lab");
    expect(lines(await said(listening, rename))).toEqual(["modify ou=wood,dc=lab attributes cookie"]);
    const missed = lines(await refresh(lab, { cookie }));
    expect(missed.filter((one) => one.includes("ou=wood"))).toEqual(["add ou=wood,dc=lab attributes"]);
    await admin.del("ou=leaf,ou=wood,dc=lab");
    await admin.del("ou=wood,dc=lab");
  });

  test("leaving the filter is a delete with the new DN, entering it an add, what is outside a cookie", async () => {
    const listening = new Listening(await open(lab), { filter: "(|(ou=in)(ou=people))" });
    await listening.refreshed();
    const messages = await said(
      listening,
      add("ou=in,dc=lab", ou("in")),
      () => admin.modifyDN("ou=in,dc=lab", "ou=out,dc=lab"),
      () => replace(admin, "ou=out,dc=lab", { description: ["unseen"] }),
      () => admin.modifyDN("ou=out,dc=lab", "ou=in,dc=lab"),
      () => admin.del("ou=in,dc=lab"),
    );
    expect(lines(messages)).toEqual([
      "add ou=in,dc=lab attributes cookie",
      "delete ou=out,dc=lab cookie",
      "new cookie",
      "add ou=in,dc=lab attributes cookie",
      "delete ou=in,dc=lab cookie",
    ]);
  });

  test("leaving and entering the base likewise, but children come with nobody's word", async () => {
    await add("ou=base,dc=lab", ou("base"))();
    await add("ou=tree,dc=lab", ou("tree"))();
    await add("ou=leaf,ou=tree,dc=lab", ou("leaf"))();
    const listening = new Listening(await open(lab), { base: "ou=base,dc=lab" });
    await listening.refreshed();
    await admin.modifyDN("ou=tree,dc=lab", "ou=tree,ou=base,dc=lab");
    await admin.modifyDN("ou=tree,ou=base,dc=lab", "ou=tree,dc=lab");
    await replace(admin, "ou=base,dc=lab", { description: ["end"] });
    const messages = await listening.until((one) => line(one).startsWith("modify ou=base"));
    expect(lines(messages).slice(0, 2)).toEqual([
      "add ou=tree,ou=base,dc=lab attributes cookie",
      "delete ou=tree,dc=lab cookie",
    ]);
    for (const dn of ["ou=leaf,ou=tree,dc=lab", "ou=tree,dc=lab", "ou=base,dc=lab"]) await admin.del(dn);
  });

  test("slapd's stop ends it without a word, and the reason says so", async () => {
    const other = await start({ log: "none" });
    const listening = new Listening(await open(other));
    await listening.refreshed();
    const next = listening.until(() => true).catch((error) => error);
    await other.stop();
    expect(await next).toMatchObject({ code: "unavailable", message: expect.stringMatching(/closed the connection/) });
  });

  test("an idle stream outlives the server's idle timeout", async () => {
    const other = await start({ log: "none", idleTimeout: 1 });
    const listening = new Listening(await open(other));
    await listening.refreshed();
    const idle = await open(other);
    // A connection without a search is closed: so the time is over, and the server has looked.
    expect(await idle.closed).toMatchObject({ code: "unavailable" });
    const client = await other.connect();
    await replace(client, "dc=lab", { description: ["still there"] });
    expect(lines(await listening.until(() => true))).toEqual(["modify dc=lab attributes cookie"]);
    await client.unbind();
  });

  test("values of 5 MB, binary ones, a DN of 50 levels, escaped ones", async () => {
    const listening = new Listening(await open(lab));
    await listening.refreshed();
    const photo = Buffer.alloc(
      5 * 1024 * 1024,
      Uint8Array.from({ length: 251 }, (_, at) => at),
    );
    await admin.add("ou=deep,dc=lab", ou("deep"));
    await admin.modify("uid=user000001,ou=people,dc=lab", change("add", "jpegPhoto", [photo]));
    let dn = "ou=deep,dc=lab";
    for (let level = 0; level < 48; level++) {
      dn = `ou=level ${level},${dn}`;
      await admin.add(dn, ou(`level ${level}`));
    }
    const odd = ["ou=Müller\\, Söhne \\2B Co,dc=lab", "ou=\\23 \\22x\\22 \\5C,dc=lab", "ou=日本+l=東京,dc=lab"];
    await admin.add(odd[0]!, ou("Müller, Söhne + Co"));
    await admin.add(odd[1]!, ou('# "x" \\'));
    await admin.add(odd[2]!, { ...ou("日本"), l: "東京" });
    const messages = entries(await listening.until((one) => one.kind === "entry" && one.dn.includes("東京")));
    const big = messages.find((one) => one.dn.startsWith("uid=user000001"));
    const [value] = decodeAttributes(big?.attributes ?? new Uint8Array()).jpegPhoto ?? [];
    expect(Buffer.compare(value ?? new Uint8Array(), photo)).toBe(0);
    expect(messages.map((one) => one.dn)).toEqual(expect.arrayContaining([dn]));
    const found = messages.slice(-3).map((one) => decodeAttributes(one.attributes).ou?.map((name) => text(name)));
    expect(found).toEqual([["Müller, Söhne + Co"], ['# "x" \\'], ["日本"]]);
    // And a limit says what it is about.
    const small = await open(lab, { largestMessage: 1024 * 1024 });
    const error = await new Listening(small).refreshed().catch((reason) => reason);
    expect(error).toMatchObject({ code: "too-large", message: expect.stringMatching(/the limit is 1048576/) });
  });
});

describe.skipIf(!present)("limits and access", () => {
  const reader = { dn: "uid=user000000,ou=people,dc=lab", password: "reader" };
  const withPassword = function* (count: number) {
    for (const text of people(count))
      yield text.startsWith(`dn: ${reader.dn}\n`) ? `${text}userPassword: reader\n` : text;
  };

  test("a size limit ends it after so many entries, also a persistent one; a limit of one's own does not", async () => {
    const lab = await start({ log: "none", sizeLimit: 500, ldif: () => withPassword(600) });
    for (const mode of ["refresh", "persist"] as const) {
      const directory = await open(lab, { identity: reader });
      let count = 0;
      const consume = async () => {
        for await (const batch of directory.sync({ base: "dc=lab", mode })) count += entries(batch).length;
      };
      const error = await consume().catch((reason) => reason);
      expect(error).toMatchObject({ resultCode: 4, message: expect.stringMatching(/limits dn\.exact=/) });
      expect(count).toBe(500);
    }
    await lab.reconfigure({ lines: [`limits dn.exact="${reader.dn}" size=unlimited time=unlimited`] });
    const directory = await open(lab, { identity: reader });
    expect(entries(await new Listening(directory).refreshed())).toHaveLength(602);
  });

  test("access that is widened says nothing to who has a cookie, narrowed neither", async () => {
    const hidden = ['to dn.subtree="uid=user000002,ou=people,dc=lab" by * none', "to * by anonymous auth by * read"];
    const lab = await start({ access: hidden, ldif: () => withPassword(3) });
    const look = async (cookie?: Cookie) =>
      new Listening(await open(lab, { identity: reader }), cookie && { cookie }).refreshed();
    const first = await look();
    expect(entries(first).map(({ dn }) => dn.slice(0, 14))).not.toContain("uid=user000002");
    await lab.setAccess(hidden.slice(1));
    expect(entries(await look(lastCookie(first)))).toEqual([]);
    const everything = await look();
    expect(entries(everything)).toHaveLength(5);
    await lab.setAccess(hidden);
    const narrowed = await look(lastCookie(everything));
    expect([entries(narrowed), idsOf(narrowed, true)]).toEqual([[], []]);
  });
});
