import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLdapUri } from "../../src/ldap/uri.ts";

test("schemes, hosts, ports, sockets", () => {
  const good: [string, unknown][] = [
    ["ldap://ldap.example.org", { scheme: "ldap", host: "ldap.example.org", port: 389 }],
    ["ldaps://ldap.example.org/", { scheme: "ldaps", host: "ldap.example.org", port: 636 }],
    ["LDAP://a:7389", { scheme: "ldap", host: "a", port: 7389 }],
    ["ldap://", { scheme: "ldap", host: "localhost", port: 389 }],
    ["ldap://:3890", { scheme: "ldap", host: "localhost", port: 3890 }],
    ["ldap://127.0.0.1:1", { scheme: "ldap", host: "127.0.0.1", port: 1 }],
    ["ldaps://[2001:db8::1]:6360", { scheme: "ldaps", host: "2001:db8::1", port: 6360 }],
    ["ldapi://%2Frun%2Fslapd%2Fldapi", { scheme: "ldapi", path: "/run/slapd/ldapi" }],
    ["ldapi:///", { scheme: "ldapi", path: "/var/run/slapd/ldapi" }],
    ["ldapi://%2Ftmp%2Fm%C3%BCller/", { scheme: "ldapi", path: "/tmp/müller" }],
  ];
  for (const [uri, expected] of good) assert.deepEqual(parseLdapUri(uri), expected, uri);
});

test("what is none says why", () => {
  const wrong: [string, RegExp][] = [
    ["", /is no LDAP URI/],
    ["ldap.example.org", /a scheme/],
    ["http://a", /a scheme/],
    ["ldap://a/dc=lab", /without a DN/],
    ["ldap://user:secret@a", /without a DN or a user/],
    ["ldap://a:0", /no such port/],
    ["ldap://a:65536", /no such port/],
    ["ldap://a b", /a scheme/],
    ["ldapi://run%2Fldapi", /not absolute/],
    ["ldapi://%ZZ", /percent-encoded/],
    ["ldapi:///run/ldapi", /a scheme/],
  ];
  for (const [uri, text] of wrong) assert.throws(() => parseLdapUri(uri), { code: "config", message: text }, uri);
});
