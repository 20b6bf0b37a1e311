/** SOFTWARES of Debian and its kin, out of dpkg's own files: no program is run, and no database lock is touched. */
import type { Row } from "../../inventory/document.ts";
import { type Collector, ocsTime, row } from "./collector.ts";

export interface DpkgSource {
  /** /var/lib/dpkg/status, and the parts of status.d on images without dpkg. */
  status: string;
  /** Epoch milliseconds of each `NAME.list` in dpkg's info folder: written when the package was unpacked. */
  unpacked: Map<string, number>;
}

const folder = "/var/lib/dpkg";

/** Without the address: "Debian QA Group <packages@qa.debian.org>". */
function maintainer(text: string | undefined): string | undefined {
  return text?.replace(/\s*<[^>]*>\s*$/, "").replace(/^"(.*)"$/, "$1");
}

/** deb822 fields of one package, without continuation lines. */
function stanza(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/^([A-Za-z][\w-]*):[ \t]*(.*?)[ \t]*$/gm))
    if (name !== undefined && value) fields[name] ??= value;
  return fields;
}

/** Installed packages; those removed with their configuration kept are none. */
export function parseDpkg({ status, unpacked }: DpkgSource): Row[] {
  const rows: Row[] = [];
  for (const part of status.split(/\n\n+/)) {
    const fields = stanza(part);
    // "install ok installed", "hold ok installed"; the lists of status.d have no Status at all.
    if (fields.Package === undefined || !/ installed$/.test(fields.Status ?? " installed")) continue;
    const name = fields.Package;
    const time = unpacked.get(`${name}:${fields.Architecture}.list`) ?? unpacked.get(`${name}.list`);
    rows.push(
      row({
        NAME: name,
        VERSION: fields.Version,
        ARCHITECTURE: fields.Architecture,
        PUBLISHER: maintainer(fields.Maintainer),
        COMMENTS: fields.Description,
        SECTION: fields.Section,
        // Estimated in KiB by who built the package.
        FILESIZE: fields["Installed-Size"] === undefined ? undefined : Number(fields["Installed-Size"]) * 1024,
        INSTALLDATE: time === undefined ? undefined : ocsTime(time),
        FROM: "deb",
      }),
    );
  }
  return rows;
}

export const dpkg: Collector<DpkgSource> = {
  sections: ["SOFTWARES"],
  async read(reader) {
    const parts = [(await reader.file(`${folder}/status`)) ?? ""];
    for (const name of await reader.list(`${folder}/status.d`))
      if (!name.endsWith(".md5sums")) parts.push((await reader.file(`${folder}/status.d/${name}`)) ?? "");
    const unpacked = new Map<string, number>();
    const lists = (await reader.list(`${folder}/info`)).filter((name) => name.endsWith(".list"));
    await Promise.all(
      lists.map(async (name) => {
        const time = await reader.modified(`${folder}/info/${name}`);
        if (time !== undefined) unpacked.set(name, time);
      }),
    );
    return { status: parts.join("\n\n"), unpacked };
  },
  parse: (source) => ({ sections: { SOFTWARES: parseDpkg(source) } }),
};
