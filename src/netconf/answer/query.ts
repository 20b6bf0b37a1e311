/** What the configuration says of interfaces, inherited and mapped. */
import type { QueriedInterface, Which } from "../../console/interfaces/control.ts";
import type { Engine } from "../engine.ts";
import { chosenUp } from "../expand.ts";
import { stanzasOf } from "../interfaces/configuration.ts";
import { placeOf } from "./event-lines.ts";
import { mustKnow } from "./status.ts";

/** Without names or class: all that has a stanza. @throws Problem `bad-options`, `not-found` */
export function queried(engine: Engine, which: Which): QueriedInterface[] {
  const { configuration, records } = engine;
  const every = which.names === undefined && which.class === undefined;
  const named = every
    ? [...new Set(configuration.stanzas.map(({ name }) => name))].map((name) => ({
        physical: name,
        logical: undefined,
      }))
    : chosenUp(engine, which);
  // As another logical one it need not be there itself.
  if (which.names)
    mustKnow(
      engine,
      named.map(({ physical, logical }) => logical ?? physical),
    );
  return named.map(({ physical, logical = records.get(physical)?.logical ?? physical }) => ({
    name: physical,
    logical,
    stanzas: stanzasOf(configuration, logical).map(({ family, method, at, options }) => ({
      ...{ family, method, at: placeOf(at) },
      options: options.map(({ name, value }) => [name, value]),
    })),
    classes: Array.from(configuration.classes)
      .filter(([, words]) => words.some(({ word }) => word === physical))
      .map(([name]) => name),
  }));
}
