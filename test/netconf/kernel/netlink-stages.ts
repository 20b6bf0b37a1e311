/** A program of its own: does the stages of a scenario and prints as JSON what went wrong, for a machine without a test runner. */
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import { lastingDifferences } from "./against-ip.ts";
import { missing } from "./effects.ts";
import { kinds, usual } from "./netlink-scenario.ts";

const kernel = openNetlinkKernel();
await kernel.refresh();
const wrong: string[] = [];
let done = 0;
for (const { title, steps } of process.argv[2] === "usual" ? usual : kinds) {
  const results = await kernel.perform(steps, { goOn: true });
  done += results.filter(({ ok }) => ok).length;
  for (const [at, result] of results.entries()) {
    if (!result.ok) wrong.push(`${title}: ${result.code} ${result.message}: ${JSON.stringify(steps[at])}`);
  }
  wrong.push(
    ...[...missing(steps, kernel.state), ...(await lastingDifferences(kernel))].map((text) => `${title}: ${text}`),
  );
}
kernel.close();
process.stdout.write(`${JSON.stringify({ done, wrong })}\n`);
