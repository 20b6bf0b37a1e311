/** A world whose every answer passes a tape: the real one that is recorded, or none when the tape plays. */
import { Problem } from "../../problem.ts";
import type { Client, ClientRecord, Supplier, SupplierName } from "../dhcp/supplier.ts";
import type { Journal } from "../journal.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { KernelChange } from "../kernel/state.ts";
import type { Claim, EngineSettings, Files, Neighbours, PendingApply, Programs, Stream, World } from "../world.ts";
import type { Tape } from "./tape.ts";

/** What is known of a world without asking it. */
export interface Fixed {
  settings: EngineSettings;
  suppliers: readonly SupplierName[];
  dns: string;
  interfacesPath: string;
  policyPath: string;
  seed: string;
  here: PendingApply["here"];
}

export function fixedOf({ settings, suppliers, dns, files, pending }: World): Fixed {
  return {
    settings,
    suppliers: suppliers.map(({ name }) => name),
    dns: dns.by,
    interfacesPath: files.interfacesPath,
    policyPath: files.policyPath,
    seed: files.seed,
    here: pending.here,
  };
}

/** @param real undefined: the tape plays */
export function tapedWorld(tape: Tape, fixed: Fixed, journal: Journal, real?: World): World {
  return {
    settings: fixed.settings,
    clock: tape.clock,
    kernel: tapedKernel(tape, real),
    files: tapedFiles(tape, fixed, real),
    programs: tapedPrograms(tape, real),
    suppliers: tapedSuppliers(tape, fixed, real),
    neighbours: tapedNeighbours(tape, real),
    dns: {
      by: fixed.dns,
      set: (iface, dns, signal) => tape.call("dns.set", [iface, dns], () => world(real).dns.set(iface, dns, signal)),
    },
    hostName: {
      read: () => tape.read("hostName", [], () => world(real).hostName.read()),
      write: (name) => tape.read("hostName.write", [name], () => world(real).hostName.write(name)),
    },
    journal,
    pending: tapedPending(tape, fixed, real),
  };
}

/** A player calls nothing. */
function world(real: World | undefined): World {
  if (real === undefined) throw new Problem("internal", "a tape that plays has no world");
  return real;
}

function tapedKernel(tape: Tape, real: World | undefined): Kernel {
  const listeners = new Set<(change: KernelChange) => void>();
  tape.on("kernel", (change: KernelChange) => {
    for (const listener of listeners) listener(change);
  });
  let watch: { close(): void } | undefined;
  return {
    get state() {
      return tape.state;
    },
    refresh: () => tape.call("refresh", [], () => world(real).kernel.refresh()),
    perform: (steps, options) =>
      tape.call("perform", [steps, options], () => world(real).kernel.perform(steps, options)),
    watch(listener) {
      listeners.add(listener);
      watch ??= real?.kernel.watch((change) => tape.input("kernel", change));
      return { close: () => void listeners.delete(listener) };
    },
    sysctl: (key) => tape.read("sysctl", key, () => world(real).kernel.sysctl(key)),
    close() {
      watch?.close();
      real?.kernel.close();
    },
  };
}

function tapedFiles(tape: Tape, { interfacesPath, policyPath, seed }: Fixed, real: World | undefined): Files {
  return {
    interfacesPath,
    policyPath,
    seed,
    configuration: () => tape.call("configuration", [], () => world(real).files.configuration()),
    policy: () => tape.call("policy", [], () => world(real).files.policy()),
    tables: () => tape.read("tables", [], () => world(real).files.tables()),
    attribute: (iface, name) => tape.read("attribute", [iface, name], () => world(real).files.attribute(iface, name)),
    listed: () => tape.read("listed", [], () => world(real).files.listed()),
    manager: ({ index, name }) => tape.read("manager", [index, name], () => world(real).files.manager({ index, name })),
    clientHooks: () => tape.read("clientHooks", [], () => world(real).files.clientHooks()),
    scripts: (phase) => tape.read("scripts", [phase], () => world(real).files.scripts(phase)),
  };
}

function tapedPrograms(tape: Tape, real: World | undefined): Programs {
  const hearing = new Map<number, (line: string, stream: Stream) => void>();
  // Recordings of former times do not say on what it was printed.
  tape.on("line", ({ call, line, stream = "stdout" }: { call: number; line: string; stream?: Stream }) =>
    hearing.get(call)?.(line, stream),
  );
  let calls = 0;
  return {
    async run(program, { onLine, ...options }) {
      // Numbered by itself: what a program says comes under this number, on both sides of the tape.
      const number = ++calls;
      if (onLine) hearing.set(number, onLine);
      const told = {
        ...options,
        ...(onLine
          ? { onLine: (line: string, stream: Stream) => tape.input("line", { call: number, line, stream }) }
          : {}),
      };
      try {
        return await tape.call("run", [program, { env: options.env, stdin: options.stdin }], () =>
          world(real).programs.run(program, told),
        );
      } finally {
        hearing.delete(number);
      }
    },
  };
}

function tapedSuppliers(tape: Tape, { suppliers }: Fixed, real: World | undefined): Supplier[] {
  const clients = new Map<number, Client>();
  const ends = new Map<number, (end: { status: number | null }) => void>();
  tape.on("exited", ({ client, status }: { client: number; status: number | null }) => ends.get(client)?.({ status }));
  let count = 0;
  /** Its number; it is told when it ends. */
  const keep = (client: Client, number: number): ClientRecord => {
    clients.set(number, client);
    void client.exited.then(({ status }) => tape.input("exited", { client: number, status }));
    return client.record;
  };
  const taped = (number: number, first: ClientRecord): Client => {
    const exited = Promise.withResolvers<{ status: number | null }>();
    ends.set(number, exited.resolve);
    let record = first;
    const client = () => clients.get(number) as Client;
    return {
      get record() {
        return record;
      },
      exited: exited.promise,
      release: (deadline) => tape.call("release", [number, deadline], () => client().release(deadline)),
      stop: () => tape.call("stop", [number], () => client().stop()),
      async renew() {
        record = await tape.call("renew", [number], async () => {
          await client().renew();
          return client().record;
        });
      },
      lastWord: () => tape.read("lastWord", [number], () => client().lastWord()),
    };
  };
  return suppliers.map((name) => {
    const supplier = () => world(real).suppliers.find((one) => one.name === name) as Supplier;
    return {
      name,
      program: () => tape.read("program", [name], () => supplier().program()),
      async start(options) {
        const number = ++count;
        const record = await tape.call("start", [name, options], async () =>
          keep(await supplier().start(options), number),
        );
        return taped(number, record);
      },
      adopt(record) {
        const number = ++count;
        const found = tape.read("adopt", [name, record], () => {
          const client = supplier().adopt(record);
          return client && keep(client, number);
        });
        return found && taped(number, found);
      },
      parse: (environment, now) => supplier().parse(environment, now),
    };
  });
}

function tapedNeighbours(tape: Tape, real: World | undefined): Neighbours {
  const claims = new Map<number, Claim>();
  const losses = new Map<number, () => void>();
  tape.on("lost", (claim: number) => losses.get(claim)?.());
  let count = 0;
  return {
    answers: (iface, address, time, signal) =>
      tape.call("answers", [iface, address, time], () => world(real).neighbours.answers(iface, address, time, signal)),
    async claim(iface, options, signal) {
      const number = ++count;
      const address = await tape.call("claim", [iface, options], async () => {
        const claim = await world(real).neighbours.claim(iface, options, signal);
        claims.set(number, claim);
        void claim.lost.then(() => tape.input("lost", number));
        return claim.address;
      });
      const lost = Promise.withResolvers<void>();
      losses.set(number, lost.resolve);
      return { address, lost: lost.promise, release: () => claims.get(number)?.release() };
    },
  };
}

function tapedPending(tape: Tape, { here }: Fixed, real: World | undefined): PendingApply {
  const warnings: string[] = [];
  return {
    here,
    uptime: () => tape.read("uptime", [], () => world(real).pending.uptime()),
    read(warn) {
      const { pending, told } = tape.read("pending", [], () => {
        const found = world(real).pending.read((text) => warnings.push(text));
        return { pending: found, told: warnings };
      });
      for (const text of told) warn(text);
      return pending;
    },
    write: (kept) => {
      const told = "why" in kept ? [kept.id, kept.why] : [kept.id, kept.ends];
      tape.read("pending.write", told, () => world(real).pending.write(kept));
    },
    remove: () => tape.read("pending.remove", [], () => world(real).pending.remove()),
  };
}
