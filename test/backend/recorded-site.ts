/** All recordings as one site: discovered into one store, as Netdisco had them in its lab, and judged by what it holds. */
import { join } from "node:path";
import type { Tools } from "../../src/backend/action.ts";
import { requestsFor, runRequests } from "../../src/backend/foreground.ts";
import { openTools } from "../../src/backend/tools.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { type Place, placeOf } from "../../src/network/edge.ts";
import { openRecording } from "../../src/snmp/recording/recording.ts";
import { openStore } from "../../src/store/database.ts";
import { findDevice } from "../../src/store/device.ts";
import type { LinkRow } from "../../src/store/link.ts";
import { listLinks } from "../../src/store/link-list.ts";
import { nodesAt } from "../../src/store/node.ts";
import { edgeContext } from "../../src/store/port-view.ts";
import { type RecordingName, recordings } from "./device/raw-rows.ts";
import { addressOf } from "./device/recorded.ts";

const folder = join(import.meta.dirname, "../../../shared/corpus/snmp");

export interface PlacedNode {
  mac: string;
  port: string;
  place: Place;
}

export interface Site {
  nodes: ReadonlyMap<RecordingName, PlacedNode[]>;
  /** Links whose other end is a recording, too. */
  links: { from: RecordingName; to: RecordingName; link: LinkRow }[];
}

export async function recordedSite(): Promise<Site> {
  const store = await openStore({ url: ":memory:" });
  const { settings } = await loadConfiguration({}, {});
  const byAddress = new Map(recordings.map((name) => [addressOf(name), name]));
  const live = await openTools({ settings, credentials: [] }, { store, dryRun: true });
  const tools: Tools = {
    ...live,
    connect: async (target) => {
      const source = await openRecording(join(folder, `${byAddress.get(target)}.snmprec.gz`));
      return { source, tag: "", version: 2 };
    },
  };
  try {
    const wanted = ["discover", "macsuck", "arpnip"].map((action) => ({ action, stage: "" }));
    const common = { port: "", extra: "", force: false, username: "", userip: "", reason: undefined };
    const requests = requestsFor(wanted, [...byAddress.keys()], common);
    const ended = await runRequests(requests, tools, 1, new AbortController().signal, () => undefined);
    const failed = ended.find(({ status }) => status !== "done");
    if (failed) throw new Error(`${failed.action} ${failed.device}: ${failed.message}`);
    const nodes = new Map<RecordingName, PlacedNode[]>();
    const names = new Map<number, RecordingName>();
    for (const [address, name] of byAddress) {
      const device = await findDevice(store, address);
      if (device === undefined) throw new Error(`${name} was merged into another device`);
      names.set(device.id, name);
      const rows = await nodesAt(store, device.id);
      const places = rows.map(({ port }) => ({ device: device.id, port }));
      const context = await edgeContext(store, places, [...new Set(rows.map(({ mac }) => mac))]);
      nodes.set(
        name,
        rows.map(({ mac, port }) => ({ mac, port, place: placeOf({ mac, port, device: device.id }, context) })),
      );
    }
    const links = (await listLinks(store)).flatMap((link) => {
      const [from, to] = [names.get(link.device), names.get(link.remote_device ?? -1)];
      return from && to ? [{ from, to, link }] : [];
    });
    return { nodes, links };
  } finally {
    await live.close();
    await store.close();
  }
}
