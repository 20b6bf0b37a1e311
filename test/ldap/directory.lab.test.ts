/** Connections to a real slapd: every way in, and what may be wrong with it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { decodeAttributes, text } from "../../src/ldap/attributes.ts";
import { type Directory, type DirectoryOptions, openDirectory } from "../../src/ldap/connect.ts";
import type { LdapRefusal } from "../../src/ldap/refusal.ts";
import type { Problem } from "../../src/problem.ts";
import { people, replace, type SlapdLab, slapdOrSkip } from "../lab/slapd.ts";

const lab = await slapdOrSkip({ tls: true, second: "dc=second", ldif: () => people(5) });
const identity = { dn: "cn=admin,dc=lab", password: "secret" };
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});
afterAll(() => lab?.stop());

async function open(options: DirectoryOptions): Promise<Directory> {
  const directory = await openDirectory(options);
  opened.push(directory);
  return directory;
}

const failure = (options: DirectoryOptions): Promise<Problem & Partial<LdapRefusal>> =>
  open(options).then(
    () => Promise.reject(new Error("it opened")),
    (error) => error,
  );

async function whoAmI({ client }: Directory): Promise<string> {
  return (await client.exop("1.3.6.1.4.1.4203.1.11.3")).value?.toString() ?? "";
}

describe.skipIf(!lab)("the ways in", () => {
  const { uri, secureUri, localUri, caFile, otherCaFile } = lab ?? ({} as SlapdLab);
  const named = uri?.replace("127.0.0.1", "localhost");

  test("plain, TLS, StartTLS and the Unix socket; with a password, as nobody, by peer credentials", async () => {
    const ways: [DirectoryOptions, boolean, string][] = [
      [{ uri }, false, ""],
      [{ uri, identity }, false, "dn:cn=admin,dc=lab"],
      [{ uri: named, identity, startTls: "require", caFile }, true, "dn:cn=admin,dc=lab"],
      [{ uri, identity, startTls: "try", caFile }, true, "dn:cn=admin,dc=lab"],
      [{ uri: secureUri, identity, caFile }, true, "dn:cn=admin,dc=lab"],
      [{ uri: secureUri.replace("localhost", "127.0.0.1"), caFile, startTls: "require" }, true, ""],
      [{ uri: secureUri, identity, verify: false }, true, "dn:cn=admin,dc=lab"],
      [{ uri: localUri, identity: { sasl: "EXTERNAL" } }, true, "dn:cn=admin,dc=lab"],
      [{ uri: localUri, identity, startTls: "require" }, true, "dn:cn=admin,dc=lab"],
    ];
    for (const [options, encrypted, who] of ways) {
      const directory = await open(options);
      expect([options.uri, directory.encrypted, await whoAmI(directory)]).toEqual([options.uri, encrypted, who]);
      expect(directory.rootDse.namingContexts).toContain("dc=lab");
    }
  });

  test("a certificate of an unknown authority, or for another name, ends it before anything is said", async () => {
    const wrong: [DirectoryOptions, RegExp][] = [
      [{ uri: secureUri, identity }, /certificate/],
      [{ uri: secureUri, identity, caFile: otherCaFile }, /certificate/],
      [{ uri: named, identity, startTls: "require", caFile: otherCaFile }, /certificate/],
      // "try" is about servers that cannot, not about strangers.
      [{ uri: named, identity, startTls: "try", caFile: otherCaFile }, /certificate/],
      [{ uri: secureUri.replace("localhost", "127.0.0.2"), identity, caFile }, /altnames: IP: 127.0.0.2 is not/],
      [
        { uri: uri.replace("127.0.0.1", "127.0.0.2"), identity, startTls: "require", caFile },
        /altnames: IP: 127.0.0.2/,
      ],
      [{ uri: secureUri.replace("localhost", "127.0.0.1"), identity, caFile: "/nonexistent" }, /cannot read/],
    ];
    for (const [options, text] of wrong) {
      const error = await failure(options);
      expect(["unavailable", "config"]).toContain(error.code);
      expect(error.message).toMatch(text);
    }
  });

  test("wrong passwords, wrong DNs, a mechanism that is not offered here", async () => {
    const wrong = await failure({ uri, identity: { ...identity, password: "wrong" } });
    expect(wrong).toMatchObject({ code: "auth-failed", resultCode: 49 });
    expect(wrong.message).not.toContain("wrong");
    expect((await failure({ uri, identity: { dn: "cn=nobody", password: "x" } })).resultCode).toBe(49);
    expect((await failure({ uri, identity: { dn: "nonsense", password: "x" } })).resultCode).toBe(34);
    expect((await failure({ uri, identity: { sasl: "EXTERNAL" } })).resultCode).toBeGreaterThan(0);
  });

  test("the root DSE, the schema, raw entries", async () => {
    const directory = await open({ uri, identity });
    expect(directory.rootDse.namingContexts.toSorted()).toEqual(["cn=accesslog", "dc=lab", "dc=second"]);
    expect(directory.rootDse.supportedControl).toContain("1.3.6.1.4.1.4203.1.9.1.1");
    const schema = await directory.schema();
    expect(schema?.attributeTypes.find((one) => one.includes("NAME 'uid'") || one.includes("( 'uid'"))).toBeDefined();
    expect(schema?.objectClasses.some((one) => one.includes("'inetOrgPerson'"))).toBe(true);
    const all = { base: "dc=lab", scope: "sub" } as const;
    expect(await directory.search(all)).toHaveLength(7);
    const filter = "(|(uid=user000001)(cn=Given2 Family2))";
    const found = await directory.search({ ...all, filter, attributes: ["entryUUID", "uid"] });
    expect(found.map(({ dn }) => dn)).toEqual([1, 2].map((n) => `uid=user00000${n},ou=people,dc=lab`));
    const [uid] = decodeAttributes(found[0]?.attributes ?? new Uint8Array()).uid ?? [];
    expect(uid && text(uid)).toBe("user000001");
    const missing = directory.search({ base: "ou=none,dc=lab", scope: "base" });
    expect(await missing.catch((error) => error)).toMatchObject({ resultCode: 32, matchedDn: "dc=lab" });
    const few = directory.search({ ...all, sizeLimit: 3 });
    expect(await few.catch((error) => error)).toMatchObject({ resultCode: 4, code: "too-large" });
  });
});

describe.skipIf(!lab)("what happens to an open one", () => {
  let own: SlapdLab;
  beforeAll(async () => {
    own = (await slapdOrSkip({ tls: true, clientCertificates: true, log: "none" })) as SlapdLab;
  });
  afterAll(() => own?.stop());

  test("a certificate of one's own, and SASL EXTERNAL by it", async () => {
    const { secureUri: uri, caFile, clientCertFile: certFile, clientKeyFile: keyFile } = own;
    const external = { sasl: "EXTERNAL" } as const;
    const directory = await open({ uri, caFile, certFile, keyFile, identity: external });
    expect(await whoAmI(directory)).toBe("dn:cn=admin,dc=lab");
    const startTls = "require" as const;
    const upgraded = await open({ uri: own.uri, startTls, caFile, certFile, keyFile, identity: external });
    expect(await whoAmI(upgraded)).toBe("dn:cn=admin,dc=lab");
    expect((await failure({ uri, caFile, identity: external })).code).toBe("unavailable");
  });

  test.each(["stop", "kill"] as const)("slapd's %s ends it for good: never again without bind", async (how) => {
    const directory = await open({ uri: own.uri, identity });
    expect(await whoAmI(directory)).toBe("dn:cn=admin,dc=lab");
    await own[how]();
    const reason = (await directory.closed) as Problem;
    expect(reason.code).toBe("unavailable");
    await own.start();
    expect(await directory.search({ base: "dc=lab", scope: "base" }).catch((error) => error)).toBe(reason);
    expect(await directory.client.search("dc=lab").catch((error) => error)).toBe(reason);
    expect(await directory.client.bind(identity.dn, identity.password).catch((error) => error)).toBe(reason);
    expect(await whoAmI(await open({ uri: own.uri, identity }))).toBe("dn:cn=admin,dc=lab");
  });

  test("ordinary operations beside a stream, through TLS", async () => {
    const { secureUri: uri, caFile, clientCertFile: certFile, clientKeyFile: keyFile } = own;
    const directory = await open({ uri, caFile, certFile, keyFile, identity });
    const seen: string[] = [];
    for await (const batch of directory.sync({ base: "dc=lab", mode: "persist" })) {
      for (const message of batch) {
        if (message.kind === "phase" && message.done)
          // Not awaited: what it does comes by the stream.
          void replace(directory.client, "dc=lab", { description: ["changed"] });
        if (message.kind === "entry") seen.push(`${message.state} ${message.dn}`);
      }
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(["add dc=lab", "modify dc=lab"]);
    expect(await directory.search({ base: "dc=lab", scope: "base", filter: "(description=changed)" })).toHaveLength(1);
  });
});
