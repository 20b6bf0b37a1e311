/** The agent and the inventory endpoint, through the built binary, and with other projects' real agents. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, release } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync, inflateSync } from "node:zlib";
import { allGone } from "../fake/lives.ts";
import { binary, Console, reeve, type Visitor } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";

let console_: Console;
let admin: Visitor;
let folder: string;

beforeAll(async () => {
  console_ = await Console.start({ settings: { "agents.perHour": 1000 } });
  admin = await console_.login();
  folder = temporaryFolder();
});
afterAll(async () => {
  await console_?.stop();
  rmSync(folder, { recursive: true });
});

const endpoint = () => `${console_.url}/ocsinventory`;
const shortName = hostname().split(".")[0] ?? "";

// biome-ignore lint/suspicious/noExplicitAny: rows of any command
async function query(options: unknown = {}): Promise<any[]> {
  return (await admin.call("inventory/query", options)).json.result.hosts;
}

async function section(id: number, name: string) {
  return (await admin.call("inventory/section", { id, section: name, limit: 5000 })).json.result;
}

function agent(state: string, ...args: string[]) {
  return reeve(["agent", "--state", join(folder, state), ...args]);
}

function post(body: Uint8Array | string, headers: Record<string, string> = {}) {
  return fetch(endpoint(), {
    method: "POST",
    body: body as BodyInit,
    headers: { "Content-Type": "application/x-compress", ...headers },
  });
}

const prolog = (id: string) =>
  `<?xml version="1.0"?><REQUEST><DEVICEID>${id}</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>`;
const inventory = (id: string, content: string) =>
  `<?xml version="1.0"?><REQUEST><CONTENT>${content}</CONTENT><DEVICEID>${id}</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>`;

test("reeve agent --once: this machine's real hardware, software, disks and network arrive", async () => {
  const sent = await agent("one", "--once", "--server", endpoint(), "--tag", "lab");
  expect(sent.status).toBe(0);
  const [host] = await query({ search: "tag-that-is-not-there" }).then(async (none) => {
    expect(none).toEqual([]);
    return query({ search: shortName });
  });
  const total = Number(/MemTotal:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) / 1024;
  expect(host).toMatchObject({ name: shortName, kernel: release(), tag: "lab", isNew: true });
  expect(Math.abs(host.memoryMb - total)).toBeLessThan(2);
  const packages = Bun.spawnSync(["dpkg-query", "-W", "-f", "$" + "{db:Status-Status}\n"]).stdout.toString();
  expect(host.softwareCount).toBe(packages.split("\n").filter((line) => line === "installed").length);
  const detail = (await admin.call("inventory/get", { id: host.id })).json.result;
  const names = detail.sections.map((one: { name: string }) => one.name);
  for (const name of ["HARDWARE", "CPUS", "STORAGES", "DRIVES", "NETWORKS", "SOFTWARES"]) expect(names).toContain(name);
  const networks = await section(host.id, "NETWORKS");
  expect(networks.rows.length).toBeGreaterThan(0);
  const root = (await section(host.id, "DRIVES")).rows.find((row: { TYPE: string }) => row.TYPE === "/");
  expect(root.TOTAL).toBeGreaterThan(100);
});

test("a second report keeps the host; a changed section is the only one written", async () => {
  const before = await query({ search: shortName });
  expect((await agent("one", "--once", "--server", endpoint())).status).toBe(0);
  const after = await query({ search: shortName });
  expect(after.map((host) => host.id)).toEqual(before.map((host) => host.id));
  expect(after[0].lastInventory).toBeGreaterThan(before[0].lastInventory);
});

test("--local writes XML or JSON, and leaves no trace", async () => {
  const json = JSON.parse((await agent("none", "--local", "-", "--json")).stdout);
  expect(json.sections.HARDWARE[0].NAME).toBe(shortName);
  const file = join(folder, "inventory.xml");
  expect((await agent("none", "--local", file)).status).toBe(0);
  expect(readFileSync(file, "utf8")).toContain("<QUERY>INVENTORY</QUERY>");
  expect(existsSync(join(folder, "none"))).toBe(false);
  expect((await agent("none", "--local", "/nonexistent/x")).status).toBe(74);
});

test("no server, a wrong one, a dead one, one that is none: clear errors with their own codes", async () => {
  expect((await agent("two", "--once")).status).toBe(78);
  expect((await agent("two", "--once", "--server", "ftp://x")).status).toBe(78);
  const dead = await agent("two", "--once", "--server", "http://127.0.0.1:9/ocsinventory");
  expect(dead).toMatchObject({ status: 69, stderr: expect.stringContaining("127.0.0.1:9") });
  expect((await agent("two", "--once", "--server", `${console_.url}/nope`)).status).toBe(66);
  const one = await agent("two", "--once", "--server", "http://127.0.0.1:9/x", "--server", endpoint());
  expect(one.status).toBe(69);
  expect(one.stderr).toContain('"message":"inventory sent"');
});

test("an agent that is killed during a send delivers after its restart", async () => {
  // A server that takes the PROLOG and then never answers.
  const received = Promise.withResolvers<void>();
  const hanging = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const xml = inflateSync(await request.bytes()).toString();
      if (xml.includes("PROLOG")) {
        return new Response(deflateSync("<REPLY><RESPONSE>SEND</RESPONSE><PROLOG_FREQ>24</PROLOG_FREQ></REPLY>"));
      }
      received.resolve();
      return new Promise<Response>(() => undefined);
    },
  });
  const url = `http://127.0.0.1:${hanging.port}/ocsinventory`;
  const state = join(folder, "killed");
  const start = () =>
    Bun.spawn([binary, "agent", "--state", state, "--server", url], {
      stdout: "ignore",
      stderr: "pipe",
      env: { PATH: "/usr/bin:/bin", REEVE_HOME: "/nonexistent" },
    });
  const first = start();
  await received.promise;
  first.kill("SIGKILL");
  await first.exited;
  await hanging.stop(true);

  const arrived = Promise.withResolvers<string>();
  const working = Bun.serve({
    hostname: "127.0.0.1",
    port: Number(new URL(url).port),
    async fetch(request) {
      const xml = inflateSync(await request.bytes()).toString();
      if (xml.includes("PROLOG")) {
        return new Response(deflateSync("<REPLY><RESPONSE>STOP</RESPONSE><PROLOG_FREQ>24</PROLOG_FREQ></REPLY>"));
      }
      arrived.resolve(xml);
      return new Response(deflateSync("<REPLY><RESPONSE>NO_ACCOUNT_UPDATE</RESPONSE></REPLY>"));
    },
  });
  const second = start();
  const xml = await arrived.promise;
  expect(xml).toContain(`<NAME>${shortName}</NAME>`);
  for await (const chunk of second.stderr) if (new TextDecoder().decode(chunk).includes("inventory sent")) break;
  second.kill("SIGTERM");
  expect(await second.exited).toBe(0);
  await working.stop(true);
});

test("an answer without end is cut, and an inventory that cannot be kept is sent all the same", async () => {
  const state = join(folder, "odd");
  const chunk = new Uint8Array(1 << 20).fill(32);
  const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
  const odd = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      if (request.url.endsWith("/endless")) return new Response(endless());
      if (request.url.endsWith("/refusal")) return new Response(endless(), { status: 500 });
      const xml = inflateSync(await request.bytes()).toString();
      if (!xml.includes("PROLOG")) return new Response("<REPLY><RESPONSE>NO_ACCOUNT_UPDATE</RESPONSE></REPLY>");
      rmSync(join(state, "servers"), { recursive: true }); // as good as a full disk
      return new Response("<REPLY><RESPONSE>SEND</RESPONSE></REPLY>");
    },
  });
  const once = (path: string) =>
    reeve(["agent", "--once", "--state", state, "--server", `http://127.0.0.1:${odd.port}${path}`], {
      env: { REEVE_HOME: "/nonexistent" },
    });
  expect(await once("/endless")).toMatchObject({ status: 65, stderr: expect.stringContaining("more than 4194304") });
  expect(await once("/refusal")).toMatchObject({ status: 76, stderr: expect.stringContaining("HTTP status 500") });
  const sent = await once("/ocsinventory");
  expect(sent.status).toBe(0);
  expect(sent.stderr).toContain("could not be kept");
  expect(sent.stderr).toContain('"message":"inventory sent"');
  await odd.stop(true);
});

test("a task that hangs is ended at its deadline, with what it started", async () => {
  const env = { REEVE_HOME: "/nonexistent", REEVE_AGENT_DEADLINE: "0" };
  const answer = await reeve(["agent", "--state", join(folder, "late"), "--local", "-"], { env });
  expect(answer).toMatchObject({ status: 75, stdout: "" });
});

test.skipIf(process.getuid?.() !== 0)("an unprivileged agent says which sections are incomplete and why", async () => {
  const child = Bun.spawn([binary, "agent", "--local", "-", "--json"], {
    uid: 65534,
    gid: 65534,
    stdout: "pipe",
    stderr: "pipe",
    cwd: "/",
    env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent", REEVE_HOME: "/nonexistent" },
  });
  const [text, said] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect(await child.exited).toBe(0);
  const { sections, incomplete } = JSON.parse(text);
  expect(sections.HARDWARE[0].NAME).toBe(shortName);
  // Without SMBIOS, as on some virtual machines, there is nothing that only root may read.
  expect(incomplete.length > 0).toBe(existsSync("/sys/class/dmi/id"));
  for (const { section, reason } of incomplete) {
    expect(reason).not.toBe("");
    expect(said).toContain(`incomplete: ${section}: `);
  }
});

test("zlib, gzip and plain are answered in kind; strange requests are refused", async () => {
  const xml = prolog("strange-2026-01-01-00-00-00");
  const plain = await post(xml);
  expect(await plain.text()).toContain("<RESPONSE>SEND</RESPONSE><PROLOG_FREQ>24</PROLOG_FREQ>");
  expect(inflateSync(await (await post(deflateSync(xml))).bytes()).toString()).toContain("SEND");
  expect((await (await post(gzipSync(xml))).bytes())[0]).toBe(0x1f);
  const wrong: [string, Uint8Array | string][] = [
    ["nothing", ""],
    ["no XML", "hello"],
    ["broken zlib", deflateSync(xml).subarray(0, 20)],
    ["no device", xml.replace(/<DEVICEID>.*<\/DEVICEID>/, "")],
    ["bad device", prolog("../../etc/passwd")],
    ["DOCTYPE", `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${xml}`],
    ["unknown query", xml.replace("PROLOG", "SYSTEM")],
    ["depth", `${"<a>".repeat(100_000)}`],
  ];
  for (const [name, body] of wrong) {
    const { status } = await post(body);
    expect([name, status >= 400 && status < 500]).toEqual([name, true]);
  }
  expect((await fetch(endpoint())).status).toBe(404);
});

test("a zip bomb costs its limit and no more", async () => {
  const before = console_.memory();
  const bomb = deflateSync(new Uint8Array(1024 * 1024 * 1024), { level: 9 });
  expect(bomb.length).toBeLessThan(2_000_000);
  const answers = await Promise.all([post(bomb), post(bomb), post(gzipSync(new Uint8Array(200 * 1024 * 1024)))]);
  expect(answers.map((answer) => answer.status)).toEqual([413, 413, 413]);
  expect(console_.memory() - before).toBeLessThan(400);
  expect((await admin.call("inventory/query")).status).toBe(200);
}, 30_000);

test("hostile values are stored as text and shown as text", async () => {
  const id = "hostile-2026-01-01-00-00-00";
  const evil = "&lt;script&gt;alert(1)&lt;/script&gt;' OR 1=1; DROP TABLE host; --";
  const content = `<HARDWARE><NAME>${evil}</NAME><MEMORY>1;DELETE FROM host</MEMORY></HARDWARE><SOFTWARES><NAME>=cmd|x</NAME><VERSION>${evil}</VERSION></SOFTWARES><NOSUCH><A>1</A></NOSUCH>`;
  expect((await post(inventory(id, content))).status).toBe(200);
  const [host] = await query({ search: "<script>" });
  expect(host.name).toContain("<script>alert(1)</script>' OR 1=1; DROP TABLE host; --");
  const page = await admin.get(`/hosts/${host.id}`, { Accept: "text/html" });
  expect(page.text).not.toContain("<script>alert");
  expect(page.text).toContain("&lt;script&gt;alert(1)");
  expect((await admin.call("inventory/delete", { ids: [host.id] })).status).toBe(200);
  expect(await query({ search: "<script>" })).toEqual([]);
});

test("networks and secret decide who may report", async () => {
  const closed = await Console.start({ settings: { "agents.networks": "192.0.2.0/24" } });
  expect((await fetch(`${closed.url}/ocsinventory`, { method: "POST", body: "x" })).status).toBe(403);
  await closed.stop();
  const guarded = await Console.start({ settings: { "agents.secret": "let me in please", "agents.perHour": 3 } });
  const url = `${guarded.url}/ocsinventory`;
  const secret = join(folder, "secret");
  writeFileSync(secret, "ocs:let me in please\n", { mode: 0o600 });
  const with_ = (file?: string) =>
    reeve(["agent", "--once", "--state", join(folder, "guarded"), "--server", url], {
      env: { REEVE_HOME: "/nonexistent", ...(file ? { REEVE_AGENT_SECRET_FILE: file } : {}) },
    });
  expect((await with_()).status).toBe(77);
  expect((await with_(secret)).status).toBe(0);
  expect((await with_(secret)).status).toBe(75); // three requests of the hour were the refused one, PROLOG and INVENTORY
  await guarded.stop();
});

test("guesses at the secret are counted, and a report from a page or through an unknown proxy is refused", async () => {
  const guarded = await Console.start({ settings: { "agents.secret": "let me in please", "agents.perHour": 20 } });
  const url = `${guarded.url}/ocsinventory`;
  const report = async (headers: Record<string, string>) =>
    (await fetch(url, { method: "POST", body: "x", headers })).status;
  const right = { Authorization: `Basic ${btoa("ocs:let me in please")}` };
  expect(await report(right)).toBe(415);
  expect(await report({ ...right, Origin: "http://example.org" })).toBe(403);
  expect(await report({ ...right, "X-Forwarded-For": "192.0.2.1" })).toBe(403);
  for (let guess = 4; guess <= 20; guess++)
    expect(await report({ Authorization: `Basic ${btoa(`:${guess}`)}` })).toBe(401);
  expect(await report({ Authorization: `Basic ${btoa(":21")}` })).toBe(429);
  await guarded.stop();
  const proxied = await Console.start({ settings: { trustedProxies: "127.0.0.1" } });
  const from = async (address: string) =>
    (await fetch(`${proxied.url}/ocsinventory`, { method: "POST", body: "x", headers: { "X-Forwarded-For": address } }))
      .status;
  expect([await from("192.0.2.1"), await from("127.0.0.1")]).toEqual([403, 415]);
  await proxied.stop();
});

const ocsAgent = Bun.which("ocsinventory-agent");
test.skipIf(!ocsAgent)(
  "Debian's ocsinventory-agent reports to it",
  async () => {
    const vardir = join(folder, "ocs");
    mkdirSync(vardir);
    const child = Bun.spawn(
      [
        ocsAgent!,
        `--server=${endpoint()}`,
        `--basevardir=${vardir}`,
        "--local=0", // the package's configuration says otherwise
        "--nosoftware",
        "--tag=perl",
        "--force",
        "--debug",
        "--wait=0",
        "--ssl=0",
      ],
      { stdout: "pipe", stderr: "pipe", env: { PATH: process.env.PATH ?? "", HOME: folder } },
    );
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    const host = (await query({})).find((one) => one.agent.includes("OCS-NG_unified_unix_agent"));
    if (!host) throw new Error(`no host has come:\n${out}\n${err}`);
    expect(host).toMatchObject({ name: shortName, tag: "perl", osName: expect.stringContaining("Debian") });
    const names = (await admin.call("inventory/get", { id: host.id })).json.result.sections.map(
      (one: { name: string }) => one.name,
    );
    for (const name of ["CPUS", "DRIVES", "NETWORKS"]) expect(names).toContain(name);
  },
  60_000,
);

const fusionAgent = Bun.which("fusioninventory-agent");
test.skipIf(!fusionAgent)(
  "Debian's fusioninventory-agent reports to it",
  async () => {
    const config = join(folder, "fusion.cfg");
    writeFileSync(config, "");
    const child = Bun.spawn(
      [
        fusionAgent!,
        `--server=${endpoint()}`,
        `--conf-file=${config}`,
        "--tasks=inventory",
        "--no-category=software,process,environment",
        "--wait=0",
        "--force",
        "--debug",
        "--no-httpd",
        "--logger=stderr",
      ],
      { stdout: "pipe", stderr: "pipe", env: { PATH: process.env.PATH ?? "", HOME: folder } },
    );
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    const host = (await query({})).find((one) => one.agent.includes("FusionInventory"));
    if (!host) throw new Error(`no host has come:\n${out}\n${err}`);
    expect(host.name.split(".")[0]).toBe(shortName);
  },
  60_000,
);

test("merging two hosts keeps one, which both agents are known by", async () => {
  const [one, two] = ["merge-2026-01-01-00-00-01", "merge-2026-01-01-00-00-02"];
  for (const id of [one, two]) {
    expect((await post(inventory(id, "<HARDWARE><NAME>twin</NAME></HARDWARE>"))).status).toBe(200);
  }
  const twins = await query({ search: "twin" });
  expect(twins).toHaveLength(2);
  const [from, into] = twins;
  expect((await admin.call("inventory/merge", { from: from.id, into: into.id })).status).toBe(200);
  for (const id of [one, two]) await post(inventory(id, "<HARDWARE><NAME>twin</NAME></HARDWARE>"));
  expect((await query({ search: "twin" })).map((host) => host.id)).toEqual([into.id]);
});

test("the embedded agent shows this machine within 10 s, also where agents must know a secret, and leaves with the daemon", async () => {
  const begun = performance.now();
  const fresh = await Console.start({ args: ["--with", "agent"], settings: { "agents.secret": "s:e c" } });
  const visitor = await fresh.login();
  let hosts: { name: string }[] = [];
  while (hosts.length === 0 && performance.now() - begun < 10_000) {
    hosts = (await visitor.call("inventory/query")).json.result.hosts;
    if (hosts.length === 0) await Bun.sleep(50);
  }
  expect(hosts.map((host) => host.name)).toEqual([shortName]);
  const pids = await fresh.descendants();
  await fresh.stop();
  expect(await allGone(pids, 500)).toEqual([]);
}, 20_000);
