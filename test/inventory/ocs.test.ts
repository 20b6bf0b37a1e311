import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InventoryDocument } from "../../src/inventory/document.ts";
import {
  decodeInventoryReply,
  decodePrologReply,
  decodeRequest,
  encodeInventoryReply,
  encodeInventoryRequest,
  encodePrologReply,
  encodePrologRequest,
  type PrologReply,
} from "../../src/inventory/ocs.ts";
import { xmlLimits } from "../../src/inventory/xml.ts";
import { Problem, type ProblemCode } from "../../src/problem.ts";

const deviceId = "vm-2026-11-21-19-29-04";
const received = { at: 1_790_000_000_000, userAgent: "OCS-NG_unified_unix_agent_v2.10.0" };
const bytes = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

function inventory(content: string) {
  const xml = `<?xml version="1.0" encoding="UTF-8"?><REQUEST><CONTENT>${content}</CONTENT><DEVICEID>${deviceId}</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>`;
  const request = decodeRequest(bytes(xml), received);
  assert.equal(request.query, "INVENTORY");
  if (request.query !== "INVENTORY") throw new Error("unreachable");
  return request;
}

function refuses(input: string | Uint8Array, code: ProblemCode) {
  assert.throws(
    () => decodeRequest(typeof input === "string" ? bytes(input) : input, received),
    (error) => error instanceof Problem && error.code === code,
    String(input).slice(0, 80),
  );
}

const document: InventoryDocument = {
  deviceId,
  oldDeviceId: "old-2020-01-01-00-00-00",
  tag: "büro",
  agent: "Reeve_v0.1.0",
  collected: 1_789_999_999_999,
  sections: {
    HARDWARE: [{ NAME: "vm", MEMORY: 24_103, SWAP: 0, OSNAME: "Debian GNU/Linux 12 (bookworm)" }],
    DRIVES: [
      { TYPE: "/", VOLUMN: "/dev/vda", TOTAL: 258_019, FREE: 0 },
      { TYPE: "/mnt/a & <b>", LABEL: "\"q\" 'a' ]]> 😀\tx\ny" },
    ],
    SOFTWARES: [{ NAME: "bash", VERSION: "5.2", COMMENTS: "&amp; &#65; <!DOCTYPE x>" }],
  },
  incomplete: [
    { section: "MEMORIES", reason: "dmidecode needs root: memory modules are missing" },
    { section: "BIOS", reason: "no <DMI>" },
  ],
};

describe("inventory request", () => {
  it("comes back as it went", () => {
    const request = decodeRequest(bytes(encodeInventoryRequest(document, { checksum: 513 })), received);
    const expected = structuredClone(document);
    Object.assign(expected.sections.HARDWARE?.[0] ?? {}, { CHECKSUM: 513 });
    assert.equal(request.query, "INVENTORY");
    if (request.query !== "INVENTORY") return;
    assert.deepEqual(request.document, expected);
    assert.deepEqual(request.dropped, { sections: [], fields: 0, rows: 0, truncated: 0 });
    assert.deepEqual(request.accountInfo, { TAG: "büro" });
  });

  it("keeps a stable order, plain integers and 0, and asks for all sections by default", () => {
    const xml = encodeInventoryRequest(document);
    assert.match(xml, /<SWAP>0<\/SWAP>/);
    assert.match(xml, /<CHECKSUM>4194303<\/CHECKSUM><\/HARDWARE>/);
    assert.match(xml, /<OLD_DEVICEID>old-2020-01-01-00-00-00<\/OLD_DEVICEID>/);
    assert.ok(xml.indexOf("<HARDWARE>") < xml.indexOf("<DRIVES>"));
    const shuffled = { ...document, sections: { DRIVES: document.sections.DRIVES, ...document.sections } };
    assert.equal(encodeInventoryRequest(shuffled), xml);
  });

  it("drops what XML 1.0 cannot carry", () => {
    const odd: InventoryDocument = {
      ...document,
      sections: { USERS: [{ LOGIN: "a\u0000\u001b\ufffe\ud800b" }] },
      incomplete: [],
    };
    assert.match(encodeInventoryRequest(odd), /<LOGIN>a\ufffdb<\/LOGIN>/);
  });

  it("carries deployment history and account info", () => {
    const xml = encodeInventoryRequest(document, { accountInfo: { ROOM: "<12>" }, history: ["1781000001"] });
    const request = decodeRequest(bytes(xml), received);
    assert.equal(request.query, "INVENTORY");
    if (request.query !== "INVENTORY") return;
    assert.deepEqual(request.history, ["1781000001"]);
    assert.deepEqual(request.accountInfo, { TAG: "büro", ROOM: "<12>" });
  });

  it("is read in any order, with blanks, comments, CDATA and empty elements", () => {
    const request = inventory(`
      <!-- from an agent -->
      <DRIVES><FREE> 5 </FREE>
        <TYPE><![CDATA[/a&amp;<b>]]></TYPE></DRIVES>
      <BIOS>
      </BIOS>
      <USERS/>
      <DRIVES><TYPE>/</TYPE><TOTAL/></DRIVES>
      <HARDWARE><PROCESSORS></PROCESSORS><NAME>&quot;vm&#x22; &eacute;</NAME></HARDWARE>
      <STORAGES><DISKSIZE>274877.906944</DISKSIZE></STORAGES>`);
    assert.deepEqual(request.document.sections, {
      DRIVES: [{ FREE: 5, TYPE: "/a&amp;<b>" }, { TYPE: "/" }],
      BIOS: [],
      USERS: [],
      HARDWARE: [{ NAME: '"vm" &eacute;' }],
      STORAGES: [{ DISKSIZE: 274_877 }],
    });
    assert.equal(request.document.collected, received.at);
    assert.equal(request.document.agent, received.userAgent);
  });

  it("takes FusionInventory's and GLPI's names", () => {
    const request = inventory(`
      <CPUS><NAME>AMD EPYC</NAME><CORE>2</CORE><THREAD>4</THREAD><ARCH>x86_64</ARCH></CPUS>
      <NETWORKS><DESCRIPTION>eth0</DESCRIPTION><IPADDRESS6>fd00::2</IPADDRESS6></NETWORKS>
      <CONTROLLERS><VENDORID>1af4</VENDORID><PRODUCTID>1045</PRODUCTID></CONTROLLERS>
      <LOCAL_GROUPS><NAME>a</NAME><MEMBER>x</MEMBER><MEMBER>y</MEMBER></LOCAL_GROUPS>
      <SOFTWARES><NAME>bash</NAME><ARCH>amd64</ARCH><SYSTEM_CATEGORY>shells</SYSTEM_CATEGORY></SOFTWARES>
      <VERSIONCLIENT>FusionInventory-Agent_v2.6-3</VERSIONCLIENT>
      <ENVS><KEY>A</KEY><VAL>1</VAL></ENVS>`);
    assert.deepEqual(request.document.sections, {
      CPUS: [{ TYPE: "AMD EPYC", CORES: 2, THREADS: 4, CPUARCH: "x86_64" }],
      NETWORKS: [{ DESCRIPTION: "eth0", IPADDRESS: "fd00::2" }],
      CONTROLLERS: [{ PCIID: "1af4:1045" }],
      LOCAL_GROUPS: [{ NAME: "a", MEMBER: "x,y" }],
      SOFTWARES: [{ NAME: "bash", ARCHITECTURE: "amd64", SECTION: "shells" }],
    });
    assert.equal(request.document.agent, "FusionInventory-Agent_v2.6-3");
    assert.deepEqual(request.dropped.sections, ["ENVS"]);
  });

  it("counts fields that hold elements and leaves the rest of the row", () => {
    const { document: got, dropped } = inventory("<USERS><LOGIN>a</LOGIN><X><Y>1</Y></X></USERS>");
    assert.deepEqual(got.sections.USERS, [{ LOGIN: "a" }]);
    assert.equal(dropped.fields, 1);
  });

  it("does not believe a collection time in the future", () => {
    const later = inventory(`<REEVE><COLLECTED>${received.at + 1}</COLLECTED></REEVE>`);
    assert.equal(later.document.collected, received.at);
  });
});

describe("other requests", () => {
  it("reads PROLOG in elements, in attributes, and with GLPI's TOKEN", () => {
    const prolog = { query: "PROLOG", deviceId };
    assert.deepEqual(decodeRequest(bytes(encodePrologRequest(deviceId)), received), prolog);
    for (const xml of [
      `<REQUEST DEVICEID="${deviceId}" QUERY='PROLOG'/>`,
      `\ufeff<?xml version='1.0'?>\r\n<REQUEST>\r\n<TOKEN>12345678</TOKEN><QUERY>PROLOG</QUERY>\n <DEVICEID> ${deviceId}\n</DEVICEID></REQUEST>\n`,
    ])
      assert.deepEqual(decodeRequest(bytes(xml), received), prolog, xml);
  });

  it("reads a deployment report and names what it does not know", () => {
    const report = `<REQUEST DEVICEID="${deviceId}" ERR="SUCCESS_3" ID="1781000001" QUERY="DOWNLOAD" />`;
    assert.deepEqual(decodeRequest(bytes(report), received), {
      query: "DOWNLOAD",
      deviceId,
      package: "1781000001",
      result: "SUCCESS_3",
    });
    const unknown = `<REQUEST DEVICEID="${deviceId}" QUERY="SYSTEM" />`;
    assert.deepEqual(decodeRequest(bytes(unknown), received), { query: "OTHER", deviceId, name: "SYSTEM" });
  });

  it("reads latin1 when it is declared", () => {
    const xml = `<?xml version="1.0" encoding="ISO-8859-1"?><REQUEST><CONTENT><USERS><LOGIN>J\u00fcrgen</LOGIN></USERS></CONTENT><DEVICEID>${deviceId}</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>`;
    const request = decodeRequest(latin1(xml), received);
    assert.equal(request.query === "INVENTORY" && request.document.sections.USERS?.[0]?.LOGIN, "Jürgen");
  });

  it("refuses what is not OCS, not well-formed or hostile", () => {
    const prolog = `<REQUEST><DEVICEID>${deviceId}</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>`;
    const bad = [
      "",
      "hello",
      "<REQUEST>",
      "<REPLY/>",
      "<REQUEST/>",
      "<REQUEST/><REQUEST/>",
      prolog.replace("</QUERY>", ""),
      prolog.replace("</QUERY>", "</QUERRY>"),
      prolog.slice(0, -12),
      prolog.replace(deviceId, "vm"),
      prolog.replace(deviceId, `v&#0;m-2026-11-21-19-29-04`),
      `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]>${prolog}`,
      `<?xml version="1.0"?><!doctype r SYSTEM "file:///etc/passwd">${prolog}`,
      `<?xml version="1.0" encoding="UTF-7"?>${prolog}`,
      `<REQUEST><__proto__><QUERY>PROLOG</QUERY></__proto__><DEVICEID>${deviceId}</DEVICEID></REQUEST>`,
      `<REQUEST>${"<a>".repeat(xmlLimits.depth + 5)}${"</a>".repeat(xmlLimits.depth + 5)}</REQUEST>`,
      prolog.replace("PROLOG", "INVENTORY"),
    ];
    for (const xml of bad) refuses(xml, "bad-request");
    refuses(
      Uint8Array.from({ length: 300 }, (_, index) => (index * 37) & 0xff),
      "bad-request",
    );
    refuses(`<REQUEST>${"<a/>".repeat(xmlLimits.elements + 1)}</REQUEST>`, "too-large");
  });

  it("survives every truncation of an inventory without taking it", () => {
    const whole = bytes(encodeInventoryRequest(document));
    const end = whole.lastIndexOf(">".charCodeAt(0));
    for (let length = 0; length < end; length += 7)
      assert.throws(() => decodeRequest(whole.subarray(0, length), received), Problem, `cut at ${length}`);
  });
});

describe("replies", () => {
  it("carries PROLOG's answer both ways", () => {
    const reply: PrologReply = {
      response: "SEND",
      prologFreq: 12,
      inventoryOnStartup: false,
      options: [
        { name: "REGISTRY", params: [{ NAME: "Key", REGTREE: "2", "": "Version" }] },
        {
          name: "DOWNLOAD",
          params: [
            { TYPE: "CONF", ON: "1" },
            { TYPE: "PACK", ID: '1"' },
          ],
        },
      ],
    };
    const decoded = decodePrologReply(bytes(encodePrologReply(reply)));
    assert.deepEqual(JSON.parse(JSON.stringify(decoded)), reply);
  });

  it("reads a real server's answer", () => {
    const reply = decodePrologReply(
      bytes(`<?xml version='1.0' encoding='UTF-8'?>
<REPLY><OPTION><PARAM IPDISC_LAT="100">192.0.2.0</PARAM><NAME>IPDISCOVER</NAME></OPTION>
  <PROLOG_FREQ>24</PROLOG_FREQ><RESPONSE>STOP</RESPONSE><INVENTORY_ON_STARTUP>1</INVENTORY_ON_STARTUP></REPLY>`),
    );
    assert.deepEqual(JSON.parse(JSON.stringify(reply)), {
      response: "STOP",
      prologFreq: 24,
      inventoryOnStartup: true,
      options: [{ name: "IPDISCOVER", params: [{ "": "192.0.2.0", IPDISC_LAT: "100" }] }],
    });
  });

  it("carries the inventory's answer both ways", () => {
    assert.deepEqual(decodeInventoryReply(bytes(encodeInventoryReply())), {});
    const update = { accountInfo: { TAG: "NA", ROOM: "a<b" } };
    assert.deepEqual(decodeInventoryReply(bytes(encodeInventoryReply(update))), update);
  });

  it("takes nothing else for an acknowledgement", () => {
    for (const xml of ["<REPLY/>", "<REPLY><RESPONSE>STOP</RESPONSE></REPLY>", "<html><body>Welcome</body></html>"])
      assert.throws(
        () => decodeInventoryReply(bytes(xml)),
        (error) => error instanceof Problem && error.code === "protocol",
        xml,
      );
    assert.throws(() => decodePrologReply(bytes("<REPLY/>")), Problem);
  });
});
