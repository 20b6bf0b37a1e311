/** Makers under one name each, whatever a device's own text calls them. */

const byName: [RegExp, string][] = [
  [/^(?:hp|hpe|hewlett[- ]packard(?: enterprise)?(?: company)?)$/i, "Hewlett-Packard"],
  [/^dell(?: inc\.?| computer corp.*)?$/i, "Dell"],
  [/^supermicro|^super micro/i, "Supermicro"],
  [/^seagate/i, "Seagate"],
  [/^(?:wdc?|western digital)\b/i, "Western Digital"],
  [/^samsung/i, "Samsung"],
  [/^hitachi|^hgst/i, "Hitachi"],
  [/^toshiba|^kioxia/i, "Toshiba"],
  [/^fujitsu/i, "Fujitsu"],
  [/^maxtor/i, "Maxtor"],
  [/^intel\b/i, "Intel"],
  [/^micron|^crucial/i, "Micron"],
  [/^(?:sk ?)?hynix/i, "Hynix"],
  [/^kingston/i, "Kingston"],
  [/^sandisk/i, "SanDisk"],
  [/^lenovo/i, "Lenovo"],
  [/^ibm\b/i, "IBM"],
  [/^lsi\b/i, "LSI"],
  [/^adaptec/i, "Adaptec"],
  [/^qemu/i, "QEMU"],
  [/^vmware/i, "VMware"],
  [/^red ?hat|^virtio/i, "Red Hat"],
  [/^vbox|^virtualbox/i, "VirtualBox"],
  [/^msft|^microsoft/i, "Microsoft"],
];

/** Model prefixes of drives that do not name their maker. */
const byModel: [RegExp, string][] = [
  [/^ST\d|^ST[A-Z]?\d{3,}/, "Seagate"],
  [/^WD[C ]?\d|^WD\d|^WDC /, "Western Digital"],
  [/^(?:MZ|SSD 8|HD\d{3}[A-Z]{2}|SP\d{4}[A-Z])/, "Samsung"],
  [/^(?:HU[ACHS]|HD[SPTE]|HT[SE]|IC\d)/, "Hitachi"],
  [/^(?:MK\d|DT01|MG0|THNS|KXG)/, "Toshiba"],
  [/^(?:MTFD|CT\d+[A-Z]|M[45]-CT|C300)/, "Micron"],
  [/^(?:SSDS|SSDP|INTEL)/, "Intel"],
  [/^(?:SA400|SV300|SUV|SKC)/, "Kingston"],
];

/** One spelling for makers we know; any other text as it is. */
export function manufacturer(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return byName.find(([pattern]) => pattern.test(text))?.[1] ?? text;
}

/** The maker that a model's name tells, by its first word or its series. */
export function manufacturerOfModel(model: string | undefined): string | undefined {
  if (model === undefined) return undefined;
  const text = model.replaceAll("_", " ");
  return (byName.find(([pattern]) => pattern.test(text)) ?? byModel.find(([pattern]) => pattern.test(text)))?.[1];
}
