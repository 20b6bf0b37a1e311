/** What became of `up` and `down`, for a person. */
import type { UpResult } from "../../src/console/interfaces/control.ts";
import { Problem } from "../../src/problem.ts";
import { cell } from "../printable.ts";

export function resultLine({ name, logical, outcome, reason }: UpResult["interfaces"][number]): string {
  const as = logical && logical !== name ? `${name}=${logical}` : name;
  return [as, outcome, ...(reason ? [cell(reason)] : [])].join("\t");
}

/** Undefined: all is done or deferred. @param alone there is no daemon that could tell more */
export function failureOf(verb: "up" | "down", { interfaces }: UpResult, alone = false): Problem | undefined {
  const failed = interfaces.filter(({ outcome }) => outcome !== "done" && outcome !== "deferred");
  if (failed.length === 0) return undefined;
  const names = failed.map(({ name }) => name);
  const more = alone ? "" : `; \`reeve netconf why ${names.length === 1 ? names[0] : "NAME"}\` says more`;
  return new Problem("not-done", `${names.join(", ")}: ${verb} failed${more}`);
}
