/** A host whose netconf is killed and started again, and looked at each time. */
import { expect } from "bun:test";
import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import type { NetconfStatus, UpOptions } from "../../src/console/interfaces/control.ts";
import { allGone } from "../fake/lives.ts";
import { binary } from "../lab/console.ts";
import { NetconfHost } from "../lab/netconf.ts";
import type { NamespaceLab } from "../lab/netns.ts";
import { randomConfiguration } from "./netconf-configurations.ts";
import { pictureOf, unlike } from "./netconf-picture.ts";
import { allDown, furnished, Twin, upOn } from "./netconf-twin.ts";

interface Seen {
  status: NetconfStatus;
  up: string[];
  picture: string[];
}

/** Of the host between two requests. */
interface Standing {
  configuration: string;
  up: string[];
}

type Answer = Record<string, unknown>;
type Asks = (onPartial: () => void) => Promise<unknown>;

export class NetconfKills {
  /** How often the killed were found how; `cut`: how often in the middle of a plan. */
  readonly met: Record<string, number> = {};
  /** Kills. */
  done = 0;
  readonly #lab: NamespaceLab;
  readonly #next: () => number;
  readonly #host: NetconfHost;
  readonly #story: string[] = [];
  #twin: Twin | undefined;
  #standing: Standing = { configuration: "", up: [] };
  #texts: string[] = [];
  #left = 0;

  constructor(lab: NamespaceLab, next: () => number) {
    this.#lab = lab;
    this.#next = next;
    this.#host = new NetconfHost(furnished(lab, "host"), "");
  }

  /** What was done since the configurations were drawn, and they. */
  story(): string {
    return [...this.#texts.map((text, at) => `# ${at}\n${text}`), ...this.#story].join("\n");
  }

  /** Three configurations, and so many kills among them. */
  async round(kills: number): Promise<void> {
    this.#twin ??= await Twin.start(this.#lab);
    this.#host.write("");
    await this.#start();
    // What the last round left in force.
    await this.#host.ask("reload", {});
    expect((await this.#host.ask("status", {})).rolledBack).toBeNull();
    this.#texts = [];
    this.#story.length = 0;
    while (this.#texts.length < 3) {
      const text = randomConfiguration(this.#next);
      if (await this.#twin.all(text)) this.#texts.push(text);
    }
    this.#left = kills;
    while (this.#left > 0) {
      const dice = this.#next();
      if (dice < 0.6) await this.#apply();
      else if (dice < 0.85) await this.#upDown();
      else await this.#oneShot();
    }
    await this.#host.ask("down", allDown);
    const { picture, up } = await this.#look();
    expect(up).toEqual([]);
    this.#compare("after all went down", picture, this.#twin.bare);
    this.#standing = { configuration: "", up: [] };
    await this.#stopAll("SIGTERM");
  }

  async end(): Promise<void> {
    await this.#host.stop("SIGKILL");
    await this.#twin?.end();
  }

  async #apply(): Promise<void> {
    const before = this.#standing;
    const configuration = this.#pick(this.#texts);
    const timeout = this.#pick([600, 600, 1, 0]);
    this.#host.write(configuration);
    this.#tell(`apply ${this.#texts.indexOf(configuration)} --timeout ${timeout}`);
    const answer = (await this.#killed((told) => this.#host.ask("apply", { timeout }, told))) as Answer | undefined;
    const seen = await this.#again();
    const fresh: Standing = { configuration, up: seen.up };
    const { pending, rolledBack } = seen.status;
    if (pending) {
      this.#count("apply waits");
      // One that is about to be taken back may be so by the time of the next question.
      await this.#is("applied", seen, fresh, timeout > 1);
      await this.#decide(before, fresh, timeout);
      return;
    }
    if (answer && answer.deadline !== null && rolledBack?.id !== answer.id)
      throw new Error("an apply that was answered waits for nothing");
    const stays = answer !== undefined && answer.deadline === null;
    if (stays || (timeout === 0 && (await this.#looks(seen, fresh)))) {
      this.#count("apply done");
      await this.#is("applied for good", seen, fresh);
      this.#standing = fresh;
    } else {
      this.#count(`apply ${rolledBack ? (rolledBack.id === 0 ? "cut off" : "rolled back") : "not begun"}`);
      // Nobody has looked at the file yet but the one that has just started.
      if (!rolledBack) this.#host.write(before.configuration);
      if (!rolledBack) await this.#host.ask("reload", {});
      await this.#former(before, seen);
    }
  }

  /** An apply waits: it is confirmed, taken back by somebody or by time, with or without a kill in between. */
  async #decide(before: Standing, fresh: Standing, timeout: number): Promise<void> {
    const verb = this.#pick(["confirm", "rollback"] as const);
    if (timeout === 1) {
      this.#tell("waits");
      while ((await this.#host.ask("status", {})).pending) await Bun.sleep(50);
      return await this.#takenBack(before, fresh, await this.#look());
    }
    const ask: Asks = (told) => this.#host.ask(verb, {}, told);
    if (this.#left <= 0 || this.#next() < 0.5) {
      this.#tell(verb);
      await ask(() => undefined);
      const seen = await this.#look();
      expect(seen.status.pending).toBeNull();
      return await (verb === "confirm" ? this.#confirmed(fresh, seen) : this.#takenBack(before, fresh, seen));
    }
    this.#tell(`${verb}, killed`);
    const answer = await this.#killed(ask);
    const seen = await this.#again();
    this.#count(`${verb} ${seen.status.pending ? "not begun" : "done"}`);
    if (answer) expect(seen.status.pending).toBeNull();
    if (!seen.status.pending) {
      return await (verb === "confirm" ? this.#confirmed(fresh, seen) : this.#takenBack(before, fresh, seen));
    }
    await this.#is("still applied", seen, fresh);
    await this.#decide(before, fresh, timeout);
  }

  async #confirmed(fresh: Standing, seen: Seen): Promise<void> {
    expect(seen.status.rolledBack).toBeNull();
    await this.#is("confirmed", seen, fresh);
    this.#standing = fresh;
  }

  /** The file stays as it is: whoever comes next goes by what was before, until something else is applied. */
  async #takenBack(before: Standing, fresh: Standing, seen: Seen): Promise<void> {
    if (fresh.configuration !== before.configuration) expect(seen.status.rolledBack).not.toBeNull();
    await this.#former(before, seen);
  }

  async #former(before: Standing, seen: Seen): Promise<void> {
    await this.#is("as before", seen, before);
    expect(seen.up).toEqual(before.up);
  }

  async #upDown(): Promise<void> {
    const { configuration } = this.#standing;
    const verb = this.#pick(["up", "down"] as const);
    const options = this.#which(verb);
    this.#tell(`${verb} ${JSON.stringify(options)}`);
    await this.#killed((told) => this.#host.ask(verb, options, told));
    const seen = await this.#again();
    this.#count(`${verb} ${seen.up.join() === this.#standing.up.join() ? "not begun" : "went on"}`);
    this.#standing = { configuration, up: seen.up };
    await this.#is(verb, seen, this.#standing);
  }

  /** Without a daemon. */
  async #oneShot(): Promise<void> {
    const { configuration } = this.#standing;
    await this.#stopAll(this.#pick(["SIGTERM", "SIGKILL"] as const));
    for (let times = 1 + Math.floor(this.#next() * 2); times > 0; times--) {
      const verb = this.#pick(["up", "down"] as const);
      const { names = [], all } = this.#which(verb);
      // One alone would be forced down from under what needs it: no twin comes up like that.
      const whole = all || (verb === "down" && new Set(names).size < 2);
      const words = whole ? ["-a", "-X", "lo"] : [...names, ...(verb === "down" ? ["--force"] : [])];
      const kills = times === 1 || this.#next() < 0.7;
      this.#tell(`${kills ? "killed" : "whole"}: reeve netconf ${verb} ${words.join(" ")}`);
      const child = Bun.spawn(this.#host.namespace.inside(binary, "netconf", verb, ...words), {
        ...{ stdio: ["ignore", "ignore", "ignore"], env: this.#host.env },
      });
      if (kills) {
        await Promise.race([child.exited, Bun.sleep(100 + this.#next() * 250)]);
        child.kill("SIGKILL");
        this.#count(`one-shot ${verb}`);
      }
      await child.exited;
      await this.#nobody();
    }
    const seen = await this.#again();
    this.#standing = { configuration, up: seen.up };
    await this.#is("one-shot", seen, this.#standing);
  }

  #which(verb: "up" | "down"): UpOptions {
    const known = [...this.#standing.configuration.matchAll(/^iface (\S+)/gm)].map(([, name = ""]) => name);
    if (known.length === 0 || this.#next() < 0.4) return { all: true, exclude: ["lo"] };
    return { names: [this.#pick(known), this.#pick(known)], ...(verb === "down" ? { along: true } : {}) };
  }

  /** Asks, and kills the daemon after some time, some lines, or as soon as it has begun to act. @returns the answer, if any */
  async #killed(ask: Asks): Promise<unknown> {
    const moment = Promise.withResolvers<void>();
    const how = this.#pick(["time", "lines", "journal", "journal"] as const);
    const later = (most: number) => void setTimeout(moment.resolve, this.#next() * most);
    let lines = how === "lines" ? Math.floor(this.#next() * 40) : Number.POSITIVE_INFINITY;
    const watcher = how === "journal" ? watch(this.#journals, () => later(6)) : undefined;
    const asked = ask(() => void (--lines < 0 && moment.resolve()));
    const answered = asked.then(
      (answer) => answer ?? {},
      () => undefined,
    );
    if (how === "time") later(60);
    const answer = await Promise.race([moment.promise, answered]);
    await this.#stopAll("SIGKILL");
    watcher?.close();
    if (this.#isCut()) this.met.cut = (this.met.cut ?? 0) + 1;
    return answer ?? (await answered);
  }

  get #journals(): string {
    return join(this.#host.run, "netconf");
  }

  /** Whether a plan was begun and not ended. */
  #isCut(): boolean {
    const text = readFileSync(join(this.#journals, "journal"), "utf8");
    const open = new Set([...text.matchAll(/^\{"begin":(\d+)/gm)].map(([, id]) => id));
    for (const [, id] of text.matchAll(/^\{"end":(\d+)/gm)) open.delete(id);
    return open.size > 0;
  }

  /** Another one is started, and perhaps killed while it recovers, until one lives. */
  async #again(): Promise<Seen> {
    while (this.#next() < 0.25) {
      const starting = this.#host.start().catch(() => undefined);
      await Bun.sleep(this.#next() * 250);
      await this.#stopAll("SIGKILL");
      await starting;
      this.#tell("killed at its start");
      this.#count("start");
    }
    await this.#start();
    return await this.#look();
  }

  async #start(): Promise<void> {
    if (this.#host.pid === 0) await this.#host.start();
  }

  async #stopAll(signal: NodeJS.Signals): Promise<void> {
    await this.#host.stop(signal);
    await this.#nobody();
  }

  /** Whoever is killed leaves no process. */
  async #nobody(): Promise<void> {
    const { name } = this.#host.namespace;
    const pids = Bun.spawnSync(["ip", "netns", "pids", name]).stdout.toString().split("\n").filter(Boolean).map(Number);
    expect(await allGone(pids, 5000)).toEqual([]);
  }

  /** When nothing is under way any more. */
  async #look(): Promise<Seen> {
    const host = this.#host;
    for (;;) {
      const { events } = await host.ask("events", { limit: 200 });
      const status = await host.ask("status", {});
      if (events.some(({ ended }) => ended === null)) {
        await Bun.sleep(20);
        continue;
      }
      expect(status.warnings).toEqual([]);
      const up = await upOn(host);
      const picture = pictureOf(host.namespace);
      // An apply whose time is over may be taken back meanwhile.
      const { pending } = await host.ask("status", {});
      const since = (await host.ask("events", { limit: 200 })).events;
      const still = since.length === events.length && since.every(({ id }, at) => id === events[at]?.id);
      if (still && (pending === null) === (status.pending === null)) return { status, up, picture };
    }
  }

  async #looks(seen: Seen, standing: Standing): Promise<boolean> {
    const before = await this.#twin!.picture(this.#standing.configuration, this.#standing.up);
    if (unlike(seen.picture, before).length === 0) return false;
    return unlike(seen.picture, await this.#twin!.picture(standing.configuration, standing.up)).length === 0;
  }

  /** It looks as its twin does, and finds nothing to mend. */
  async #is(what: string, seen: Seen, { configuration, up }: Standing, checks = true): Promise<void> {
    this.#compare(what, seen.picture, await this.#twin!.picture(configuration, up));
    if (!checks) return;
    const { interfaces } = await this.#host.ask("check", up.length > 0 ? { names: up } : {});
    const differences = interfaces.flatMap(({ name, configured, differences: all }) =>
      configured
        ? all.filter(({ kind }) => kind !== "foreign").map(({ kind, what: of }) => `${name}: ${kind} ${of}`)
        : [],
    );
    expect(differences).toEqual([]);
  }

  #compare(what: string, is: readonly string[], wanted: readonly string[]): void {
    const differences = unlike(is, wanted);
    if (differences.length > 0) throw new Error(`${what}:\n${differences.join("\n")}`);
  }

  #pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.#next() * all.length)]!;
  }

  #tell(text: string): void {
    this.#story.push(text);
  }

  #count(what: string): void {
    this.met[what] = (this.met[what] ?? 0) + 1;
    this.#left--;
    this.done++;
    this.#tell(`  ${what}`);
  }
}
