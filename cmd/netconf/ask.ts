/** One question to the running netconf daemon. */
import {
  type Asked,
  controlName,
  type Options,
  type Progress,
  type Results,
  statusName,
  type Verb,
  verbs,
} from "../../src/console/interfaces/control.ts";
import { Problem } from "../../src/problem.ts";
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
  const client = await connect({ unix: socketPath(name, run, given, "/run/reeve-netconf") }).catch(explained);
  let event = 0;
  try {
    // A script of an event asks: nobody shall wait for himself.
    const within = Number(process.env.REEVE_EVENT ?? "");
    const body: Asked<V> = { options, ...(Number.isSafeInteger(within) && within > 0 ? { within } : {}) };
    const { result } = await client.request("COMMAND", [verb], body as never, {
      signal,
      onPartial: (partial) => {
        event ||= (partial as Partial<Progress>).event ?? 0;
        onPartial?.(partial);
      },
    });
    return result as Results[V];
  } catch (error) {
    const problem = Problem.from(error);
    const goesOn = verbs[verb].changes && event > 0 && !("cancelOnDisconnect" in options);
    if (problem.code !== "cancelled" || !goesOn) throw error;
    throw new Problem("cancelled", `${problem.message}; the daemon goes on: \`reeve netconf attach ${event}\``);
  } finally {
    client.close();
  }
}

/** @throws Problem as it was, with what can be done about it */
function explained(error: unknown): never {
  const { code, message } = Problem.from(error);
  const hints: Partial<Record<typeof code, string>> = {
    "not-running": "does the daemon run? `reeve netconf daemon --background`, or `systemctl start reeve-netconf`",
    permission: "it is for root and the members of `netconf.group`",
  };
  const hint = hints[code];
  throw hint ? new Problem(code, `${message}: ${hint}`, { cause: error }) : error;
}
