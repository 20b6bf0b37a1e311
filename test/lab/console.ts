/** Starts the built binary's daemon in a temporary folder, and speaks to it as a browser and an API client would. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";

const top = join(import.meta.dirname, "..", "..");
export const binary = process.env.REEVE_TEST_BINARY ?? join(top, "dist", "reeve");

export const adminPassword = "correct horse battery";

/** Runs `reeve ARGS…` to its end. */
export async function reeve(
  args: string[],
  options: { env?: Record<string, string>; stdin?: string; cwd?: string; within?: string[] } = {},
) {
  // Words before it: in a namespace, traced …
  const child = Bun.spawn([...(options.within ?? []), binary, ...args], {
    stdin: options.stdin === undefined ? "ignore" : new TextEncoder().encode(options.stdin),
    stdout: "pipe",
    stderr: "pipe",
    cwd: options.cwd ?? "/",
    env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", REEVE_HOME: "/nonexistent", ...options.env },
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { status: await child.exited, stdout, stderr };
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
  json: any;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** A session: cookie and forgery token of one login. */
export class Visitor {
  readonly url: string;
  readonly cookie: string;

  constructor(url: string, cookie: string) {
    this.url = url;
    this.cookie = cookie;
  }

  headers(more: Record<string, string> = {}): Record<string, string> {
    const own = { Cookie: `UMCSessionId=${this.cookie}`, "X-XSRF-Protection": this.cookie };
    return { ...own, "Content-Type": "application/json", ...more };
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = this.headers(init.headers as Record<string, string>);
    return fetch(this.url + path, { redirect: "manual", ...init, headers });
  }

  async get(path: string, headers?: Record<string, string>): Promise<Answer> {
    return answerOf(await this.fetch(path, headers ? { headers } : {}));
  }

  async post(path: string, body: unknown, init: RequestInit = {}): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return answerOf(await this.fetch(path, { method: "POST", body: text, ...init }));
  }

  /** `call("inventory/query", {…})` */
  call(command: string, options: unknown = {}, init?: RequestInit): Promise<Answer> {
    return this.post(`/command/${command}`, { options }, init);
  }
}

export interface ConsoleOptions {
  /** Another file of the built binary. */
  program?: string;
  settings?: Record<string, unknown>;
  args?: string[];
  /** A state folder that exists; it then stays. */
  state?: string;
  env?: Record<string, string>;
}

export class Console {
  readonly state: string;
  readonly url: string;
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Everything it has logged. */
  log = "";
  readonly #kept: boolean;

  private constructor(state: string, kept: boolean, url: string, process: Bun.Subprocess<"ignore", "pipe", "pipe">) {
    this.state = state;
    this.#kept = kept;
    this.url = url;
    this.process = process;
  }

  static async start(options: ConsoleOptions = {}): Promise<Console> {
    const state = options.state ?? temporaryFolder();
    const home = join(state, "etc");
    mkdirSync(join(home, "modules"), { recursive: true });
    const lab = join(home, "modules", "lab.ts");
    copyFileSync(join(top, "test", "fake", "modules", "lab.ts"), lab);
    chmodSync(lab, 0o644);
    writeFileSync(join(home, "password"), `${adminPassword}\n`, { mode: 0o600 });
    const settings = { listen: "127.0.0.1:0", "modules.folder": join(home, "modules"), ...options.settings };
    const env = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        variable(name),
        Array.isArray(value) ? value.join(",") : String(value),
      ]),
    );
    const args = ["daemon", "--state", state, "--admin-password-file", join(home, "password"), ...(options.args ?? [])];
    const process_ = Bun.spawn([options.program ?? binary, ...args], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      cwd: "/",
      env: { PATH: process.env.PATH ?? "", HOME: state, REEVE_HOME: home, ...env, ...options.env },
    });
    let log = "";
    let it: Console | undefined;
    const collected = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of process_.stderr) {
        const text = decoder.decode(chunk, { stream: true });
        log += text;
        if (it) it.log = log;
      }
    })();
    const decoder = new TextDecoder();
    let output = "";
    for await (const chunk of process_.stdout) {
      output += decoder.decode(chunk, { stream: true });
      const url = /^Reeve console: (\S+)$/m.exec(output)?.[1];
      if (!url) continue;
      it = new Console(state, options.state !== undefined, url, process_);
      it.log = log;
      return it;
    }
    await collected;
    throw new Error(`the daemon ended with status ${await process_.exited}:\n${log}`);
  }

  get socket(): string {
    return join(this.state, "run", "daemon.sock");
  }

  async login(username = "admin", password = adminPassword): Promise<Visitor> {
    const answer = await this.anonymous().post("/auth", { options: { username, password } });
    if (answer.status !== 200) throw new Error(`login: ${answer.text}`);
    return new Visitor(this.url, cookieOf(answer));
  }

  anonymous(): Visitor {
    return new Visitor(this.url, "");
  }

  /** Runs a subcommand of `reeve daemon` on this daemon's state. */
  command(...args: string[]) {
    return reeve([...args, "--state", this.state], { env: { REEVE_HOME: join(this.state, "etc") } });
  }

  /** Pids of its descendants. */
  async descendants(): Promise<number[]> {
    const { stdout } = Bun.spawnSync(["ps", "-eo", "pid=,ppid="]);
    const pairs = stdout
      .toString()
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number));
    const found: number[] = [];
    const add = (parent: number) => {
      for (const [pid = 0, ppid] of pairs) {
        if (ppid === parent && !found.includes(pid)) {
          found.push(pid);
          add(pid);
        }
      }
    };
    add(this.process.pid);
    return found;
  }

  /** Resident memory, MiB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  async stop(): Promise<number> {
    this.process.kill("SIGTERM");
    const status = await this.process.exited;
    if (!this.#kept && existsSync(this.state)) rmSync(this.state, { recursive: true });
    return status;
  }
}

export function cookieOf(answer: Answer): string {
  return /UMCSessionId=([^;]*)/.exec(answer.headers.get("set-cookie") ?? "")?.[1] ?? "";
}

function variable(name: string): string {
  return `REEVE_${name
    .replaceAll(".", "_")
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`;
}
