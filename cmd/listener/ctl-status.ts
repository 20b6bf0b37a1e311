import { Command } from "clipanion";
import type { HandlerStatus, ListenerStatus, ParkedCounts } from "../../src/console/directory/control.ts";
import { cell } from "../printable.ts";
import { CtlCommand, moment } from "./ctl.ts";

export class CtlStatusCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "status"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "tell how the running listener stands: server, phase, lag, and each handler",
    details: `
      Exit code 0 when all is well, 81 when something wants a person: a handler that is refused, changes that were given
      up (\`dead\`), deletions that wait for approval, no connection, a full disk.
    `,
    examples: [["For a monitor", "$0 listener ctl status --json"]],
  });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const status = await this.ask("status", {});
    if (this.json) this.printJson(status);
    else for (const line of lines(status)) this.print(line);
    const wanting = wants(status);
    if (wanting.length > 0) throw new Problem("not-done", wanting.join("; "));
  }
}

function lines(status: ListenerStatus): string[] {
  const { phase, server, servers, suffix, base, progress, error, errorAt, lag, verified } = status;
  const share = progress ? ` (${progress.done}${progress.total === null ? "" : ` of ${progress.total}`})` : "";
  return [
    `phase\t${phase}${share} since ${moment(status.phaseSince)}, process ${status.pid}`,
    `server\t${server || "none yet"}${servers.length > 1 ? ` of ${servers.join(", ")}` : ""}`,
    `base\t${base || suffix || "unknown"}`,
    `entries\t${status.entries}`,
    ...(status.unreadable > 0
      ? [`left out\t${status.unreadable} that cannot be read: ${status.unreadableDns.map(cell).join("; ")}`]
      : []),
    `events\t${status.head}, ${status.rate.toFixed(1)}/s, kept from ${status.first} (${mebi(status.bytes)} MiB)`,
    `last sync\t${moment(status.lastSync)}`,
    `lag\t${lag.events} events, ${lag.seconds} s`,
    ...(error ? [`error\t${cell(error)} (${moment(errorAt)})`] : []),
    ...(verified
      ? [
          `verified\t${moment(verified.ended)}: ${verified.compared} compared, ${verified.added} added, ` +
            `${verified.modified} modified, ${verified.moved} moved, ${verified.removed} removed, ${verified.held} held` +
            `${verified.error ? `; ${verified.error}` : ""}`,
        ]
      : []),
    ...(status.held > 0 ? [`held\t${status.held} deletions wait: reeve listener ctl held, approve or reject`] : []),
    ...status.handlers.map(handlerLine),
  ];
}

const mebi = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

export function handlerLine(one: HandlerStatus): string {
  const { name, state, lag, load, rate, parked, error, restarts, nextAt, waitsFor } = one;
  const parts = [
    state + (load ? ` ${load.done}${load.total === null ? "" : ` of ${load.total}`}` : ""),
    ...(state === "following" || lag.events > 0 ? [`${lag.events} events behind (${lag.seconds} s)`] : []),
    ...(waitsFor === null ? [] : [`waits for ${waitsFor}`]),
    `${rate.toFixed(1)}/s`,
    ...parkedParts(parked),
    ...(restarts > 0 ? [`${restarts} restarts`] : []),
    ...(nextAt === null ? [] : [`again at ${moment(nextAt)}`]),
    ...(error ? [error.split("\n", 1)[0] ?? ""] : []),
  ];
  return `handler\t${name}\t${parts.join(", ")}`;
}

function parkedParts({ failed, waiting, dead }: ParkedCounts): string[] {
  return failed + waiting + dead === 0 ? [] : [`parked: ${failed} failed, ${waiting} waiting, ${dead} dead`];
}

function wants({ phase, handlers, parked, held }: ListenerStatus): string[] {
  const refused = handlers.filter(({ state }) => state === "refused").map(({ name }) => name);
  return [
    ...(phase === "connecting" ? ["the directory is not followed"] : []),
    ...(phase === "full" ? ["there is no space on the disk"] : []),
    ...(refused.length > 0 ? [`refused: ${refused.join(", ")}`] : []),
    ...(parked.dead > 0 ? [`${parked.dead} changes were given up`] : []),
    ...(held > 0 ? [`${held} deletions wait for approval`] : []),
  ];
}

export class CtlModulesCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "modules"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "list the handlers with what they declare: filter, priority, attributes, file",
  });

  async execute(): Promise<void> {
    const modules = await this.ask("modules", {});
    if (this.json) return this.printJson(modules);
    for (const { name, state, priority, kind, filter, attributes, file, description, warnings, error } of modules) {
      this.print(`${name}\t${state}\tpriority ${priority}\t${kind}\t${file}`);
      this.print(`\t${description}`);
      this.print(`\t${filter || "no filter"}${attributes.length > 0 ? ` (${attributes.join(", ")})` : ""}`);
      for (const warning of warnings) this.print(`\twarning: ${warning}`);
      if (error) this.print(`\terror: ${error}`);
    }
  }
}
