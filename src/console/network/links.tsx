/** Ways between the module's pages. */
import type { Child } from "hono/jsx";
import { Choices } from "../parts/choices.tsx";
import type { DeviceLink } from "./answer.ts";

export const devicesPath = "/network";
export const wherePath = "/network/where";
export const jobsPath = "/network/jobs";

export function deviceHref(id: number, tab?: string): string {
  return `/network/devices/${id}${tab ? `?tab=${tab}` : ""}`;
}

export function portHref(device: number, port: string, at?: string | null): string {
  return `/network/devices/${device}/port?${new URLSearchParams({ port, ...(at ? { at } : {}) })}`;
}

export function whereHref(search: string, at?: string | null): string {
  return `${wherePath}?${new URLSearchParams({ search, ...(at ? { at } : {}) })}`;
}

export function jobHref(id: number): string {
  return `${jobsPath}/${id}`;
}

export function DeviceAnchor({ device }: { device: DeviceLink }) {
  return <a href={deviceHref(device.id)}>{device.name || device.address}</a>;
}

export function PortAnchor({ device, port, at }: { device: number; port: string; at?: string | null }) {
  return port === "" ? null : <a href={portHref(device, port, at)}>{port}</a>;
}

export function WhereAnchor({ search, at, children }: { search: string; at?: string | null; children?: Child }) {
  return <a href={whereHref(search, at)}>{children ?? search}</a>;
}

/** A sentence with commands in backticks. */
export function Words({ text }: { text: string }) {
  return <span>{text.split("`").map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</span>;
}

const places = [
  { title: "Devices", href: devicesPath },
  { title: "Where is it?", href: wherePath },
  { title: "Jobs", href: jobsPath },
];

/** Links to the module's pages, the present one marked. */
export function Places({ here }: { here: string }) {
  const choices = places.map(({ title, href }) => ({ key: href, title }));
  return <Choices label="Network" choices={choices} chosen={here} href={(key) => key} current="page" />;
}
