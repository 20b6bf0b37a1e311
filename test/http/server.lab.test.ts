import { expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { eventStream } from "../../src/http/events.ts";
import { type Connection, serveHttp } from "../../src/http/server.ts";

/** What a client got, once the server has closed the connection. */
function exchange(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket: Socket = connect(port, "127.0.0.1", () => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

test("a long command may take longer than a connection may be silent, and leaves none that stays for ever", async () => {
  const answer = async (request: Request, connection: Connection) => {
    connection.mayTakeLong();
    if (request.url.endsWith("/stream")) {
      const events = eventStream(() => undefined);
      void Bun.sleep(6000).then(() => {
        events.send("result", 1);
        events.close();
      });
      return events.response;
    }
    if (request.url.endsWith("/long")) await Bun.sleep(6000);
    return new Response("done");
  };
  const server = serveHttp({ address: { hostname: "127.0.0.1", port: 0 }, maxBody: 1000, idleTimeout: 4 }, answer);
  const [quick, long, stream] = await Promise.all(
    ["/quick", "/long", "/stream"].map((path) => exchange(server.port, path)),
  );
  expect(quick).toEndWith("done");
  expect(long).toEndWith("done");
  expect(stream).toContain("event: result\ndata: 1\n\n");
  await server.stop(0);
}, 30_000);
