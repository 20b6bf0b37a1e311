/**
 * The file that `snmp.credentialsFile` names: a list as Netdisco's device_auth (its wiki, Configuration), alone or under
 * that key.
 *
 *     - tag: switches
 *       community: …            # or communityFile: a file whose first line it is
 *       version: 1              # 1 or 2; 2 by default
 *       only: [192.0.2.0/24]
 *     - tag: v3
 *       user: reeve
 *       auth: { proto: SHA, pass: … }       # or passFile
 *       priv: { proto: AES, pass: … }
 *       read: true              # the default
 *       write: false            # the default
 *       no: group:lab
 *       context_prefix: vlan-
 *
 * Messages name file and line, never a value of what could be a secret.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Alias, Document, Node, YAMLMap } from "yaml";
import { readSecretFile } from "../config/load.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import type { Credential } from "../snmp/credential.ts";

/** Without a file. */
export const defaultCredentials: Credential[] = [
  {
    tag: "public",
    version: 2,
    community: "public",
    contextPrefix: "vlan-",
    read: true,
    write: false,
    only: [],
    no: [],
  },
];

const largestFile = 1024 * 1024;
const mostCredentials = 1000;

type Auth = NonNullable<Credential["auth"]>;
type Priv = NonNullable<Credential["priv"]>;

/** Spellings of Netdisco and net-snmp; "AES256" is Blumenthal's, "AES256C" Cisco's (Reeder's) way to lengthen the key. */
const authNames: Record<string, Auth["protocol"]> = {
  md5: "md5",
  sha: "sha",
  sha1: "sha",
  sha224: "sha224",
  sha256: "sha256",
  sha384: "sha384",
  sha512: "sha512",
};
const privNames: Record<string, Priv["protocol"]> = {
  des: "des",
  aes: "aes",
  aes128: "aes",
  aes256: "aes256b",
  aes256b: "aes256b",
  aes256c: "aes256r",
  aes256r: "aes256r",
};

/**
 * @param file "" for none
 * @throws Problem `config`
 */
export async function readCredentials(file: string): Promise<Credential[]> {
  if (file === "") return defaultCredentials.map((credential) => ({ ...credential }));
  let content: string;
  try {
    const status = statSync(file);
    if (!status.isFile()) throw new Problem("config", `snmp.credentialsFile: ${file} is no file`);
    if (status.size > largestFile) {
      throw new Problem("config", `snmp.credentialsFile: ${file} is larger than ${largestFile} bytes`);
    }
    if (status.mode & 0o007) logger("config").warning("a file with a secret is open to every user", { file });
    content = readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("config", `snmp.credentialsFile: cannot read ${file}`, { cause });
  }
  return parseCredentials(content, file);
}

/**
 * @param file for messages, and where relative names of further files begin
 * @throws Problem `config`; also for no credential at all, which would let the backend reach nothing
 */
export async function parseCredentials(content: string, file: string): Promise<Credential[]> {
  const { isAlias, isMap, isSeq, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const at = (node: unknown) => {
    const offset = (node as Node | null | undefined)?.range?.[0];
    return offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
  };
  const [error] = document.errors;
  // Its own message may quote what stands there.
  const fault = error?.code.toLowerCase().replaceAll("_", " ");
  if (error) throw new Problem("config", `${file}:${lines.linePos(error.pos[0]).line}: is no YAML: ${fault}`);
  const { contents } = document;
  const list = isMap(contents) ? contents.get("device_auth", true) : contents;
  if (isMap(contents) && contents.items.length > 1) {
    throw new Problem("config", `${at(contents)}: expected a list, alone or under device_auth, and no other keys`);
  }
  if (!isSeq(list)) throw new Problem("config", `${at(list)}: expected a list of credentials`);
  if (list.items.length === 0) throw new Problem("config", `${at(list)}: lists no credentials`);
  if (list.items.length > mostCredentials) {
    throw new Problem("config", `${at(list)}: more than ${mostCredentials} credentials`);
  }
  const tags = new Set<string>();
  const resolved = (node: unknown) => (isAlias(node) ? (node as Alias).resolve(document) : node);
  return list.items.map((node, index) => {
    const item = resolved(node);
    if (!isMap(item)) throw new Problem("config", `${at(item)}: expected keys such as tag and community`);
    const credential = new Stanza(item, { file, at, document, resolved }).credential(index);
    if (tags.has(credential.tag))
      throw new Problem("config", `${at(item)}: a second credential with tag ${credential.tag}`);
    tags.add(credential.tag);
    return credential;
  });
}

interface Place {
  file: string;
  /** FILE:LINE. */
  at(node: unknown): string;
  document: Document;
  /** What an alias stands for. */
  resolved(node: unknown): unknown;
}

/** A map of the file whose keys are asked for one by one; what nobody asked for is an error. */
class Stanza {
  private readonly map: YAMLMap;
  private readonly place: Place;
  private readonly asked = new Set<string>();

  constructor(map: YAMLMap, place: Place) {
    this.map = map;
    this.place = place;
  }

  credential(index: number): Credential {
    const tag = this.text("tag") || `credential-${index + 1}`;
    const driver = this.text("driver") || "snmp";
    if (driver !== "snmp") throw this.wrong("driver", `expected snmp, the only one there is here`);
    const given = this.number("version");
    const user = this.text("user");
    const community = this.secret("community", "communityFile", `${tag}: community`);
    if (user && community) throw this.wrong("user", "stands beside community: one credential is of one kind");
    if (!user && community === undefined) throw this.wrong("tag", "expected community (v1, v2c) or user (v3)");
    const version = given ?? (user ? 3 : 2);
    if (version !== 1 && version !== 2 && version !== 3) throw this.wrong("version", "expected 1, 2 or 3");
    if ((version === 3) !== Boolean(user)) {
      throw this.wrong(
        "version",
        version === 3 ? "3 wants user, not community" : `${version} wants community, not user`,
      );
    }
    const auth = this.protocol("auth", authNames, tag);
    const priv = this.protocol("priv", privNames, tag);
    if (auth && !user) throw this.wrong("auth", "belongs to user");
    if (priv && !auth) throw this.wrong("priv", "wants auth beside it (RFC 3414)");
    const credential: Credential = {
      tag,
      version,
      ...(user ? { user } : { community }),
      ...(auth ? { auth } : {}),
      ...(priv ? { priv } : {}),
      contextPrefix: this.text("context_prefix") ?? "vlan-",
      read: this.toggle("read", true),
      write: this.toggle("write", false),
      only: this.list("only"),
      no: this.list("no"),
    };
    this.end();
    return credential;
  }

  private protocol<Name extends string>(
    key: "auth" | "priv",
    names: Record<string, Name>,
    tag: string,
  ): { protocol: Name; password: string } | undefined {
    const value = this.value(key);
    if (value === undefined || value === null) return undefined;
    const node = this.place.resolved(this.map.get(key, true)) as YAMLMap;
    if (typeof value !== "object" || Array.isArray(value)) throw this.wrong(key, "expected proto and pass");
    const stanza = new Stanza(node, this.place);
    const password = stanza.secret("pass", "passFile", `${tag}: ${key}`);
    if (password === undefined) throw this.wrong(key, "expected pass, or passFile");
    // RFC 3414 §11.2
    if (password.length < 8) throw this.wrong(key, "has a password shorter than 8 characters");
    const proto = stanza.text("proto") ?? (key === "auth" ? "md5" : "des");
    const protocol = names[proto.toLowerCase().replace(/[^a-z0-9]/g, "")];
    if (protocol === undefined)
      throw stanza.wrong("proto", `expected one of ${Object.keys(names).join(", ").toUpperCase()}`);
    stanza.end();
    return { protocol, password };
  }

  private secret(key: string, fileKey: string, name: string): string | undefined {
    const given = this.scalar(key);
    const path = this.text(fileKey);
    if (given !== undefined && path !== undefined) throw this.wrong(fileKey, `stands beside ${key}: which is meant?`);
    if (path !== undefined) return readSecretFile(resolve(dirname(this.place.file), path), name);
    if (given === "") throw this.wrong(key, "is empty");
    return given;
  }

  private text(key: string): string | undefined {
    return this.scalar(key) || undefined;
  }

  /** A text; a number as it is written (a community may look like one). */
  private scalar(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return value;
    const source = (this.map.get(key, true) as { source?: string } | undefined)?.source;
    if (typeof value === "number" && source !== undefined) return source;
    throw this.wrong(key, "expected a text");
  }

  private number(key: string): number | undefined {
    const text = this.scalar(key)?.replace(/^v|c$/g, "");
    if (text === undefined) return undefined;
    return /^\d$/.test(text) ? Number(text) : Number.NaN;
  }

  private toggle(key: string, preset: boolean): boolean {
    const value = this.value(key) ?? preset;
    if (value === true || value === 1 || value === "true" || value === "yes") return true;
    if (value === false || value === 0 || value === "false" || value === "no") return false;
    throw this.wrong(key, "expected true or false");
  }

  private list(key: string): string[] {
    const value = this.value(key);
    if (value === undefined || value === null) return [];
    const items: unknown[] = Array.isArray(value) ? value : [value];
    if (items.every((item) => typeof item === "string")) return items;
    throw this.wrong(key, "expected an access list: a text, or a list of them");
  }

  private value(key: string): unknown {
    this.asked.add(key);
    const node = this.map.get(key, true) as Node | undefined;
    try {
      return node?.toJS(this.place.document);
    } catch {
      throw this.wrong(key, "has too many aliases");
    }
  }

  private end(): void {
    for (const { key } of this.map.items) {
      const name = String((key as { value?: unknown })?.value ?? key);
      if (this.asked.has(name)) continue;
      throw new Problem(
        "config",
        `${this.place.at(key)}: unknown key ${name.slice(0, 50)}; known: ${[...this.asked].join(", ")}`,
      );
    }
  }

  private wrong(key: string, why: string): Problem {
    const pair = this.map.items.find((item) => String((item.key as { value?: unknown })?.value) === key);
    return new Problem("config", `${this.place.at(pair?.key ?? this.map)}: ${key}: ${why}`);
  }
}
