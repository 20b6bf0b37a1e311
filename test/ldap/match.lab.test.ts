/** Our matcher against slapd's own, entry by entry, with the schema that slapd publishes. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Attributes, decodeAttributes } from "../../src/ldap/attributes.ts";
import { type Directory, openDirectory } from "../../src/ldap/connect.ts";
import { treeKey } from "../../src/ldap/dn.ts";
import { parseFilter } from "../../src/ldap/filter.ts";
import { compile } from "../../src/ldap/match.ts";
import { parseSchema, type Schema } from "../../src/ldap/schema.ts";
import { type SlapdLab, slapdOrSkip, suffix, top } from "../lab/slapd.ts";
import { random } from "../random.ts";

const own = "1.3.6.1.4.1.4203.666.99";
const syntax = "1.3.6.1.4.1.1466.115.121.1";
const types: [name: string, definition: string][] = [
  [
    "xExact",
    `EQUALITY caseExactMatch ORDERING caseExactOrderingMatch SUBSTR caseExactSubstringsMatch SYNTAX ${syntax}.15`,
  ],
  [
    "xIgnore",
    `EQUALITY caseIgnoreMatch ORDERING caseIgnoreOrderingMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX ${syntax}.15`,
  ],
  [
    "xNumeric",
    `EQUALITY numericStringMatch ORDERING numericStringOrderingMatch SUBSTR numericStringSubstringsMatch SYNTAX ${syntax}.36`,
  ],
  ["xInteger", `EQUALITY integerMatch ORDERING integerOrderingMatch SYNTAX ${syntax}.27`],
  ["xBoolean", `EQUALITY booleanMatch SYNTAX ${syntax}.7`],
  ["xTime", `EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch SYNTAX ${syntax}.24`],
  ["xOctets", `EQUALITY octetStringMatch ORDERING octetStringOrderingMatch SYNTAX ${syntax}.40`],
  ["xNone", `SYNTAX ${syntax}.15`],
  ["xOid", `EQUALITY objectIdentifierMatch SYNTAX ${syntax}.38`],
  ["xUuid", "EQUALITY UUIDMatch ORDERING UUIDOrderingMatch SYNTAX 1.3.6.1.1.16.1"],
  ["xName", "SUP name"],
];
const global = [
  "attributeoptions lang- x-",
  ...types.map(([name, definition], number) => `attributetype ( ${own}.1.${number} NAME '${name}' ${definition} )`),
  `objectclass ( ${own}.2.1 NAME 'xThing' SUP top AUXILIARY MAY ( ${types.map(([name]) => name).join(" $ ")} ) )`,
];

const base64 = (value: string) => Buffer.from(value, "utf8").toString("base64");

/** Values of one type each, an entry each. */
const values: Record<string, string[]> = {
  xExact: ["Alpha", "alpha", "Alpha  Beta", " Alpha Beta ", "Äther", "äther", "a*b", "(x)", "Z", "zz", "ab cd  ef"],
  xIgnore: [
    "Alpha",
    "BETA  gamma",
    "Straße",
    "STRASSE",
    "ÄÖÜ",
    "o\u0308",
    "ﬁsh",
    "İstanbul",
    "ΟΔΟΣ",
    "a\u00a0b",
    "a\tb",
    "Zoë",
    "𝄞",
    "-",
  ],
  xNumeric: ["12 34", "1234", "0012", "9"],
  xInteger: ["0", "-5", "5", "10", "100", "-100", "12345678901234567890", "7"],
  xBoolean: ["TRUE", "FALSE"],
  xTime: ["20260101120000Z", "20260101130000+0100", "202601011200Z", "20260101120000.5Z", "19991231235959Z"],
  xOctets: ["abc", "ABC", "ab", "b", " a "],
  xNone: ["something"],
  xOid: ["2.5.6.6", "person", "cn", "1.2.3.4"],
  xUuid: ["5F5C6F2E-1111-1040-8f1e-000000000001", "00000000-0000-0000-0000-000000000000"],
  xName: ["named", "Named Twice"],
  telephoneNumber: ["+49 30 123-456", "+4930123456", "+49 30 EXT 5"],
  postalAddress: ["Street  1$City", "street 1$CITY$Land"],
  member: ["cn=Foo Bar,dc=lab", "CN=foo  bar, DC=LAB", "cn=a\\,b,dc=lab", "cn=foo\\20bar,dc=lab"],
  uniqueMember: ["cn=x,dc=lab", "cn=x,dc=lab#'0101'B"],
  mail: ["Ada@Example.org", "ada.l@example.org"],
  description: ["one", "Two words", "  spaced   out  "],
  seeAlso: ["ou=group,dc=lab", "cn=deep,ou=group,dc=lab", "dc=lab"],
  userPassword: ["secret", "Secret"],
  memberUid: ["ada", "Ada"],
  jpegPhoto: ["\u0000\u0001"],
};

function* entries(): Generator<string> {
  yield top;
  yield `dn: ou=group,${suffix}\nobjectClass: organizationalUnit\nou: group\n`;
  let number = 0;
  for (const [type, list] of Object.entries(values)) {
    for (const value of list) {
      const holds =
        type === "member" ? "groupOfNames" : type === "uniqueMember" ? "groupOfUniqueNames" : "inetOrgPerson";
      const person = holds === "inetOrgPerson" ? "sn: Entry\n" : "";
      const posix = type === "memberUid" ? "objectClass: extensibleObject\n" : "";
      const below = number % 3 === 0 ? `ou=group,${suffix}` : suffix;
      yield `dn: cn=e${number},${below}\nobjectClass: ${holds}\nobjectClass: xThing\n${posix}cn: e${number}\n${person}${type}:: ${base64(value)}\n`;
      number++;
    }
  }
  yield `dn: cn=Ada Lovelace+uid=Ada,ou=group,${suffix}\nobjectClass: inetOrgPerson\ncn: Ada Lovelace\ncn;lang-de: Äda\nsn: Lovelace\nuid: Ada\ndescription;lang-en;x-a: option\n`;
  for (const [index, name] of names.entries())
    yield `dn: cn=name${index},${suffix}\nobjectClass: device\ncn: name${index}\nowner:: ${base64(name)}\n`;
  yield `dn: cn=posix,${suffix}\nobjectClass: person\nobjectClass: posixAccount\ncn: posix\nsn: Posix\nuid: posix\nuidNumber: 1000\ngidNumber: 7\nhomeDirectory: /home/Posix\n`;
}

const filters = `
(objectClass=*) (objectClass=person) (objectClass=PERSON) (objectClass=2.5.6.6) (objectClass=top) (objectClass=nonsense)
(objectClass=inetOrgPerson) (objectClass=organizationalPerson) (objectClass=xThing) (objectClass=1.2.3) (objectClass=in*) (!(objectClass=1.2.3)) (|(objectClass=xThing)(objectClass=dcObject)) (objectClass:=person) (objectClass:objectIdentifierMatch:=person) (!(xOid=person))
(!(objectClass=person)) (!(objectClass=nonsense)) (structuralObjectClass=inetOrgPerson) (structuralObjectClass=person)
(nonsense=*) (!(nonsense=*)) (nonsense=x) (!(nonsense=x)) (|(nonsense=x)(sn=posix)) (&(nonsense=x)(sn=posix)) (!(&(nonsense=x)(sn=posix)))
(!(&(nonsense=x)(sn=other))) (!(|(nonsense=x)(sn=posix))) (&) (|) (!(&)) (!(|)) (&(sn=*)(!(sn=entry)))
(xExact=Alpha) (xExact=alpha) (xExact=ALPHA) (xExact=Alpha Beta) (xExact= Alpha   Beta ) (xExact=äther) (xExact=Äther) (xExact=a\\2ab)
(xExact=\\28x\\29) (xExact>=alpha) (xExact<=Z) (xExact>=zz) (xExact=A*) (xExact=*a) (xExact=*a*) (xExact=a*a) (xExact=*Beta) (xExact=Alpha*Beta)
(xExact=ab*ef) (xExact=ab *ef) (xExact=ab* ef) (xExact=*b c*) (xExact=*b  c*) (xExact=*d e*) (xExact=* *) (xExact=*  *) (xExact=ab*) (xExact= ab*) (xExact=*ef )
(xExact=*cd *) (xExact=* cd*) (xExact=*ab*cd*ef*) (xExact=*ef*ab*) (xExact=*\\2a*) (xExact=) (xExact=*l*l*)
(xIgnore=alpha) (xIgnore=ALPHA) (xIgnore=beta gamma) (xIgnore=BETA   GAMMA) (xIgnore=straße) (xIgnore=STRASSE) (xIgnore=strasse) (xIgnore=äöü) (xIgnore=ÄÖÜ)
(xIgnore=ö) (xIgnore=Ö) (xIgnore=fish) (xIgnore=FISH) (xIgnore=istanbul) (xIgnore=i̇stanbul) (xIgnore=οδος) (xIgnore=οδοσ) (xIgnore=a b) (xIgnore=a\\09b)
(xIgnore=zoe) (xIgnore=zoë) (xIgnore=ZOË) (xIgnore=*ö*) (xIgnore=ä*) (xIgnore=*Ü) (xIgnore>=b) (xIgnore<=b) (xIgnore>=z) (xIgnore=𝄞) (xIgnore>=￿) (xIgnore=*ta  ga*) (xIgnore=-) (xIgnore~=alpha)
(xIgnore=\\ff) (!(xIgnore=\\ff)) (xIgnore=f*) (xIgnore=*SH)
(xNumeric=1234) (xNumeric=1 2 3 4) (xNumeric=12) (xNumeric=0012) (xNumeric=12*) (xNumeric=*3 4) (xNumeric=*2*) (xNumeric>=12) (xNumeric<=1234) (xNumeric=x) (!(xNumeric=x))
(xInteger=5) (xInteger=05) (!(xInteger=05)) (xInteger=-5) (xInteger=+5) (xInteger>=5) (xInteger<=5) (xInteger>=-5) (xInteger<=-5) (xInteger>=12345678901234567890) (xInteger>=x) (!(xInteger>=x)) (xInteger=5*) (xInteger=) (xInteger<=-100) (xInteger>=99)
(xInteger:1.2.840.113556.1.4.803:=5) (xInteger:1.2.840.113556.1.4.803:=7) (xInteger:1.2.840.113556.1.4.804:=2) (xInteger:1.2.840.113556.1.4.804:=0) (xInteger:1.2.840.113556.1.4.803:=0) (xInteger:integerBitAndMatch:=4) (xInteger:integerBitOrMatch:=96) (xInteger:1.2.840.113556.1.4.803:=x)
(xInteger:integerOrderingMatch:=10) (xInteger:integerMatch:=10) (xExact:caseIgnoreMatch:=ALPHA) (xIgnore:caseExactMatch:=alpha) (xIgnore:caseExactMatch:=Alpha) (xIgnore:=alpha) (xIgnore:2.5.13.5:=Alpha) (xIgnore:integerMatch:=5) (!(xIgnore:integerMatch:=5)) (xIgnore:noSuchRule:=5) (!(xIgnore:noSuchRule:=5))
(mail:caseIgnoreIA5Match:=ADA@example.org) (mail:caseExactIA5Match:=Ada@Example.org) (mail:caseIgnoreMatch:=ADA@example.org) (mail:caseExactMatch:=ada@example.org)
(xBoolean=TRUE) (xBoolean=true) (xBoolean=FALSE) (xBoolean=x) (!(xBoolean=x)) (!(xBoolean=TRUE))
(xTime=20260101120000Z) (xTime=20260101130000+0100) (xTime=2026010112Z) (xTime=20260101120000.50Z) (xTime>=20260101120000Z) (xTime<=20260101120000Z) (xTime>=2026) (!(xTime>=2026)) (xTime<=20000101000000Z) (xTime>=20260101120000.1Z) (createTimestamp>=20000101000000Z) (createTimestamp<=20000101000000Z)
(xOctets=abc) (xOctets=ABC) (xOctets>=ab) (xOctets<=abc) (xOctets= a ) (xOctets=a) (userPassword=secret) (userPassword=SECRET)
(xNone=*) (xNone=something) (!(xNone=something)) (xNone>=a) (xNone=so*)
(xOid=person) (xOid=2.5.6.6) (xOid=PERSON) (xOid=cn) (xOid=2.5.4.3) (xOid=1.2.3.4) (xOid=1.2.3.5) (xOid=nonsense) (!(xOid=nonsense))
(xUuid=5f5c6f2e-1111-1040-8F1E-000000000001) (xUuid=5f5c6f2e111110408f1e000000000001) (xUuid>=5f5c6f2e-1111-1040-8f1e-000000000001) (xUuid<=00000000-0000-0000-0000-000000000000) (xUuid=x) (entryUUID=*)
(xName=named) (xName=NAMED TWICE) (name=named) (name=posix) (name=E*) (name=Entry) (2.5.4.41=entry) (surname=Posix) (SN=posix) (2.5.4.4=posix) (commonName=e1) (cn=E1) (cn=e1*) (cn>=e1) (givenName=*) (cn;lang-de=äda) (cn;lang-de=*) (cn=äda) (cn;lang-en=*) (name;lang-de=*) (description=option) (description;x-a=option) (description;lang-en;x-a=option) (description;x-a;lang-en=option) (description;lang-de=option) (cn;lang-=*) (description;lang-en=*)
(telephoneNumber=+4930123456) (telephoneNumber=+49-30-123 456) (telephoneNumber=+49*456) (telephoneNumber=*30123*) (telephoneNumber=*30 123*) (telephoneNumber=+4930ext5) (telephoneNumber=+4930EXT5) (telephoneNumber=*ä*)
(postalAddress=street 1$city) (postalAddress=STREET 1$CITY$LAND) (postalAddress=street*) (postalAddress=*city*) (postalAddress=*land)
(member=cn=foo bar,dc=lab) (member=commonName=Foo  Bar, dc=LAB) (member=2.5.4.3=foo bar,0.9.2342.19200300.100.1.25=lab) (member=cn=a\\5c,b,dc=lab) (member=cn=a\\5c2cb,dc=lab) (member=cn="a,b",dc=lab) (member=nonsense) (!(member=nonsense)) (member=cn=foo*) (member=cn=foo\\5c20bar,dc=lab) (member=*) (member=)
(uniqueMember=cn=x,dc=lab) (uniqueMember=CN=X, DC=lab) (uniqueMember=cn=x,dc=lab#'0101'B) (uniqueMember=cn=x,dc=lab#'1'B)
(seeAlso:dnSubtreeMatch:=ou=group,dc=lab) (seeAlso:dnOneLevelMatch:=ou=group,dc=lab) (seeAlso:dnSubordinateMatch:=ou=group,dc=lab) (seeAlso:dnSuperiorMatch:=ou=group,dc=lab) (seeAlso:dnSubtreeMatch:=dc=lab) (seeAlso:1.3.6.1.4.1.4203.666.4.9:=OU=GROUP, dc=lab) (entryDN:dnSubtreeMatch:=ou=group,dc=lab) (entryDN=cn=e1,dc=lab) (entryDN=CN=E1, dc=lab) (entryDN=*) (!(entryDN=dc=lab)) (entryDN:dnOneLevelMatch:=dc=lab)
(mail=ada@example.org) (mail=ADA@EXAMPLE.ORG) (mail=*@example.org) (mail=ada*org) (mail=ä) (!(mail=ä)) (mail=*ä*) (!(mail=*ä*)) (mail>=a) (!(mail>=a))
(description=two words) (description=TWO  WORDS) (description=spaced out) (description=spaced*) (description=*out) (description=* *) (description=two*words) (description=*o w*) (description~=one)
(memberUid=ada) (memberUid=ADA) (memberUid=Ada) (memberUid=a*) (jpegPhoto=*) (jpegPhoto=x) (!(jpegPhoto=x)) (jpegPhoto=\\00\\01)
(uidNumber=1000) (uidNumber>=1000) (uidNumber<=999) (uidNumber>=999) (gidNumber=7) (homeDirectory=/home/posix) (homeDirectory=/home/Posix) (uid=ADA) (userid=ada)
(ou:dn:=group) (ou:dn:=GROUP) (ou:dn:caseExactMatch:=Group) (dc:dn:=lab) (cn:dn:=ada lovelace) (uid:dn:=ada) (ou:dn:=nonsense) (:dn:caseIgnoreMatch:=group) (:caseIgnoreMatch:=posix) (:caseExactMatch:=Posix) (:caseIgnoreIA5Match:=lab) (:integerMatch:=1000) (:distinguishedNameMatch:=ou=group,dc=lab) (!(ou:dn:=group)) (:noSuchRule:=x)
(hasSubordinates=TRUE) (subschemaSubentry=cn=Subschema) (creatorsName=*) (!(cn=*))
`
  .trim()
  .split(/(?<=\)) (?=\()|\n/);

/** Where we mean to differ from slapd, or cannot do as it does. */
const reasons: Record<string, string> = {
  // RFC 4517 §4.2.26: a name counts as its OID. Of others than classes, slapd compares what is written.
  "(xOid=person)": "names",
  "(xOid=2.5.6.6)": "names",
  "(xOid=PERSON)": "names",
  "(xOid=cn)": "names",
  "(xOid=2.5.4.3)": "names",
  "(!(xOid=person))": "names",
  "(objectClass:objectIdentifierMatch:=person)": "names",
  // An integer of more than 64 bits has no bits in slapd.
  "(xInteger:1.2.840.113556.1.4.803:=0)": "bits",
  "(xInteger:1.2.840.113556.1.4.804:=2)": "bits",
  "(xInteger:integerBitOrMatch:=96)": "bits",
  // slapd makes these up when an entry leaves, and does not look into them; a cache does not have them.
  "(:distinguishedNameMatch:=ou=group,dc=lab)": "entryDN is looked into only by its name",
  "(subschemaSubentry=cn=Subschema)": "is never looked into",
};

/** Names at random in few words and many spellings, so that many are the same. */
const names = (() => {
  const next = random(4514);
  const pick = (list: string[]) => list[Math.floor(next() * list.length)]!;
  const spelled: Record<string, string[]> = {
    cn: ["cn", "CN", "commonName", "2.5.4.3"],
    memberUid: ["memberUid", "MEMBERUID"],
    xExact: ["xExact"],
    mail: ["mail", "rfc822Mailbox"],
  };
  const words = ["a b", "A  B", " a b ", "a\\20b", "a\\20\\20b", "a\\ b\\ ", "ab"];
  const beyond = [
    "Ä",
    "ä",
    "\\C3\\A4",
    "a\u0308",
    "ß",
    "ss",
    "SS",
    "ﬁ",
    "fi",
    "x\\2Cy",
    "x\\,Y",
    "\\#x",
    "Ω",
    "ω",
    "\u2126",
    "σ",
    "ς",
    "Σ",
    "İ",
    "i",
    "K",
    "k",
  ];
  const ava = (type: string) => {
    const value = pick(type === "cn" || type === "xExact" ? [...words, ...beyond] : words);
    return `${pick(spelled[type]!)}=${value}`;
  };
  const rdn = () => {
    const [first = "", second = ""] = Object.keys(spelled).sort(() => next() - 0.5);
    return next() < 0.2 ? `${ava(first)} + ${ava(second)}` : ava(first);
  };
  return Array.from({ length: 400 }, () => (next() < 0.5 ? rdn() : rdn() + pick([",", ", ", " , "]) + rdn()));
})();

let lab: SlapdLab | undefined;
let directory: Directory | undefined;
beforeAll(async () => {
  lab = await slapdOrSkip({ log: "none", global, ldif: entries });
  if (lab) directory = await openDirectory({ uri: lab.uri, identity: { dn: lab.admin, password: lab.password } });
});
afterAll(async () => {
  directory?.close();
  await lab?.stop();
});

test("every filter finds what slapd finds", async () => {
  if (!directory) return;
  const published = await directory.schema();
  const schema: Schema = parseSchema(published?.attributeTypes ?? [], published?.objectClasses ?? []);
  expect(schema.malformed).toEqual([]);
  const search = async (filter: string, attributes: string[]) =>
    directory!.search({ base: suffix, scope: "sub", filter, attributes });
  const all: { dn: string; attributes: Attributes }[] = (await search("(!(owner=*))", ["*", "+"])).map((entry) => ({
    dn: entry.dn,
    attributes: decodeAttributes(entry.attributes),
  }));
  expect(all.length).toBeGreaterThan(60);
  const differences: Record<string, string> = {};
  let found = 0;
  for (const filter of filters) {
    const theirs = new Set((await search(`(&(!(owner=*))${filter})`, ["1.1"])).map(({ dn }) => dn));
    const matches = compile(parseFilter(filter), schema);
    const ours = new Set(all.filter((entry) => matches(entry.attributes, entry.dn)).map(({ dn }) => dn));
    found += theirs.size;
    const [missing, surplus] = [[...theirs.difference(ours)], [...ours.difference(theirs)]];
    if (missing.length + surplus.length > 0)
      differences[filter] =
        `missing ${missing.slice(0, 4)} (${missing.length}), surplus ${surplus.slice(0, 4)} (${surplus.length})`;
  }
  console.log(`${filters.length} filters over ${all.length} entries, ${found} matches`);
  for (const [filter, difference] of Object.entries(differences)) if (!reasons[filter]) console.log(filter, difference);
  expect(Object.keys(differences).sort()).toEqual(Object.keys(reasons).sort());
});

test("the names that slapd holds for the same have the same key", async () => {
  if (!directory) return;
  const published = await directory.schema();
  const schema = parseSchema(published?.attributeTypes ?? [], published?.objectClasses ?? []);
  const keys = names.map((name) => treeKey(name, schema));
  const escaped = (name: string) => name.replace(/[\\()*]/g, (mark) => `\\${mark.charCodeAt(0).toString(16)}`);
  const differences: string[] = [];
  let same = 0;
  for (const [index, name] of names.entries()) {
    const found = await directory.search({
      base: suffix,
      scope: "sub",
      filter: `(owner=${escaped(name)})`,
      attributes: ["cn"],
    });
    const theirs = new Set(found.map(({ dn }) => Number(/name(\d+)/.exec(dn)?.[1])));
    same += theirs.size - 1;
    for (const [other, key] of keys.entries())
      if ((key === keys[index]) !== theirs.has(other))
        differences.push(`${name} | ${names[other]} | slapd ${theirs.has(other)}`);
  }
  console.log(`${names.length} names, ${same} pairs of equal ones`);
  expect(same).toBeGreaterThan(500);
  expect(differences).toEqual([]);
});
