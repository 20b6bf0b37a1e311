import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type EdgeContext,
  type PortNeighbour,
  type PortView,
  placeOf,
  rankSightings,
  type Sighting,
} from "../../src/network/edge.ts";

const mac = "00:1c:73:b4:fd:69";

function neighbour(extra: Partial<PortNeighbour>): PortNeighbour {
  return {
    protocols: ["lldp"],
    label: "sw2",
    device: 2,
    capabilities: ["bridge"],
    confidence: 0.95,
    sees: true,
    ...extra,
  };
}

function view(extra: Partial<PortView>): PortView {
  return {
    device: 1,
    deviceLabel: "sw1",
    port: "24",
    slaveOf: "",
    members: [],
    neighbours: [],
    leadsTo: [],
    macs: 3,
    ...extra,
  };
}

function context(views: PortView[], owners: Record<string, { device: number; label: string }> = {}): EdgeContext {
  return {
    port: (device, port) => views.find((one) => one.device === device && one.port === port),
    ownerOf: (address) => owners[address],
  };
}

const place = (extra: Partial<PortView>, owners = {}, address = mac) =>
  placeOf({ mac: address, device: 1, port: "24" }, context([view(extra)], owners));

describe("edge or uplink, and why", () => {
  it("an edge is a port that leads to no switch", () => {
    assert.deepEqual(place({}), {
      kind: "edge",
      edge: true,
      explanation: "edge: port 24 leads to no switch that is known; 3 addresses are seen there",
    });
    assert.equal(placeOf({ mac, device: 9, port: "1" }, context([])).kind, "edge");
    assert.deepEqual(placeOf({ mac, device: 1, port: "" }, context([])), {
      kind: "behind",
      edge: true,
      explanation: "nearest known: its port is none that the device names",
    });
  });

  it("an uplink hides, and says by what it is one", () => {
    assert.deepEqual(place({ neighbours: [neighbour({})] }), {
      kind: "uplink",
      edge: false,
      explanation: "hidden: port 24 is an uplink to sw2 by LLDP",
    });
    const manual = place({ neighbours: [neighbour({ protocols: ["lldp", "manual"], capabilities: [] })] });
    assert.equal(manual.explanation, "hidden: port 24 is an uplink to sw2 by LLDP and MANUAL");
  });

  it("phones, access points, stations and doubtful neighbours make no uplink", () => {
    const beside: [Partial<PortNeighbour>, RegExp][] = [
      [{ label: "SEP1", capabilities: ["bridge", "telephone"], device: undefined }, /with the phone SEP1 before it/],
      [{ label: "ap1", capabilities: ["bridge", "wlanAccessPoint"] }, /with the access point ap1/],
      [{ label: "srv1", capabilities: ["station"] }, /with the station srv1/],
      [{ confidence: 0.1 }, /leads to no switch/],
      [{ device: undefined, capabilities: [] }, /leads to no switch/],
    ];
    for (const [extra, words] of beside) {
      const found = place({ neighbours: [neighbour(extra)] });
      assert.equal(found.kind, "edge", JSON.stringify(extra));
      assert.match(found.explanation, words);
    }
  });

  it("behind a switch that nobody reads, its port is the nearest known place", () => {
    const undiscovered = place({ neighbours: [neighbour({ device: undefined })] });
    assert.deepEqual([undiscovered.kind, undiscovered.edge], ["behind", true]);
    assert.match(undiscovered.explanation, /behind port 24 is sw2 by LLDP, which is not discovered/);
    assert.match(place({ neighbours: [neighbour({ sees: false })] }).explanation, /does not tell its forwarding table/);
  });

  it("a member of an aggregate has the neighbours of all its members and of the aggregate itself", () => {
    const master = view({ port: "Po1", members: ["23", "24"] });
    const other = view({ port: "23", slaveOf: "Po1", neighbours: [neighbour({})] });
    const here = view({ slaveOf: "Po1" });
    const all = context([master, other, here]);
    for (const port of ["24", "Po1", "23"]) assert.equal(placeOf({ mac, device: 1, port }, all).kind, "uplink", port);
    assert.equal(
      placeOf({ mac, device: 1, port: "24" }, all).explanation,
      "hidden: port 24 (with Po1 and 23) is an uplink to sw2 by LLDP",
    );
  });

  it("virtual routers, own addresses, group addresses and stack ports are no places of hosts", () => {
    assert.equal(place({}, {}, "00:00:5e:00:01:0a").kind, "router");
    assert.match(place({}, {}, "00:00:0c:07:ac:0a").explanation, /virtual router's address \(HSRP\)/);
    assert.match(place({}, { [mac]: { device: 1, label: "sw1" } }).explanation, /hidden: .* address of sw1 itself/);
    assert.equal(place({}, {}, "01:00:5e:00:00:01").kind, "own");
    assert.equal(
      placeOf({ mac, device: 1, port: "StackPort1" }, context([view({ port: "StackPort1" })])).kind,
      "uplink",
    );
  });

  it("a device's own address is where its link is, not behind other uplinks", () => {
    const owner = { [mac]: { device: 2, label: "sw2" } };
    assert.equal(place({ neighbours: [neighbour({})] }, owner).kind, "device");
    assert.equal(
      place({ neighbours: [neighbour({ device: 3, label: "sw3" })] }, owner).explanation,
      "hidden: port 24 is an uplink to sw3 by LLDP",
    );
    assert.equal(place({ leadsTo: [{ device: 2, label: "sw2", sees: true }] }, owner).kind, "device");
  });

  it("without any protocol, a switch's own address on a port makes it an uplink; a router's does not", () => {
    assert.match(
      place({ leadsTo: [{ device: 2, label: "sw2", sees: true }] }).explanation,
      /hidden: port 24 leads to sw2, of which an address is seen there/,
    );
    assert.equal(place({ leadsTo: [{ device: 2, label: "r1", sees: false }] }).kind, "edge");
  });
});

describe("the likeliest place first", () => {
  const hour = 3_600_000;
  const at = (device: number, extra: Partial<Sighting> = {}): Sighting => ({
    mac,
    device,
    port: "24",
    vlan: 1,
    seen_from: 0,
    seen_to: 100 * hour,
    open: true,
    ...extra,
  });
  const views = [
    view({ device: 1, neighbours: [neighbour({})] }),
    view({ device: 2, macs: 40 }),
    view({ device: 3, macs: 1 }),
    view({ device: 4, neighbours: [neighbour({ device: undefined })] }),
  ];
  const order = (sightings: Sighting[]) =>
    rankSightings(sightings, context(views)).map(({ sighting }) => sighting.device);

  it("edges before what is behind, that before uplinks; and ports with few addresses first", () => {
    assert.deepEqual(order([1, 2, 3, 4].map((device) => at(device))), [3, 2, 4, 1]);
  });

  it("what is true now before an edge of yesterday", () => {
    assert.deepEqual(order([at(3, { open: false, seen_to: 50 * hour }), at(1)]), [1, 3]);
    assert.deepEqual(order([at(3, { open: false, seen_to: 100 * hour - 1000 }), at(1)]), [3, 1]);
    assert.deepEqual(
      order([at(2, { open: false, seen_to: 10 * hour }), at(3, { open: false, seen_to: 50 * hour }), at(1)]),
      [1, 3, 2],
    );
  });
});
