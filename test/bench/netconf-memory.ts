/** Memory of the netconf daemon that has brought interfaces up and waits for more. */
import { NetconfHost } from "../lab/netconf.ts";
import { namespacesOrSkip } from "../lab/netns.ts";
import { linksOf, stanzas } from "./netconf-lab.ts";
import { type Memory, memoryOf } from "./proc.ts";
import type { Bench, Row } from "./report.ts";

const repetitions = Math.max(1, Math.round(2 * Number(process.env.REEVE_BENCH_SCALE ?? 1)));
const counts = [1, 50, 200];
/** Milliseconds in which a service looks twice whether it rests (src/process/rest.ts). */
const settling = 22_000;

export const bench: Bench = async () => {
  const title = "Idle memory of the netconf daemon";
  const lab = await namespacesOrSkip("bench netconf-memory");
  if (!lab) return [{ title, grid: [["not measured"]], notes: ["It wants root and network namespaces."] }];
  const samples = new Map<number, Memory[]>(counts.map((count) => [count, []]));
  try {
    for (let round = 0; round < repetitions; round++) {
      for (const count of counts) {
        const links = linksOf(count, "x");
        const host = lab.add(`m${count}r${round}`);
        host.batch(links.map(({ name }) => `link add ${name} type ifb`));
        const netconf = new NetconfHost(host, stanzas(links));
        await netconf.start();
        try {
          await netconf.ask("up", { all: true });
          await Bun.sleep(settling);
          const memory = memoryOf(netconf.pid);
          if (!memory) throw new Error("the daemon has gone");
          samples.get(count)?.push(memory);
        } finally {
          await netconf.stop();
        }
      }
    }
  } finally {
    await lab.remove();
  }
  const rows = (["pss", "rss", "own"] as const).flatMap((figure) =>
    counts.map((count): Row => {
      const values = (samples.get(count) ?? []).map((memory) => memory[figure]);
      return { what: `${names[figure]}, ${count} interface${count > 1 ? "s" : ""} up`, unit: "MiB", values };
    }),
  );
  return [{ title, rows, notes: ["Alone on its host: no other Reeve shares the pages of the program."] }];
};

const names = { pss: "proportional (PSS)", rss: "resident (RSS)", own: "private" } as const;
