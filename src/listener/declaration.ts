/** What a handler says about itself when it is loaded (names as in the model's listener modules). */

export interface Declaration {
  /** Unique; the file's name without its ending unless the handler says another. */
  name: string;
  description: string;
  /** RFC 4515, or the model's own language for Python modules (`semantics`). Empty: no object, only schema and postrun. */
  filter: string;
  /** `model`: the filter means what Univention's filter.c makes of it (reference §1). */
  semantics: "rfc4515" | "model";
  /** A change counts only if it touches one of these; empty: any change. */
  attributes: string[];
  /** True: the function gets the letter of the operation as its fourth argument. */
  modrdn: boolean;
  handleEveryDelete: boolean;
  /** Lower comes first; `replication` before all. An event reaches a handler only after all before it are done with it. */
  priority: number;
  /** `calls`: r, a, m as the model; `objects`: create, modify with the old DN, remove. */
  style: "calls" | "objects";
  /**
   * `events`: entering the filter is `a`, leaving it `d`. `model`: entering is `m` with the real old side, leaving is
   * nothing (Univention's behaviour).
   */
  transitions: "events" | "model";
  /** Attributes that are withheld from everybody who does not name them here, e.g. userPassword. */
  needs: string[];
  /** Functions that exist beside the handler's own. */
  functions: LifeFunction[];
  /** Seconds without a change before postrun. */
  quiet: number;
  /** Seconds after prerun at which postrun comes even if changes go on. */
  maxDelay: number;
  /** Seconds a call may take. */
  timeout: number;
  /** User it asks to run as; empty: the service's own. Wants the service to run as root. */
  user: string;
}

export type LifeFunction = "initialize" | "clean" | "prerun" | "postrun";

export const defaults = {
  priority: 50,
  quiet: 15,
  maxDelay: 300,
  timeout: 60,
} as const;
