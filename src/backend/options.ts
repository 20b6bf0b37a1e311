/** What the backend's processes are told: plain data, so that it crosses the channel between them. */
import type { Settings } from "../config/keys.ts";
import type { Credential } from "../snmp/credential.ts";
import { readCredentials } from "./credentials.ts";
import { parseHooks } from "./hooks.ts";
import { accessLists, credentialLists } from "./permission.ts";

export interface BackendOptions {
  settings: Settings;
  /** Tried in this order; secrets included. */
  credentials: Credential[];
}

/**
 * Reads the credentials and checks access lists and hooks, so that what is wrong is told at the start and not by a worker.
 * @throws Problem `config`
 */
export async function backendOptions(settings: Settings): Promise<BackendOptions> {
  accessLists(settings);
  parseHooks(settings);
  const credentials = await readCredentials(settings["snmp.credentialsFile"]);
  for (const credential of credentials) credentialLists(settings, credential);
  return { settings, credentials };
}
