/** Lets an engine go through a recorded world again, and says where it did something else than then. */
import { Problem } from "../../problem.ts";
import type { LeaseEvent } from "../dhcp/lease.ts";
import { type Asker, Netconf } from "../netconf.ts";
import { Player } from "./player.ts";
import { fromLine, type TapeLine } from "./tape.ts";
import { type JournalStart, journalFrom } from "./taped-journal.ts";
import { type Fixed, tapedWorld } from "./taped-world.ts";
import { type PlainTree, plainTree } from "./trees.ts";

export interface Replayed {
  /** What the engine did, each root with what it made. */
  trees: PlainTree[];
  /** Where it differs from the recording, with the line there; empty: it does not. */
  differences: string[];
}

/** @throws Problem `bad-request`: that is no recording */
export async function replay(lines: Iterable<string>): Promise<Replayed> {
  const player = new Player(parsed(lines));
  const header = player.header();
  if (!header) throw new Problem("bad-request", "that is no recording of netconf: its first line is another one");
  const { fixed, journal } = header.world as { fixed: Fixed; journal: JournalStart };
  const trees: PlainTree[] = [];
  const netconf = new Netconf({
    ...tapedWorld(player, fixed, journalFrom(journal)),
    recording: {
      note: () => undefined,
      aside: (look) => look(),
      tree(root) {
        const tree = plainTree(root);
        trees.push(tree);
        player.tree(tree);
      },
    },
  });
  follow(player, netconf);
  await player.play();
  return { trees, differences: player.differences };
}

interface Asked {
  options: never;
  asker: Asker;
}

/** Asks what was asked. What was refused is refused again. */
function follow(player: Player, netconf: Netconf): void {
  const on = <T>(name: string, ask: (value: T) => unknown) =>
    player.on(name, (value: never) => {
      try {
        void Promise.resolve(ask(value as T)).catch(() => undefined);
      } catch {
        // whoever asked was told
      }
    });
  on("start", () => netconf.start());
  on<{ reason: string }>("stop", ({ reason }) => netconf.stop(reason));
  for (const verb of ["up", "down", "apply", "confirm", "rollback", "hotplug", "renew"] as const) {
    on<Asked>(verb, ({ options, asker }) => netconf[verb](options, asker));
  }
  on<Asked>("reload", ({ asker }) => netconf.reload(asker));
  on<{ event: LeaseEvent }>("lease", ({ event }) => netconf.lease(event));
  on<{ id: number; reason: string }>("cancel", ({ id, reason }) =>
    netconf.engine.events.ring.find(id)?.stop("cancelled", reason),
  );
}

function* parsed(lines: Iterable<string>): Generator<TapeLine> {
  let number = 0;
  for (const line of lines) {
    number++;
    if (line === "") continue;
    try {
      yield fromLine(line);
    } catch {
      throw new Problem("bad-request", `line ${number} of the recording is no JSON: it may have been cut off`);
    }
  }
}
