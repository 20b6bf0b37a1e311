import type { Page, PageContext, PageResult } from "../page.ts";
import { Empty, Facts, Said, type Words } from "../parts/text.tsx";
import { ExactTime, RelativeTime } from "../parts/time.tsx";
import type { LeaseState, Results } from "./control.ts";
import { LinkAnchor, leasesPath } from "./links.tsx";
import { netconfPage } from "./state.tsx";

const states: Record<string, Words> = {
  requesting: ["asks", "accent"],
  bound: ["bound", "good"],
  expired: ["expired", "bad"],
  failed: ["failed", "bad"],
};

export function Lease({ lease }: { lease: LeaseState }) {
  const { name, family, client, pid, state, address, server, routers, dns, domain, search, ntp, mtu } = lease;
  const { since, renewAt, expires, other } = lease;
  const got = address !== "";
  return (
    <section class="card" aria-label={`IPv${family} lease of ${name}`}>
      <h2 class="lease-title">
        <LinkAnchor name={name} /> <span class="muted">IPv{family}</span>{" "}
        <Said said={states[state] ?? [state, "neutral"]} />
      </h2>
      <Facts
        label={`IPv${family} lease of ${name}`}
        facts={[
          ["Address", got && <code>{address}</code>],
          ["Server", server && <code>{server}</code>],
          ["Routers", routers.join(", ")],
          ["Name servers", dns.join(", ")],
          ["Domain", domain],
          ["Search", search.join(", ")],
          ["Time servers", ntp.join(", ")],
          ["MTU", mtu > 0 && String(mtu)],
          ["Since", got && <ExactTime at={since} />],
          ["Renewed", got && renewAt !== null && <RelativeTime at={renewAt} />],
          ["Ends", got && (expires === null ? "never" : <ExactTime at={expires} />)],
          ["Client", client && `${client}${pid > 0 ? `, process ${pid}` : ""}`],
          ...Object.entries(other).map(([option, value]) => [option, value] as const),
        ]}
      />
    </section>
  );
}

function render(page: PageContext): Promise<PageResult> {
  return netconfPage(page, {
    title: "Leases",
    here: leasesPath,
    async content() {
      const { leases } = await page.call<Results["leases"]>("interfaces/leases", {});
      if (leases.length === 0)
        return (
          <Empty icon="list" title="No interface has a lease">
            <p>
              Interfaces with the method <code>dhcp</code> are given their addresses by a server.
            </p>
          </Empty>
        );
      return leases.map((lease) => <Lease lease={lease} />);
    },
  });
}

export const leasesPage: Page = { path: leasesPath, render };
