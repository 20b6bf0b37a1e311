/**
 * The whole way on a network that is there: three Linux bridges with Debian's snmpd and lldpd (test/lab/bridges.ts), asked
 * by the built binary. The tests are one story, each goes on where the one before it ended.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { locate } from "../../src/console/network/where.ts";
import { openStore, type Store } from "../../src/store/database.ts";
import { findDevice } from "../../src/store/device.ts";
import { portLog } from "../../src/store/device-port-log.ts";
import type { Job } from "../../src/store/job.ts";
import { type LinkQuery, listLinks } from "../../src/store/link-list.ts";
import { type BridgesLab, bridgesOrSkip, inside, type LabHost, type LabSwitch, until } from "../lab/bridges.ts";
import { binary, reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";

const found = await bridgesOrSkip();
if (found) describe("a network of three bridges", () => suite(found));

function suite(lab: BridgesLab): void {
  const [s1, s2, s3] = lab.switches;
  const [h1, h2, h3, h4, h5, h6] = lab.hosts as [LabHost, LabHost, LabHost, LabHost, LabHost, LabHost];
  const folder = temporaryFolder("live");
  const home = join(folder, "etc");
  const state = join(folder, "state");
  const env = { REEVE_HOME: home };
  const names = new Map<number, string>();
  let store: Store;
  let service: Bun.Subprocess;
  let deferred: Job;
  /** When all hosts were where they began. */
  let atFirst = 0;

  beforeAll(() => {
    mkdirSync(home);
    const credentials = join(home, "credentials.yml");
    writeFileSync(
      credentials,
      "- { tag: reading, community: public }\n- { tag: writing, community: private, read: false, write: true }\n",
      { mode: 0o600 },
    );
    const config = {
      backend: { dns: false, schedule: {} },
      snmp: { credentialsFile: credentials, timeout: 500, retries: 1 },
    };
    // JSON is YAML.
    writeFileSync(join(home, "config.yml"), JSON.stringify(config));
  });

  afterAll(async () => {
    service?.kill("SIGTERM");
    await service?.exited;
    await store?.close();
    await lab.remove();
  });

  const within = inside(lab.management);
  const backend = (words: string[], more: Record<string, string> = {}) =>
    reeve(["backend", ...words, "--state", state], { within, env: { ...env, ...more } });

  /** Done now, here. */
  const act = (action: string, device: LabSwitch | undefined, words: string[] = [], more?: Record<string, string>) =>
    backend(["do", action, ...(device ? ["-d", device.ip] : []), ...words], more);

  async function done(action: string, device?: LabSwitch, words: string[] = []): Promise<string> {
    const { status, stdout, stderr } = await act(action, device, words);
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
    return stdout;
  }

  async function jobs(...words: string[]): Promise<Job[]> {
    const { status, stdout, stderr } = await backend(["jobs", "--json", ...words]);
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  /** Left to the service; the job when `as` says so of it. */
  async function queued(
    action: string,
    device: LabSwitch,
    as: (job: Job) => boolean = isEnded,
    words: string[] = [],
  ): Promise<Job> {
    const before = new Set((await jobs("--device", device.ip)).map(({ id }) => id));
    await done(action, device, ["--enqueue", ...words]);
    return until(`${action} of ${device.name}`, async () =>
      (await jobs("--device", device.ip)).find((job) => !before.has(job.id) && as(job)),
    );
  }

  const isEnded = ({ status }: Job) => !["queued", "running"].includes(status);

  async function readAll(): Promise<void> {
    const ended = await Promise.all(lab.switches.map((one) => queued("macsuck", one)));
    expect(ended.map(({ status, message }) => `${status} ${message}`)).toEqual(
      Array(3).fill(expect.stringMatching(/^done \d+ MAC addresses$/)),
    );
  }

  const labelOf = (id: number | null) => (id === null ? "?" : (names.get(id) ?? String(id)));

  /** `s1.swp9 → s2.swp8` */
  async function links(query: LinkQuery): Promise<string[]> {
    const rows = await listLinks(store, query);
    return rows
      .map((row) => `${labelOf(row.device)}.${row.port} → ${labelOf(row.remote_device)}.${row.remote_device_port}`)
      .toSorted();
  }

  /** The places of a host, likeliest first: `s1 swp2 (edge)`. */
  async function places(host: LabHost, at?: number) {
    const { located } = await locate(store, host.ip, at);
    const one = located.find(({ mac }) => mac === host.mac);
    expect(one?.mac).toBe(host.mac);
    return one!.places;
  }

  async function edges(host: LabHost, at?: number): Promise<string[]> {
    const shown = (await places(host, at)).filter(
      ({ edge, open, current }) => edge && (at === undefined ? open : current),
    );
    return shown.map(({ device, port }) => `${device.name} ${port}`);
  }

  const intervals = (host: LabHost, device: LabSwitch) =>
    store.db
      .selectFrom("node")
      .innerJoin("device", "device.id", "node.device")
      .select(["node.port", "node.seen_from", "node.seen_to", "node.open"])
      .where("device.ip", "=", device.ip)
      .where("node.mac", "=", host.mac)
      .orderBy("node.id")
      .execute();

  const polled = async (device: LabSwitch) => (await findDevice(store, device.ip))?.last_macsuck_complete ?? 0;

  const openRows = (device: LabSwitch) =>
    store.db
      .selectFrom("node")
      .innerJoin("device", "device.id", "node.device")
      .select(["node.mac", "node.port"])
      .where("device.ip", "=", device.ip)
      .where("node.open", "=", 1)
      .orderBy("node.mac")
      .execute();

  const snmpget = (device: LabSwitch, oid: string) => {
    const words = inside(lab.management, "snmpget", "-v2c", "-cpublic", "-Oqv", "-m", "", device.ip, oid);
    return Bun.spawnSync(words).stdout.toString().trim();
  };
  const linkState = (device: LabSwitch, port: string) =>
    Bun.spawnSync(["ip", "-n", device.namespace, "link", "show", port]).stdout.toString().includes(",UP")
      ? "up"
      : "down";

  test("from one address discover finds all three, and the links between them", async () => {
    expect(await done("discover", s1)).toContain("s1: ");
    service = Bun.spawn([...within, binary, "backend", "--workers", "2", "--state", state], {
      ...{ stdin: "ignore", stdout: "ignore", cwd: "/" },
      stderr: Bun.file(join(folder, "service.log")),
      env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...env },
    });
    await until("discover of s2 and s3", async () => {
      if (service.exitCode !== null) throw new Error(readFileSync(join(folder, "service.log"), "utf8"));
      const ended = (await jobs("--action", "discover")).filter(isEnded);
      return [s2, s3].every(({ ip }) => ended.some(({ device, status }) => device === ip && status === "done"));
    });
    store = await openStore({ url: join(state, "reeve.sqlite") });
    for (const one of lab.switches) {
      const device = await findDevice(store, one.ip);
      expect(device).toMatchObject({
        name: one.name,
        mac: one.mac,
        vendor: "net-snmp",
        last_discover: expect.any(Number),
      });
      names.set(device?.id ?? 0, one.name);
    }
    expect(names.size).toBe(3);
    expect(await links({ protocols: ["lldp"] })).toEqual([
      "s1.swp9 → s2.swp8",
      "s2.swp8 → s1.swp9",
      "s2.swp9 → s3.swp8",
      "s3.swp8 → s2.swp9",
    ]);
    for (const { confidence, reason } of await listLinks(store)) {
      expect(confidence).toBeGreaterThanOrEqual(95);
      expect(reason).toMatch(/^s\d by LLDP: chassis MAC address 00:16:3e:0\d:00:00, /);
    }
  }, 60_000);

  test("macsuck and arpnip: every host at its edge port, uplinks hidden with the reason", async () => {
    await readAll();
    const arp = await queued("arpnip", s1);
    expect(arp).toMatchObject({ status: "done" });
    const at: [LabHost, string][] = [
      [h1, "s1 swp1"],
      [h2, "s1 swp2"],
      [h3, "s2 swp1"],
      [h4, "s2 swp2"],
      [h5, "s3 swp1"],
      [h6, "s3 swp2"],
    ];
    for (const [host, place] of at) expect([host.name, ...(await edges(host))]).toEqual([host.name, place]);
    const everywhere = await places(h6);
    expect(everywhere.map(({ device, port, explanation }) => `${device.name} ${port}: ${explanation}`)).toEqual([
      "s3 swp2: edge: port swp2 leads to no switch that is known; 1 address is seen there",
      expect.stringMatching(/^s[12] swp9: hidden: port swp9 is an uplink to s[23] by LLDP$/),
      expect.stringMatching(/^s[12] swp9: hidden: port swp9 is an uplink to s[23] by LLDP$/),
    ]);
    const { located } = await locate(store, s3.mac, undefined);
    const [self] = located[0]?.places ?? [];
    expect(self).toMatchObject({ kind: "device", device: { name: "s2" }, port: "swp9" });
    expect(self?.explanation).toContain("is an address of s3, which is on port swp9 by LLDP");
    atFirst = Date.now();
    await readAll();
  }, 60_000);

  test("a host that is unplugged: its interval ends where it was last seen", async () => {
    const last = await polled(s1);
    lab.unplug(h2);
    lab.speak();
    await readAll();
    expect(await intervals(h2, s1)).toEqual([{ port: "swp2", seen_from: expect.any(Number), seen_to: last, open: 0 }]);
    expect(await edges(h2)).toEqual([]);
    expect((await places(h2))[0]).toMatchObject({ device: { name: "s1" }, port: "swp2", to: last, open: false });
    expect(await edges(h2, atFirst)).toEqual(["s1 swp2"]);
  }, 60_000);

  test("a host that moves to another switch: one interval ends, one begins, and the past stays as it was", async () => {
    const last = await polled(s3);
    const before = Date.now();
    lab.move();
    await readAll();
    expect(await edges(h5)).toEqual(["s1 swp3"]);
    const [old, now, ...more] = await intervals(h5, s3);
    expect(old).toMatchObject({ port: "swp1", seen_to: last, open: 0 });
    expect(now).toMatchObject({ port: "swp8", open: 1 });
    expect(more).toEqual([]);
    const here = (await intervals(h5, s1)).find(({ port }) => port === "swp3");
    expect(here).toMatchObject({ seen_from: await polled(s1), open: 1 });
    expect(here?.seen_from).toBeGreaterThan(before);
    expect(await edges(h5, atFirst)).toEqual(["s3 swp1"]);
    expect(await edges(h5, last)).toEqual(["s3 swp1"]);
    expect(await edges(h5, Date.now())).toEqual(["s1 swp3"]);
  }, 60_000);

  test("a switch that does not answer: the job waits and says why, nothing is deleted; then it goes on", async () => {
    const rows = await openRows(s2);
    await s2.snmpd.stop();
    deferred = await queued("macsuck", s2, ({ deferrals }) => deferrals > 0);
    expect(deferred).toMatchObject({ status: "queued", deferrals: 1 });
    expect(deferred.message).toBe(`no answer to 1 credential from ${s2.ip}`);
    const { stdout } = await backend(["explain", String(deferred.id)]);
    expect(stdout).toContain("no answer");
    expect(await openRows(s2)).toEqual(rows);
    expect(await edges(h3)).toEqual(["s2 swp1"]);
    const { status, stdout: told } = await act("discover", s2);
    expect(status).toBe(81);
    expect(told).toContain("defer: no answer to 1 credential");
    expect(await links({ device: (await findDevice(store, s2.ip))?.id })).toHaveLength(4);
    await s2.snmpd.start();
    expect(await queued("macsuck", s2)).toMatchObject({ status: "done" });
    expect(await openRows(s2)).toEqual(rows);
  }, 60_000);

  test("a switch that falls silent in the middle of its table: what was read counts, and nothing is closed", async () => {
    const rows = await openRows(s3);
    const last = await polled(s3);
    lab.unplug(h6);
    lab.speak();
    lab.freezeAt(s3, 7);
    const { status, stdout, stderr } = await act("macsuck", s3, [], {
      ...{ REEVE_SNMP_TIMEOUT: "150", REEVE_SNMP_REPETITIONS: "2" },
    });
    const asleep = readFileSync(`/proc/${s3.snmpd.pid()}/stat`, "utf8");
    process.kill(s3.snmpd.pid(), "SIGCONT");
    expect(asleep).toContain(") T ");
    expect({ status, stderr }).toEqual({ status: 81, stderr: expect.stringContaining("1 of 1 not done") });
    expect(stdout).toMatch(
      /error: [1-9]\d* MAC addresses; incomplete, nothing was closed: .*dot1dTpFdbPort.*: no answer/,
    );
    const kept = await openRows(s3);
    for (const row of rows) expect(kept).toContainEqual(row);
    expect(await polled(s3)).toBe(last);
    await readAll();
    expect((await openRows(s3)).filter(({ mac }) => mac === h6.mac)).toEqual([]);
    expect(await intervals(h6, s3)).toMatchObject([{ port: "swp2", open: 0 }]);
  }, 60_000);

  test("location, contact and descriptions: written, read back, logged with the reason", async () => {
    expect(await done("location", s1, ["-e", "Rack 7", "--reason", "moved in"])).toContain("verified");
    expect(await done("contact", s1, ["-e", "noc@example.org"])).toContain("verified");
    expect(await done("portname", s1, ["-p", "swp1", "-e", "Büro 12", "--reason", "relabelled"])).toContain("verified");
    const ifIndex = readFileSync(`/proc/${s1.snmpd.pid()}/root/sys/class/net/swp1/ifindex`, "utf8").trim();
    expect(snmpget(s1, "1.3.6.1.2.1.1.6.0")).toBe('"Rack 7"');
    expect(snmpget(s1, "1.3.6.1.2.1.1.4.0")).toBe('"noc@example.org"');
    expect(Buffer.from(snmpget(s1, `1.3.6.1.2.1.31.1.1.1.18.${ifIndex}`).replace(/[" ]/g, ""), "hex").toString()).toBe(
      "Büro 12",
    );
    const device = await findDevice(store, s1.ip);
    expect(device).toMatchObject({ location: "Rack 7", contact: "noc@example.org" });
    const log = await portLog(store, device?.id ?? 0);
    expect(log.map(({ port, action, reason, outcome }) => [port, action, reason, outcome])).toEqual([
      ["swp1", "portname", "relabelled", "done"],
      ["", "contact", "", "done"],
      ["", "location", "moved in", "done"],
    ]);
    expect(log[0]?.username).toBe("root");
  }, 60_000);

  test("what may not be written is refused in clear words", async () => {
    const fixed = await act("location", s3, ["-e", "elsewhere"]);
    expect([fixed.status, fixed.stdout]).toEqual([81, expect.stringMatching(/error: .*notWritable/)]);
    expect((await findDevice(store, s3.ip))?.location).toBe("rack 3");
    const reading = await act("location", s1, ["-e", "elsewhere"], { REEVE_SNMP_CREDENTIALS_FILE: "" });
    expect([reading.status, reading.stdout]).toEqual([81, expect.stringContaining("no credential to write")]);
    const [refused] = await portLog(store, (await findDevice(store, s3.ip))?.id ?? 0);
    expect(refused).toMatchObject({ action: "location", outcome: "error" });
    expect(snmpget(s1, "1.3.6.1.2.1.1.6.0")).toBe('"Rack 7"');
  }, 60_000);

  test("portcontrol: down, up, bounce on a host's port; an uplink only by force; nothing in a dry run", async () => {
    const id = (await findDevice(store, s2.ip))?.id ?? 0;
    expect(await done("portcontrol", s2, ["-p", "swp2", "-e", "down", "--dry-run"])).toContain(
      "would set portcontrol down",
    );
    expect(linkState(s2, "swp2")).toBe("up");
    expect(await portLog(store, id)).toEqual([]);
    await done("portcontrol", s2, ["-p", "swp2", "-e", "down", "--reason", "a loop"]);
    expect(linkState(s2, "swp2")).toBe("down");
    await done("portcontrol", s2, ["-p", "swp2", "-e", "up", "--reason", "loop gone"]);
    expect(linkState(s2, "swp2")).toBe("up");
    await done("portcontrol", s2, ["-p", "swp2", "-e", "bounce"]);
    expect(linkState(s2, "swp2")).toBe("up");
    const refused = await act("portcontrol", s2, ["-p", "swp9", "-e", "down"]);
    expect(refused.status).toBe(81);
    expect(refused.stdout).toContain("swp9 leads to s3 by lldp: say --force to cut that off");
    expect(linkState(s2, "swp9")).toBe("up");
    await done("portcontrol", s2, ["-p", "swp9", "-e", "down", "--force"]);
    expect(linkState(s2, "swp9")).toBe("down");
    await done("portcontrol", s2, ["-p", "swp9", "-e", "up"]);
    expect(linkState(s2, "swp9")).toBe("up");
    const log = await portLog(store, id);
    expect(log.map(({ port, log: what, reason, outcome }) => [port, what, reason, outcome]).toReversed()).toEqual([
      ["swp2", "portcontrol down", "a loop", "done"],
      ["swp2", "portcontrol up", "loop gone", "done"],
      ["swp2", "portcontrol bounce", "", "done"],
      ["swp9", "portcontrol down", "", "done"],
      ["swp9", "portcontrol up", "", "done"],
    ]);
  }, 60_000);

  test("without LLDP the links come out of the forwarding tables, and go when LLDP is back", async () => {
    await lab.stopLldp();
    lab.speak();
    // Agents that have just started are not believed to have lost their neighbours, unless somebody insists.
    for (const one of lab.switches) {
      expect(await queued("discover", one, isEnded, ["--force"])).toMatchObject({ status: "done" });
    }
    expect(await links({ protocols: ["lldp"] })).toEqual([]);
    await readAll();
    expect(await done("topology")).toContain(
      "2 links by forwarding tables, 2 new, 0 gone (3 devices in 1 broadcast domain)",
    );
    // s1's ARP table has hosts at the bridge itself, and at the management port a machine that nobody knows.
    expect(await links({ protocols: ["arp"] })).toEqual([]);
    const concluded = await listLinks(store, { protocols: ["fdb"] });
    const pair = concluded.map((row) =>
      [`${labelOf(row.device)}.${row.port}`, `${labelOf(row.remote_device)}.${row.remote_device_port}`]
        .toSorted()
        .join(" "),
    );
    expect(pair.toSorted()).toEqual(["s1.swp9 s2.swp8", "s2.swp9 s3.swp8"]);
    for (const { confidence, reason } of concluded) {
      expect(confidence).toBe(60);
      expect(reason).toMatch(/^s\d by forwarding tables: each sees the other there/);
    }
    expect(await edges(h5)).toEqual(["s1 swp3"]);
    expect((await places(h5)).find(({ device, open }) => open && device.name === "s3")?.explanation).toBe(
      "hidden: port swp8 is an uplink to s2 by FDB",
    );
    for (const [device, port] of [
      [s1, "swp9"],
      [s2, "swp8"],
      [s3, "swp8"],
    ] as const) {
      const refused = await act("portcontrol", device, ["-p", port, "-e", "down"]);
      expect(refused.stdout).toMatch(new RegExp(`${port} leads to s\\d by fdb: say --force`));
    }
    const then = concluded[0]?.seen_to;
    await lab.startLldp();
    for (const one of lab.switches) expect(await queued("discover", one)).toMatchObject({ status: "done" });
    expect(await links({ protocols: ["lldp"] })).toHaveLength(4);
    expect(await done("topology")).toContain("0 links by forwarding tables, 0 new, 2 gone");
    expect(await links({ protocols: ["fdb"] })).toEqual([]);
    expect(await links({ protocols: ["fdb"], at: then })).toHaveLength(2);
  }, 120_000);

  test("the job that had to wait is done by itself when its time has come", async () => {
    // A minute, to be brought near: nobody has to sit it out.
    expect(deferred.notBefore).toBeGreaterThan(deferred.entered + 40_000);
    await store.db.updateTable("job").set({ not_before: 0 }).where("id", "=", deferred.id).execute();
    const job = await until(`job ${deferred.id}`, async () =>
      (await jobs("--device", s2.ip)).find((one) => one.id === deferred.id && isEnded(one)),
    );
    expect(job).toMatchObject({ status: "done", deferrals: 1, attempt: 2 });
  }, 60_000);
}
