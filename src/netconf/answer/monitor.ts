/** Everything as it happens, to somebody who may read slowly. */
import type { MonitorLine, Options } from "../../console/interfaces/control.ts";
import type { Exchange } from "../../umcp/server.ts";
import type { Engine } from "../engine.ts";
import { type Address, addressKey, type KernelChange, type Link, type Route } from "../kernel/state.ts";
import { summaryOf } from "./event-lines.ts";
import { sender } from "./follow.ts";
import { latest, markText, missed, readMark } from "./missed.ts";

/**
 * Until the asker has had enough. What is not read in time is left out, and counted.
 * @param started epoch milliseconds: which daemon this is
 */
export async function monitor(
  engine: Engine,
  { name, kernel = false, after }: Options["monitor"],
  exchange: Exchange,
  started: number,
): Promise<void> {
  const left = (count: number): MonitorLine => {
    return { what: "line", id: 0, name: "", text: `… ${count} lines left out`, at: engine.now };
  };
  const give = sender(exchange, left);
  const mark = { started, at: engine.now, ...latest(engine.events.ring) };
  const send = (line: MonitorLine) => {
    mark.at = engine.now;
    give(after === undefined ? line : { ...line, mark: markText(mark) });
  };
  const concerns = (iface: string) => name === undefined || iface === name;
  const ends = [
    engine.events.watch((happening) => {
      const { event } = happening.task;
      mark.event = Math.max(mark.event, event.id);
      if (happening.what === "line") mark.order = happening.line.order;
      if (!concerns(event.iface)) return;
      if (happening.what !== "line") return send({ what: "event", event: summaryOf(happening.task) });
      const { at, text } = happening.line;
      send({ what: "line", id: event.id, name: event.iface, text, at });
    }),
    ...(kernel
      ? [
          engine.changes.listen((change) => {
            const told = changeText(change);
            if (told && concerns(told.name)) send({ what: "kernel", text: told.text, at: engine.now });
          }),
        ]
      : []),
  ];
  if (after !== undefined) {
    const from = readMark(after);
    const { lines, lost } = from
      ? missed(engine.events.ring, from, { started, name, kernel })
      : { lines: [], lost: "" };
    send({ what: "mark", text: lost, at: engine.now });
    for (const line of lines) send(line);
  }
  try {
    if (!exchange.signal.aborted) {
      await new Promise<void>((resolve) => exchange.signal.addEventListener("abort", () => resolve(), { once: true }));
    }
  } finally {
    for (const end of ends) end();
  }
}

/** `link eth0: carrier`; undefined: nothing that anybody would miss. */
export function changeText(change: KernelChange): { name: string; text: string } | undefined {
  if (change.what === "overrun") return { name: "", text: "notifications were lost; everything was read anew" };
  const { before, after } = change;
  const sign = before ? (after ? "~" : "-") : "+";
  if (change.what === "link") {
    const link = (after ?? before) as Link;
    const said = before && after ? linkDifference(before as Link, after as Link) : link.kind || link.type;
    return said ? { name: link.name, text: `${sign} link ${link.name}: ${said}` } : undefined;
  }
  if (change.what === "address") {
    const address = (after ?? before) as Address;
    const flags = address.flags.length > 0 ? ` (${address.flags.join(" ")})` : "";
    return { name: address.device, text: `${sign} address ${addressKey(address)}${flags}` };
  }
  if (change.what === "rule") return { name: "", text: `${sign} rule ${(change.after ?? change.before)?.priority}` };
  const { destination, prefix, table, hops, metric } = (after ?? before) as Route;
  const by = hops.map(({ gateway, device }) => [gateway && `via ${gateway}`, device].filter(Boolean).join(" "));
  const rest = `${metric ? ` metric ${metric}` : ""}${table === 254 ? "" : ` table ${table}`}`;
  return {
    name: hops[0]?.device ?? "",
    text: `${sign} route ${destination}/${prefix} ${by.join(", ")}${rest}`.trimEnd(),
  };
}

function linkDifference(before: Link, after: Link): string {
  const said: string[] = [];
  if (before.name !== after.name) said.push(`was ${before.name}`);
  if (before.up !== after.up) said.push(after.up ? "up" : "down");
  if (before.carrier !== after.carrier) said.push(after.carrier ? "carrier" : "no carrier");
  if (before.mtu !== after.mtu) said.push(`mtu ${after.mtu}`);
  if (before.address !== after.address) said.push(`address ${after.address}`);
  if (before.master !== after.master) said.push(after.master ? `port of ${after.master}` : `free of ${before.master}`);
  return said.join(", ");
}
