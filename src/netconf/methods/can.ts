/** `iface can0 can static`: a controller's timing and modes. */
import { option, type Stanza } from "../interfaces/configuration.ts";
import type { Data, Draft } from "./draft.ts";
import { decimal, flag, integer } from "./value.ts";

/** In the order of their bits (linux/can/netlink.h). */
const modes = {
  loopback: "LOOPBACK",
  listenonly: "LISTEN-ONLY",
  triple: "TRIPLE-SAMPLING",
  oneshot: "ONE-SHOT",
  berr: "BERR-REPORTING",
} as const;

export const canOptions = ["bitrate", "samplepoint", "restart-ms", ...Object.keys(modes)];

export function can(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  const data: Record<string, Data[string]> = {};
  const put = (key: string, name: string, is: number | string[] | undefined) => {
    if (is !== undefined) data[key] = { is, at: option(stanza, name)?.at ?? stanza.at };
  };
  if (!option(stanza, "bitrate")) draft.error(stanza.at, `${draft.name} has no bitrate: write bitrate 500000`);
  put("bitrate", "bitrate", draft.read(option(stanza, "bitrate"), integer(1, 1_000_000)));
  put("sample_point", "samplepoint", draft.read(option(stanza, "samplepoint"), decimal(0, 0.999)));
  put("restart_ms", "restart-ms", draft.read(option(stanza, "restart-ms"), integer(0, 0xffff_ffff)));
  const said = Object.entries(modes).filter(([name]) => option(stanza, name));
  const on = said.filter(([name]) => draft.read(option(stanza, name), flag)).map(([, word]) => word);
  if (said.length > 0) put("ctrlmode", said[0]![0], on);
  const other = draft.wanted.link?.is.kind;
  if (other) draft.error(stanza.at, `${draft.name} is asked to be ${other} and can at once: one of them, please`);
  else draft.link("can", stanza.at, { data });
}
