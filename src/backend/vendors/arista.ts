/** Arista EOS: version and product stand in sysDescr, everything else in ENTITY-MIB. */
import { type Vendor, within } from "./vendor.ts";

export const arista: Vendor = {
  name: "arista",
  matches: ({ enterprise }) => enterprise === 30065,
  system: (_tables, about) => ({
    vendor: "arista",
    os: "EOS",
    os_ver: within(about, /\bEOS version (\S+)/),
    model: within(about, /\brunning on an? Arista Networks (\S+)/),
  }),
};
