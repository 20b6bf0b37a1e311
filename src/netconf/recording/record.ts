/** `netconf.recording`: everything that comes from the world is written down, for `reeve netconf replay`. */
import type { World } from "../world.ts";
import { Recorder } from "./recorder.ts";
import { journalStart } from "./taped-journal.ts";
import { fixedOf, tapedWorld } from "./taped-world.ts";
import { plainTree } from "./trees.ts";

/**
 * The same world, whose answers are written down.
 * @param write is given a line without its end; it must not throw
 */
export function recorded(world: World, write: (line: string) => void): World {
  const recorder = new Recorder(world.clock, () => world.kernel.state, write);
  const fixed = fixedOf(world);
  recorder.line({ netconf: 1, world: { fixed, journal: journalStart(world.journal) } });
  return {
    ...tapedWorld(recorder, fixed, world.journal, world),
    recording: {
      note: (name, value) => recorder.note(name, value),
      tree: (root) => recorder.line({ tree: plainTree(root) }),
      aside: (look) => recorder.aside(look),
    },
  };
}
