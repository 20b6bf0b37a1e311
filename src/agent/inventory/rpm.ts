/** SOFTWARES of Red Hat, SUSE and their kin: one run of rpm(8), where it has a database. */
import type { Row } from "../../inventory/document.ts";
import { Problem } from "../../problem.ts";
import { type Collector, ocsTime, row } from "./collector.ts";

/** Tab separated; the summary is the maintainer's and may hold anything but a line end. */
const format =
  "%{NAME}\\t%{ARCH}\\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\t%{INSTALLTIME}\\t%{SIZE}\\t%{VENDOR}\\t%{SUMMARY}\\t%{GROUP}\\n";

const databases = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"];

export function parseRpm(text: string): Row[] {
  const known = (value: string | undefined) => (value === "(none)" ? undefined : value);
  return text
    .split("\n")
    .filter((line) => line.includes("\t"))
    .map((line) => {
      const [name, architecture, version, installed, size, vendor, summary, group] = line.split("\t");
      return { name, architecture, version, installed, size, vendor, summary, group };
    })
    .filter(({ name }) => name !== "gpg-pubkey")
    .map((each) =>
      row({
        NAME: each.name,
        VERSION: each.version,
        ARCHITECTURE: known(each.architecture),
        PUBLISHER: known(each.vendor),
        COMMENTS: known(each.summary),
        SECTION: each.group === "Unspecified" ? undefined : known(each.group),
        FILESIZE: Number(each.size),
        INSTALLDATE: Number(each.installed) > 0 ? ocsTime(Number(each.installed) * 1000) : undefined,
        FROM: "rpm",
      }),
    );
}

export const rpm: Collector<string> = {
  sections: ["SOFTWARES"],
  deadline: 60_000,
  async read(reader) {
    const files = (await Promise.all(databases.map((folder) => reader.list(folder)))).flat();
    // Debian's rpm package makes the folder and leaves it empty, or with a lock file.
    if (!files.some((name) => /^(?:rpmdb\.sqlite|Packages)/.test(name))) return "";
    const output = await reader.run(["rpm", "--query", "--all", "--queryformat", format], { timeout: 55_000 });
    if (output === undefined) throw new Problem("missing", "there is an RPM database, but no program rpm");
    if (output.status !== 0) throw new Problem("io", `rpm failed with status ${output.status}`);
    return output.stdout;
  },
  parse: (text) => ({ sections: { SOFTWARES: parseRpm(text) } }),
};
