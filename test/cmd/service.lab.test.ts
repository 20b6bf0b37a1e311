/** `reeve daemon` as a service: configuration, doors, background, exit codes. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../src/problem.ts";
import { connect } from "../../src/umcp/client.ts";
import { lives } from "../fake/lives.ts";
import { binary, Console, reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

function configure(text: string, name = "config.yml"): Record<string, string> {
  mkdirSync(join(folder, "environments"), { recursive: true });
  writeFileSync(join(folder, name), text);
  return { REEVE_HOME: folder };
}

test("version, help and usage errors", async () => {
  expect((await reeve(["--version"])).stdout).toMatch(/^reeve \d+\.\d+\.\d+ \(\S+\)\n$/);
  const help = await reeve([]);
  expect(help).toMatchObject({ status: 0, stderr: "" });
  for (const word of ["daemon", "module", "agent", "backend db deploy"])
    expect(help.stdout).toMatch(new RegExp(`^  ${word} `, "m"));
  expect((await reeve(["daemon", "--help"])).stdout).toContain("--listen");
  expect((await reeve(["nonsense"])).status).toBe(64);
  expect((await reeve(["daemon", "--nonsense"])).status).toBe(64);
  expect((await reeve(["daemon", "--with", "nonsense", "--state", folder])).status).toBe(64);
});

test("a configuration error names file, line, key and what was expected", async () => {
  const wrong: [string, RegExp][] = [
    ["listen: 1\n", /config\.yml:1: listen: expected a text, found 1/],
    ["\nlog:\n  level: LOUD\n", /config\.yml:3: log\.level: expected one of ERROR, WARNING, INFO, DEBUG, found "LOUD"/],
    ["tls:\n  cert: relative.pem\n", /config\.yml:2: tls\.cert: expected an absolute path/],
    ["sesions: {}\n", /config\.yml:1: unknown key sesions/],
    ["sessions:\n  lifetme: 1h\n", /config\.yml:2: unknown key sessions\.lifetme/],
    ["a: [\n", /config\.yml:\d+: /],
    ["listen: a\nlisten: b\n", /config\.yml:2: .*unique/i],
    ["- 1\n", /config\.yml: the file: expected keys with values/],
  ];
  for (const [text, message] of wrong) {
    const answer = await reeve(["daemon", "config"], { env: configure(text) });
    expect([text, answer.status, answer.stderr]).toEqual([text, 78, expect.stringMatching(message)]);
  }
});

test("flags before environment before environments/… before config.yml before defaults; secrets stay hidden", async () => {
  const env = configure("listen: 127.0.0.1:1\nagents:\n  secret: hush\n  interval: 1\nmodules: { idle: 1m }\n");
  configure("listen: 127.0.0.1:2\nagents:\n  interval: 2\n", "environments/deployment.yml");
  configure("listen: 127.0.0.1:3\n", "environments/other.yml");
  const config = async (more: Record<string, string>) =>
    JSON.parse((await reeve(["daemon", "config", "--json"], { env: { ...env, ...more } })).stdout);
  expect(await config({})).toMatchObject({
    listen: "127.0.0.1:2",
    "agents.interval": 2,
    "agents.secret": "***",
    "modules.idle": 60,
  });
  expect(await config({ REEVE_ENVIRONMENT: "other" })).toMatchObject({ listen: "127.0.0.1:3", "agents.interval": 1 });
  expect(await config({ REEVE_LISTEN: "127.0.0.1:4", REEVE_TRUSTED_PROXIES: "10.0.0.1, 10.0.0.2" })).toMatchObject({
    listen: "127.0.0.1:4",
    trustedProxies: ["10.0.0.1", "10.0.0.2"],
  });
  const text = await reeve(["daemon", "config"], { env: { ...env, REEVE_DATABASE: "postgres://u:geheim@h/d" } });
  expect(text.stdout).not.toContain("hush");
  expect(text.stdout).not.toContain("geheim");
  expect(text.stdout).toMatch(/^listen: "127\.0\.0\.1:2" {2}# .*environments\/deployment\.yml:1$/m);
  const wrong = await reeve(["daemon", "config"], { env: { ...env, REEVE_AGENTS_INTERVAL: "x" } });
  expect(wrong).toMatchObject({
    status: 78,
    stderr: expect.stringContaining("REEVE_AGENTS_INTERVAL: agents.interval: expected a whole number"),
  });
});

test("the schema accepts what the loader accepts", async () => {
  const schema = JSON.parse((await reeve(["daemon", "config", "--schema"])).stdout);
  expect(schema.properties.tls.properties.cert).toMatchObject({ type: "string", default: "" });
  expect(schema.additionalProperties).toBe(false);
});

test("an address beyond loopback wants TLS, a trusted proxy, or --insecure", async () => {
  const listen = ["daemon", "--state", folder, "--listen", "0.0.0.0:0"];
  const refused = await reeve(listen);
  expect(refused).toMatchObject({ status: 78, stderr: expect.stringContaining("beyond loopback") });
  const console_ = await Console.start({ settings: { listen: "0.0.0.0:0" }, args: ["--insecure"] });
  expect(console_.url).toStartWith("http://0.0.0.0:");
  await console_.stop();
  expect((await reeve(["daemon", "--state", folder, "--listen", "nonsense"])).status).toBe(78);
});

test("with a certificate it speaks TLS, and cookies are Secure; behind a trusted proxy, too", async () => {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const made = Bun.spawnSync([
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=IP:127.0.0.1",
    "-keyout",
    key,
    "-out",
    cert,
  ]);
  expect(made.exitCode).toBe(0);
  const secure = await Console.start({ settings: { "tls.cert": cert, "tls.key": key } });
  const login = {
    method: "POST",
    body: JSON.stringify({ options: { username: "admin", password: "correct horse battery" } }),
  };
  const json = { "Content-Type": "application/json" };
  const answer = await fetch(`${secure.url}/auth`, {
    ...login,
    headers: json,
    tls: { ca: readFileSync(cert, "utf8") },
  });
  expect(answer.headers.get("set-cookie")).toEndWith("; Secure");
  expect(answer.headers.get("strict-transport-security")).not.toBeNull();
  await secure.stop();

  const proxied = await Console.start({ settings: { trustedProxies: "127.0.0.1" } });
  const forwarded = { ...json, "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7" };
  expect((await fetch(`${proxied.url}/auth`, { ...login, headers: forwarded })).headers.get("set-cookie")).toEndWith(
    "; Secure",
  );
  expect((await fetch(`${proxied.url}/ocsinventory`, { method: "POST", body: "x", headers: forwarded })).status).toBe(
    403,
  );
  await proxied.stop();

  const plain = await Console.start();
  expect((await fetch(`${plain.url}/auth`, { ...login, headers: forwarded })).headers.get("set-cookie")).not.toContain(
    "Secure",
  );
  await plain.stop();
  expect((await reeve(["daemon", "--state", folder], { env: { REEVE_TLS_CERT: cert } })).status).toBe(78);
});

test("--background: ready before it returns, one at a time, status and stop beside it", async () => {
  const env = { REEVE_HOME: folder, REEVE_LISTEN: "127.0.0.1:0" };
  const daemon = (...words: string[]) => reeve(["daemon", ...words, "--state", folder], { env });
  expect((await daemon("status")).status).toBe(3);
  const started = await daemon("--background");
  expect(started).toMatchObject({ status: 0, stderr: "" });
  const url = /^Reeve console: (\S+)$/m.exec(started.stdout)?.[1];
  expect((await fetch(`${url}/login`)).status).toBe(200);
  const file = join(folder, "admin-password");
  expect(started.stdout).toContain(`password in ${file}`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(started.stdout).not.toContain(readFileSync(file, "utf8").trim());
  expect(readFileSync(join(folder, "daemon.log"), "utf8")).not.toContain(readFileSync(file, "utf8").trim());
  const status = JSON.parse((await daemon("status", "--json")).stdout);
  expect(status).toMatchObject({ service: "daemon", running: true });
  expect((await daemon()).status).toBe(75);
  expect((await daemon("--background")).status).toBe(75);
  expect((await daemon("stop")).status).toBe(0);
  expect(lives(status.pid)).toBe(false);
  expect((await daemon("stop")).status).toBe(3);
});

test("the state folder is the service's own, and a folder that cannot be made is told as such", async () => {
  const state = join(folder, "state");
  const service = Bun.spawn([binary, "daemon", "--state", state, "--listen", "127.0.0.1:0"], {
    env: { HOME: state, REEVE_HOME: "/nonexistent" },
    stdout: "pipe",
    stderr: "ignore",
  });
  for await (const _ of service.stdout) break;
  service.kill("SIGTERM");
  expect(await service.exited).toBe(0);
  expect([statSync(state).mode & 0o777, statSync(join(state, "run")).mode & 0o777]).toEqual([0o700, 0o755]);
  for (const background of [[], ["--background"]]) {
    const answer = await reeve(["daemon", "--state", "/proc/none", ...background]);
    expect(answer).toMatchObject({ status: 74, stderr: expect.stringContaining("cannot make the folder /proc/none") });
  }
});

test("a failure to start ends with its own code and a text", async () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const answer = await reeve(["daemon", "--state", folder, "--listen", `127.0.0.1:${taken.port}`]);
  taken.stop();
  expect(answer).toMatchObject({ status: 78, stderr: expect.stringContaining("in use") });
  writeFileSync(
    join(folder, "reeve.sqlite"),
    "this is no database, and far too long to be taken for an empty one ".repeat(20),
  );
  const broken = await reeve(["daemon", "--state", folder, "--listen", "127.0.0.1:0"]);
  expect(broken.status).not.toBe(0);
  expect(broken.stderr).toContain("reeve.sqlite");
});

test("module by hand: help, a port with its token, bad words", async () => {
  const help = await reeve(["module", "--help"]);
  for (const flag of ["-m, --module", "-p, --port", "-s, --socket", "-t, --timeout", "-l, --locale", "-d, --debug"]) {
    expect(help.stdout).toContain(flag);
  }
  expect((await reeve(["module"])).status).toBe(64);
  expect((await reeve(["module", "-m", "inventory"])).status).toBe(64);
  expect((await reeve(["module", "-m", "inventory", "-p", "1", "-s", "x"])).status).toBe(64);
  expect((await reeve(["module", "-m", "nope", "-s", join(folder, "s"), "--state", folder])).status).toBe(66);
});

test("module by hand on a port: only who has the token may speak", async () => {
  const free = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = free;
  free.stop(true);
  const token = "a token of some length";
  const child = Bun.spawn([binary, "module", "-m", "inventory", "-p", String(port), "-t", "60", "--state", folder], {
    stdin: new TextEncoder().encode(`${token}\n`),
    stdout: "ignore",
    stderr: "inherit",
    env: { PATH: "/usr/bin:/bin", REEVE_HOME: "/nonexistent" },
  });
  // The store is made by a daemon or by hand; the module only checks it.
  expect((await reeve(["backend", "db", "deploy", "--state", folder])).status).toBe(0);
  const open = async (given: string) => {
    for (;;) {
      try {
        return await connect({ port, token: given });
      } catch (error) {
        if (Problem.from(error).code !== "not-running") throw error;
        await Bun.sleep(20);
      }
    }
  };
  const client = await open(token);
  const { result } = await client.request("COMMAND", ["inventory/query"], { options: {} });
  expect(result).toEqual({ total: 0, hosts: [] });
  client.close();
  const stranger = open("another token altogether").then((wrong) => wrong.request("COMMAND", ["inventory/query"], {}));
  expect(Problem.from(await stranger.catch((error) => error)).http).toBe(401);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
});

test("agent --background: status and stop beside it", async () => {
  const env = { REEVE_HOME: folder, REEVE_AGENT_SERVERS: "http://127.0.0.1:9/ocsinventory" };
  const agent = (...words: string[]) => reeve(["agent", ...words, "--state", folder], { env });
  expect((await agent("--background")).status).toBe(0);
  expect((await agent("status")).status).toBe(0);
  expect((await agent()).status).toBe(75);
  expect((await agent("stop")).status).toBe(0);
  expect((await agent("status")).status).toBe(3);
});

test("users by the command line: the last administrator stays, and the first password's file goes with its password", async () => {
  const env = { REEVE_HOME: folder, REEVE_LISTEN: "127.0.0.1:0" };
  const daemon = (...words: string[]) =>
    reeve(["daemon", ...words, "--state", folder], { env, stdin: "a new password\n" });
  expect((await daemon("--background")).status).toBe(0);
  expect((await daemon("stop")).status).toBe(0);
  expect(existsSync(join(folder, "admin-password"))).toBe(true);
  expect((await daemon("user", "add", "bob")).status).toBe(0);
  expect(await daemon("user", "remove", "admin")).toMatchObject({
    status: 73,
    stderr: expect.stringContaining("last administrator"),
  });
  expect((await daemon("user", "remove", "nobody")).status).toBe(66);
  expect((await daemon("user", "password", "Admin")).status).toBe(0);
  expect(existsSync(join(folder, "admin-password"))).toBe(false);
  expect((await daemon("user", "add", "carol", "--administrator")).status).toBe(0);
  expect((await daemon("user", "remove", "admin")).status).toBe(0);
  expect((await daemon("user", "add", "Bob")).status).toBe(73);
  expect((await daemon("user", "add", "../etc")).status).toBe(65);
  expect((await daemon("user", "list")).stdout).toBe("bob\tuser\ncarol\tadministrator\n");
});

test("two daemons on one state with different run folders: the second is told", async () => {
  const console_ = await Console.start();
  const env = { REEVE_RUN: join(folder, "run"), REEVE_HOME: "/nonexistent" };
  const second = await reeve(["daemon", "--state", console_.state, "--listen", "127.0.0.1:0"], { env });
  expect(second).toMatchObject({ status: 75, stderr: expect.stringContaining("another daemon works on") });
  await console_.stop();
});

test("a module that nobody ever asks ends after its idle time", async () => {
  expect((await reeve(["backend", "db", "deploy", "--state", folder])).status).toBe(0);
  const socket = join(folder, "module.sock");
  const ended = await reeve(["module", "-m", "inventory", "-s", socket, "-t", "1", "--state", folder]);
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  expect(existsSync(socket)).toBe(false);
});
