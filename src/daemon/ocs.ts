/** The OCS inventory endpoint: PROLOG and INVENTORY of any agent that speaks the protocol. */
import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { isLoopback } from "../http/address.ts";
import { readBody } from "../http/body.ts";
import { type Coding, pack, unpack } from "../inventory/compress.ts";
import { decodeRequest, encodeInventoryReply, encodePrologReply } from "../inventory/ocs.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import type { Store } from "../store/database.ts";
import { storeInventory, touchHost } from "../store/host.ts";
import type { Bindings } from "./api.ts";
import { Gate } from "./gate.ts";
import type { Visit } from "./visit.ts";

export interface AgentsSettings {
  allowed: (address: string) => boolean;
  /** "" when none is wanted. */
  secret: string;
  /** Hours between two inventories. */
  interval: number;
  /** Requests an hour from one address. */
  perHour: number;
}

/** Bytes as they cross the wire, and once inflated. */
export const largestPacked = 16 * 1024 * 1024;
const largestInflated = 64 * 1024 * 1024;
/** Reports in memory at a time, and waiting. */
const atOnce = 4;
const mostWaiting = 1000;

export function inventoryEndpoint(store: Store, settings: AgentsSettings): Hono<Bindings> {
  const log = logger("inventory");
  const rate = new HourlyRate(settings.perHour);
  const gate = new Gate(atOnce, mostWaiting);
  const app = new Hono<Bindings>();

  app.post("/", async (c) => {
    const { visit } = c.env;
    // Counted first: whoever guesses at the secret is slowed like everybody.
    const first = rate.count(visit.address) === 1;
    try {
      refuseUnlessAllowed(settings, visit);
    } catch (error) {
      if (first) log.warning("a report was refused", { address: visit.address, error });
      throw error;
    }
    if (!knowsSecret(settings, visit)) {
      if (first) log.warning("a report without the right secret was refused", { address: visit.address });
      return new Response("agents.secret is wanted\n", {
        status: 401,
        headers: { "WWW-Authenticate": 'Basic realm="Reeve"' },
      });
    }
    return gate.run(() => serve(visit));
  });

  async function serve(visit: Visit): Promise<Response> {
    const now = Date.now();
    const { content, coding } = await unpack(await readBody(visit.request, largestPacked), largestInflated);
    const userAgent = (visit.request.headers.get("user-agent") ?? "").slice(0, 200);
    const asked = decodeRequest(content, { at: now, userAgent });
    switch (asked.query) {
      case "PROLOG":
        await touchHost(store, asked.deviceId, now);
        return reply(encodePrologReply({ response: "SEND", prologFreq: settings.interval }), coding);
      case "INVENTORY": {
        const stored = await storeInventory(store, asked.document, { address: visit.address, now });
        log.info(stored.created ? "a new host has reported" : "a host has reported", {
          host: stored.id,
          device: asked.deviceId,
          changed: stored.changedSections,
        });
        return reply(encodeInventoryReply(), coding);
      }
      default:
        throw new Problem("bad-request", "this server understands PROLOG and INVENTORY");
    }
  }

  return app;
}

async function reply(xml: string, coding: Coding): Promise<Response> {
  const body = (await pack(xml, coding)) as BodyInit;
  return new Response(body, { headers: { "Content-Type": "application/x-compressed", "Cache-Control": "no-cache" } });
}

function refuseUnlessAllowed(settings: AgentsSettings, visit: Visit): void {
  if (!settings.allowed(visit.address)) {
    throw new Problem("forbidden", "this address may not report inventories (agents.networks)");
  }
  // Else a proxy on this host would open to the world what is open to this host.
  if (visit.veiled && isLoopback(visit.address)) {
    throw new Problem("forbidden", "reports through a proxy on this host want the proxy in trustedProxies");
  }
  // No agent sends it; a browser does, when another site's page has it report something.
  if (visit.request.headers.has("origin")) throw new Problem("forbidden", "a page may not report inventories");
}

// Basic authentication is what every OCS agent can do; the user's name is not looked at.
function knowsSecret(settings: AgentsSettings, visit: Visit): boolean {
  if (settings.secret === "") return true;
  const given = /^Basic ([\w+/=]{1,2000})$/.exec(visit.request.headers.get("authorization") ?? "")?.[1] ?? "";
  const [, ...password] = Buffer.from(given, "base64").toString("utf8").split(":");
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(password.join(":")), digest(settings.secret));
}

/** Counts requests of an address within the present hour; forgets all at its end, and bounds how many it knows. */
class HourlyRate {
  readonly #most: number;
  #counts = new Map<string, number>();
  #hour = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The number of this request. Throws `throttled` beyond the most. */
  count(address: string): number {
    const now = Date.now();
    const hour = Math.floor(now / 3_600_000);
    if (hour !== this.#hour || this.#counts.size > 100_000) {
      this.#hour = hour;
      this.#counts = new Map();
    }
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    if (count <= this.#most) return count;
    const retryAfter = Math.ceil(((hour + 1) * 3_600_000 - now) / 1000);
    throw new Problem("throttled", "too many reports from this address (agents.perHour)", { retryAfter });
  }
}
