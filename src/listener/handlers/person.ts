/** From an entry to what the console's directory cache keeps. Pure. */
import type { Buffer } from "node:buffer";
import { normaliseDn } from "../../ldap/dn.ts";
import type { DirectoryObject } from "../../store/person.ts";
import type { Entry } from "../handler-api.ts";

/** An entry need not name the classes that its own are derived from. */
const personClasses = ["person", "organizationalperson", "inetorgperson", "posixaccount", "account", "user"];
const groupClasses = ["groupofnames", "groupofuniquenames", "posixgroup", "group", "univentiongroup"];
export const peopleFilter = `(|${[...personClasses, ...groupClasses].map((name) => `(objectClass=${name})`).join("")})`;

/** What a machine has beside what makes it look like a person. */
const machineClasses = ["computer", "device", "iphost", "univentionhost", "univentionwindows", "univentionclient"];
/** Members are rows of their own, the rest is of no use to a person. */
const leftOut = new Set([
  ...["member", "uniquemember", "memberuid", "memberof", "structuralobjectclass", "entrydn", "entryuuid", "entrycsn"],
  ...["subschemasubentry", "hassubordinates", "contextcsn", "creatorsname", "modifiersname"],
]);

/**
 * The person or group that an entry is; undefined for machines and for what is neither.
 * @param uuid entryUUID
 * @param at milliseconds since 1970: who has expired then is disabled
 */
export function directoryObject(
  entry: Entry,
  place: { dn: string; uuid: string; source: string },
  at: number,
): DirectoryObject | undefined {
  const byName = new Map<string, Buffer[]>();
  for (const [name, values] of Object.entries(entry)) {
    const type = name.toLowerCase().replace(/;.*$/, "");
    byName.set(type, [...(byName.get(type) ?? []), ...values]);
  }
  const all = (name: string) => (byName.get(name) ?? []).flatMap(textOf);
  const first = (...names: string[]) => names.map((name) => all(name)[0]).find(Boolean) ?? "";
  const classes = all("objectclass").map((name) => name.toLowerCase());
  const group = classes.some((name) => groupClasses.includes(name));
  const account = group ? first("cn", "samaccountname") : first("uid", "samaccountname", "cn");
  if (classes.some((name) => machineClasses.includes(name)) || account.endsWith("$")) return undefined;
  if (!group && !classes.some((name) => personClasses.includes(name))) {
    return undefined;
  }
  const attributes: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(entry)) {
    if (leftOut.has(name.toLowerCase().replace(/;.*$/, ""))) continue;
    const texts = values.flatMap(textOf);
    if (texts.length > 0) attributes[name] = texts;
  }
  return {
    ...{ uuid: place.uuid, source: place.source, kind: group ? "group" : "person" },
    ...{ dn: place.dn, dnKey: normaliseDn(place.dn), account },
    name: (group ? first("displayname", "cn") : first("displayname", "cn", "gecos")) || account,
    mail: first("mailprimaryaddress", "mail"),
    phone: first("telephonenumber", "mobile", "homephone"),
    title: first("title"),
    department: first("departmentnumber", "department", "ou"),
    description: first("description"),
    disabled: isDisabled(first, at),
    attributes,
    members: group ? membersOf(all) : [],
  };
}

function membersOf(all: (name: string) => string[]): string[] {
  // uniqueMember is NameAndOptionalUID (RFC 4517 §3.3.21): a DN, and perhaps #'0101'B.
  const unique = all("uniquemember").map((value) => value.replace(/#'[01]*'B$/, ""));
  const names = [...all("member"), ...unique].flatMap((dn) => {
    try {
      return [`dn:${normaliseDn(dn)}`];
    } catch {
      return []; // no DN: nobody can be meant
    }
  });
  return [...new Set([...names, ...all("memberuid").map((account) => `uid:${account.toLowerCase()}`)])];
}

const day = 86_400_000;

function isDisabled(first: (...names: string[]) => string, at: number): boolean {
  const expires = first("shadowexpire");
  return (
    // RFC 2307: days since 1970, -1 for never.
    (/^\d+$/.test(expires) && Number(expires) * day < at) ||
    first("pwdaccountlockedtime") !== "" ||
    first("nsaccountlock").toLowerCase() === "true" ||
    first("sambaacctflags").includes("D") ||
    // Active Directory's ACCOUNTDISABLE.
    (Number(first("useraccountcontrol")) & 2) !== 0
  );
}

const decoder = new TextDecoder("utf-8", { fatal: true });
const tab = 9;
const carriageReturn = 13;

/** [] for a picture or a certificate. */
function textOf(value: Uint8Array): string[] {
  if (value.some((byte) => byte < tab || (byte > carriageReturn && byte < 0x20))) return [];
  try {
    return [decoder.decode(value)];
  } catch {
    return [];
  }
}
