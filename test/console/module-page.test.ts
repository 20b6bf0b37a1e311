import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { renderPage } from "../../src/console/layout.tsx";
import { declareModule } from "../../src/console/module.ts";
import { modulePages } from "../../src/console/module-page.tsx";
import type { PageResult } from "../../src/console/page.ts";
import { Problem } from "../../src/problem.ts";
import { frame } from "./frame.ts";

const hostile = `"><script>alert('1')</script>`;
const module = declareModule({
  id: "demo",
  name: "Demo",
  summary: "A module without pages",
  icon: "gear",
  categories: ["system"],
  commands: {
    echo: { summary: "Says it again", access: "user", options: z.strictObject({ text: z.string().max(100) }) },
    reset: { summary: "Resets", access: "administrator", changes: true, options: z.strictObject({}) },
  },
});
const [show, post] = modulePages([module]);

type Call = (command: string, options: Record<string, unknown>) => Promise<unknown>;

async function html(result: PageResult): Promise<string> {
  assert.ok("body" in result);
  return renderPage(result, frame("/modules/demo"), []);
}

function page(path: string, call: Call = () => Promise.reject(new Error("not called")), administrator = true) {
  const user = { name: "u", administrator };
  return { ...frame(path, { user }), params: { id: "demo" }, call: call as never };
}

describe("the page of a module without pages", () => {
  it("has a form for each command the user may call", async () => {
    const all = await html(await show!.render(page("/modules/demo"), new URLSearchParams()));
    assert.match(all, /demo\/echo/);
    assert.match(all, /demo\/reset/);
    const some = await html(await show!.render(page("/modules/demo", undefined, false), new URLSearchParams()));
    assert.doesNotMatch(some, /demo\/reset/);
  });
  it("runs a command and shows rows, facts or JSON, escaped", async () => {
    const answers: [answer: unknown, shown: RegExp][] = [
      [{ total: 1, rows: [{ name: hostile, size: 1 }] }, /<th scope="row">&quot;&gt;&lt;script/],
      [{ plain: hostile }, /<dd>&quot;&gt;&lt;script/],
      [hostile, /<pre class="code">&quot;/],
      [[], /The answer is an empty list/],
      [null, /<pre class="code">null/],
    ];
    for (const [answer, shown] of answers) {
      const calls: unknown[] = [];
      const call: Call = async (...asked) => {
        calls.push(asked);
        return answer;
      };
      const form = new URLSearchParams({ xsrf: "token", text: "hello" });
      const text = await html(await post!.render(page("/modules/demo?command=echo", call), form));
      assert.deepEqual(calls, [["demo/echo", { text: "hello" }]]);
      assert.match(text, shown);
      assert.doesNotMatch(text, /<script>alert/);
    }
  });
  it("shows wrong options and problems beside the form", async () => {
    const wrong = await post!.render(page("/modules/demo?command=echo"), new URLSearchParams());
    assert.equal("status" in wrong && wrong.status, 422);
    assert.match(await html(wrong), /This is needed\./);
    const call: Call = () => Promise.reject(new Problem("conflict", "It exists already."));
    const form = new URLSearchParams({ text: "hello" });
    assert.match(
      await html(await post!.render(page("/modules/demo?command=echo", call), form)),
      /role="alert"[\s\S]*It exists already\.[\s\S]*value="hello"/,
    );
  });
  it("knows only declared commands and modules", async () => {
    for (const name of ["nothing", "constructor", ""]) {
      const asked = page(`/modules/demo?command=${name}`);
      await assert.rejects(async () => post!.render(asked, new URLSearchParams()), { code: "unknown-command" });
    }
    const other = { ...page("/modules/other"), params: { id: "other" } };
    await assert.rejects(async () => show!.render(other, new URLSearchParams()), { code: "not-found" });
  });
});
