import assert from "node:assert/strict";
import { test } from "node:test";
import { forwarding, forwardingObjects } from "../../../src/backend/device/forwarding.ts";
import { ports, portsObjects } from "../../../src/backend/device/ports.ts";
import { vlans, vlansObjects } from "../../../src/backend/device/vlans.ts";
import { present, readRecording } from "./recorded.ts";

test("MX960: every row has an interface and a VLAN that has it as a member", { skip: !present }, async () => {
  for (const recording of ["juniper-mx960-12-3r6-6", "juniper-mx960-13-3r9-13"]) {
    const { about, tables } = await readRecording(recording, (of) => [
      ...portsObjects(of),
      ...vlansObjects(of),
      ...forwardingObjects(of),
    ]);
    const known = ports(tables, about).names;
    const members = new Set(vlans(tables, about, known).portVlans.rows.map((row) => `${row.port} ${row.vlan}`));
    const { rows } = forwarding(tables, about, known);
    assert.ok(rows.length === (recording.includes("12-3") ? 215 : 7));
    assert.deepEqual(
      rows.filter((row) => !members.has(`${row.port} ${row.vlan}`)),
      [],
    );
  }
});
