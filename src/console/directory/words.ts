/** What the listener says, in words. */
import type { Words } from "../parts/text.tsx";
import { counted, duration } from "../parts/units.ts";
import type { ChangeKind, ChangeOrigin, HandlerState, Lag, ParkedState, Phase, VerifyResult } from "./control.ts";

export const phases: Record<Phase, Words> = {
  connecting: ["looks for a server", "warning"],
  loading: ["loads the directory", "accent"],
  refreshing: ["catches up", "accent"],
  following: ["follows", "good"],
  full: ["waits for space on the disk", "bad"],
};

export const handlerStates: Record<HandlerState, Words> = {
  starting: ["starts", "accent"],
  loading: ["loads", "accent"],
  following: ["follows", "good"],
  waiting: ["waits", "warning"],
  paused: ["paused", "neutral"],
  refused: ["refused", "bad"],
  gone: ["gone", "neutral"],
};

export const parkedStates: Record<ParkedState, Words> = {
  failed: ["is tried again", "warning"],
  waiting: ["waits", "neutral"],
  dead: ["given up", "bad"],
  skipped: ["skipped", "neutral"],
};

export const kinds: Record<ChangeKind | "initial", Words> = {
  create: ["created", "good"],
  modify: ["modified", "neutral"],
  move: ["moved", "accent"],
  delete: ["deleted", "bad"],
  out: ["moved out", "accent"],
  in: ["moved in", "accent"],
  schema: ["schema", "neutral"],
  initial: ["initial load", "neutral"],
};

export const origins: Record<ChangeOrigin, string> = {
  live: "as it happened",
  refresh: "after an absence",
  verify: "by a verification",
  ancestor: "an ancestor moved",
};

export function lagOf({ events, seconds }: Lag): string {
  return events === 0 ? "up to date" : `${counted(events, "change")}, ${duration(seconds)} behind`;
}

export function verifyOf({ compared, added, modified, moved, removed, held, error }: VerifyResult): string {
  const found = Object.entries({ added, modified, moved, removed, held }).filter(([, count]) => count > 0);
  const differing = found.map(([what, count]) => `${count} ${what}`).join(", ") || "nothing differed";
  const all = `${counted(compared, "entry", "entries")} compared, ${differing}`;
  return error === "" ? all : `broke off: ${error} (${all})`;
}
