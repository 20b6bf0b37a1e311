/**
 * What SNMP::Info reads of every recording, for docs/recordings.md: `bun test/backend/snmp-info-read.ts MIBFOLDER`, which
 * needs Debian's libsnmp-info-perl and the MIBs of ../shared/lab/mibs.tar.xz, unpacked. Writes snmp-info-rows.json.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startResponder } from "../lab/responder.ts";
import { recordings } from "./device/raw-rows.ts";

const [mibs] = process.argv.slice(2);
if (mibs === undefined) throw new Error("which folder of MIBs?");
const corpus = join(import.meta.dirname, "../../../shared/corpus/snmp");
const responder = await startResponder({
  devices: new Map(recordings.map((name) => [name, join(corpus, `${name}.snmprec.gz`)])),
  // SNMP::Info would wait three seconds for each.
  contexts: "same",
});
const read: Record<string, unknown> = {};
try {
  for (const name of recordings) {
    const words = [
      join(import.meta.dirname, "../lab/snmp-info.pl"),
      responder.host,
      String(responder.port),
      name,
      mibs,
    ];
    const child = Bun.spawn(["perl", ...words], { stdout: "pipe", stderr: "pipe" });
    const [text, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    // It gives up where it lacks one of its class's MIBs.
    const failed = (await child.exited) !== 0;
    read[name] = failed
      ? { error: /The (\S+) did not load/.exec(errors)?.[0] ?? errors.trim() }
      : JSON.parse(text.trim());
    console.log(name, JSON.stringify(read[name]));
  }
} finally {
  await responder.stop();
}
const date = new Date().toISOString().slice(0, 10);
writeFileSync(join(import.meta.dirname, "snmp-info-rows.json"), `${JSON.stringify({ date, read }, null, 2)}\n`);
