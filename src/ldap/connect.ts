/** A directory: connected, bound, and looked at once. When the connection is lost it stays lost: open another. */
import type { Client } from "ldapts";
import { ResultCodeError } from "ldapts";
import { Problem } from "../problem.ts";
import { decodeAttributes, text } from "./attributes.ts";
import { Connection } from "./connection.ts";
import { type DialOptions, dial } from "./dial.ts";
import { LdapRefusal } from "./refusal.ts";
import { type RawEntry, type SearchRequest, search } from "./search.ts";
import { synchronise, syncRequestOid } from "./sync.ts";
import type { SyncMessage, SyncRequest } from "./sync-message.ts";

export type { RawEntry, SearchRequest };

/** How we say who we are (RFC 4513 §5); by SASL EXTERNAL it is what Unix socket or certificate says. */
export type Identity = { dn: string; password: string } | { sasl: "EXTERNAL" };

export interface DirectoryOptions extends DialOptions {
  /** Default: nobody (anonymous). */
  identity?: Identity;
  /** Octets of the largest message, which holds the largest entry; default 64 MiB. */
  largestMessage?: number;
  /** Milliseconds of silence after which the server is asked whether it is there; twice that: it is lost. Default 60 000. */
  heartbeat?: number;
}

/** What a server says about itself (RFC 4512 §5.1). */
export interface RootDse {
  namingContexts: string[];
  supportedControl: string[];
  supportedExtension: string[];
  /** Where the schema is published. */
  subschemaSubentry: string | undefined;
}

/** Definitions as the server publishes them (RFC 4512 §4.2). */
export interface PublishedSchema {
  attributeTypes: string[];
  objectClasses: string[];
}

export interface Directory {
  readonly uri: string;
  /** TLS, or a Unix socket. */
  readonly encrypted: boolean;
  readonly rootDse: RootDse;
  /** Resolves when the connection has ended: with the reason, or with undefined after `close`. */
  readonly closed: Promise<Problem | undefined>;
  /** Bound likewise, for ordinary operations on the same connection; it fails when that has ended. */
  readonly client: Client;
  /** References to other servers that synchronisations met, and did not follow. */
  readonly references: number;
  /**
   * Batches of what came (RFC 4533). Who does not ask for the next one holds the server back.
   * @throws LdapRefusal with `resultCode` as in `syncResults`; Problem
   */
  sync(request: SyncRequest, signal?: AbortSignal): AsyncIterable<SyncMessage[]>;
  /** For results that fit in memory; works while a synchronisation is held. @throws LdapRefusal, Problem */
  search(request: SearchRequest, signal?: AbortSignal): Promise<RawEntry[]>;
  /** The schema; undefined if the server does not show it. */
  schema(signal?: AbortSignal): Promise<PublishedSchema | undefined>;
  close(): void;
}

/**
 * @throws Problem `unavailable`, `timeout`, `protocol`, `config`; LdapRefusal, as `auth-failed` for wrong credentials;
 * the signal's reason
 */
export async function openDirectory(options: DirectoryOptions): Promise<Directory> {
  const { uri, signal, identity } = options;
  const { socket, encrypted } = await dial(options);
  const connection = new Connection(socket, {
    uri,
    largestMessage: options.largestMessage ?? 64 * 1024 * 1024,
    timeout: options.connectTimeout ?? 10_000,
  });
  const aborted = () => connection.end(new Problem("cancelled", `${uri}: given up`));
  signal?.addEventListener("abort", aborted, { once: true });
  try {
    if (identity) await bind(connection, identity);
    const rootDse = await readRootDse(connection, signal);
    watch(connection, options.heartbeat ?? 60_000);
    return directory(connection, encrypted, rootDse);
  } catch (error) {
    connection.close();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", aborted);
  }
}

async function bind({ client, uri, closed }: Connection, identity: Identity): Promise<void> {
  const external = "sasl" in identity;
  // RFC 4513 §5.1.2: a DN without a password makes a connection of nobody's, and succeeds.
  if (!external && identity.password === "") throw new Problem("config", `${uri}: the password is empty`);
  try {
    await (external ? client.bindSASL("EXTERNAL", "") : client.bind(identity.dn, identity.password));
  } catch (error) {
    const what = `${uri}: bind ${external ? "by SASL EXTERNAL" : `as ${identity.dn}`}`;
    if (error instanceof ResultCodeError) {
      const diagnostic = error.message.replace(/ ?Code: 0x[0-9a-f]+$/, "");
      throw new LdapRefusal(what, { code: error.code, matchedDn: "", diagnostic });
    }
    throw (await closed) ?? error;
  }
}

async function readRootDse(connection: Connection, signal?: AbortSignal): Promise<RootDse> {
  const names = ["namingContexts", "supportedControl", "supportedExtension", "subschemaSubentry"];
  const found = await search(connection, { base: "", scope: "base", attributes: names }, signal);
  const values = textsOf(found[0]);
  return {
    namingContexts: values("namingContexts"),
    supportedControl: values("supportedControl"),
    supportedExtension: values("supportedExtension"),
    subschemaSubentry: values("subschemaSubentry")[0],
  };
}

/** An entry's values by attribute name, whose spelling is the server's. */
function textsOf(entry: RawEntry | undefined): (name: string) => string[] {
  const attributes = Object.entries(entry ? decodeAttributes(entry.attributes) : {});
  return (name) =>
    attributes.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1].map((value) => text(value)) ?? [];
}

/** A peer that is gone without a word looks like one that has nothing to say. */
function watch(connection: Connection, interval: number): void {
  let before = -1;
  let asked = false;
  const look = () => {
    // Held, it is our turn and not the server's.
    if (connection.received !== before || connection.held) asked = false;
    else if (asked) connection.end(new Problem("timeout", `${connection.uri}: the server does not answer any more`));
    else {
      asked = true;
      const anything = { base: "", scope: "base", attributes: ["1.1"], timeout: 2 * interval } as const;
      search(connection, anything).catch(() => {});
    }
    before = connection.received;
  };
  // First what has come meanwhile: the process may have been busy for longer than the interval.
  const timer = setInterval(() => setImmediate(look), interval);
  timer.unref();
  void connection.closed.then(() => clearInterval(timer));
}

function directory(connection: Connection, encrypted: boolean, rootDse: RootDse): Directory {
  const { uri, client, closed } = connection;
  let references = 0;
  return {
    uri,
    encrypted,
    rootDse,
    closed,
    client,
    get references() {
      return references;
    },
    sync(request, signal) {
      const { supportedControl: known } = rootDse;
      // A server that hides what it can is asked all the same.
      if (known.length > 0 && !known.includes(syncRequestOid)) {
        const what = `${uri} does not offer content synchronisation (RFC 4533)`;
        throw new Problem("config", `${what}; in OpenLDAP: moduleload syncprov, overlay syncprov in the database`);
      }
      return synchronise(connection, request, signal, () => references++);
    },
    search: (request, signal) => search(connection, request, signal),
    async schema(signal) {
      const { subschemaSubentry: base } = rootDse;
      if (base === undefined) return undefined;
      const attributes = ["attributeTypes", "objectClasses"];
      const filter = "(objectClass=subschema)";
      const values = textsOf((await search(connection, { base, scope: "base", filter, attributes }, signal))[0]);
      const schema = { attributeTypes: values("attributeTypes"), objectClasses: values("objectClasses") };
      return schema.attributeTypes.length > 0 ? schema : undefined;
    },
    close: () => connection.close(),
  };
}
