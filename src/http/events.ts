/** Server-sent events (HTML Living Standard §9.2) as a response. */

export interface EventStream {
  send(event: string, data: unknown): void;
  close(): void;
  response: Response;
}

/** Bytes: a client that reads nothing must not fill our memory; a command may well say thousands of lines at once. */
const mostQueued = 4 * 1024 * 1024;

/**
 * @param gone called once when the client went away before `close`
 * @param heartbeat milliseconds between events `beat`: a quiet stream is not cut by proxies, and a browser knows by them
 *   that it is still connected (it would see no comments)
 */
export function eventStream(gone: () => void, heartbeat = 5000): EventStream {
  const encoder = new TextEncoder();
  let open = true;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const end = () => {
    open = false;
    clearInterval(timer);
  };
  const write = (text: string) => {
    if (!open) return;
    if ((controller?.desiredSize ?? 0) < 0) {
      end();
      controller?.error(new Error("the client does not read"));
      gone();
      return;
    }
    controller?.enqueue(encoder.encode(text));
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      cancel() {
        if (!open) return;
        end();
        gone();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: mostQueued }),
  );
  const timer = setInterval(() => write("event: beat\ndata: null\n\n"), heartbeat);
  write(": reeve\n\n");
  return {
    send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data ?? null)}\n\n`),
    close() {
      if (!open) return;
      end();
      controller?.close();
    },
    response: new Response(body, {
      headers: {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        Connection: "close",
      },
    }),
  };
}
