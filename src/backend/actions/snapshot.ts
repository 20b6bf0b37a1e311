/**
 * snapshot: everything a device says, as a recording that can be read in its place. One that broke off is kept beside an
 * earlier complete one, for a device may break off each time.
 */
import { join, resolve } from "node:path";
import { record } from "../../snmp/recording/write.ts";
import { findDevice } from "../../store/device.ts";
import { makeFolder } from "../../system/file.ts";
import type { Action, Outcome } from "../action.ts";
import { connectVisit, newVisit, type Visit } from "../visit.ts";

export const snapshot: Action<Visit> = {
  name: "snapshot",
  help: "records all that a device answers into a file (.snmprec.gz), for --walk",
  wants: "device",
  extra: "the file; without it snapshots/ADDRESS.snmprec.gz in the state folder",
  urgent: true,
  state: newVisit,
  end: (state) => state.source?.close(),
  stages: [
    {
      name: "connect",
      phase: "early",
      help: "finds the credential that answers",
      async run(context, state): Promise<undefined> {
        state.known = await findDevice(context.store, context.request.device);
        await connectVisit(context, state);
      },
    },
    {
      name: "walk",
      phase: "main",
      help: "walks everything, into the file when it is whole",
      needs: ["connect"],
      async run({ request, options, signal, report, dryRun }, { source }): Promise<Outcome> {
        if (!source) return { status: "error", message: "nobody to ask" };
        if (dryRun) return { status: "done", message: `would record ${source.name}` };
        const folder = join(options.settings.state, "snapshots");
        if (request.extra === "") makeFolder(folder, 0o700);
        const name = request.device.replaceAll(/[^\w.-]/g, "_");
        const file = request.extra === "" ? join(folder, `${name}.snmprec.gz`) : resolve(request.extra);
        report("recording", { file });
        const written = await record(source, file, { signal });
        const message = `${written.rows} objects in ${written.file}`;
        if (written.complete) return { status: "done", message };
        return { status: "error", message: `${message}, then it broke off: ${written.reason ?? "unknown"}` };
      },
    },
  ],
};
