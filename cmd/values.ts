/**
 * What the values of options and operands are called in help, manual and completion, and how a shell completes them.
 * One name means the same in every command; a test holds that each option with a value stands here.
 */
import { changeKinds, changeOrigins, parkedStates } from "../src/console/directory/control.ts";
import { levels } from "../src/log.ts";
import { eventKinds } from "../src/netconf/events/event.ts";
import { jobStatuses } from "../src/store/schema-queue.ts";

export interface ValueHelp {
  /** As it is printed: `DIR`. */
  name: string;
  /** What a shell offers: the words themselves, or files, or folders; absent: nothing. */
  completes?: readonly string[] | "file" | "folder" | "interface";
}

const file: ValueHelp = { name: "FILE", completes: "file" };
const folder: ValueHelp = { name: "DIR", completes: "folder" };
const iface: ValueHelp = { name: "INTERFACE", completes: "interface" };

/** By an option's long name, or by an operand as clipanion writes it: `<shell>`, `[command]`; `...` with its service. */
export const values: Record<string, ValueHelp> = {
  "--log-level": { name: "LEVEL", completes: levels },
  "--state": folder,

  "--listen": { name: "ADDRESS:PORT" },
  "--database": { name: "URL", completes: "file" },
  "--with": { name: "SERVICE", completes: ["agent", "backend", "listener"] },
  "--admin-password-file": file,
  "--password-file": file,

  "--option": { name: "KEY=VALUE" },
  "--socket": { name: "SOCKET", completes: "file" },
  "--user": { name: "NAME" },
  "--timeout": { name: "SECONDS" },

  "--module": { name: "MODULE" },
  "--port": { name: "PORT" },
  "--locale": { name: "LANGUAGE" },
  "--debug": { name: "LEVEL", completes: ["0", "1", "2", "3", "4"] },
  "--log-file": file,
  "--file": file,

  "--server": { name: "URL" },
  "--local": file,
  "--tag": { name: "TAG" },

  "--device": { name: "DEVICE", completes: "file" },
  "--extra": { name: "TEXT" },
  "--walk": file,
  "--output": folder,
  "<url>": { name: "URL" },
  "<file>": file,
  "[file]": file,
  "--reason": { name: "TEXT" },
  "--parallel": { name: "NUMBER" },
  "[action]": { name: "ACTION[::STAGE]" },

  "--uri": { name: "URI" },
  "--host": { name: "HOST" },
  "--base": { name: "DN" },
  "--bind-dn": { name: "DN" },
  "--mechanism": { name: "MECHANISM", completes: ["EXTERNAL"] },
  "--handlers": folder,
  "--cache": folder,
  "--ldap-folder": folder,
  "--password": { name: "PASSWORD" },
  "--from-ldif": file,
  "--from-journal": { name: "FIRST..LAST" },
  "--adopt": folder,
  "--dump": file,

  "--handler": { name: "HANDLER" },
  "--object": { name: "DN" },
  "--parked-state": { name: "STATE", completes: parkedStates },
  "--before": { name: "NUMBER" },
  "--dn": { name: "TEXT" },
  "--kind": { name: "KIND", completes: changeKinds },
  "--origin": { name: "ORIGIN", completes: changeOrigins },
  "[handler]": { name: "HANDLER" },
  "<handler>": { name: "HANDLER" },
  "[parked]": { name: "NUMBER" },
  "<parked>": { name: "NUMBER" },
  "<event>": { name: "EVENT" },
  "[uuid]": { name: "UUID" },
  "listener ...": { name: "UUID" },

  "--workers": { name: "NUMBER" },
  "--status": { name: "STATES", completes: jobStatuses },
  "--action": { name: "ACTION" },
  "--limit": { name: "NUMBER" },
  "<job>": { name: "JOB" },

  "--allow": { name: "CLASS" },
  "--exclude": { name: "PATTERN" },
  "--interfaces": file,
  "--record": file,
  "--operational": { name: "STATE", completes: ["carrier", "degraded", "routable"] },
  "--interface": iface,
  "--event-kind": { name: "KIND", completes: eventKinds },
  "netconf ...": iface,
  "<interface>": iface,
  "[apply]": { name: "NUMBER" },
  "[number]": { name: "NUMBER" },
  "<number>": { name: "NUMBER" },
  "<action>": { name: "ACTION", completes: ["add", "remove"] },

  "<shell>": { name: "SHELL", completes: ["bash", "zsh", "fish"] },
  "[folder]": folder,
  "[command]": { name: "MODULE/COMMAND" },
  "<name>": { name: "NAME" },
};
