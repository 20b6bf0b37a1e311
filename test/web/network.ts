/** A network for the console: the small site of the commands' tests, a switch of 230 ports, and one that means harm. */
import { openStore } from "../../src/store/database.ts";
import { resolveLinks, saveLinks } from "../../src/store/link.ts";
import { openLinksOf } from "../../src/store/link-list.ts";
import { saveForwarding } from "../../src/store/node.ts";
import { type Site, storeSite } from "../console/network/site.ts";
import { day, discovered, facts, mac, neighbour, port, system, whole } from "../store/suite/made-up-device.ts";

export interface Network extends Site {
  big: number;
  hostile: number;
  /** When it was first seen, a full minute; a day later Alice had moved from port 5 of sw2 to port 9. */
  since: number;
}

const bigPorts = 230;

/** Fills the database of a console that does not run yet. */
export async function storeNetwork(database: string, hostileText: string): Promise<Network> {
  const store = await openStore({ url: database });
  try {
    const since = Math.floor(Date.now() / 60_000) * 60_000 - 3 * day;
    const site = await storeSite(store, since);
    const moved = facts("sw2", {
      system: system("sw2", { mac: mac(0x200) }),
      ports: whole([port("1", 1), port("5", 5, { up: "down" }), port("9", 9)]),
    });
    await discovered(store, "192.0.2.2", moved, since + day);
    const nodes = [
      { mac: mac(0xa1), port: "9", vlan: 10 },
      { mac: mac(0x118), port: "1", vlan: 1 },
    ];
    await saveForwarding(store, site.two, whole(nodes), since + day);

    const ports = Array.from({ length: bigPorts }, (_, index) => index + 1);
    const name = (index: number) => `Ten-GigabitEthernet${Math.ceil(index / 48)}/0/${((index - 1) % 48) + 1}`;
    const wide = facts("core", {
      system: system("core", { vendor: "hp", model: "FF 5930" }),
      ports: whole(ports.map((index) => port(name(index), index, { up: index % 3 === 0 ? "down" : "up" }))),
    });
    const big = (await discovered(store, "192.0.2.30", wide, since)).id;
    const behind = ports
      .filter((index) => index % 3 !== 0)
      .flatMap((index) => [index * 16, index * 16 + 1].map((own) => ({ own, index })));
    const seen = behind.map(({ own, index }) => ({ mac: mac(own, "02:00:01"), port: name(index), vlan: index % 7 }));
    await saveForwarding(store, big, whole(seen), since);

    const harm = facts(hostileText, {
      system: system(hostileText, {
        vendor: hostileText,
        model: hostileText,
        location: hostileText,
        description: hostileText,
      }),
      ports: whole([port(hostileText, 1, { name: hostileText }), port("2", 2, { error_disable_cause: hostileText })]),
      vlans: whole([{ vlan: 7, description: hostileText }]),
    });
    const hostile = (await discovered(store, "192.0.2.66", harm, since)).id;
    const other = neighbour(hostileText, hostileText, hostileText, {
      remote_name: hostileText,
      remote_type: hostileText,
    });
    await saveLinks(store, hostile, "lldp", whole([{ ...other, remote_id_kind: "text" }]), since);
    const [link] = await openLinksOf(store, hostile);
    const judged = { remote_device: null, remote_device_port: "", confidence: 40, reason: hostileText };
    await resolveLinks(store, [{ id: link!.id, ...judged }]);
    return { ...site, big, hostile, since };
  } finally {
    await store.close();
  }
}
