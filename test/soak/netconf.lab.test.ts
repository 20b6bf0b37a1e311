/**
 * `reeve netconf` is killed at random moments of applies, confirms, rollbacks, ups and downs, and while it recovers: the
 * next one leaves the kernel wholly as before or wholly as asked, which a twin shows that nobody ever kills, and nothing
 * foreign is touched. Twelve kills in `make test`, five hundred in `make soak`. The seed is printed; REEVE_TEST_SEED
 * repeats a run's choices.
 */
import { afterAll, expect, test } from "bun:test";
import { namespacesOrSkip } from "../lab/netns.ts";
import { random } from "../random.ts";
import { NetconfKills } from "./netconf-kills.ts";

const long = process.env.REEVE_TEST_SOAK === "1";
const kills = Number(process.env.REEVE_TEST_KILLS ?? (long ? 500 : 12));
/** After so many, other configurations. */
const round = 25;
const seed = Number(process.env.REEVE_TEST_SEED ?? Date.now() % 1_000_000);

const lab = await namespacesOrSkip("kills of netconf", ["bridge", "sysctl"]);
if (lab) {
  afterAll(() => lab.remove());
  test(
    `${kills} kills of netconf leave the old or the new (seed ${seed})`,
    async () => {
      const soak = new NetconfKills(lab, random(seed));
      try {
        for (let done = 0; done < kills; done += round) await soak.round(Math.min(round, kills - done));
        console.log(`seed ${seed}: ${soak.done} kills: ${JSON.stringify(soak.met)}`);
        expect(soak.done).toBeGreaterThanOrEqual(kills);
      } catch (error) {
        console.error(`seed ${seed}, after ${JSON.stringify(soak.met)}\n${soak.story()}`);
        throw error;
      } finally {
        await soak.end();
      }
    },
    long ? 7_200_000 : 300_000,
  );
}
