import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { directoryOf } from "../../src/network/known.ts";
import { evidenceOf, links } from "../../src/network/link.ts";
import { recordings } from "../backend/device/raw-rows.ts";
import { corpus, haveCorpus, recorded } from "./recorded.ts";

describe("recordings", { skip: haveCorpus ? false : `no recordings in ${corpus}` }, () => {
  it("the two MX960 at 611 and 628, and the ProCurve's port 17 at the Nexus: by chassis, both ways, nothing else", {
    timeout: 60_000,
  }, async () => {
    const read = await Promise.all(recordings.map((name, index) => recorded(name, index + 1)));
    const all = directoryOf(read.map(({ device }) => device));
    const evidence = read.flatMap(({ neighbours, device }) =>
      Object.values(neighbours).flatMap(({ rows }) => rows.map((row) => evidenceOf(row, device.id, all))),
    );
    const name = (id: number | undefined) => read.find(({ device }) => device.id === id)?.name;
    const resolved = links(evidence).filter(({ b }) => b.device !== undefined);
    assert.deepEqual(
      resolved.map(({ a, b, mutual, shared, contradictions }) => [
        name(a.device),
        a.port,
        name(b.device),
        b.port,
        mutual,
        shared,
        contradictions,
      ]),
      [
        ["cisco-n5000-uk9", "Ethernet1/19", "hpe-procurve-516733-b21", "17", true, false, []],
        ["juniper-mx960-12-3r6-6", "xe-1/2/0", "juniper-mx960-13-3r9-13", "xe-1/2/0", true, false, []],
      ],
    );
    assert.ok(resolved.every(({ confidence }) => confidence >= 0.95));
    const indexes = resolved.map(({ a, b }) =>
      [a, b].map(
        (end) =>
          read.find(({ device }) => device.id === end.device)?.device.ports.find(({ port }) => port === end.port)
            ?.ifindex,
      ),
    );
    assert.deepEqual(indexes, [
      [436281344, 17],
      [611, 628],
    ]);
  });
});
