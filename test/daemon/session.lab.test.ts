/** What ends with a session, and what is on record about it, through the built binary. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { connect } from "../../src/umcp/client.ts";
import { allGone } from "../fake/lives.ts";
import { adminPassword, binary, Console, cookieOf, Visitor } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";

const modules = temporaryFolder();
let console_: Console;
const auth = (options: Record<string, string>) =>
  console_.anonymous().post("/auth", { options: { username: "admin", password: adminPassword, ...options } });

beforeAll(async () => {
  for (const name of ["lab.ts", "slow.ts"]) {
    copyFileSync(join(import.meta.dirname, "..", "fake", "modules", name), join(modules, name));
    chmodSync(join(modules, name), 0o644);
  }
  console_ = await Console.start({ settings: { "modules.folder": modules } });
});
afterAll(() => console_?.stop());

/** Pids that were not there before, as soon as there is one. */
async function started(before: number[]): Promise<number[]> {
  for (;;) {
    const pids = (await console_.descendants()).filter((pid) => !before.includes(pid));
    if (pids.length > 0) return pids;
    await Bun.sleep(10);
  }
}

function audit(columns: string, condition = "1"): unknown[] {
  const database = new Database(join(console_.state, "reeve.sqlite"), { readonly: true });
  const rows = database.query(`select ${columns} from audit where ${condition} order by id`).values();
  database.close();
  return rows;
}

test("logout ends a module that is about to start, and the request that waits for it", async () => {
  const visitor = await console_.login();
  const before = await console_.descendants();
  const waiting = visitor.call("slow/pid");
  const pids = await started(before);
  expect((await visitor.post("/logout", {})).status).toBe(303);
  expect((await waiting).json.code).toBe("cancelled");
  expect(await allGone(pids, 5000)).toEqual([]);
});

test("a connection that goes ends a module that is about to start", async () => {
  const before = await console_.descendants();
  const client = await connect({ unix: console_.socket });
  client.request("COMMAND", ["slow/pid"], {}).catch(() => undefined);
  const pids = await started(before);
  client.close();
  expect(await allGone(pids, 5000)).toEqual([]);
});

test("another login in the place of a session ends the modules of the first", async () => {
  const visitor = await console_.login();
  const { pid } = (await visitor.call("lab/echo", { value: 1 })).json.result;
  const again = await visitor.post("/auth", { options: { username: "admin", password: adminPassword } });
  expect(cookieOf(again)).not.toBe(visitor.cookie);
  expect(await allGone([pid], 5000)).toEqual([]);
});

test("AUTH on a connection that was somebody else's is a new session with its own processes", async () => {
  const client = await connect({ unix: console_.socket });
  const echo = async () => {
    const { result } = await client.request("COMMAND", ["lab/echo"], { options: { value: 1 } });
    expect(result).toMatchObject({ address: `uid ${process.getuid?.()}` });
    return result as { user: string; pid: number };
  };
  const first = await echo();
  await client.request("AUTH", [], { username: "admin", password: adminPassword });
  const second = await echo();
  client.close();
  expect([first.user, second.user]).toEqual(["root", "admin"]);
  expect(second.pid).not.toBe(first.pid);
  expect(await allGone([first.pid, second.pid], 5000)).toEqual([]);
});

test("a new password ends the user's sessions with all that runs for them", async () => {
  const visitor = await console_.login();
  const waiting = visitor.call("lab/norespond");
  const { pid } = (await visitor.call("lab/echo", { value: 1 })).json.result;
  const changed = await auth({ new_password: "another horse battery" });
  expect(changed.status).toBe(200);
  expect((await waiting).json.code).toBe("cancelled");
  expect(await allGone([pid], 5000)).toEqual([]);
  expect((await visitor.call("lab/echo", { value: 1 })).status).toBe(401);
  expect((await new Visitor(console_.url, cookieOf(changed)).get("/get/session-info")).json.result.username).toBe(
    "admin",
  );
  expect((await auth({ password: "another horse battery", new_password: adminPassword })).status).toBe(200);
  expect(audit("user, outcome, status", "action = 'password'")).toEqual([
    ["admin", "ok", 200],
    ["admin", "ok", 200],
  ]);
});

test("a new password that is none is refused before the old one is looked at", async () => {
  const right = await auth({ new_password: "short" });
  const wrong = await auth({ password: "wrong", new_password: "short" });
  expect([right.status, wrong.status]).toEqual([422, 422]);
  expect(right.text).toBe(wrong.text);
});

test("refusals and logouts are on record: permission, method, unknown commands, forgery", async () => {
  const [[last]] = audit("max(id)") as [[number]];
  const visitor = await console_.login();
  const forged = { "X-XSRF-Protection": "wrong" };
  expect((await visitor.get("/command/lab/write")).status).toBe(405);
  expect((await visitor.get("/command/lab/sleep?milliseconds=x")).status).toBe(405);
  expect((await visitor.get("/command/lab/no")).status).toBe(403);
  expect((await visitor.call("lab/no")).status).toBe(403);
  expect((await visitor.call("lab/write", { name: "x" }, { headers: forged })).status).toBe(403);
  expect((await visitor.post("/logout", {}, { headers: forged })).status).toBe(403);
  expect((await visitor.post("/logout", {})).status).toBe(303);
  expect(audit("action, outcome, status", `id > ${last}`)).toEqual([
    ["login", "ok", 200],
    ["lab/write", "refused", 405],
    ["lab/sleep", "refused", 405],
    ["lab/no", "refused", 403],
    ["lab/no", "refused", 403],
    ["/command/lab/write", "refused", 403],
    ["/logout", "refused", 403],
    ["logout", "ok", 303],
  ]);
});

test("a login leads to any path of this console, also to one that is not ASCII", async () => {
  const visitor = await console_.login();
  expect((await visitor.get("/login?next=/h%C3%B6fe/%E2%82%AC?a=%20")).headers.get("location")).toBe(
    "/h%C3%B6fe/%E2%82%AC?a=%20",
  );
  const answer = await console_
    .anonymous()
    .post("/login", `username=admin&password=${encodeURIComponent(adminPassword)}&next=${encodeURIComponent("/€")}`, {
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
  expect(answer.headers.get("location")).toBe("/%E2%82%AC");
  expect(cookieOf(answer)).not.toBe("");
});

test("users added, changed and removed on the command line are on record; a new password ends the waiting", async () => {
  const [[last]] = audit("max(id)") as [[number]];
  const file = join(console_.state, "etc", "password");
  const user = (...words: string[]) => console_.command("daemon", "user", ...words);
  expect((await user("add", "Carol", "--password-file", file)).status).toBe(0);
  for (let failure = 0; failure < 5; failure++) await auth({ username: "carol", password: "wrong" });
  expect((await auth({ username: "carol" })).status).toBe(429);
  expect((await user("password", "carol", "--password-file", file)).status).toBe(0);
  const database = new Database(join(console_.state, "reeve.sqlite"), { readonly: true });
  expect(database.query("select key from login_failure where key like 'user:%'").values()).toEqual([]);
  database.close();
  expect((await user("remove", "carol")).status).toBe(0);
  const who = process.getuid?.() === 0 ? "root" : `uid-${process.getuid?.()}`;
  expect(audit("user, address, action, subject, outcome", `id > ${last} and action like 'user %'`)).toEqual([
    [who, "command line", "user add", "carol", "ok"],
    [who, "command line", "user password", "carol", "ok"],
    [who, "command line", "user remove", "carol", "ok"],
  ]);
});

test("who hammers at the door does not fill the audit table", async () => {
  const fresh = await Console.start();
  try {
    const statuses: number[] = [];
    for (let round = 0; round < 5; round++) {
      const tries = Array.from({ length: 20 }, () =>
        fresh.anonymous().post("/auth", { options: { username: "admin", password: "wrong" } }),
      );
      statuses.push(...(await Promise.all(tries)).map(({ status }) => status));
    }
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(40);
    const database = new Database(join(fresh.state, "reeve.sqlite"), { readonly: true });
    const [[rows]] = database.query("select count(*) from audit where status = 429").values() as [[number]];
    database.close();
    expect(rows).toBeGreaterThan(0);
    // Twenty a minute; the tries may lie on both sides of the minute's end.
    expect(rows).toBeLessThanOrEqual(40);
  } finally {
    await fresh.stop();
  }
});

/** Starts a daemon that cannot become ready, waits until it is at work, and ends it. */
async function termed(env: Record<string, string>, atWork: (pid: number) => Promise<unknown>): Promise<number> {
  const state = temporaryFolder();
  const child = Bun.spawn([binary, "daemon", "--state", state, "--listen", "127.0.0.1:0"], {
    env: { HOME: state, REEVE_HOME: state, ...env },
    stdout: "ignore",
    stderr: "ignore",
  });
  await atWork(child.pid);
  child.kill("SIGTERM");
  return child.exited;
}

test("TERM ends a daemon that waits for a module, or for its database, to start", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "modules"));
  for (const name of ["a", "b", "c"]) {
    const file = join(folder, "modules", `${name}.ts`);
    await Bun.write(file, "for (;;) Math.sqrt(2);");
    chmodSync(file, 0o644);
  }
  const children = async (pid: number) => {
    while (!(await Bun.file(`/proc/${pid}/task/${pid}/children`).text())) await Bun.sleep(5);
  };
  expect(await termed({ REEVE_MODULES_FOLDER: join(folder, "modules") }, children)).toBe(0);

  const asked = Promise.withResolvers<Socket>();
  const silent = createServer((socket) => asked.resolve(socket)).listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  const { port } = silent.address() as { port: number };
  expect(await termed({ REEVE_DATABASE: `postgres://reeve@127.0.0.1:${port}/reeve` }, () => asked.promise)).toBe(0);
  (await asked.promise).destroy();
  silent.close();
}, 8000);
