import type { Child } from "hono/jsx";
import { Icon } from "../icons.tsx";
import type { Page, PageContext, PageResult } from "../page.ts";
import { MomentInput } from "../parts/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Alert, Badge, Empty, Heading, sentence } from "../parts/text.tsx";
import { ExactTime, RelativeTime } from "../parts/time.tsx";
import type { Located, PersonLink, Sighted, Where } from "./answer.ts";
import { askedTime } from "./as-of.tsx";
import { DeviceAnchor, Places, PortAnchor, WhereAnchor, wherePath } from "./links.tsx";

function SearchForm({ url }: { url: URL }) {
  return (
    <search class="wide-search">
      <form class="search" method="get" action={wherePath}>
        <label class="search-box">
          <Icon name="search" size={16} />
          <span class="visually-hidden">MAC address, IP address, name or person</span>
          <input
            type="search"
            name="search"
            value={url.searchParams.get("search") ?? ""}
            placeholder="MAC address, IP address, host name or person"
            maxlength={200}
            required
            autofocus
            autocomplete="off"
          />
        </label>
        <span class="as-of">
          <label for="as-of">
            as of<span data-zone> (UTC)</span>
          </label>
          <MomentInput url={url} id="as-of" name="at" />
        </span>
        <button type="submit" class="primary">
          Find
        </button>
      </form>
    </search>
  );
}

function Step({ label, children }: { label: string; children: Child }) {
  return (
    <li>
      <span class="chain-label">{label}</span>
      <span>{children}</span>
    </li>
  );
}

function Since({ from, to, open }: { from: number; to: number; open: boolean }) {
  return (
    <span class="muted">
      {open ? (
        <>
          since <RelativeTime at={from} />, last confirmed <RelativeTime at={to} />
        </>
      ) : (
        <>
          from <RelativeTime at={from} /> until <RelativeTime at={to} />
        </>
      )}
    </span>
  );
}

/** `EXAMPLE\alice` and `alice@example.org` are alice. */
const bare = (user: string) => user.replace(/^.*\\/, "").replace(/@.*$/, "").toLowerCase();

function People({ users, persons }: { users: string[]; persons: PersonLink[] }) {
  const known = persons.filter(({ account }) => users.some((user) => bare(user) === account.toLowerCase()));
  const unknown = users.filter((user) => !known.some(({ account }) => account.toLowerCase() === bare(user)));
  return (
    <>
      {known.map(({ uuid, name, account, department, phone }, index) => [
        index > 0 && ", ",
        <a href={`/people/${uuid}`}>{name}</a>,
        <span class="muted"> {[account, department, phone].filter(Boolean).join(" · ")}</span>,
      ])}
      {known.length > 0 && unknown.length > 0 && ", "}
      {unknown.join(", ")}
    </>
  );
}

interface ChainProps {
  one: Located;
  place: Sighted | undefined;
  at: string | null;
  persons: PersonLink[];
}

function Chain({ one, place, at, persons }: ChainProps) {
  const names = [...new Set(one.names.filter(({ open }) => open || at !== null).map(({ name }) => name))];
  const dns = [...new Set(one.addresses.map((address) => address.dns))].filter(Boolean);
  const addresses = one.addresses.filter(({ open }) => open || at !== null);
  const shown = new Map(addresses.map((address) => [`${address.ip} ${address.vrf}`, address]));
  return (
    <ol class="chain">
      {one.people.length > 0 && (
        <Step label="Person">
          <People users={one.people} persons={persons} />
        </Step>
      )}
      {(one.hosts.length > 0 || dns.length > 0 || names.length > 0) && (
        <Step label="Machine">
          {one.hosts.map((host, index) => [
            index > 0 && ", ",
            <a href={`/hosts/${host.id}`}>{host.name}</a>,
            host.interface && <span class="muted"> {host.interface}</span>,
          ])}
          {[...dns, ...names].map((name, index) => [(index > 0 || one.hosts.length > 0) && " · ", name])}
        </Step>
      )}
      <Step label="MAC">
        <WhereAnchor search={one.mac} at={at}>
          <code>{one.mac}</code>
        </WhereAnchor>
      </Step>
      {shown.size > 0 && (
        <Step label="Address">
          <ul class="lines">
            {[...shown.values()].slice(0, 10).map((address) => (
              <li>
                <WhereAnchor search={address.ip} at={at} />
                {address.vrf && <span>VRF {address.vrf}</span>}
                <Since {...address} />
                <span class="muted">
                  by <DeviceAnchor device={address.router} /> {address.port}
                </span>
              </li>
            ))}
            {shown.size > 10 && <li class="muted">and {shown.size - 10} more</li>}
          </ul>
        </Step>
      )}
      {place && (
        <Step label="Port">
          <strong>
            <DeviceAnchor device={place.device} />{" "}
            {place.port ? <PortAnchor device={place.device.id} port={place.port} at={at} /> : "no port"}
          </strong>
          {place.vlan > 0 && ` VLAN ${place.vlan} `} <Since {...place} />
          <div class="why">{sentence(place.explanation)}</div>
        </Step>
      )}
    </ol>
  );
}

function placeColumns(at: string | null): Column<Sighted>[] {
  return [
    {
      key: "device",
      title: "Switch and port",
      cell: ({ device, port }) => (
        <>
          <DeviceAnchor device={device} /> {port ? <PortAnchor device={device.id} port={port} at={at} /> : "no port"}
        </>
      ),
    },
    { key: "vlan", title: "VLAN", value: ({ vlan }) => (vlan > 0 ? vlan : "") },
    { key: "from", title: "From", cell: ({ from }) => <RelativeTime at={from} /> },
    { key: "to", title: "Until", cell: ({ to, open }) => (open ? "now" : <RelativeTime at={to} />) },
    {
      key: "explanation",
      title: "Why",
      words: true,
      cell: ({ explanation }) => <span class="why">{explanation}</span>,
    },
  ];
}

interface ResultProps {
  one: Located;
  at: string | null;
  first: boolean;
  persons: PersonLink[];
}

function Result({ one, at, first, persons }: ResultProps) {
  const current = one.places.filter((place) => place.current);
  const best = current.find((place) => place.edge);
  const hidden = current.filter((place) => place !== best);
  const older = one.places.filter((place) => !place.current);
  const oldAddresses = one.addresses.filter(({ open }) => !open);
  const name =
    one.hosts[0]?.name || one.names.find(({ open }) => open)?.name || one.addresses.find(({ dns }) => dns)?.dns;
  return (
    <section class="card located" aria-label={one.mac}>
      <h2>
        {name || one.mac}{" "}
        {best && (
          <Badge tone="good">
            {best.kind === "edge" ? "edge port" : best.kind === "device" ? "network device" : "nearest known"}
          </Badge>
        )}
      </h2>
      <Chain one={one} place={best} at={at} persons={persons} />
      {!best && (
        <Alert tone="warning">
          {one.places.length === 0
            ? "No switch that is read has seen it on a port: read the forwarding tables (macsuck) of the switches near it."
            : current.length > 0
              ? "It is seen on ports that lead on to other switches only: the switch at which it is plugged in is not read, or has not seen it for a while."
              : "No switch sees it now; below is where it was."}
        </Alert>
      )}
      {hidden.length > 0 && (
        <details open={!best}>
          <summary>
            Also seen on {hidden.length === 1 ? "one port" : `${hidden.length} ports`}, hidden because …
          </summary>
          <Table
            id={`also-${one.mac.replaceAll(":", "")}`}
            caption="Also seen on"
            columns={placeColumns(at)}
            rows={hidden}
          />
        </details>
      )}
      {older.length > 0 && (
        <details open={first}>
          <summary>Older places ({older.length})</summary>
          <Table
            id={`older-${one.mac.replaceAll(":", "")}`}
            caption="Older places"
            columns={placeColumns(at)}
            rows={older}
          />
        </details>
      )}
      {at === null && oldAddresses.length > 0 && (
        <details>
          <summary>Older addresses ({oldAddresses.length})</summary>
          <ul class="lines">
            {oldAddresses.map((address) => (
              <li>
                <WhereAnchor search={address.ip} /> <Since {...address} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

const tips = {
  mac: "The address is on no switch and in no ARP table that was read. A machine shows within one reading of the switches (macsuck) after it has sent something.",
  ip: "No router that was read (arpnip) has it in its ARP table, and no inventoried machine has it.",
  name: "Names come from the DNS, from NetBIOS (nbtstat), from the inventory (machine names and their last users), and from the directory that the listener follows.",
};

function Answer({ where, at }: { where: Where; at: string | null }) {
  const { located, unseen, device, persons } = where;
  const nothing = located.length === 0 && unseen.length === 0 && device === null && persons.length === 0;
  const asked = persons.filter((person) => person.asked);
  return (
    <>
      {where.device && (
        <Alert tone="accent">
          “{where.asked}” is the network device <DeviceAnchor device={where.device} /> ({where.device.address}).
        </Alert>
      )}
      {located.length === 0 &&
        asked.map(({ uuid, name, account }) => (
          <Alert>
            <a href={`/people/${uuid}`}>{name}</a> ({account}) is in the directory, but no machine says that{" "}
            {account || name} was its last user.
          </Alert>
        ))}
      {nothing && (
        <Empty icon="search" title={`Nothing is known of “${where.asked}”`}>
          <p>{tips[where.as]}</p>
        </Empty>
      )}
      {where.located.map((one, index) => (
        <Result one={one} at={at} first={index === 0} persons={where.persons} />
      ))}
      {where.unseen.map((host) => (
        <Alert>
          The machine <a href={`/hosts/${host.id}`}>{host.name}</a> is in the inventory, but none of its MAC addresses
          was seen on the network.
        </Alert>
      ))}
      {where.cut && <p class="muted">There is more: ask for something narrower.</p>}
    </>
  );
}

async function render(page: PageContext): Promise<PageResult> {
  const { url } = page;
  const search = (url.searchParams.get("search") ?? "").trim().slice(0, 200);
  const at = askedTime(url);
  const where =
    search === ""
      ? undefined
      : await page.call<Where>("network/where", { search, ...(at === undefined ? {} : { at }) });
  const title = search ? `Where is ${search}?` : "Where is it?";
  const body = (
    <>
      <Heading title="Where is it?" />
      <Places here={wherePath} />
      <SearchForm url={url} />
      {at !== undefined && (
        <Alert tone="accent">
          As it was at <ExactTime at={at} />.
        </Alert>
      )}
      {where ? (
        <Answer where={where} at={url.searchParams.get("at") || null} />
      ) : (
        <Empty icon="search" title="Where is a machine plugged in?">
          <p>
            Ask for a MAC address in any spelling (<code>00:11:22:aa:bb:cc</code>, <code>0011.22aa.bbcc</code>), an IP
            address, a host or NetBIOS name, or a person: the answer is the switch port, and why it is that one.
          </p>
        </Empty>
      )}
    </>
  );
  return { title, body };
}

export const wherePage: Page = { path: wherePath, render };
