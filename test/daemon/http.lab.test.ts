/** The console over HTTP, as browsers, API clients and people with bad intentions meet it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { adminPassword, Console, cookieOf, reeve, type Visitor } from "../lab/console.ts";

let console_: Console;
let admin: Visitor;

beforeAll(async () => {
  console_ = await Console.start();
  admin = await console_.login();
});
afterAll(() => console_?.stop());

/** Sends bytes as they are, and gives back the first line of the answer. */
function raw(request: string | Uint8Array): Promise<string> {
  const { port } = new URL(console_.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(request));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\r\n")) socket.destroy();
    });
    socket.on("close", () => resolve(text.split("\r\n")[0] ?? ""));
    socket.on("error", reject);
  });
}

test("login: shapes of the model, cookie without a port, HttpOnly and SameSite", async () => {
  const answer = await console_
    .anonymous()
    .post("/univention/auth", { options: { username: "admin", password: adminPassword } });
  expect(answer.json).toEqual({ status: 200, result: { username: "admin" } });
  const cookie = answer.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/^UMCSessionId=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  const missing = await console_.anonymous().post("/auth", { options: { username: "admin" } });
  expect(missing.json).toMatchObject({ status: 422, result: { password: "Argument required" } });
  expect((await console_.anonymous().post("/auth", "{")).json).toMatchObject({ status: 400, code: "bad-request" });
  expect((await console_.anonymous().post("/auth", { options: { username: 1, password: [] } })).status).toBe(422);
});

test("session-info, modules and categories", async () => {
  const info = await admin.get("/get/session-info");
  expect(info.json).toMatchObject({ status: 200, result: { username: "admin", auth_type: null } });
  expect(info.json.result.remaining).toBeGreaterThan(28_000);
  expect((await console_.anonymous().get("/get/session-info")).status).toBe(401);
  const { modules } = (await admin.get("/univention/get/modules")).json;
  expect(modules.map((module: { id: string }) => module.id)).toEqual([
    "inventory",
    "network",
    "directory",
    "interfaces",
    "lab",
  ]);
  expect((await console_.anonymous().get("/get/modules")).json).toEqual({ modules: [] });
  expect((await admin.get("/get/categories")).json.categories.length).toBeGreaterThan(2);
});

test("a login rotates the session, and the old one is worth nothing", async () => {
  const first = await console_.login();
  const again = await first.post("/auth", { options: { username: "admin", password: adminPassword } });
  expect(cookieOf(again)).not.toBe(first.cookie);
  expect((await first.get("/get/session-info")).status).toBe(401);
});

test("what changes something wants the forgery header; the page's own token serves, too", async () => {
  const body = JSON.stringify({ options: { value: 1 } });
  const bare = { method: "POST", body, headers: { "X-XSRF-Protection": "" } };
  expect((await admin.fetch("/command/lab/echo", bare)).status).toBe(403);
  expect((await admin.fetch("/logout", bare)).status).toBe(403);
  const token = /name="xsrf" value="([^"]+)"/.exec((await admin.get("/", { Accept: "text/html" })).text)?.[1] ?? "";
  expect(token).not.toBe(admin.cookie);
  expect((await admin.fetch("/command/lab/echo", { ...bare, headers: { "X-XSRF-Protection": token } })).status).toBe(
    200,
  );
  expect(
    (await admin.fetch("/command/lab/echo", { ...bare, headers: { "X-XSRF-Protection": `${token}x` } })).status,
  ).toBe(403);
});

test("GET on /command is 405 unless the command allows it, and GET /logout asks first", async () => {
  expect((await admin.get("/command/lab/sleep?milliseconds=1")).status).toBe(405);
  expect((await admin.get("/command/lab/write?name=x")).status).toBe(405);
  expect((await admin.get("/command/lab/echo?value=7")).json.result.value).toBe(7);
  const visitor = await console_.login();
  const page = await visitor.fetch("/logout", { headers: { "X-XSRF-Protection": "", Accept: "text/html" } });
  // An empty header is one that was sent: it proves nothing.
  expect(page.status).toBe(403);
  const asked = await fetch(`${console_.url}/logout`, { headers: { Cookie: `UMCSessionId=${visitor.cookie}` } });
  expect(await asked.text()).toContain("Log out?");
  expect((await visitor.get("/get/session-info")).status).toBe(200);
});

test("a login from another site's page is refused; anonymous requests get no session", async () => {
  const origin = { Origin: "https://evil.example" };
  const options = { username: "admin", password: adminPassword };
  const answer = await console_.anonymous().post("/auth", { options }, { headers: origin });
  expect(answer.status).toBe(403);
  const cross = { ...origin, "Sec-Fetch-Site": "same-site" };
  expect((await console_.anonymous().post("/auth", { options }, { headers: cross })).status).toBe(403);
  // Behind a proxy that puts its own name into Host.
  const own = { Origin: "https://console.example", "Sec-Fetch-Site": "same-origin" };
  expect((await console_.anonymous().post("/auth", { options }, { headers: own })).status).toBe(200);
  const page = await console_.anonymous().get("/login", { Accept: "text/html" });
  expect(page.headers.get("set-cookie")).toBeNull();
});

test("every answer carries the security headers", async () => {
  for (const path of ["/", "/login", "/get/modules", "/nope", "/assets/nope"]) {
    const { headers } = await admin.get(path);
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("paths and bodies that mean harm get clear errors, and the service stays up", async () => {
  for (const path of [
    "/../../etc/passwd",
    "/assets/..%2f..%2fetc%2fpasswd",
    "/%00",
    "/%",
    "/hosts/%ff",
    "/hosts/../..",
    "/command/",
    "/command/lab/..%2f",
    "/command/%00/x",
    "//evil.example/",
  ]) {
    const line = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect([path, line]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 (30[1378]|40[01345])/)]);
  }
  for (const body of [
    "",
    "[]",
    "null",
    "1",
    '"x"',
    "{",
    '{"options":',
    `${'{"a":'.repeat(10_000)}1`,
    "\u0000",
    '{"options":null}',
    '{"options":"x"}',
  ]) {
    const answer = await admin.post("/command/lab/write", body);
    expect([body.slice(0, 20), [400, 422].includes(answer.status)]).toEqual([body.slice(0, 20), true]);
    expect(typeof answer.json.message).toBe("string");
  }
  const xml = await admin.post("/command/lab/echo", "<x/>", { headers: { "Content-Type": "text/xml" } });
  expect(xml.status).toBe(415);
  expect(await raw("GARBAGE\r\n\r\n")).toMatch(/^HTTP\/1\.1 400|^$/);
  expect((await admin.call("lab/echo", { value: 1 })).status).toBe(200);
});

test("a 200 MB body is refused before it is read, and memory stays bounded", async () => {
  const before = console_.memory();
  const announced = "POST /command/lab/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 209715200\r\n\r\n";
  expect(await raw(announced)).toMatch(/^HTTP\/1\.1 413/);
  const chunk = new Uint8Array(1024 * 1024).fill(0x20);
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent++ < 200) controller.enqueue(chunk);
      else controller.close();
    },
  });
  const answer = await admin.fetch("/command/lab/echo", { method: "POST", body: endless }).then(
    (response) => response.status,
    () => 413, // the connection was cut while we were still sending
  );
  expect(answer).toBe(413);
  expect(sent).toBeLessThan(100);
  expect(console_.memory() - before).toBeLessThan(100);
  expect((await admin.call("lab/echo", { value: 1 })).status).toBe(200);
});

test("a result of 10 MB arrives whole", async () => {
  const { json } = await admin.call("lab/big", { bytes: 10_000_000 });
  expect(json.result).toHaveLength(10_000_000);
});

test("failed logins are slowed per user and per address, and the answer says how long", async () => {
  const fresh = await Console.start();
  try {
    const anonymous = fresh.anonymous();
    const answers = [];
    for (let i = 0; i < 6; i++) {
      answers.push(await anonymous.post("/auth", { options: { username: "admin", password: "wrong" } }));
    }
    expect(answers[0]?.json).toMatchObject({ status: 401, result: {} });
    const refused = answers.at(-1)!;
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answers.every((answer) => answer.headers.get("set-cookie") === null)).toBe(true);
    // The right password waits as well.
    expect((await anonymous.post("/auth", { options: { username: "admin", password: adminPassword } })).status).toBe(
      429,
    );
  } finally {
    await fresh.stop();
  }
});

test("users without rights are refused by the daemon, and the refusal is on record", async () => {
  const added = await reeve(["daemon", "user", "add", "bob", "--state", console_.state], { stdin: "bobs password\n" });
  expect(added).toMatchObject({ status: 0, stdout: "user bob added\n" });
  const bob = await console_.login("bob", "bobs password");
  expect((await bob.call("lab/write", { name: "x" })).status).toBe(403);
  expect((await bob.call("inventory/delete", { ids: [1] })).status).toBe(403);
  expect((await bob.call("inventory/query")).status).toBe(200);
  expect((await admin.call("lab/write", { name: "x" })).json.result).toEqual({ wrote: "x" });
  const { Database } = await import("bun:sqlite");
  const database = new Database(`${console_.state}/reeve.sqlite`, { readonly: true });
  const rows = database.query("select user, action, outcome, status from audit where action = 'lab/write'").all();
  database.close();
  expect(rows).toContainEqual({ user: "bob", action: "lab/write", outcome: "refused", status: 403 });
  expect(rows).toContainEqual({ user: "admin", action: "lab/write", outcome: "ok", status: 200 });
  expect((await reeve(["daemon", "user", "remove", "bob", "--state", console_.state])).status).toBe(0);
  await Bun.sleep(1100); // a session is asked for in the store at most once a second
  expect((await bob.call("inventory/query")).status).toBe(401);
});

test("sessions and data survive a restart, also after kill -9", async () => {
  const first = await Console.start({ settings: { listen: "127.0.0.1:0" } });
  const visitor = await first.login();
  first.process.kill("SIGKILL");
  await first.process.exited;
  const second = await Console.start({ state: first.state });
  try {
    const same = new (visitor.constructor as typeof Visitor)(second.url, visitor.cookie);
    expect((await same.get("/get/session-info")).json.result.username).toBe("admin");
    expect((await same.call("lab/echo", { value: 1 })).status).toBe(200);
  } finally {
    await second.stop();
    rmSync(first.state, { recursive: true });
  }
});
