/** `reeve agent`: asks each server when it is due, collects once for all that want an inventory, sends, sleeps. */
import type { Settings } from "../config/keys.ts";
import type { InventoryDocument } from "../inventory/document.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import type { Host } from "../process/service.ts";
import { pause } from "../process/wait.ts";
import { makeFolder } from "../system/file.ts";
import { type Identity, identify } from "./identity.ts";
import { askProlog, type ServerSettings, sendInventory, serverSettings } from "./server.ts";
import { Target } from "./target.ts";
import { collectInventory } from "./task.ts";

export interface AgentStart {
  settings: Settings;
  /** One round over all servers, due or not, then the end; a server that was not served fails it. */
  once?: boolean;
  /** What the servers want, where no file names it: the daemon's own agent is told so. */
  secret?: string;
}

/** Longest sleep, milliseconds: a clock that was set must not make the agent late by more. */
const longestSleep = 15 * 60_000;
/** Hours between two inventories until a server says otherwise. */
const firstInterval = 24;

export async function agent({ settings, once, secret }: AgentStart, host: Host): Promise<void> {
  const servers = [...new Set(settings["agent.servers"])];
  if (servers.length === 0) {
    throw new Problem("config", "agent.servers: no server is configured; give --server URL, or --local FILE");
  }
  makeFolder(settings.state, 0o700);
  const round = new Round(settings, identify(settings.state), serverSettings(settings, secret), host.signal);
  const targets = servers.map((url) => new Target(url, settings.state, firstInterval));
  host.ready(undefined, `reports to ${servers.join(", ")}`);
  if (once) {
    await round.serve(targets, true);
    return;
  }
  while (!host.signal.aborted) {
    const now = Date.now();
    await round.serve(
      targets.filter((target) => target.next <= now),
      false,
    );
    const next = Math.min(...targets.map((target) => target.next));
    await pause(Math.min(Math.max(next - Date.now(), 1000), longestSleep), host.signal);
  }
}

class Round {
  readonly #settings: Settings;
  readonly #identity: Identity;
  readonly #server: ServerSettings;
  readonly #signal: AbortSignal;
  readonly #log = logger("agent");

  constructor(settings: Settings, identity: Identity, server: ServerSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#identity = identity;
    this.#server = server;
    this.#signal = signal;
  }

  /** @param strict true: throws the first problem once every server has been tried */
  async serve(targets: Target[], strict: boolean): Promise<void> {
    let collected: Promise<InventoryDocument> | undefined;
    const collectOnce = () => {
      const task = { identity: this.#identity, tag: this.#settings["agent.tag"] };
      collected ??= collectInventory(task, this.#settings["agent.deadline"], this.#signal);
      return collected;
    };
    const problems = await Promise.all(targets.map((target) => this.#serveOne(target, collectOnce)));
    const [first] = problems.filter((problem) => problem !== undefined);
    if (strict && first) throw first;
  }

  async #serveOne(target: Target, collect: () => Promise<InventoryDocument>): Promise<Problem | undefined> {
    const { url } = target;
    try {
      const prolog = await askProlog(url, this.#identity.deviceId, this.#server, this.#signal);
      if (prolog.response === "SEND" || target.unsent()) await this.#send(target, collect);
      target.wait(prolog.prologFreq);
      return undefined;
    } catch (error) {
      if (this.#signal.aborted) return new Problem("cancelled", "the agent was stopped", { cause: error });
      const problem = Problem.from(error);
      const seconds = target.waitAfterFailure();
      this.#log.error("a server could not be served", { server: url, error: problem, againInSeconds: seconds });
      return problem;
    }
  }

  async #send(target: Target, collect: () => Promise<InventoryDocument>): Promise<void> {
    const document = await collect().catch((error) => {
      // What an earlier run collected is better than nothing.
      const kept = target.unsent();
      if (!kept) throw error;
      this.#log.warning("an older inventory is sent, collecting failed", { error });
      return kept;
    });
    try {
      target.keep(document);
    } catch (error) {
      this.#log.error("the inventory could not be kept; it is sent all the same", { server: target.url, error });
    }
    const checksum = target.checksum(document);
    const { accountInfo } = target;
    target.uncertain();
    const reply = await sendInventory(target.url, document, { checksum, accountInfo }, this.#server, this.#signal);
    target.acknowledged(document, reply.accountInfo);
    this.#log.info("inventory sent", { server: target.url });
  }
}
