/** Comware of H3C, 3Com and HP. */
import { comware as mib } from "../../snmp/mib/vendor.ts";
import { fans, type Vendor, within } from "./vendor.ts";

const states = ["", "active", "deactive", "notInstalled", "unsupported"];

/** `Release 2416` belongs to the version: 7.1.045 alone is many. */
function versionOf(description: string): string {
  const version = /\bVersion\s+([\d.]+\w*)/.exec(description)?.[1] ?? "";
  const release = /\b((?:Release|Feature|ESS|Alpha|Beta|Demo)\s+\w+)/.exec(description)?.[1] ?? "";
  return `${version} ${release}`.trim();
}

export const comware: Vendor = {
  name: "comware",
  matches: ({ enterprise, description }) =>
    enterprise === 25506 || (/\bComware\b/.test(description) && [11, 43, 2011].includes(enterprise)),
  objects: [mib.hh3cDevMFanStatus, mib.hh3cDevMPowerStatus],
  system(tables, about) {
    const words = (column: string) => [...tables.rows(column).values()].map((state) => states[Number(state)] ?? "");
    const [ps1_status = "", ps2_status = ""] = words(mib.hh3cDevMPowerStatus);
    return {
      vendor: /\bH3C\b/.test(about.description) ? "h3c" : /\b3Com\b/i.test(about.description) ? "3com" : "hp",
      os: "Comware",
      os_ver: versionOf(about.description),
      model: within(
        about,
        /\b(?:Release|Feature|ESS)\s+\w+\s+(?:HPE?|H3C|3Com)\s+(.+?)\s+(?:Switch|Router|Software|Copyright)/,
      ),
      ps1_status,
      ps2_status,
      fan: fans(words(mib.hh3cDevMFanStatus)),
    };
  },
};
