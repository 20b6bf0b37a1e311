/** One question to the running netconf daemon. */
import {
  type Asked,
  controlName,
  type Options,
  type Results,
  statusName,
  type Verb,
  verbs,
} from "../../src/console/interfaces/control.ts";
import { socketPath } from "../../src/process/socket-path.ts";
import { connect } from "../../src/umcp/client.ts";

export interface Where {
  /** The configuration's run folder. */
  run: string;
  /** Path that was given in place of the run folder's. */
  socket?: string | undefined;
  /** State folder that was given. */
  state?: string | undefined;
}

/** @throws Problem `not-running`, and what the verb's are */
export async function askDaemon<V extends Verb>(
  verb: V,
  options: Options[V],
  { run, ...given }: Where,
  signal: AbortSignal,
  onPartial?: (partial: unknown) => void,
): Promise<Results[V]> {
  const name = verbs[verb].changes ? controlName : statusName;
  const client = await connect({ unix: socketPath(name, run, given, "/run/reeve-netconf") });
  try {
    // A script of an event asks: nobody shall wait for himself.
    const within = Number(process.env.REEVE_EVENT ?? "");
    const body: Asked<V> = { options, ...(Number.isSafeInteger(within) && within > 0 ? { within } : {}) };
    const { result } = await client.request("COMMAND", [verb], body as never, {
      signal,
      ...(onPartial ? { onPartial } : {}),
    });
    return result as Results[V];
  } finally {
    client.close();
  }
}
