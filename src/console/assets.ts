/**
 * Everything a browser loads besides pages, embedded in the binary. Names carry a hash of the content, so an asset may
 * be cached for ever and a new version of Reeve is seen at once.
 */
import { createHash } from "node:crypto";
import htmx from "htmx.org/dist/htmx.min.js" with { type: "text" };
import base from "./client/base.css" with { type: "text" };
import consoleScript from "./client/console.js" with { type: "text" };
import directory from "./client/directory.css" with { type: "text" };
import favicon from "./client/favicon.svg" with { type: "text" };
import forms from "./client/forms.css" with { type: "text" };
import frame from "./client/frame.css" with { type: "text" };
import interfaces from "./client/interfaces.css" with { type: "text" };
import liveScript from "./client/live.js" with { type: "text" };
import network from "./client/network.css" with { type: "text" };
import parts from "./client/parts.css" with { type: "text" };
import tables from "./client/tables.css" with { type: "text" };
import themeScript from "./client/theme.js" with { type: "text" };

export interface Asset {
  /** `/assets/reeve.0a1b2c3d4e.css` */
  path: string;
  /** Content-Type. */
  type: string;
  content: string;
}

const script = "text/javascript; charset=utf-8";

function asset(name: string, extension: string, type: string, content: string): Asset {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  return { path: `/assets/${name}.${hash}.${extension}`, type, content };
}

export const assets = {
  stylesheet: asset(
    "reeve",
    "css",
    "text/css; charset=utf-8",
    base + frame + parts + tables + forms + network + directory + interfaces,
  ),
  theme: asset("theme", "js", script, themeScript),
  htmx: asset("htmx", "js", script, htmx),
  console: asset("console", "js", script, liveScript + consoleScript),
  favicon: asset("favicon", "svg", "image/svg+xml", favicon),
} as const satisfies Record<string, Asset>;

/** By path, for the server. */
export const assetsByPath: ReadonlyMap<string, Asset> = new Map(Object.values(assets).map((one) => [one.path, one]));
