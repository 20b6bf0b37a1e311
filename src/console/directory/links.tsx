/** Ways between the module's pages. */
import type { PageContext } from "../page.ts";
import { Choices } from "../parts/choices.tsx";
import type { ListenerStatus } from "./control.ts";

export const peoplePath = "/people";
export const changesPath = "/directory/changes";
export const handlersPath = "/directory/handlers";
export const parkedPath = "/directory/parked";
export const heldPath = "/directory/held";

export function personHref(uuid: string): string {
  return `${peoplePath}/${encodeURIComponent(uuid)}`;
}

export function changeHref(seq: number): string {
  return `${changesPath}/${seq}`;
}

export function handlerHref(name: string): string {
  return `${handlersPath}/${encodeURIComponent(name)}`;
}

interface PlacesProps {
  page: Pick<PageContext, "user">;
  here: string;
  status?: ListenerStatus | undefined;
}

/** Links to the module's pages, the present one marked. */
export function Places({ page, here, status }: PlacesProps) {
  const places = [
    { key: peoplePath, title: "People and groups" },
    ...(page.user.administrator ? [{ key: changesPath, title: "Changes" }] : []),
    { key: handlersPath, title: "Handlers" },
    { key: parkedPath, title: "Parked", count: status && Object.values(status.parked).reduce((sum, one) => sum + one) },
    { key: heldPath, title: "Held deletions", count: status?.held },
  ];
  return <Choices label="Directory" choices={places} chosen={here} href={(key) => key} current="page" />;
}
