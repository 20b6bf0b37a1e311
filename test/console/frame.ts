import type { Frame } from "../../src/console/layout.tsx";

/** A frame as the daemon makes one, for pages rendered in tests. */
export function frame(path: string, change: Partial<Frame> = {}): Frame {
  return {
    user: { name: "admin", administrator: true },
    xsrf: "token",
    url: new URL(path, "http://reeve.test"),
    partial: undefined,
    ...change,
  };
}
