import { z } from "zod";
import { declareModule } from "../module.ts";

/** The words of the store, which only commands may import; `commands.ts` does not compile with others. */
export const deviceSorts = [
  ...(["name", "ip", "vendor", "model", "os", "location", "created"] as const),
  ...(["last_discover", "last_macsuck", "last_arpnip"] as const),
] as const;
export const portSorts = ["ifIndex", "port", "name", "up", "vlan", "nodeCount", "lastUsed"] as const;
export const jobStates = ["running", "waiting", "ended"] as const;
export const jobStatuses = ["queued", "running", "done", "info", "error", "cancelled"] as const;
export const queueActions = ["discover", "macsuck", "arpnip"] as const;

const id = z.int().min(1);
const device = id.describe("Number of the device");
const port = z.string().min(1).max(255).describe("The port's own name, as the list of ports has it");
const search = z.string().max(200).optional();
const descending = z.boolean().default(false).describe("Largest first");
const offset = z.int().min(0).default(0).describe("How many to skip");
const at = z.int().min(0).max(8.64e15).optional().describe("As it was then, epoch milliseconds; now when absent");
const limit = (most: number, usual: number) => z.int().min(1).max(most).default(usual).describe("How many at most");
const reason = z.string().trim().min(3).max(1000).describe("Why; it stands in the log beside your name");

export const network = declareModule({
  id: "network",
  name: "Network",
  summary: "Switches and routers, their ports and neighbours, and where every machine is plugged in",
  icon: "network",
  categories: ["network"],
  home: "/network",
  singleton: true,
  commands: {
    devices: {
      summary: "Devices that match",
      access: "user",
      get: true,
      options: z.strictObject({
        search: search.describe(
          "Words that must all occur in name, address, description, vendor, model, serial number, system, location or MAC",
        ),
        sort: z.enum(deviceSorts).default("name"),
        descending,
        limit: limit(1000, 50),
        offset,
      }),
    },
    device: {
      summary: "One device: what it is, when it was read, what it was merged from",
      access: "user",
      get: true,
      options: z.strictObject({ device }),
    },
    ports: {
      summary: "Ports of a device with neighbours and the first machines behind them, now or then",
      access: "user",
      get: true,
      options: z.strictObject({
        device,
        at,
        show: z.enum(["all", "up", "down", "free"]).default("all"),
        unused: z.int().min(0).max(3650).default(30).describe("Free is what nothing was seen on for so many days"),
        search: search.describe("Words that must all occur in name, description, neighbour, address or machine"),
        sort: z.enum(portSorts).default("ifIndex"),
        descending,
        limit: limit(2000, 500),
        offset,
      }),
    },
    port: {
      summary: "One port with all machines behind it, now or then",
      access: "user",
      get: true,
      options: z.strictObject({ device, port, at, limit: limit(5000, 500) }),
    },
    neighbours: {
      summary: "Who is at the other end of a device's ports, how certain and why",
      access: "user",
      get: true,
      options: z.strictObject({ device, at }),
    },
    modules: {
      summary: "What a device is built of, as a tree",
      access: "user",
      get: true,
      options: z.strictObject({ device }),
    },
    addresses: {
      summary: "A device's own addresses",
      access: "user",
      get: true,
      options: z.strictObject({ device }),
    },
    vlans: {
      summary: "VLANs of a device and the ports that carry them",
      access: "user",
      get: true,
      options: z.strictObject({ device }),
    },
    history: {
      summary: "What changed on a device or a port, and who wrote what to it",
      access: "user",
      get: true,
      options: z.strictObject({
        device,
        port: port.optional(),
        before: id.optional().describe("Goes on after the event with this number"),
        limit: limit(1000, 100),
      }),
    },
    where: {
      summary: "Where a machine is: the port of a MAC address, IP address, name or person's machine, and why",
      access: "user",
      get: true,
      options: z.strictObject({
        search: z.string().trim().min(1).max(200).describe("MAC address in any spelling, IP address, name, or user"),
        at,
      }),
    },
    jobs: {
      summary: "Jobs that run, that wait in the order of their turn, or that ended, the last first",
      access: "user",
      get: true,
      options: z.strictObject({
        state: z.enum(jobStates),
        status: z.enum(jobStatuses).optional(),
        action: z.string().max(64).optional(),
        device: z.string().max(255).optional().describe("Address as the job has it"),
        explain: z.boolean().default(false).describe("Say why each of the first ones waits"),
        limit: limit(1000, 50),
        offset,
      }),
    },
    job: {
      summary: "One job, and why it waits or how it ended",
      access: "user",
      get: true,
      options: z.strictObject({ id }),
    },
    queue: {
      summary: "The queue at a glance, and the backends that work on it",
      access: "user",
      get: true,
      options: z.strictObject({}),
    },
    watch: {
      summary: "Reports each change of the queue, or of one job until it ends; for ten minutes",
      access: "user",
      get: true,
      options: z.strictObject({ id: id.optional().describe("This job alone") }),
    },
    enqueue: {
      summary: "Have a device read now",
      access: "administrator",
      changes: true,
      options: z.strictObject({
        action: z.enum(queueActions).describe("What: all of it, the MAC addresses behind it, or its ARP table"),
        device: z.string().trim().min(1).max(255).describe("Address, HOST:PORT or name"),
        force: z.boolean().default(false).describe("Though it was read a moment ago"),
      }),
    },
    cancel: {
      summary: "Take a job out of the queue, or end it",
      access: "administrator",
      changes: true,
      options: z.strictObject({ id }),
    },
    portcontrol: {
      summary: "Take a port up or down, or down and up again",
      access: "administrator",
      changes: true,
      options: z.strictObject({
        device,
        port,
        action: z.enum(["up", "down", "bounce"]),
        reason,
        force: z.boolean().default(false).describe("Though the port leads to another device"),
      }),
    },
    portname: {
      summary: "Give a port a name (ifAlias)",
      access: "administrator",
      changes: true,
      options: z.strictObject({
        device,
        port,
        name: z
          .string()
          .trim()
          .max(64)
          .refine((text) => new TextEncoder().encode(text).length <= 64, "64 bytes at most")
          .describe("Empty takes it away"),
        reason,
      }),
    },
  },
});
