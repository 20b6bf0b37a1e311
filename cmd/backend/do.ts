import { Command, Option } from "clipanion";
import type { Report, Tools } from "../../src/backend/action.ts";
import type { Ended } from "../../src/backend/foreground.ts";
import type { BackendOptions } from "../../src/backend/options.ts";
import type { Source } from "../../src/snmp/source.ts";
import type { Store } from "../../src/store/store.ts";
import { ReeveCommand } from "../command.ts";
import { printable } from "../printable.ts";

const clearLine = "\r\u001b[K";

export class DoCommand extends ReeveCommand {
  static override paths = [["backend", "do"]];
  static override usage = Command.Usage({
    category: "Network",
    description: "do an action now, in the foreground: discover, macsuck, arpnip, …",
    details: `
      Several actions are given as \`discover,macsuck,arpnip\`, one stage of one as \`discover::neighbors\`;
      \`reeve backend actions\` lists them all. \`-d\` takes an address, HOST:PORT, a name, a prefix, or \`@FILE\` with
      one of these a line, and may be repeated; more than 512 devices want \`--force\`, which also passes over access
      lists and minimum ages.

      \`--walk\` reads a recording (.snmprec, .gz, or the output of snmpwalk) in place of the device; of a device that was
      read live it stores nothing unless forced. \`--dry-run\` stores nothing and writes to no device; with \`--json\` it
      prints the rows that would have been stored.

      The exit code is 0 only if everything was done.
    `,
    examples: [
      ["Everything about one switch", "$0 backend do discover,macsuck,arpnip -d 192.0.2.1"],
      ["A recording, without a database", "$0 backend do discover -d 192.0.2.1 --walk switch.snmprec --dry-run --json"],
      ["Leave it to the running backends", "$0 backend do discover -d 192.0.2.0/24 --enqueue"],
      ["Neighbours alone, and every PDU", "$0 backend do discover::neighbors -d 192.0.2.1 --trace"],
    ],
  });

  actions = Option.Rest({ name: "action", required: 1 });
  devices = Option.Array("-d,--device", [], { description: "address, HOST:PORT, name, prefix or @FILE; repeatable" });
  port = Option.String("-p,--port", "", { description: "a port of the device" });
  extra = Option.String("-e,--extra", "", { description: "the action's own parameter" });
  enqueue = Option.Boolean("--enqueue", false, { description: "queue it for the running backends, do not wait" });
  force = Option.Boolean("--force", false, { description: "though not due, forbidden by access lists, or many" });
  dryRun = Option.Boolean("--dry-run", false, { description: "store nothing, write to no device" });
  walk = Option.String("--walk", { description: "read this recording in place of the device" });
  trace = Option.Boolean("--trace", false, { description: "tell every PDU and every row on standard error" });
  reason = Option.String("--reason", { description: "why, for the log of changes to devices" });
  parallel = Option.String("--parallel", "8", { description: "devices at a time" });
  json = Option.Boolean("--json", false, { description: "print JSON" });
  state = Option.String("--state", { description: "folder of data" });
  database = Option.String("--database", { description: "postgres://USER@HOST/NAME, or path of an SQLite file" });

  async execute(): Promise<void> {
    const { caller } = await import("../caller.ts");
    const { Problem } = await import("../../src/problem.ts");
    const { backendOptions } = await import("../../src/backend/options.ts");
    const { parseActions, requestsFor } = await import("../../src/backend/foreground.ts");
    const { expandTargets, mostTargets } = await import("../../src/backend/targets.ts");

    const wanted = parseActions(this.actions);
    // A sweep takes networks as they are: it goes through them itself.
    const sweeps = wanted.every(({ action }) => action === "pingsweep");
    if (sweeps && this.extra === "") this.extra = this.devices.join(" ");
    const devices = sweeps ? [] : await expandTargets(this.devices);
    if (devices.length > mostTargets && !this.force) {
      throw new Problem("usage", `${devices.length} devices are more than ${mostTargets}: say --force if you mean it`);
    }
    const atATime = Number(this.parallel);
    if (!Number.isInteger(atATime) || atATime < 1 || atATime > 1000) {
      throw new Problem("usage", "--parallel: expected a number from 1 to 1000");
    }
    // A recording that was not discovered yet is, in a dry run, for its other actions to have something to stand on.
    if (this.walk && this.dryRun && !wanted.some(({ action }) => action === "discover")) {
      wanted.unshift({ action: "discover", stage: "" });
    }
    if (this.walk && devices.length > 1) {
      throw new Problem("usage", `--walk is a recording of one device, and ${devices.length} are named`);
    }
    if (this.enqueue && (this.dryRun || this.walk)) {
      throw new Problem("usage", "--enqueue leaves it to the backends, which know no --dry-run and no --walk");
    }
    const { port, extra, force, reason } = this;
    const common = { port, extra, force, username: caller(), userip: "", reason };
    const groups = requestsFor(wanted, devices, common);

    const settings = await this.settings({ state: this.state, database: this.database });
    if (this.enqueue) return this.#enqueue(settings, groups.flat());
    await this.#run(await backendOptions(settings), groups, atATime);
  }

  async #enqueue(
    settings: BackendOptions["settings"],
    requests: Parameters<typeof import("../../src/store/job.ts").enqueue>[1],
  ) {
    const { openConfiguredStore } = await import("../store.ts");
    const { enqueue } = await import("../../src/store/job.ts");
    const store = await openConfiguredStore(settings);
    try {
      const added = await enqueue(store, requests);
      if (this.json) this.printJson({ queued: added, wanted: requests.length });
      else this.print(`${added} queued${added < requests.length ? `, ${requests.length - added} were already` : ""}`);
    } finally {
      await store.close();
    }
  }

  async #run(
    options: BackendOptions,
    groups: Parameters<typeof import("../../src/backend/foreground.ts").runRequests>[0],
    atATime: number,
  ): Promise<void> {
    const { stopSignal } = await import("../../src/process/lifeline.ts");
    const { runRequests } = await import("../../src/backend/foreground.ts");
    const { openTools } = await import("../../src/backend/tools.ts");
    const { Problem } = await import("../../src/problem.ts");
    const signal = stopSignal();
    const store = await this.#store(
      options.settings,
      groups.flatMap((group) => group.map(({ device }) => device)),
    );
    const recording = this.walk ? await openWalk(this.walk) : undefined;
    const report: Report = (text, fields) => {
      if (this.trace) {
        this.context.stderr.write(
          `${printable(`${text}${fields ? ` ${JSON.stringify(fields, hexadecimal)}` : ""}`)}\n`,
        );
      } else if (this.#live) {
        const told = Object.entries(fields ?? {}).map(([name, value]) => `${name} ${String(value)}`);
        this.context.stderr.write(
          `${clearLine}${printable([text, ...told].join(" ").replaceAll("\n", " ")).slice(0, 78)}`,
        );
      }
    };
    const shown: Record<string, object[]> = {};
    const live = await openTools(options, {
      store,
      dryRun: this.dryRun,
      report,
      show: (table, row) => {
        if (!this.json) return this.print(`${table} ${JSON.stringify(row)}`);
        shown[table] ??= [];
        shown[table].push(row);
      },
      ...(this.trace ? { trace: (event) => report("pdu", event as never) } : {}),
    });
    const tools: Tools = recording
      ? { ...live, recorded: true, connect: async () => ({ source: recording, tag: "", version: 2 }) }
      : live;
    try {
      const ended = await runRequests(groups, tools, atATime, signal, (one) => this.#tell(one));
      if (this.json)
        this.printJson(this.dryRun ? { ...(await this.#rows(store)), outcomes: ended } : { ...shown, outcomes: ended });
      else if (this.dryRun) this.#tellRows(await this.#rows(store));
      const left = ended.filter(({ status }) => status !== "done");
      const skipped = groups.flat().length - ended.length;
      if (left.length + skipped > 0) {
        throw new Problem("not-done", `${left.length + skipped} of ${groups.flat().length} not done`);
      }
    } finally {
      await live.close();
      await store.close();
    }
  }

  /** Somebody looks: progress is shown in a line that goes again. */
  get #live(): boolean {
    return this.context.stderr === process.stderr && process.stderr.isTTY === true;
  }

  /** The configured store; in a dry run a scratch one in memory, with what is known of these devices. */
  async #store(settings: BackendOptions["settings"], devices: readonly string[]): Promise<Store> {
    const { openConfiguredStore } = await import("../store.ts");
    if (!this.dryRun) return openConfiguredStore(settings);
    const { existsSync } = await import("node:fs");
    const { openStore } = await import("../../src/store/database.ts");
    const scratch = await openStore({ url: ":memory:" });
    const isFile = !/^\w+:/.test(settings.database);
    if (this.walk || (isFile && !existsSync(settings.database))) return scratch;
    const { copyDevice } = await import("../../src/store/device-copy.ts");
    const { findDevice } = await import("../../src/store/device.ts");
    const real = await openConfiguredStore(settings, "check");
    try {
      for (const target of devices) {
        const known = await findDevice(real, target);
        if (known) await copyDevice(real, scratch, known.id);
      }
    } finally {
      await real.close();
    }
    return scratch;
  }

  #tell({ action, stage, device, status, message, took }: Ended): void {
    const what = `${action}${stage ? `::${stage}` : ""}${device ? ` ${device}` : ""}`;
    const line = `${what}: ${status === "done" ? "" : `${status}: `}${message} (${(took / 1000).toFixed(2)} s)`;
    if (this.#live) this.context.stderr.write(clearLine);
    (this.json ? this.context.stderr : this.context.stdout).write(`${printable(line.replaceAll("\n", " "))}\n`);
  }

  async #rows(store: Store): Promise<Record<string, unknown[]>> {
    const { dumpDevices } = await import("../../src/store/device-dump.ts");
    return dumpDevices(store);
  }

  #tellRows(rows: Record<string, unknown[]>): void {
    const counts = Object.entries(rows).map(([table, list]) => `${list.length} ${table}`);
    this.print(`Nothing was stored. Rows: ${counts.join(", ")}`);
  }
}

/** Each action closes what it was given; the recording serves the next one, too. */
async function openWalk(file: string): Promise<Source> {
  const { openRecording } = await import("../../src/snmp/recording/recording.ts");
  const source = await openRecording(file);
  return {
    name: source.name,
    read: (objects, options) => source.read(objects, options),
    walk: (root, each, options) => source.walk(root, each, options),
    set: (bindings) => (source as Source).set(bindings),
    context: (kind, name) => source.context(kind, name),
    close: () => undefined,
  };
}

/** Bytes as a person reads them. (`this` is what holds the value: a Buffer has made itself a list by then.) */
function hexadecimal(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const held = this[key];
  return held instanceof Uint8Array ? Buffer.from(held).toString("hex") : value;
}
