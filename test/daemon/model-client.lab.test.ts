/**
 * A client that behaves as the model's own (`univention.lib.umc.Client`, facts of its source): everything under
 * /univention/, POST for all but logout, one header for several types, all cookies kept flat, the session's id as forgery
 * header, a 404 taken for a server of another age.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { adminPassword, Console } from "../lab/console.ts";

let console_: Console;
beforeAll(async () => {
  console_ = await Console.start();
});
afterAll(() => console_?.stop());

class ModelClient {
  base = "/univention/";
  readonly cookies = new Map<string, string>();

  async send(method: string, path: string, options?: unknown, flavor?: string) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(`${console_.url}${this.base}${path}`, {
      method,
      redirect: "manual",
      ...(method === "POST" ? { body: JSON.stringify({ options: options ?? {}, ...(flavor ? { flavor } : {}) }) } : {}),
      headers: {
        "Content-Type": "application/json; charset=UTF-8",
        Accept: "application/json; q=1, text/html; q=0.5; */*; q=0.1",
        "Accept-Language": "en-US",
        "X-Requested-With": "XMLHttpRequest",
        "User-Agent": "UCS/0.0 (univention.lib.umc/0-errata0)",
        "X-XSRF-Protection": this.cookies.get("UMCSessionId") ?? "",
        Cookie: cookie,
      },
    });
    if (response.status === 404) this.base = "/univention-management-console/";
    for (const header of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
      this.cookies.set(name, value);
    }
    const text = await response.text();
    const json = (response.headers.get("content-type") ?? "").startsWith("application/json");
    return { status: response.status, data: json ? JSON.parse(text) : text };
  }
}

test("log in, ask, command, fail, log out", async () => {
  const client = new ModelClient();
  expect((await client.send("POST", "auth", { username: "admin", password: "wrong" })).data).toMatchObject({
    status: 401,
    result: {},
  });
  const login = await client.send("POST", "auth", { username: "admin", password: adminPassword });
  expect(login.data).toEqual({ status: 200, result: { username: "admin" } });
  expect([...client.cookies.keys()]).toEqual(["UMCSessionId"]);
  expect((await client.send("POST", "get/session-info")).data.result.username).toBe("admin");
  expect((await client.send("POST", "get/modules")).data.modules.length).toBe(5);
  expect((await client.send("POST", "get/modules/list")).status).toBe(200);
  const echo = await client.send("POST", "command/lab/echo", { value: [1, "ü"] }, "users/user");
  expect(echo.data).toMatchObject({
    status: 200,
    error: null,
    reason: null,
    result: { value: [1, "ü"], flavor: "users/user", locale: "en-US" },
  });
  expect((await client.send("POST", "command/lab/conflict")).data).toMatchObject({ status: 409, traceback: null });
  expect((await client.send("POST", "command/lab/nope")).data).toMatchObject({ status: 403, code: "unknown-command" });
  expect((await client.send("POST", "command/nope/nope")).status).toBe(403);
  expect(client.base).toBe("/univention/");
  expect([301, 302, 303]).toContain((await client.send("GET", "logout")).status);
  expect((await client.send("POST", "command/lab/echo", { value: 1 })).status).toBe(401);
});
