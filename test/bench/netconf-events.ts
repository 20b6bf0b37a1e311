/** How soon the kernel's news are heard, counted from before the request that changes something is sent. */
import { join } from "node:path";
import { type MonitorLine, statusName } from "../../src/console/interfaces/control.ts";
import { openNetlinkKernel } from "../../src/netconf/kernel/netlink-kernel.ts";
import type { NewAddress } from "../../src/netconf/kernel/step.ts";
import { addressAdd, addressDelete } from "../../src/netconf/netlink/address.ts";
import { setSequence } from "../../src/netconf/netlink/message.ts";
import { openNetlink } from "../../src/system/netlink.ts";
import { connect } from "../../src/umcp/client.ts";
import { NetconfHost } from "../lab/netconf.ts";
import { type Namespace, namespacesOrSkip } from "../lab/netns.ts";
import { quantile } from "./measure.ts";
import { type Bench, digits } from "./report.ts";

const scale = Number(process.env.REEVE_BENCH_SCALE ?? 1);
/** Of both, the first are thrown away: a daemon has been up for days, and its functions have been compiled. */
const [warmup, changes] = [Math.round(500 * scale), Math.round(1000 * scale)];
/** Milliseconds between two changes. */
const between = 10;

export const bench: Bench = async () => {
  const title = "From the kernel to who listens: an address comes or goes";
  const lab = await namespacesOrSkip("bench netconf-events");
  if (!lab) return [{ title, grid: [["not measured"]], notes: ["It wants root and network namespaces."] }];
  try {
    const rows: [string, number[]][] = [
      ["listener in a process that follows the kernel", await inProcess(lab.add("process"))],
      ["daemon, read at its socket (monitor)", await atSocket(lab.add("daemon"))],
    ];
    const line = ([what, values]: [string, number[]]) => [
      what,
      ...[0.5, 0.95, 0.99, 1].map((part) => `${digits(quantile(values, part))} ms`),
      String(values.length),
    ];
    const notes = [`The first ${warmup} changes are not counted.`];
    return [{ title, grid: [["", "median", "p95", "p99", "max", "n"], ...rows.map(line)], notes }];
  } finally {
    await lab.remove();
  }
};

/** In a process that follows the kernel as the daemon does. */
async function inProcess(host: Namespace): Promise<number[]> {
  const kernel = inside(host, () => openNetlinkKernel());
  try {
    await kernel.refresh();
    return await measured(host, (heard) => {
      kernel.watch((change) => {
        if (change.what === "address" && (change.after ?? change.before)?.device === device) heard();
      });
    });
  } finally {
    kernel.close();
  }
}

/** In the daemon, and from there over its socket to who watches. */
async function atSocket(host: Namespace): Promise<number[]> {
  const netconf = new NetconfHost(host, `iface ${device} inet manual\n`);
  await netconf.start();
  const client = await connect({ unix: join(netconf.run, statusName) });
  try {
    return await measured(host, async (heard) => {
      const body = { options: { name: device, kernel: true } };
      const monitoring = client.request("COMMAND", ["monitor"], body, {
        onPartial(partial) {
          if ((partial as MonitorLine).what === "kernel") heard();
        },
      });
      monitoring.catch(() => undefined);
      // The server has the request before the next one is answered.
      await client.request("STATUS", [], {});
    });
  } finally {
    client.close();
    await netconf.stop();
  }
}

/** An address comes and goes. @returns milliseconds from before the request is sent until it is heard of */
async function measured(host: Namespace, listen: (heard: () => void) => unknown): Promise<number[]> {
  host.ip(`link add ${device} type bridge`);
  host.ip(`link set ${device} up`);
  const index = Number(host.json(`link show dev ${device}`)[0]?.ifindex);
  const names = { nameOf: () => device, indexOf: () => index };
  const socket = inside(host, () => openNetlink({ receiveBuffer: 1 << 20 }));
  const values: number[] = [];
  let heard = Promise.withResolvers<void>();
  try {
    await listen(() => heard.resolve());
    for (let turn = 0; turn < warmup + changes; turn++) {
      heard = Promise.withResolvers<void>();
      const request = turn % 2 === 0 ? addressAdd(address, names) : addressDelete(address, names);
      setSequence(request, turn + 1);
      const begun = performance.now();
      socket.send(request);
      await heard.promise;
      if (turn >= warmup) values.push(performance.now() - begun);
      while (socket.receive()) {
        // answers, which nobody waits for
      }
      await Bun.sleep(between);
    }
    return values;
  } finally {
    socket.close();
  }
}

const device = "x0";
const address: NewAddress = {
  ...{ device, family: 4, address: "10.0.0.1", prefix: 32, peer: "", broadcast: "", label: "" },
  ...{ scope: "global", valid: null, preferred: null, protocol: 0, flags: [] },
};

/** What it opens is of that namespace. */
function inside<T>(namespace: Namespace, work: () => T): T {
  using _ = namespace.enter();
  return work();
}
