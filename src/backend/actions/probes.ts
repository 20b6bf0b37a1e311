/** Actions that ask hosts, not switches: nbtstat for NetBIOS names, pingsweep for agents nobody knows yet. */

import { findDevice } from "../../store/device.ts";
import { enqueue, type NewJob } from "../../store/job.ts";
import { addressesBehind } from "../../store/node-behind.ts";
import { type NetbiosFact, saveNames } from "../../store/node-name.ts";
import type { Action, JobContext, Outcome } from "../action.ts";
import { askNetbios } from "../nbt.ts";
import { deviceSubject, mayDiscover, mayNbtstat } from "../permission.ts";
import { echoProbe, type Probe, sweep } from "../ping.ts";

const week = 7 * 86_400_000;

export const nbtstat: Action<undefined> = {
  name: "nbtstat",
  help: "asks the hosts behind a switch for their NetBIOS names",
  wants: "device",
  state: () => undefined,
  stages: [
    {
      name: "names",
      phase: "store",
      help: "UDP 137 to each address seen in the last week",
      async run(context): Promise<Outcome> {
        const { store, request, options, signal, dryRun } = context;
        const device = await findDevice(store, request.device);
        if (!device) return { status: "error", message: `${request.device} is not known yet: discover it first` };
        const now = Date.now();
        const hosts = await addressesBehind(store, device.id, now - week);
        const allowed = hosts.filter(
          ({ ip }) => request.force || mayNbtstat(options.settings, deviceSubject(undefined, ip)).allowed,
        );
        if (dryRun) return { status: "done", message: `would ask ${allowed.length} hosts` };
        const macOf = new Map(allowed.map(({ ip, mac }) => [ip, mac]));
        const found: NetbiosFact[] = [];
        const { asked, answered } = await askNetbios(macOf.keys(), {
          signal,
          onAnswer(ip, status) {
            const { nbname, domain, server, nbuser } = status;
            found.push({ ip, mac: status.mac || macOf.get(ip) || "", nbname, domain, server, nbuser });
          },
        });
        const fresh = await saveNames(store, found, now);
        // What was found by then is stored; the others were not asked.
        signal.throwIfAborted();
        return { status: "done", message: `${answered} of ${asked} hosts have a NetBIOS name, ${fresh} of them new` };
      },
    },
  ],
};

export const pingsweep: Action<undefined> = {
  name: "pingsweep",
  help: "looks for agents in networks, and queues discover for those that are not known",
  wants: "nothing",
  extra: "required: networks, separated by blanks or commas: 192.0.2.0/24 2001:db8::/120",
  state: () => undefined,
  stages: [
    {
      name: "sweep",
      phase: "main",
      help: "ICMP echo where the system allows it, else one SNMP request to each address",
      async run(context): Promise<Outcome> {
        const { request, signal, report } = context;
        const networks = request.extra.split(/[\s,]+/).filter(Boolean);
        const bySnmp: Probe = async (ip, stop) => {
          try {
            (await context.connect(ip, "read", stop)).source.close();
            return true;
          } catch {
            return false;
          }
        };
        const echo = echoProbe(bySnmp);
        const queue = discoverQueue(context);
        try {
          const { asked, alive } = await sweep(networks, {
            probe: echo?.probe ?? bySnmp,
            signal,
            onAlive: queue.add,
            onProgress: (summary) => report("sweeping", { ...summary }),
          });
          const queued = await queue.end();
          // What was found by then is queued; the job was not done to its end.
          signal.throwIfAborted();
          const told = context.dryRun ? `would queue ${queued}` : `${queued} queued`;
          return { status: "done", message: `${alive} of ${asked} addresses answer; ${told} for discover` };
        } finally {
          echo?.close();
        }
      },
    },
  ],
};

/** Addresses whose discover jobs are queued by one statement. */
const atOnce = 200;

/**
 * Queues discover for what answers, as it is found. Whether there is an agent is found out by that job.
 */
function discoverQueue({ store, options, request, dryRun }: JobContext) {
  let waiting: string[] = [];
  let queued = 0;
  let storing = Promise.resolve();
  const put = async (addresses: readonly string[]) => {
    const jobs: NewJob[] = [];
    for (const ip of addresses) {
      if (await findDevice(store, ip)) continue;
      if (!request.force && !mayDiscover(options.settings, deviceSubject(undefined, ip)).allowed) continue;
      jobs.push({ action: "discover", device: ip });
    }
    queued += dryRun ? jobs.length : await enqueue(store, jobs);
  };
  const flush = () => {
    const addresses = waiting;
    waiting = [];
    storing = storing.then(() => put(addresses));
    // It is thrown at the end.
    storing.catch(() => undefined);
  };
  return {
    add(ip: string) {
      waiting.push(ip);
      if (waiting.length >= atOnce) flush();
    },
    async end(): Promise<number> {
      flush();
      await storing;
      return queued;
    },
  };
}
