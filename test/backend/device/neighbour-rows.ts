/**
 * Neighbours found against rows present in each recording, and against what Netdisco stored, with every difference
 * explained. The documentation prints it; `neighbours.corpus.test.ts` holds it against the recordings.
 */
export interface NeighbourCount {
  recording: string;
  /** Rows of lldpRemTable, cdpCacheTable, ospfNbrTable and bgpPeerTable, and what became of them. */
  lldp: { present: number; found: number };
  cdp: { present: number; found: number };
  ospf: { present: number; found: number };
  bgp: { present: number; found: number };
  /** Ports to which Netdisco 2.105.1 stored a neighbour; it keeps one a port. */
  netdiscoPorts: number;
  /** Ports on which we find one by LLDP or CDP. */
  ports: number;
  /** Why found differs from present, and ours from Netdisco's; "" where nothing does. */
  why: string;
}

const same = (rows: number) => ({ present: rows, found: rows });
const none = { lldp: same(0), cdp: same(0), ospf: same(0), bgp: same(0), netdiscoPorts: 0, ports: 0, why: "" };

export const neighbourCounts: readonly NeighbourCount[] = [
  {
    ...none,
    recording: "arista-dcs-7150s-52-cl",
    lldp: same(2),
    ospf: same(1),
    netdiscoPorts: 2,
    ports: 2,
  },
  { ...none, recording: "arista_eos_1" },
  { ...none, recording: "awplus" },
  { ...none, recording: "brocade-icx6430-24" },
  {
    ...none,
    recording: "cisco-c3560",
    cdp: same(9),
    netdiscoPorts: 4,
    ports: 4,
    why: "six neighbours on GigabitEthernet0/50, of which Netdisco keeps one",
  },
  {
    ...none,
    recording: "cisco-n5000-uk9",
    lldp: same(11),
    cdp: same(5),
    netdiscoPorts: 8,
    ports: 11,
    why: "Ethernet1/19 (the ProCurve) and the two Oracle adapters on Ethernet1/25 and 1/26 tell no management address but a MAC address; Netdisco drops them",
  },
  {
    ...none,
    recording: "comware",
    bgp: same(2),
    why: "two BGP peers, by the index alone: the recording has no bgpPeerRemoteAddr",
  },
  { ...none, recording: "dlink-des3200" },
  { ...none, recording: "gaia" },
  {
    ...none,
    recording: "hpe-procurve-516733-b21",
    lldp: same(5),
    cdp: same(5),
    netdiscoPorts: 1,
    ports: 4,
    why: "it mirrors LLDP and CDP into both tables; the Emulex adapters on 8, 15 and 16 tell no address, and Netdisco drops them",
  },
  { ...none, recording: "huawei-s5720" },
  {
    ...none,
    recording: "juniper-mx960-12-3r6-6",
    lldp: same(13),
    ospf: same(13),
    netdiscoPorts: 12,
    ports: 13,
    why: "the management address of the neighbour on ge-0/1/6 has another time mark than its row; Netdisco finds none and drops it",
  },
  { ...none, recording: "juniper-mx960-13-3r9-13", lldp: same(6), ospf: same(8), netdiscoPorts: 6, ports: 6 },
  { ...none, recording: "routeros" },
];
