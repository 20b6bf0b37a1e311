/** dhcpcd as a supplier that configures nothing itself: dhcpcd(8), dhcpcd-run-hooks(8). */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../problem.ts";
import { adoptLasting, factsOf, type Lasting, startLasting } from "../../process/lasting.ts";
import { findProgram } from "../../process/program.ts";
import { makeFolder } from "../../system/file.ts";
import { lastLine } from "./client-log.ts";
import { wishesOf } from "./client-options.ts";
import { clientVariables } from "./client-variables.ts";
import { leaseEvent } from "./lease-event.ts";
import type { Client, ClientOptions, ClientRecord, Supplier } from "./supplier.ts";
import { takeOver } from "./take-over.ts";

/** Milliseconds between TERM, at which it tells its script of STOP, and KILL. */
const grace = 3000;

/** Milliseconds between two tries to tell it something. */
const again = 300;

/** Beside those that it asks for by itself (dhcpcd.conf of Debian). */
const asked = ["host_name", "ntp_servers", "static_routes", "ms_classless_static_routes"];

export const dhcpcd: Supplier = {
  name: "dhcpcd",
  program: () => findProgram("dhcpcd"),
  async start(options) {
    const { iface, family, folder } = options;
    makeFolder(folder, 0o755);
    const pidFile = `/run/dhcpcd/${iface}-${family}.pid`;
    const logFile = join(folder, `dhcpcd-reeve-${iface}-${family}.log`);
    const argv = argvOf(options, logFile);
    await takeOver(iface, family, undefined);
    const process = await startLasting(argv, { log: logFile });
    const { pid, startTime } = process;
    return running(
      { supplier: "dhcpcd", iface, family, pid, startTime, argv, leaseFile: "", pidFile, logFile },
      process,
    );
  },
  adopt(record) {
    // It writes its state over its argv: `dhcpcd: eth0 [ip4]`.
    const facts = factsOf(record.pid);
    const known = facts?.name === "dhcpcd" && facts.argv.join(" ").includes(record.iface);
    const process = known ? adoptLasting(record.pid, record.startTime) : undefined;
    return process && running(record, process);
  },
  parse: (environment, now) => leaseEvent("dhcpcd", environment, now),
};

function argvOf(options: ClientOptions, log: string): string[] {
  const { hostName, clientId, vendorClass, leaseTime, request, prefix, stateless } = wishesOf(options);
  const six = stateless ? ["--inform6"] : ["--ia_na=1", ...(prefix ? ["--ia_pd=1"] : [])];
  // `=`: some of its options take an argument or none, and a word after them for a device.
  return [
    ...["dhcpcd", `-${options.family}`, "--nobackground", "--noconfigure", "--noipv4ll", "--persistent"],
    `--timeout=${Math.max(1, Math.ceil(options.timeout))}`,
    // Else it takes router advertisements from the kernel, whether it shall configure or not.
    ...(options.family === 6 ? ["--noipv6rs", ...six] : []),
    `--script=${options.script}`,
    ...[...asked, ...request].map((name) => `--option=${name}`),
    ...(hostName ? [`--hostname=${hostName}`] : []),
    ...(clientId && clientId !== "no" ? [`--clientid=${clientId}`] : []),
    ...(vendorClass ? [`--vendorclassid=${vendorClass}`] : []),
    ...(leaseTime ? [`--leasetime=${leaseTime}`] : []),
    ...clientVariables("dhcpcd", options, log),
    options.iface,
  ];
}

/** Its signals are those of its own control commands: ALRM releases, USR1 renews, TERM ends. */
function running(record: ClientRecord, process: Lasting): Client {
  const { exited } = process;
  /** To itself alone: without its helpers it could not call its script. */
  const ask = async (signal: NodeJS.Signals, time: number) => {
    const end = performance.now() + time;
    // A signal that comes while it waits for its script is lost.
    while (performance.now() < end && process.signal(signal)) {
      await Promise.race([exited, sleep(again)]);
    }
    await process.end(0);
  };
  return {
    record,
    exited,
    release: (deadline) => ask("SIGALRM", deadline),
    stop: () => ask("SIGTERM", grace),
    async renew() {
      if (!process.signal("SIGUSR1")) throw new Problem("not-running", `dhcpcd of ${record.iface} has gone`);
    },
    lastWord: () => lastLine(record.logFile),
  };
}
