/** The end of a disturbance: nobody fails any more, nobody writes, all that is left to do gets done. */
import type { ListenerStatus } from "../../src/console/directory/control.ts";
import { replace, type SlapdLab } from "../lab/slapd.ts";
import { specs } from "./listener-handlers.ts";
import { holds, judgeHistory, judgeStates, type Recorded, recorded, type Truth, truthOf } from "./listener-judge.ts";
import type { ListenerRun } from "./listener-run.ts";

const names = specs.map(({ name }) => name);
let marks = 0;

export interface Settled {
  status: ListenerStatus;
  found: Recorded;
  truth: Map<string, Truth>;
  complaints: string[];
}

/**
 * Makes one more change, and waits until it has reached everybody.
 * @param whole the journal is to be as it was written, and `verify` must find nothing; else only what they know counts
 */
export async function settle(lab: SlapdLab, run: ListenerRun, whole = true): Promise<Settled> {
  run.calm(true);
  const mark = `mark ${++marks}.`;
  const client = await lab.connect();
  await replace(client, lab.suffix, { description: [mark] });
  await client.unbind();
  await run.until(({ phase }) => phase === "following", "it follows");
  await run.until(() => holds(run.cache, lab.suffix, mark), "the last change has arrived");
  await run.settled(names);
  const { added, modified, moved, removed, held } = await run.verify();
  const status = await run.settled(names);
  const [found, truth] = [recorded(run.cache), await truthOf(lab.dump())];
  const complaints = judgeStates(truth, found, run.home);
  if (!whole) return { status, found, truth, complaints };
  complaints.push(...judgeHistory(found, run.home));
  const corrected = { added, modified, moved, removed, held };
  if (Object.values(corrected).some((count) => count > 0)) complaints.unshift(`verify: ${JSON.stringify(corrected)}`);
  return { status, found, truth, complaints };
}
