/** What is parked, for those who ask over the control socket. */
import type { ChangeKind, Options, ParkedItem, ParkedList } from "../console/directory/control.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { ParkedItem as Row } from "./park.ts";

/** Rows that are looked at for one answer. */
const most = 100_000;

export function parkedList(dispatcher: Dispatcher, asked: Options["parked"]): ParkedList {
  const { handler, state, before = Number.POSITIVE_INFINITY, limit } = asked;
  const all = dispatcher.parked(handler, most);
  const wanted = all
    .filter((row) => (state === undefined ? row.state !== "skipped" : row.state === state))
    .sort((a, b) => b.id - a.id);
  const page = wanted.filter(({ id }) => id < before);
  const items = page.slice(0, limit).map((row) => itemOf(row, all));
  return { total: wanted.length, items, before: page.length > limit ? (items.at(-1)?.id ?? null) : null };
}

function itemOf(row: Row, all: readonly Row[]): ParkedItem {
  const { id, handler, seq, kind, uuid, dn, state, since, attempts, nextAt, error } = row;
  // One object's items stand in each other's way; what depends by its place in the tree shows by its state.
  const same = all.filter((other) => other.handler === handler && other.uuid === uuid && other.state !== "skipped");
  const first = state === "waiting" ? same.find((other) => other.seq <= seq && other.id !== id) : undefined;
  return {
    ...{ id, handler, seq, kind: kind as ChangeKind | "initial", uuid, dn, state, since, attempts, error },
    nextAt: state === "failed" ? nextAt : null,
    behind: state === "waiting" ? 0 : same.filter((other) => other.state === "waiting").length,
    waitsFor: first?.id ?? null,
  };
}
