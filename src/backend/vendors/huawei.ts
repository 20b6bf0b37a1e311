/** Huawei VRP. */
import { huawei as mib } from "../../snmp/mib/vendor.ts";
import { text } from "../device/cells.ts";
import { fans, scalars, type Vendor, within } from "./vendor.ts";

export const huawei: Vendor = {
  name: "huawei",
  matches: ({ enterprise, description }) => enterprise === 2011 && !/\bComware\b/.test(description),
  objects: [...scalars(mib.hwEntitySystemModel), mib.hwEntityFanPresent, mib.hwEntityFanState, mib.hwPatchVersion],
  system(tables, about) {
    const release = within(about, /\b(V\d{3}R\d{3}\w*)/) || within(about, /\bVersion\s+([\d.]+)/);
    const [patch] = [...tables.rows(mib.hwPatchVersion).values()].map(text).filter((version) => version !== "");
    const trays = [...tables.rows(mib.hwEntityFanState)]
      .filter(([index]) => tables.value(mib.hwEntityFanPresent, index) !== 2)
      .map(([, state]) => (state === 1 ? "normal" : "abnormal"));
    return {
      vendor: "huawei",
      os: "VRP",
      os_ver: [release, patch?.replace(/^V\d{3}R\d{3}(?:C\d{2})?/, "")].filter(Boolean).join(" "),
      model: text(tables.value(`${mib.hwEntitySystemModel}.0`)) || within(about, /^((?:S|CE|AR|NE|USG|AC)\d[\w-]+)\s/),
      fan: fans(trays),
    };
  },
};
