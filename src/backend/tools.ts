/** What stages work with, opened once a process: the store, the SNMP engine, the credentials. */
import { connect } from "../snmp/connect.ts";
import { createEngine, type TraceEvent } from "../snmp/engine.ts";
import { openStore } from "../store/database.ts";
import { findDevice } from "../store/device.ts";
import type { Store } from "../store/store.ts";
import type { Report, Tools } from "./action.ts";
import { actions } from "./actions.ts";
import { hookQueue } from "./hook-queue.ts";
import { parseHooks } from "./hooks.ts";
import type { BackendOptions } from "./options.ts";
import { credentialAllowed, deviceSubject } from "./permission.ts";
import type { SiteStages } from "./site-stages.ts";

export interface OpenTools extends Tools {
  close(): Promise<void>;
}

export interface ToolSettings {
  report?: Report | undefined;
  trace?: ((event: TraceEvent) => void) | undefined;
  show?: ((table: string, row: object) => void) | undefined;
  /** A store that is already open; it stays open. */
  store?: Store | undefined;
  /** Nothing is to be kept: `store` is a scratch one, and no device is written to. */
  dryRun?: boolean | undefined;
}

export async function openTools(options: BackendOptions, settings: ToolSettings = {}): Promise<OpenTools> {
  const given = options.settings;
  const store =
    settings.store ?? (await openStore({ url: given.database, passwordFile: given.databasePasswordFile || undefined }));
  const siteStages = await stagesOfSite(given["backend.actionsFolder"]);
  const engine = createEngine({
    timeout: given["snmp.timeout"],
    retries: given["snmp.retries"],
    inFlight: given["snmp.inFlight"],
    allInFlight: given["snmp.allInFlight"],
    repetitions: given["snmp.repetitions"],
    port: given["snmp.port"],
  });
  engine.trace = settings.trace;
  const hooks = hookQueue({ hooks: parseHooks(given) });
  return {
    store,
    options,
    siteStages,
    tracing: settings.trace !== undefined,
    dryRun: settings.dryRun ?? false,
    report: settings.report ?? (() => undefined),
    async connect(target, purpose, signal, asked) {
      const { known, name } = asked ?? { known: await findDevice(store, target), name: target };
      const at = deviceSubject(known, target);
      const subject = { ...at, names: [...new Set([...at.names, ...deviceSubject(known, name).names])] };
      const remembered = purpose === "read" ? known?.snmp_auth_tag_read : known?.snmp_auth_tag_write;
      const { source, credential } = await connect(engine, target, options.credentials, {
        purpose,
        remembered: remembered || undefined,
        signal,
        allowed: (entry) => credentialAllowed(options.settings, entry, subject),
      });
      return { source, tag: credential.tag, version: credential.version };
    },
    show: settings.show ?? (() => undefined),
    event: (event) => hooks.add(event),
    async close() {
      await hooks.close();
      engine.close();
      if (!settings.store) await store.close();
    },
  };
}

/** Loaded where there are any: the checker of their shape costs each worker milliseconds and memory. */
async function stagesOfSite(folder: string): Promise<SiteStages | undefined> {
  if (folder === "") return undefined;
  const { loadSiteStages } = await import("./site-stages.ts");
  return loadSiteStages(folder, (action) => Object.hasOwn(actions, action));
}
