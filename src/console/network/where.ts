/** "Where is it?": a MAC address, an IP address, a name or a person, from the machine to the port, and why there. */
import { parseAddress, parseMac } from "../../address.ts";
import { rankSightings } from "../../network/edge.ts";
import { lastUsers, macsOfPerson } from "../../store/device-view.ts";
import { findPeople, type PersonSummary, peopleByAccount } from "../../store/person.ts";
import type { Store } from "../../store/store.ts";
import { type WhereIs, whereIs } from "../../store/where-is.ts";
import type { Located, PersonLink, Where } from "./answer.ts";

/** MAC addresses of one answer, and places of each. */
const mostLocated = 50;
const mostPlaces = 100;
/** People of one name. */
const mostPeople = 5;
/** Machines of a person that are looked for one by one. */
const mostOfPerson = 20;

export async function locate(store: Store, search: string, at: number | undefined): Promise<Where> {
  const [mac, address] = [parseMac(search), parseAddress(search)];
  const as = mac !== undefined ? "mac" : address !== undefined ? "ip" : "name";
  const first = await whereIs(store, { [as]: as === "ip" ? address?.ip : (mac ?? search) }, at);
  const answers = [first];
  let cut = first.cut;
  const meant = as === "name" ? await findPeople(store, search, mostPeople) : [];
  if (as === "name") {
    const accounts = [...new Set([search, ...meant.map(({ account }) => account)])].filter(Boolean);
    const found = new Set<string>();
    for (const account of accounts) for (const one of await macsOfPerson(store, account, at)) found.add(one);
    const more = [...found].filter((one) => !first.macs.includes(one));
    cut ||= more.length > mostOfPerson;
    for (const one of more.slice(0, mostOfPerson)) answers.push(await whereIs(store, { mac: one }, at));
  }
  const located = answers.flatMap((answer) => answer.macs.map((one) => place(answer, one, at)));
  const users = await lastUsers(
    store,
    located.flatMap(({ hosts }) => hosts.map(({ id }) => id)),
  );
  for (const one of located) {
    const persons = one.hosts.map(({ id }) => users.get(id) ?? "");
    one.people = [...new Set([...one.people, ...persons])].filter((person) => person !== "");
  }
  // What was seen on a port, then what only a router knows, then what only the inventory does.
  const known = ({ places, addresses }: Located) => (places.length > 0 ? 2 : addresses.length > 0 ? 1 : 0);
  located.sort((a, b) => known(b) - known(a));
  const seen = new Set(located.flatMap(({ hosts }) => hosts.map(({ id }) => id)));
  const unseen = new Map(
    answers
      .flatMap(({ hosts }) => hosts)
      .filter(({ id }) => !seen.has(id))
      .map(({ id, name }) => [id, name]),
  );
  const { device } = first;
  return {
    as,
    asked: as === "mac" ? mac! : as === "ip" ? address!.ip : search,
    device: device ? { id: device.id, address: device.ip, name: device.name } : null,
    persons: await personsOf(store, meant, located),
    unseen: [...unseen].map(([id, name]) => ({ id, name })),
    located: located.slice(0, mostLocated),
    cut: cut || located.length > mostLocated,
  };
}

async function personsOf(store: Store, meant: PersonSummary[], located: Located[]): Promise<PersonLink[]> {
  const there = await peopleByAccount(
    store,
    located.flatMap((one) => one.people),
  );
  const others = there.filter(({ uuid }) => !meant.some((one) => one.uuid === uuid));
  return [...meant, ...others].map(({ uuid, account, name, department, phone }) => ({
    ...{ uuid, account, name, department, phone },
    asked: !others.some((one) => one.uuid === uuid),
  }));
}

function place(answer: WhereIs, mac: string, at: number | undefined): Located {
  const mine = <Row extends { mac: string | null }>(rows: readonly Row[]) => rows.filter((row) => row.mac === mac);
  const names = mine(answer.names);
  const hosts = new Map(
    mine(answer.hosts).map((host) => [host.id, { id: host.id, name: host.name, interface: host.interface }]),
  );
  // As of a time all of them held, whatever has become of them.
  const sightings = mine(answer.sightings).map((was) => ({ ...was, was, open: was.open || at !== undefined }));
  return {
    mac,
    people: [...new Set(names.filter(({ open }) => open || at !== undefined).map(({ nbuser }) => nbuser))].filter(
      (user) => user !== "",
    ),
    hosts: [...hosts.values()],
    names: names.map(({ nbname, domain, seen_from, seen_to, open }) => ({
      ...{ name: nbname, domain, open },
      ...{ from: seen_from, to: seen_to },
    })),
    addresses: mine(answer.bindings)
      .slice(0, mostPlaces)
      .map((binding) => ({
        ip: binding.ip,
        vrf: binding.vrf,
        dns: binding.dns,
        router: { id: binding.device, address: binding.deviceIp, name: binding.deviceName },
        port: binding.port,
        from: binding.seen_from,
        to: binding.seen_to,
        open: binding.open,
      })),
    places: rankSightings(sightings, answer.context)
      .slice(0, mostPlaces)
      .map(({ sighting, place: { kind, edge, explanation }, current }) => ({
        device: { id: sighting.device, address: sighting.deviceIp, name: sighting.deviceName },
        port: sighting.port,
        vlan: sighting.vlan,
        from: sighting.seen_from,
        to: sighting.seen_to,
        open: sighting.was.open,
        ...{ current, kind, edge, explanation },
      })),
  };
}
