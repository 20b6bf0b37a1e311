/** Rows present in a recording, counted by its lines alone. */
import { rawIndexes } from "./raw-rows.ts";

export const distinct = (texts: Iterable<string>) => new Set(texts).size;

/** Recordings of VLAN contexts that lie beside a recording. */
export const contextsOf = (recording: string) => (recording === "cisco-c3560" ? ["2", "3"] : []);

/** The last numbers of an index: an address, without what stands before it. */
const tail = (index: string, length: number) => index.split(".").slice(-length).join(".");
const withoutZone = (index: string) => {
  const [kind, length, ...bytes] = index.split(".");
  return bytes.slice(0, kind === "3" || kind === "4" ? Number(length) - 4 : undefined).join(".");
};

export function presentRows(recording: string) {
  const raw = (column: string) => rawIndexes(recording, column);
  const named = ["17.7.1.4.3.1.1"].flatMap((column) => raw(`1.3.6.1.2.1.${column}`));
  const current = raw("1.3.6.1.2.1.17.7.1.4.2.1.4").map((index) => tail(index, 1));
  const vtp = raw("1.3.6.1.4.1.9.9.46.1.3.1.1.4").map((index) => tail(index, 1));
  const makers = ["2011.5.25.42.3.1.1.1.1.2", "1991.1.1.3.2.7.1.21"].flatMap((column) => raw(`1.3.6.1.4.1.${column}`));
  const files = [recording, ...contextsOf(recording).map((name) => `${recording}@${name}`)];
  const macs = ["1.3.6.1.2.1.17.7.1.2.2.1.2", "1.3.6.1.2.1.17.4.3.1.2"].flatMap((column) =>
    files.flatMap((file) => rawIndexes(file, column)).map((index) => tail(index, 6)),
  );
  const huawei = raw("1.3.6.1.4.1.2011.5.25.42.2.1.3.1.4").map((index) => index.split(".").slice(0, 6).join("."));
  const old = raw("1.3.6.1.2.1.4.22.1.2").map((index) => `${index.split(".")[0]} ${tail(index, 4)}`);
  const modern = raw("1.3.6.1.2.1.4.35.1.4").map((index) => {
    const [ifIndex, ...address] = index.split(".");
    return `${ifIndex} ${withoutZone(address.join("."))}`;
  });
  return {
    addresses: distinct([
      ...raw("1.3.6.1.2.1.4.20.1.2"),
      ...raw("1.3.6.1.2.1.4.34.1.3").map(withoutZone),
      ...raw("1.0.8802.1.1.2.1.3.8.1.5").map(withoutZone),
    ]),
    bindings: distinct([...old, ...modern]),
    macs: distinct([...macs, ...huawei]),
    vlans: distinct([...named, ...current, ...vtp, ...makers]),
    portVlans: null,
  };
}
