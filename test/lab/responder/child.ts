/** The responder's process: UDP sockets on one side, the channel to the test on the other. */
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { openRecording } from "../../../src/snmp/recording/recording.ts";
import type { VarBind } from "../../../src/snmp/value.ts";
import { answer, get, getBulk, getNext, setRequest } from "./answer.ts";
import { decodeRequest } from "./ber.ts";
import { Device, encodeRows, type Rows } from "./device.ts";
import type { Change, DeviceSpec, Order, Report, ResponderOptions, Stats } from "./protocol.ts";

type Socket = Bun.udp.Socket<"buffer">;

const zero = (): Stats => ({
  requests: 0,
  answers: 0,
  dropped: 0,
  ignored: 0,
  gets: 0,
  nexts: 0,
  bulks: 0,
  sets: 0,
  received: 0,
  sent: 0,
  cpu: 0,
  devices: {},
});

const devices = new Map<string, Device>();
const silent = new Set<Device>();
/** Where a device has an address of its own: its community there → its name. */
const aliases = new Map<Socket, Map<string, string>>();
let options: ResponderOptions = { devices: new Map() };
let stats = zero();
let cpu = process.cpuUsage();
let random = 1;

/** Numerical Recipes' generator: the same sequence in every run. */
function lost(): boolean {
  if (!options.loss) return false;
  random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
  return random / 0x1_0000_0000 < options.loss;
}

function deviceOf(socket: Socket, community: string): { device: Device; writes: boolean } | undefined {
  const writes = community.endsWith(":rw");
  const plain = writes ? community.slice(0, -3) : community;
  const at = plain.indexOf("@");
  const asked = at < 0 ? plain : plain.slice(0, at);
  const name = aliases.get(socket)?.get(asked) ?? asked;
  const main = devices.get(name);
  const device =
    at < 0 ? main : (devices.get(name + plain.slice(at)) ?? (options.contexts === "same" ? main : undefined));
  return device && main && !silent.has(main) && !silent.has(device) ? { device, writes } : undefined;
}

function receive(socket: Socket, bytes: Uint8Array, port: number, address: string): void {
  stats.requests++;
  stats.received += bytes.length;
  if (lost()) {
    stats.dropped++;
    return;
  }
  const request = decodeRequest(bytes);
  const found = request && deviceOf(socket, request.community);
  if (!found) {
    stats.ignored++;
    return;
  }
  const { device, writes } = found;
  device.requests++;
  if (request.kind === get) stats.gets++;
  else if (request.kind === getNext) stats.nexts++;
  else if (request.kind === getBulk) stats.bulks++;
  else if (request.kind === setRequest) stats.sets++;
  const bytesOut = answer(device, request, writes, options.size ?? 1472);
  if (!bytesOut) return;
  stats.answers++;
  stats.sent += bytesOut.length;
  if (device.latency > 0) setTimeout(send, device.latency, socket, bytesOut, port, address);
  else send(socket, bytesOut, port, address);
}

function send(socket: Socket, bytes: Uint8Array, port: number, address: string): void {
  // A full socket buffer loses the datagram, as on any network, and so does an asker that was killed.
  try {
    socket.send(bytes, port, address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error;
  }
}

const files = new Map<string, Promise<Rows>>();

async function readRows(file: string): Promise<Rows> {
  const recording = await openRecording(file);
  const bindings: VarBind[] = [];
  for (const root of ["0", "1", "2"]) await recording.walk(root, (binding) => void bindings.push(binding));
  return encodeRows(bindings);
}

function rowsOf(file: string): Promise<Rows> {
  const rows = files.get(file) ?? readRows(file);
  files.set(file, rows);
  return rows;
}

function contextFiles(file: string): [context: string, file: string][] {
  const [, stem = "", suffix = ""] = /^(.*?)((?:\.[a-z]+)?(?:\.gz)?)$/.exec(basename(file)) ?? [];
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(`${stem}@`) && name.endsWith(suffix))
    .map((name) => [name.slice(stem.length, name.length - suffix.length), join(dirname(file), name)]);
}

async function addDevice(name: string, spec: DeviceSpec): Promise<void> {
  const latency = spec.latency ?? options.latency ?? 0;
  const device = new Device(spec.file ? await rowsOf(spec.file) : encodeRows([]), latency);
  if (spec.rows || spec.without) device.change(spec.without ?? [], spec.rows ?? []);
  devices.set(name, device);
  if (!spec.file) return;
  for (const [context, file] of contextFiles(spec.file)) {
    devices.set(`${name}${context}`, new Device(await rowsOf(file), latency));
  }
}

async function start(given: ResponderOptions): Promise<number> {
  options = given;
  const open = (hostname: string, port: number) =>
    // An asker that was killed is reported as an error of the next receive: the others go on asking.
    Bun.udpSocket({ hostname, port, binaryType: "buffer", socket: { data: receive, error: () => undefined } });
  const common = await open(given.host ?? "127.0.0.1", given.port ?? 0);
  for (const [name, entry] of given.devices) {
    const spec = typeof entry === "string" ? { file: entry } : entry;
    await addDevice(name, spec);
    if (spec.host === undefined) continue;
    const own = await open(spec.host, spec.port || common.port);
    aliases.set(own, new Map([[spec.community ?? "public", name]]));
  }
  files.clear();
  return common.port;
}

function change({ device: name, context, remove = [], set = [], latency, silent: dead }: Change): void {
  const full = context === undefined ? name : `${name}@${context}`;
  const device = devices.get(full);
  if (!device) throw new Error(`no device ${full}`);
  if (remove.length > 0 || set.length > 0) device.change(remove, set);
  if (latency !== undefined) device.latency = latency;
  if (dead) silent.add(device);
  else if (dead === false) silent.delete(device);
}

function report(reset: boolean): Stats {
  const used = process.cpuUsage(cpu);
  const names = [...devices].map(([name, device]) => [name, device.requests] as const);
  const now = { ...stats, cpu: used.user + used.system, devices: Object.fromEntries(names) };
  if (!reset) return now;
  stats = zero();
  cpu = process.cpuUsage();
  for (const device of devices.values()) device.requests = 0;
  return now;
}

async function obey(order: Order): Promise<Report> {
  const { id } = order;
  switch (order.do) {
    case "start":
      return { id, port: await start(order.options) };
    case "change":
      for (const one of order.changes) change(one);
      return { id, port: 0 };
    case "tune":
      options = { ...options, loss: order.loss ?? options.loss };
      if (order.latency !== undefined) for (const device of devices.values()) device.latency = order.latency;
      return { id, port: 0 };
    case "stats":
      return { id, stats: report(order.reset) };
  }
}

process.on("message", (order: Order) => {
  obey(order)
    .catch((error: Error): Report => ({ id: order.id, error: error.message }))
    .then((answered) => process.send?.(answered));
});
process.on("disconnect", () => process.exit(0));
