/** What the backend's processes are told: plain data, so that it crosses the channel between them. */
import type { Settings } from "../config/keys.ts";
import type { Credential } from "../snmp/credential.ts";

export interface BackendOptions {
  settings: Settings;
  /** Tried in this order; secrets included. */
  credentials: Credential[];
}
