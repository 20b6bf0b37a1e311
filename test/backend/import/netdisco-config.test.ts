import assert from "node:assert/strict";
import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { parseCredentials, readCredentials } from "../../../src/backend/credentials.ts";
import { convertNetdiscoConfig } from "../../../src/backend/import/netdisco-config.ts";
import { writeNetdiscoConfig } from "../../../src/backend/import/write-config.ts";
import { accessLists } from "../../../src/backend/permission.ts";
import { loadConfiguration } from "../../../src/config/load.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-netdisco-"));
after(() => rmSync(folder, { recursive: true }));

const deployment = `
database:
  name: 'netdisco'
  user: 'changeme'
  pass: 'p@ss'
  host: 'db.example.org'
device_auth:
  - tag: 'v3'
    user: reeve
    auth: { pass: netdiscokey1, proto: SHA }
    priv: { pass: netdiscokey2, proto: AES }
    only: 'group:core'
  - tag: 'default_v2'
    community: public
    read: true
    write: 0
  - tag: ssh
    driver: cli
    platform: IOS
    username: a
    password: hidden-word
snmp_auth: []
community: ['old']
host_groups:
  core:
    - op:and
    - 'vendor:cisco'
    - !!perl/regexp ^core\\d+
  strange: ['flavour:sweet', 192.0.2.1-10, 'group:core']
discover_no: ['group:strange', 'group:unknown', 10.0.0.0/8]
discover_only: 'weather:sunny'
macsuck_only: [op:and, 192.0.2.0/24, 'weather:sunny']
devices_no: 203.0.113.0/24
discover_min_age: 3600
discover_no_type: ['(?i)phone']
macsuck_no_vlan: [fddi-default, 1002]
expire_devices: 15
snmptimeout: 1000000
snmpretries: 1
bulkwalk_repeaters: 50
ignore_interfaces: ['EOBC', 'NULL\\d']
queue_neighbors: false
log: warning
workers: { tasks: 10, retry_after: '2 days', sleep_time: 1 }
discover_timeout: 900
schedule:
  discoverall: { when: '15 6 * * *' }
  macwalk: { when: { min: 40 } }
  arpwalk: null
  graph: { when: '1 1 * * *' }
  discover: { when: '0 * * * *', device: 192.0.2.1 }
dns: { no: ['169.254.0.0/16'] }
hooks:
  - { type: exec, event: discover, with: { cmd: '/bin/x [% ip %]' } }
ldap: { servers: [a] }
nosuchthing: 1
`;

describe("deployment.yml", () => {
  it("becomes settings and credentials, and what is left is named with a reason", async () => {
    const converted = await convertNetdiscoConfig(deployment, "deployment.yml");
    assert.deepEqual(converted.settings, {
      "backend.hostGroups": {
        core: ["op:and", "vendor:cisco", "/^core\\d+/"],
        strange: ["192.0.2.1-10", "group:core"],
        unknown: [],
      },
      "backend.discoverNo": ["group:strange", "group:unknown", "10.0.0.0/8", "203.0.113.0/24"],
      "backend.discoverOnly": ["!any"],
      "backend.macsuckNo": ["203.0.113.0/24"],
      "backend.macsuckOnly": ["!any"],
      "backend.arpnipNo": ["203.0.113.0/24"],
      "backend.discoverMinAge": 3600,
      "backend.discoverNoType": ["(?i)phone"],
      "backend.macsuckNoVlan": ["fddi-default", "1002"],
      "backend.expireDevices": "15d",
      "snmp.timeout": 1000,
      "snmp.retries": 1,
      "snmp.repetitions": 50,
      "backend.ignorePorts": ["^(?:EOBC)$", "^(?:NULL\\d)$"],
      "backend.queueNeighbours": false,
      "log.level": "WARNING",
      "backend.workers": 3,
      "backend.retryAfter": "2d",
      "backend.timeouts": { pingsweep: 7200, nbtstat: 7200, snapshot: 1200, discover: 900 },
      "backend.schedule": {
        discoverall: "15 6 * * *",
        macwalk: "40 * * * *",
        arpwalk: "",
        nbtwalk: "0 8,13,21 * * *",
        expire: "20 23 * * *",
        stats: "55 23 * * *",
        topology: "40 * * * *",
      },
    });
    assert.deepEqual(converted.credentials, [
      {
        tag: "v3",
        user: "reeve",
        auth: { proto: "SHA", pass: "netdiscokey1" },
        priv: { proto: "AES", pass: "netdiscokey2" },
        only: ["group:core"],
      },
      { tag: "default_v2", community: "public", read: true, write: false },
      { tag: "netdisco-3", community: "old" },
    ]);
    assert.deepEqual(converted.database, { url: "postgres://changeme@db.example.org:5432/netdisco", password: "p@ss" });
    assert.deepEqual(converted.notCarried.map(({ setting }) => setting).sort(), [
      "device_auth[3] (ssh)",
      "discover_only",
      "discover_only: weather:sunny",
      "dns.no",
      "hooks",
      "host_groups.strange: flavour:sweet",
      "ldap",
      "macsuck_only",
      "macsuck_only: weather:sunny",
      "nosuchthing",
      "schedule.discover",
      "schedule.graph",
      "workers.sleep_time",
    ]);
    assert.ok(!JSON.stringify(converted.notCarried).includes("hidden-word"));
    assert.match(converted.notes.join("\n"), /group unknown: not defined/);
  });

  it("gives files that our own readers take; a second time changes nothing, others' files stay", async () => {
    const converted = await convertNetdiscoConfig(deployment, "deployment.yml");
    const first = await writeNetdiscoConfig(converted, folder, "deployment.yml", false);
    assert.deepEqual(
      first.map(({ state }) => state),
      ["written", "written", "written"],
    );
    const { settings } = await loadConfiguration({}, { REEVE_HOME: folder, HOME: folder });
    assert.equal(settings["backend.expireDevices"], 15 * 86_400);
    accessLists(settings);
    const credentials = await readCredentials(settings["snmp.credentialsFile"]);
    assert.deepEqual(
      credentials.map(({ tag }) => tag),
      ["v3", "default_v2", "netdisco-3"],
    );
    assert.equal(statSync(join(folder, "netdisco-credentials.yml")).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, "netdisco-database-password")).mode & 0o777, 0o600);
    assert.ok(!readFileSync(join(folder, "config.yml"), "utf8").includes("netdiscokey"));

    const second = await writeNetdiscoConfig(converted, folder, "deployment.yml", false);
    assert.deepEqual(
      second.map(({ state }) => state),
      ["unchanged", "unchanged", "unchanged"],
    );
    writeFileSync(join(folder, "config.yml"), "log: {}\n");
    await assert.rejects(writeNetdiscoConfig(converted, folder, "deployment.yml", false), { code: "conflict" });
    assert.equal(readFileSync(join(folder, "config.yml"), "utf8"), "log: {}\n");
    await writeNetdiscoConfig(converted, folder, "deployment.yml", true);
    assert.notEqual(readFileSync(join(folder, "config.yml"), "utf8"), "log: {}\n");
  });

  it("written by root is for the group that reads the configuration there", async (context) => {
    if (process.getuid?.() !== 0) return context.skip("not root");
    const converted = await convertNetdiscoConfig(deployment, "deployment.yml");
    const shared = mkdtempSync(join(tmpdir(), "reeve-shared-"));
    writeFileSync(join(shared, "config.yml"), "log: {}\n", { mode: 0o640 });
    chownSync(join(shared, "config.yml"), 0, 7);
    const files = await writeNetdiscoConfig(converted, shared, "deployment.yml", true);
    const modes = files.map(({ path }) => statSync(path)).map(({ gid, mode }) => [gid, mode & 0o777]);
    rmSync(shared, { recursive: true });
    assert.deepEqual(modes, [
      [7, 0o640],
      [7, 0o640],
      [7, 0o640],
    ]);
  });

  it("has anchors and merge keys", async () => {
    const text = `x: &x { community: a, tag: x }\ny: &y { community: b, read: true, write: true }
device_auth:\n  - { tag: q, <<: *x }\n  - { <<: [*x, *y], tag: r }\ndatabase: { host: "::1" }\n`;
    const { credentials, database } = await convertNetdiscoConfig(text, "deployment.yml");
    assert.deepEqual(credentials, [
      { tag: "q", community: "a" },
      { tag: "r", community: "a", read: true, write: true },
    ]);
    assert.equal(database?.url, "postgres://netdisco@[::1]:5432/netdisco");
  });

  it("with the defaults gives nothing to write, and odd ones are told", async () => {
    const plain = await convertNetdiscoConfig("log: info\nsnmpretries: 2\nworkers: {tasks: AUTO * 2}\n", "x.yml");
    assert.deepEqual([plain.settings, plain.notCarried], [{}, []]);
    const odd = await convertNetdiscoConfig(
      "snmpretries: many\ncommunity: 0123\nexpire_nodes: soon\nhost_groups: {a: [group:b], b: [group:a]}\n",
      "x.yml",
    );
    assert.equal(
      odd.notCarried.find(({ setting }) => setting === "snmpretries")?.reason,
      "snmp.retries takes a whole number from 0 to 10",
    );
    assert.ok(
      odd.notCarried.some(({ setting, reason }) => setting === "host_groups.a: group:b" && /circle/.test(reason)),
    );
    assert.equal((await parseCredentials(JSON.stringify(odd.credentials), "x"))[0]?.community, "0123");
  });

  it("that is none is refused", async () => {
    for (const content of ["", "[]", "a: b: c", "a: [", `a: ${"[".repeat(100)}${"]".repeat(100)}`]) {
      await assert.rejects(convertNetdiscoConfig(content, "x.yml"), { code: "bad-request", message: /^x\.yml/ });
    }
    const bomb = `a: &a [${"x,".repeat(50)}]\n${["b", "c", "d", "e"].map((n, at) => `${n}: &${n} [${`*${"abcd"[at]},`.repeat(50)}]\n`).join("")}`;
    await assert.rejects(convertNetdiscoConfig(bomb, "x.yml"), { code: "bad-request" });
  });
});
