import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDatabaseUrl, redactDatabaseUrl } from "../../src/store/url.ts";

const plain = {
  kind: "postgres",
  host: "",
  port: 5432,
  user: "",
  database: "",
  password: undefined,
  sslMode: undefined,
  sslRootCert: undefined,
  connectTimeout: undefined,
  poolSize: undefined,
} as const;

describe("database URL", () => {
  for (const [url, path] of [
    ["/var/lib/reeve/reeve.db", "/var/lib/reeve/reeve.db"],
    ["reeve.db", "reeve.db"],
    ["sqlite:reeve.db", "reeve.db"],
    ["sqlite:/a b/ü?.db", "/a b/ü?.db"],
    ["sqlite:///srv/reeve.db", "/srv/reeve.db"],
    [":memory:", ":memory:"],
    ["sqlite::memory:", ":memory:"],
  ] as const) {
    it(`${url} is a file`, () => assert.deepEqual(parseDatabaseUrl(url), { kind: "sqlite", path }));
  }

  for (const [url, expected] of [
    ["postgres://", {}],
    ["postgresql://localhost", { host: "localhost" }],
    [
      "postgres://alice@db.example.org:5433/reeve",
      { host: "db.example.org", port: 5433, user: "alice", database: "reeve" },
    ],
    [
      "POSTGRES://alice:p%40ss:w%2Ford@db/reeve",
      { host: "db", user: "alice", password: "p@ss:w/ord", database: "reeve" },
    ],
    ["postgres://a:p@ss@db/x", { host: "db", user: "a", password: "p@ss", database: "x" }],
    ["postgres://alice@/reeve", { user: "alice", database: "reeve" }],
    ["postgres:///reeve?host=/run/postgresql", { database: "reeve", host: "/run/postgresql" }],
    ["postgres://%2Frun%2Fpostgresql/reeve", { database: "reeve", host: "/run/postgresql" }],
    ["postgres://[2001:db8::1]:5433/reeve", { host: "2001:db8::1", port: 5433, database: "reeve" }],
    ["postgres://db/%C3%BC%20x", { host: "db", database: "ü x" }],
    [
      "postgres:///?host=h&port=6000&user=u&password=a%26b%3Dc&dbname=d&sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3&pool_size=9",
      {
        host: "h",
        port: 6000,
        user: "u",
        password: "a&b=c",
        database: "d",
        sslMode: "verify-full",
        sslRootCert: "/ca.pem",
        connectTimeout: 3,
        poolSize: 9,
      },
    ],
  ] as const) {
    it(`${url} is a server`, () => assert.deepEqual(parseDatabaseUrl(url), { ...plain, ...expected }));
  }

  for (const [url, text] of [
    ["", /empty/],
    ["sqlite:", /empty/],
    ["mysql://db/x", /"mysql"/],
    ["sqlite:http://x", /"http"/],
    ["a\0b", /NUL/],
    ["postgres://db:0/x", /port/],
    ["postgres://db:65536/x", /port/],
    ["postgres://db:12x/x", /port/],
    ["postgres://a,b/x", /one host/],
    ["postgres://db/%zz", /percent/],
    ["postgres://db/%00", /NUL/],
    ["postgres://db/x?sslmode=maybe", /sslmode must be one of disable/],
    ["postgres://db/x?target_session_attrs=any", /unknown parameter "target_session_attrs"; known: host/],
    ["postgres://db/x?connect_timeout=0", /connect_timeout/],
  ] as const) {
    it(`${JSON.stringify(url)} is refused`, () => {
      assert.throws(() => parseDatabaseUrl(url), { name: "Problem", code: "config", message: text });
    });
  }

  const secret = "hunter2";
  for (const url of [
    `postgres://alice:${secret}@db/x?bad=1`,
    `postgres://alice:${secret}@${secret}@db:1x/x`,
    `postgresql://:${secret}@/x?bad=1`,
    `postgres:///x?password=${secret}&bad=1`,
    `postgres:///x?user=a&PASSWORD=${secret}`,
    `postgres://alice:%zz${secret}@db/x`,
    `postgres://alice:${secret}/more@db/x?bad`,
    `postgres://alice:${secret}?@db/x?bad`,
  ]) {
    it(`the password does not show: ${url}`, () => {
      assert.ok(!redactDatabaseUrl(url).includes(secret), redactDatabaseUrl(url));
      try {
        parseDatabaseUrl(url);
        assert.fail("expected a Problem");
      } catch (error) {
        assert.ok(error instanceof Error && error.name === "Problem");
        assert.ok(!error.message.includes(secret), error.message);
      }
    });
  }

  it("a URL without password is shown as it is", () => {
    for (const url of ["postgres://alice@db/x?sslmode=require", "/var/lib/a@b:c.db", "postgres://db/a@b"]) {
      assert.equal(redactDatabaseUrl(url), url);
    }
  });
});
