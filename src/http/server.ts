/** The HTTP listener: limits, time-outs and TLS in one place. The border to Bun.serve. */
import { readFileSync } from "node:fs";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import type { ListenAddress } from "./address.ts";
import { problemResponse } from "./problem.ts";

export interface HttpServer {
  /** `http://127.0.0.1:8090` */
  url: string;
  port: number;
  /** Lets running requests end, at most `grace` milliseconds long. */
  stop(grace: number): Promise<void>;
}

export interface HttpSettings {
  address: ListenAddress;
  tls?: { cert: string; key: string } | undefined;
  /** Bytes of a request body, as they cross the wire. */
  maxBody: number;
  /** Seconds a connection may stay silent; 30 unless told otherwise. */
  idleTimeout?: number;
}

/** What a handler learns about the connection. */
export interface Connection {
  /** IP address of the peer. */
  peer: string;
  secure: boolean;
  /** Lifts the time-out of a quiet connection until the answer is ready, or its stream ends: for long commands. */
  mayTakeLong(): void;
}

/** @throws Problem `config` (address in use, bad certificate), `permission` (port below 1024) */
export function serveHttp(
  settings: HttpSettings,
  handle: (request: Request, connection: Connection) => Response | Promise<Response>,
): HttpServer {
  const { address, tls, maxBody, idleTimeout = 30 } = settings;
  const secure = tls !== undefined;
  let server: Bun.Server<undefined>;
  try {
    server = Bun.serve({
      hostname: address.hostname,
      port: address.port,
      idleTimeout,
      maxRequestBodySize: maxBody,
      development: false,
      ...(tls ? { tls: { cert: readFileSync(tls.cert, "utf8"), key: readFileSync(tls.key, "utf8") } } : {}),
      async fetch(request, server) {
        let lifted = false;
        const response = await handle(request, {
          peer: server.requestIP(request)?.address ?? "",
          secure,
          mayTakeLong() {
            lifted = true;
            server.timeout(request, 0);
          },
        });
        // Or a browser that has gone without a word would keep its connection for ever. A stream closes its own.
        if (lifted && response.headers.get("connection") !== "close") server.timeout(request, idleTimeout);
        return response;
      },
      error(error) {
        logger("http").error("a request could not be answered", { error });
        return problemResponse(new Problem("internal", "internal error", { cause: error }));
      },
    });
  } catch (cause) {
    const name = (cause as { code?: string }).code ?? "";
    const where = `${address.hostname}:${address.port}`;
    if (name === "EADDRINUSE") throw new Problem("config", `listen: ${where} is in use by another process`, { cause });
    if (name === "EACCES") throw new Problem("permission", `listen: this user may not listen on ${where}`, { cause });
    throw new Problem("config", `cannot listen on ${where}: ${(cause as Error).message}`, { cause });
  }
  const port = server.port ?? address.port;
  const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
  return {
    url: `${secure ? "https" : "http"}://${host}:${port}`,
    port,
    async stop(grace) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(() => late.resolve(), grace);
      await Promise.race([server.stop(false), late.promise]);
      clearTimeout(timer);
      await server.stop(true);
    },
  };
}
