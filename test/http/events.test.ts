import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventStream } from "../../src/http/events.ts";

describe("an event stream", () => {
  it("writes events as the standard has them, and ends", async () => {
    const stream = eventStream(() => assert.fail("nobody has gone"));
    stream.send("partial", { message: "a\nb" });
    stream.send("result", undefined);
    stream.close();
    stream.send("partial", "after the end");
    assert.equal(stream.response.headers.get("content-type"), "text/event-stream");
    const text = await stream.response.text();
    assert.equal(text, ': reeve\n\nevent: partial\ndata: {"message":"a\\nb"}\n\nevent: result\ndata: null\n\n');
  });
  it("holds thousands of events said at once", async () => {
    const stream = eventStream(() => assert.fail("nobody has gone"));
    for (let line = 0; line < 20_000; line++) stream.send("partial", { line });
    stream.close();
    assert.equal((await stream.response.text()).match(/^event: partial$/gm)?.length, 20_000);
  });
  it("gives up a client that reads nothing before it fills the memory", async () => {
    let gone = 0;
    const stream = eventStream(() => gone++);
    const long = "x".repeat(64 * 1024);
    let sent = 0;
    while (gone === 0 && sent < 1000) {
      stream.send("partial", long);
      sent++;
    }
    assert.ok(sent > 60 && sent < 80, `${sent} events of 64 KiB`);
    stream.send("partial", long);
    assert.equal(gone, 1);
    await assert.rejects(stream.response.text(), /does not read/);
  });
  it("says once that the client went away", async () => {
    let gone = 0;
    const stream = eventStream(() => gone++);
    await stream.response.body?.cancel();
    stream.close();
    assert.equal(gone, 1);
  });
});
