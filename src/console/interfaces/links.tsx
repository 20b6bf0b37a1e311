/** Ways between the module's pages. */
import type { PageContext } from "../page.ts";
import { Choices } from "../parts/choices.tsx";
import type { Shown } from "./shown.ts";

export const interfacesPath = "/interfaces";
export const leasesPath = "/interfaces/leases";
export const eventsPath = "/interfaces/events";
export const livePath = "/interfaces/live";
export const checkPath = "/interfaces/check";
export const applyPath = "/interfaces/apply";

export function linkHref(name: string): string {
  return `/interfaces/links/${encodeURIComponent(name)}`;
}

export function eventHref(id: number): string {
  return `${eventsPath}/${id}`;
}

export function LinkAnchor({ name }: { name: string }) {
  return <a href={linkHref(name)}>{name}</a>;
}

interface PlacesProps {
  page: Pick<PageContext, "user">;
  here: string;
  shown?: Shown | undefined;
}

/** Links to the module's pages, the present one marked. */
export function Places({ page, here, shown }: PlacesProps) {
  const places = [
    { key: interfacesPath, title: "Interfaces", count: shown?.status.interfaces.length },
    { key: leasesPath, title: "Leases" },
    { key: eventsPath, title: "Events" },
    { key: checkPath, title: "Check" },
    ...(page.user.administrator ? [{ key: applyPath, title: "Apply" }] : []),
  ];
  return <Choices label="Interfaces" choices={places} chosen={here} href={(key) => key} current="page" />;
}
