/** Listens for UMCP on a Unix socket or a loopback port. One of the two files of umcp/ that know Bun's sockets. */
import { Buffer } from "node:buffer";
import { chmodSync, chownSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { peerCredentials } from "../system/peercred.ts";
import { Connection, type Shared } from "./connection.ts";
import type { Handler, Peer } from "./exchange.ts";
import { type ServerLimits, serverLimits } from "./limits.ts";
import type { Wire } from "./outgoing.ts";

export type { Answer, Exchange, Handler, Peer, RawAnswer } from "./exchange.ts";

export interface ServeOptions {
  /** Path of a Unix socket. What is left of a dead server is replaced; of a living one, it is `already-running`. */
  unix?: string;
  /** Permissions of the Unix socket; nobody can connect before they hold. Default 0600. */
  mode?: number;
  /** Numeric group of the Unix socket. */
  group?: number;
  /** Port of 127.0.0.1; 0: any free one. */
  port?: number;
  /** What the first frame, AUTH, must bring as `token`. A port without it would be open to every user of the machine. */
  token?: string;
  limits?: Partial<ServerLimits>;
  /** Answers every request but VERSION, STATUS and CANCEL. Its Problems go to the asker, anything else becomes 591. */
  handler: Handler;
  /** A connection was made (a token is not checked yet). A Problem thrown here refuses it. */
  onPeer?: (peer: Peer) => void;
  /** The connection of a peer that was not refused is over. */
  onGone?: (peer: Peer) => void;
  /** Whether STATUS and CANCEL of this peer reach the requests of all connections; default: only of its own. */
  oversees?: (peer: Peer) => boolean;
}

export interface Server {
  readonly path: string | undefined;
  readonly port: number | undefined;
  /** Handlers that have not ended. */
  readonly active: number;
  readonly connections: number;
  /**
   * Takes no more connections, aborts what runs with `unavailable`, waits for the answers, closes, and removes the
   * socket file. What has not ended after `grace` milliseconds (default 1000) is answered 503 and left alone.
   */
  stop(grace?: number): Promise<void>;
}

const log = logger("umcp");

/**
 * Starts a server.
 * @throws Problem `already-running` when a server answers at that path or port, `config` for an impossible path or a
 * port without token, `permission`, `io`.
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const { unix, port, token } = options;
  if ((unix === undefined) === (port === undefined)) throw new Problem("internal", "serve() wants a path or a port");
  if (port !== undefined && !token) throw new Problem("config", "a UMCP port wants a token");
  if (token === "") throw new Problem("config", "an empty token protects nothing");
  const listening = new Listening(options);
  if (unix !== undefined) await listening.onPath(unix, options.mode ?? 0o600, options.group);
  else listening.onPort(port ?? 0);
  return listening;
}

/** What hangs on a socket. `connection` is absent while it is refused. */
interface Slot {
  connection?: Connection;
}

class Listening implements Server {
  path: string | undefined;
  active = 0;

  private readonly options: ServeOptions;
  private readonly limits: ServerLimits;
  private readonly open = new Set<Connection>();
  private readonly users = new Map<number, number>();
  private readonly shared: Shared;
  private listener: Bun.TCPSocketListener<Slot> | Bun.UnixSocketListener<Slot> | undefined;
  private file: { dev: number; ino: number } | undefined;
  private held = 0;
  private stopping: Promise<void> | undefined;
  /** Called whenever a handler or a connection has ended. */
  private changed = () => {};

  constructor(options: ServeOptions) {
    this.options = options;
    this.limits = { ...serverLimits, ...options.limits };
    this.shared = {
      handler: options.handler,
      limits: this.limits,
      token: options.token,
      connections: this.open,
      oversees: (peer) => options.oversees?.(peer) ?? false,
      ending: undefined,
      hold: (change) => {
        this.held += change;
        return this.held <= this.limits.held;
      },
      count: (change) => {
        this.active += change;
        if (change < 0) this.changed();
      },
    };
  }

  get port(): number | undefined {
    return this.path === undefined ? (this.listener as Bun.TCPSocketListener<Slot> | undefined)?.port : undefined;
  }

  get connections(): number {
    return this.open.size;
  }

  onPort(port: number): void {
    try {
      this.listener = Bun.listen<Slot>({ hostname: "127.0.0.1", port, exclusive: true, socket: this.handlers("tcp") });
    } catch (error) {
      throw listenProblem(error, `port ${port}`);
    }
  }

  async onPath(path: string, mode: number, group: number | undefined): Promise<void> {
    // Bound under another name and renamed: at `path` there is always a socket that works and has its permissions.
    const draft = join(dirname(path), `.${crypto.randomUUID().slice(0, 5)}`);
    // sockaddr_un has 108 bytes, the last of them NUL.
    const bytes = Math.max(Buffer.byteLength(path), Buffer.byteLength(draft));
    if (bytes > 107) throw new Problem("config", `a socket path may have 107 bytes: ${path}`);
    await refuseLiving(path);
    const before = process.umask(0o177);
    try {
      this.listener = Bun.listen<Slot>({ unix: draft, socket: this.handlers("unix") });
    } catch (error) {
      throw listenProblem(error, path);
    } finally {
      process.umask(before);
    }
    try {
      if (group !== undefined) chownSync(draft, -1, group);
      chmodSync(draft, mode);
      const { dev, ino } = lstatSync(draft);
      renameSync(draft, path);
      this.file = { dev, ino };
      this.path = path;
    } catch (error) {
      this.listener.stop(true);
      unlinkSync(draft);
      throw listenProblem(error, path);
    }
  }

  stop(grace = 1000): Promise<void> {
    this.stopping ??= this.end(grace);
    return this.stopping;
  }

  private async end(grace: number): Promise<void> {
    this.listener?.stop();
    this.unlink();
    const problem = new Problem("unavailable", "the service is ending");
    this.shared.ending = problem;
    for (const connection of this.open) connection.abort(problem);
    const deadline = performance.now() + grace;
    await this.until(() => this.active === 0, deadline);
    for (const connection of this.open) connection.end(problem);
    await this.until(() => this.open.size === 0, Math.max(deadline, performance.now() + this.limits.linger));
    this.listener?.stop(true);
  }

  /** Waits for a condition that handlers and connections bring about. */
  private async until(met: () => boolean, deadline: number): Promise<void> {
    if (met()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
    this.changed = () => {
      if (met()) resolve();
    };
    await promise;
    clearTimeout(timer);
  }

  /** Removes the socket file if it is still ours: a successor may have put its own there. */
  private unlink(): void {
    if (this.path === undefined) return;
    const now = lstatSync(this.path, { throwIfNoEntry: false });
    if (now && now.dev === this.file?.dev && now.ino === this.file.ino) unlinkSync(this.path);
  }

  private handlers(remote: Peer["remote"]): Bun.SocketHandler<Slot> {
    return {
      open: (socket) => this.accept(socket, remote),
      data: (socket, chunk) => socket.data.connection?.data(chunk),
      drain: (socket) => socket.data?.connection?.drain(),
      close: (socket) => this.closed(socket),
      error(socket, error) {
        log.error("a defect in a UMCP connection", { error });
        socket.terminate();
      },
    };
  }

  private accept(socket: Bun.Socket<Slot>, remote: Peer["remote"]): void {
    socket.data = {};
    let credentials: Peer["credentials"];
    if (remote === "unix") {
      try {
        credentials = peerCredentials((socket as unknown as { fd: number }).fd);
      } catch (error) {
        log.error("connection refused: its user is unknown", { error });
        socket.terminate();
        return;
      }
    }
    const connection = new Connection(wireOf(socket), { remote, ...(credentials && { credentials }) }, this.shared);
    socket.data.connection = connection;
    const uid = credentials?.uid;
    try {
      this.admit(uid);
      this.options.onPeer?.(connection.peer);
    } catch (error) {
      if (!(error instanceof Problem)) log.error("a defect in admitting a peer", { error });
      connection.refuse(Problem.from(error));
      return;
    }
    this.open.add(connection);
    if (uid !== undefined) this.users.set(uid, (this.users.get(uid) ?? 0) + 1);
  }

  private admit(uid: number | undefined): void {
    const full = new Problem("unavailable", "too many connections", { retryAfter: 1 });
    if (this.shared.ending || this.open.size >= this.limits.connections) throw full;
    const ordinary = uid !== undefined && uid !== 0 && uid !== process.geteuid?.();
    if (ordinary && (this.users.get(uid) ?? 0) >= this.limits.connectionsPerUser) throw full;
  }

  private closed(socket: Bun.Socket<Slot>): void {
    const { connection } = socket.data;
    if (!connection) return;
    connection.closed();
    if (!this.open.delete(connection)) return;
    const uid = connection.peer.credentials?.uid;
    if (uid !== undefined) {
      const left = (this.users.get(uid) ?? 1) - 1;
      if (left > 0) this.users.set(uid, left);
      else this.users.delete(uid);
    }
    this.changed();
    this.options.onGone?.(connection.peer);
  }
}

function wireOf(socket: Bun.Socket<Slot>): Wire {
  return {
    write: (bytes) => socket.write(bytes),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    shutdown: () => socket.shutdown(),
    terminate: () => socket.terminate(),
  };
}

/** A file at `path` must be a socket at which nobody listens any more. */
async function refuseLiving(path: string): Promise<void> {
  let socket: Bun.Socket<undefined>;
  try {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (!there) return;
    if (!there.isSocket()) throw new Problem("config", `${path} exists and is no socket`);
    socket = await Bun.connect({ unix: path, socket: { data() {} } });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED" || code === "ENOENT") return;
    throw error instanceof Problem ? error : listenProblem(error, path);
  }
  socket.terminate();
  throw new Problem("already-running", `another process serves ${path}`);
}

function listenProblem(error: unknown, where: string): Problem {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return new Problem("already-running", `another process serves ${where}`, { cause: error });
  if (code === "EACCES" || code === "EPERM") {
    return new Problem("permission", `no permission to listen at ${where}`, { cause: error });
  }
  return new Problem("io", `cannot listen at ${where}: ${code}`, { cause: error });
}
