/** The rows of a recording by the real way, `reeve backend do … --walk FILE --dry-run --json`, each read once a process. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { DeviceDump } from "../../src/store/device-dump.ts";
import { temporaryFolder } from "../lab/folder.ts";
import type { RecordingName } from "./device/raw-rows.ts";
import { addressOf } from "./device/recorded.ts";

const folder = join(import.meta.dirname, "../../../shared/corpus/snmp");
const main = join(import.meta.dirname, "../../cmd/main.ts");
const read = new Map<RecordingName, Promise<DeviceDump>>();

export function recordedRows(recording: RecordingName): Promise<DeviceDump> {
  const known = read.get(recording) ?? doRecording(recording);
  read.set(recording, known);
  return known;
}

async function doRecording(recording: RecordingName): Promise<DeviceDump> {
  const state = temporaryFolder("recorded");
  const words = ["backend", "do", "discover,macsuck,arpnip", "-d", addressOf(recording), "--dry-run", "--json"];
  const walk = ["--walk", join(folder, `${recording}.snmprec.gz`), "--state", state];
  try {
    const child = Bun.spawn([process.execPath, main, ...words, ...walk], { stdout: "pipe", stderr: "pipe" });
    const [text, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    if ((await child.exited) !== 0) throw new Error(`${recording}: ${errors}`);
    return JSON.parse(text) as DeviceDump;
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}
