/**
 * The smallest HTTP/1.1 client that keeps connections alive and checks what comes: for measuring servers, it must cost
 * little itself. Understands answers with Content-Length, one at a time on each connection.
 */

export type Where = { unix: string } | { hostname: string; port: number };

/** Sends the same bytes again and again over `connections` connections. */
export class HttpClient {
  readonly #request: Uint8Array;
  readonly #idle: Connection[] = [];

  private constructor(request: string) {
    this.#request = new TextEncoder().encode(request);
  }

  static async open(where: Where, request: string, connections: number): Promise<HttpClient> {
    const client = new HttpClient(request);
    const opened = Array.from({ length: connections }, () => Connection.open(where));
    client.#idle.push(...(await Promise.all(opened)));
    return client;
  }

  /** The answer's body. @throws Error for any status but 200 */
  async ask(): Promise<string> {
    const connection = this.#idle.pop();
    if (!connection) throw new Error("more requests at a time than connections");
    const body = await connection.exchange(this.#request);
    this.#idle.push(connection);
    return body;
  }

  close(): void {
    for (const connection of this.#idle) connection.close();
  }
}

class Connection {
  #socket: Bun.Socket<unknown> | undefined;
  #text = "";
  #waiting: PromiseWithResolvers<string> | undefined;

  static async open(where: Where): Promise<Connection> {
    const connection = new Connection();
    const handlers = {
      data: (_: unknown, chunk: Buffer) => connection.#take(chunk.toString("latin1")),
      close: () => connection.#waiting?.reject(new Error("the server closed the connection")),
      error: (_: unknown, error: Error) => connection.#waiting?.reject(error),
    };
    connection.#socket = await Bun.connect({ ...where, socket: handlers } as Parameters<typeof Bun.connect>[0]);
    return connection;
  }

  exchange(request: Uint8Array): Promise<string> {
    const waiting = Promise.withResolvers<string>();
    this.#waiting = waiting;
    const taken = this.#socket?.write(request) ?? 0;
    if (taken !== request.length) waiting.reject(new Error(`only ${taken} bytes could be sent at once`));
    return waiting.promise;
  }

  close(): void {
    this.#socket?.terminate();
  }

  #take(piece: string): void {
    this.#text += piece;
    const head = this.#text.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#text)?.[1]);
    if (this.#text.length < head + 4 + length) return;
    const body = this.#text.slice(head + 4);
    const status = this.#text.slice(9, 12);
    this.#text = "";
    if (status === "200") this.#waiting?.resolve(body);
    else this.#waiting?.reject(new Error(`status ${status}: ${body}`));
  }
}
