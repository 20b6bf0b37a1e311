/** All vendors' files, in the order in which they are asked: the narrower before the wider. */
import type { About } from "../device/reader.ts";
import { allied } from "./allied.ts";
import { arista } from "./arista.ts";
import { checkpoint } from "./checkpoint.ts";
import { ciscoAsa, ciscoIos, ciscoNxos, ciscoXe, ciscoXr } from "./cisco.ts";
import { comware } from "./comware.ts";
import { dlink } from "./dlink.ts";
import { foundry } from "./foundry.ts";
import { arubaCx, hpProcurve } from "./hp.ts";
import { huawei } from "./huawei.ts";
import { junos } from "./juniper.ts";
import { mikrotik } from "./mikrotik.ts";
import { bsd, linux, windows } from "./net-snmp.ts";
import { dellOs, extreme, fortinet, paloAlto, ubiquiti } from "./others.ts";
import type { Vendor } from "./vendor.ts";

export const vendors: readonly Vendor[] = [
  ciscoNxos,
  ciscoXr,
  ciscoXe,
  ciscoAsa,
  ciscoIos,
  junos,
  arista,
  comware,
  hpProcurve,
  arubaCx,
  huawei,
  foundry,
  mikrotik,
  checkpoint,
  allied,
  dlink,
  fortinet,
  paloAlto,
  extreme,
  dellOs,
  ubiquiti,
  linux,
  bsd,
  windows,
];

/** The file that knows such a device; undefined for one that only the generic reading reads. */
export function vendorOf(about: About): Vendor | undefined {
  return vendors.find((vendor) => vendor.matches(about));
}
