/** Several workers at one device, and names as long as an agent likes. */
import { expect, test } from "bun:test";
import { openStore } from "../../../src/store/database.ts";
import { findDevice, getDevice } from "../../../src/store/device.ts";
import { deleteDevice } from "../../../src/store/device-change.ts";
import { mergeDevices } from "../../../src/store/device-merge.ts";
import { portsAt } from "../../../src/store/device-port.ts";
import { resolveLinks } from "../../../src/store/link.ts";
import { listLinks } from "../../../src/store/link-list.ts";
import { nodesAt, saveForwarding } from "../../../src/store/node.ts";
import { discovered, facts, mac, neighbour, port, start, whole } from "./made-up-device.ts";
import type { Suite } from "./subject.ts";

/** Texts that no compression makes short. */
function noise(length: number, seed: number): string {
  let state = seed;
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return String.fromCharCode(0x1000 + ((state >> 8) % 0x2000));
  };
  return Array.from({ length }, next).join("");
}

export const networkCollisions: Suite = (subject) => {
  test("two devices that are each merged into the other at once are one, not none", async () => {
    const { store, url } = subject();
    const other = store.kind === "postgres" ? await openStore({ url }) : store;
    for (let n = 0; n < 10; n++) {
      const one = await discovered(store, `10.0.${n}.1`, facts(`sw${n}`));
      const two = await discovered(store, `10.0.${n}.2`, facts(`sw${n}`));
      const merges = [mergeDevices(store, one.id, two.id, {}, start), mergeDevices(other, two.id, one.id, {}, start)];
      const ends = await Promise.allSettled(merges);
      expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      const kept = await getDevice(store, one.id);
      expect(kept).toBeDefined();
      expect((await findDevice(store, `10.0.${n}.1`))?.id).toBe(kept!.id);
      expect((await findDevice(store, `10.0.${n}.2`))?.id).toBe(kept!.id);
    }
    if (other !== store) await other.close();
  });

  test("links that two workers judge at once get one judgement each", async () => {
    const { store, url } = subject();
    const other = store.kind === "postgres" ? await openStore({ url }) : store;
    const many = Array.from({ length: 2000 }, (_, n) => neighbour("1", mac(n), "7"));
    const { id } = await discovered(store, "10.0.0.1", facts("sw1", { neighbours: { lldp: whole(many) } }));
    const rows = (await listLinks(store, { device: id })).map((link) => link.id);
    const judged = (reason: string) =>
      rows.map((link) => ({ id: link, remote_device: null, remote_device_port: "", confidence: 50, reason }));
    for (let n = 0; n < 5; n++) {
      await Promise.all([resolveLinks(store, judged("one")), resolveLinks(other, judged("two").toReversed())]);
    }
    expect(new Set((await listLinks(store, { device: id })).map(({ reason }) => reason)).size).toBe(1);
    if (other !== store) await other.close();
  });

  test("names longer than an index takes are cut; long neighbours are told apart", async () => {
    const { store } = subject();
    const name = noise(3900, 1);
    const [one, two] = [noise(1400, 2), noise(1400, 3)];
    const { id } = await discovered(
      store,
      "10.0.0.1",
      facts(noise(3900, 4), {
        ports: whole([port(name, 1, { name: noise(3900, 5) })]),
        addresses: whole([{ alias: "10.0.0.1", prefix: 24, port: name, vrf: noise(3900, 6) }]),
        portVlans: whole([{ port: name, vlan: 1, native: true, egress_tag: false, vlantype: "" }]),
        identities: [{ kind: "chassis_id", value: noise(3900, 7) }],
        neighbours: { cdp: whole([neighbour(name, one, name), neighbour(name, two, name)]) },
      }),
    );
    await saveForwarding(store, id, whole([{ mac: mac(1), port: name, vlan: 1 }]), start);
    const [stored] = await portsAt(store, id);
    expect(name.startsWith(stored!.port)).toBe(true);
    const links = await listLinks(store, { device: id });
    expect(links.map(({ port: at }) => at)).toEqual([stored!.port, stored!.port]);
    expect(links.map(({ remote_id }) => remote_id).sort()).toEqual([one, two].sort());
    expect((await nodesAt(store, id)).map(({ port: at }) => at)).toEqual([stored!.port]);
  });

  test("a poll of a device that is deleted meanwhile says so, and nothing else", async () => {
    const { store, url } = subject();
    const other = store.kind === "postgres" ? await openStore({ url }) : store;
    for (let n = 0; n < 10; n++) {
      const { id } = await discovered(store, "10.0.0.1", facts("sw1"));
      const poll = whole(Array.from({ length: 50 }, (_, at) => ({ mac: mac(at), port: "1", vlan: 1 })));
      const ends = await Promise.allSettled([
        deleteDevice(other, id),
        saveForwarding(store, id, poll, start),
        discovered(store, "10.0.0.1", facts("sw1"), start + 1, { device: id }),
      ]);
      for (const end of ends) if (end.status === "rejected") expect(end.reason).toMatchObject({ code: "not-found" });
    }
    if (other !== store) await other.close();
  });
};
