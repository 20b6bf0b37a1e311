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
  const objects = objectsOf(all);
  const items = page.slice(0, limit).map((row) => itemOf(row, objects.get(keyOf(row)) ?? []));
  return { total: wanted.length, items, before: page.length > limit ? (items.at(-1)?.id ?? null) : null };
}

const keyOf = ({ uuid, handler }: Row) => `${uuid} ${handler}`;

/** One object's items stand in each other's way, in order; what depends by its place in the tree shows by its state. */
function objectsOf(all: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(
    all.filter(({ state }) => state !== "skipped"),
    keyOf,
  );
}

/** @param same what is parked of the same object, itself included unless it was skipped */
function itemOf(row: Row, same: readonly Row[]): ParkedItem {
  const { id, handler, seq, kind, uuid, dn, state, since, attempts, nextAt, error } = row;
  const first = state === "waiting" ? same.find((other) => other.seq <= seq && other.id !== id) : undefined;
  return {
    ...{ id, handler, seq, kind: kind as ChangeKind | "initial", uuid, dn, state, since, attempts, error },
    nextAt: state === "failed" ? nextAt : null,
    behind: state === "waiting" ? 0 : same.filter((other) => other.state === "waiting").length,
    waitsFor: first?.id ?? null,
  };
}
