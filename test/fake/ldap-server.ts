/** A directory server that says what the test tells it to, right or wrong. */
import { createServer, type Socket } from "node:net";
import { Framer } from "../../src/ldap/framer.ts";
import { type Message, readMessage } from "../../src/ldap/response.ts";
import { bindResponse, rootDse } from "./ldap-messages.ts";

export interface FakeRequest extends Message {
  socket: Socket;
  /** Which request of this connection it is, from 0. */
  number: number;
}

export interface FakeLdap {
  uri: string;
  /** Tags of all requests, in order: 0x60 bind, 0x63 search, 0x50 abandon, 0x42 unbind, 0x77 extended. */
  tags: number[];
  connections: Socket[];
  /** Resolves when so many requests have come. */
  came(count: number): Promise<void>;
  close(): void;
}

/** Binds succeed, searches of the root DSE are answered; every other request is for `behave`. */
export async function fakeLdap(behave: (request: FakeRequest) => void, binds = true): Promise<FakeLdap> {
  const tags: number[] = [];
  const connections: Socket[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    let number = 0;
    socket.on("error", () => {});
    const framer = new Framer(1 << 20, (...frame) => {
      const message = readMessage(...frame);
      tags.push(message.tag);
      const base = message.tag === 0x63 ? message.body.text() : undefined;
      if (binds && message.tag === 0x60) socket.write(bindResponse(message.id));
      else if (base === "") for (const part of rootDse(message.id)) socket.write(part);
      else behave({ ...message, socket, number: number++ });
      for (const { resolve } of waiting.filter(({ count }) => tags.length >= count)) resolve();
    });
    socket.on("data", (chunk: Uint8Array) => framer.push(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    uri: `ldap://127.0.0.1:${address.port}`,
    tags,
    connections,
    came: (count) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (tags.length >= count) resolve();
      else waiting.push({ count, resolve });
      return promise;
    },
    close() {
      server.close();
      for (const socket of connections) socket.destroy();
    },
  };
}
