/** Our parsers against the answers of GLPI Agent 1.12 to the same texts (shared/corpus/inventory). */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { type Scope, scopes } from "./scopes.ts";
import { differences, readVectors, title, type Vector } from "./vectors.ts";

/** Vectors of what is read elsewhere, collected later, or not at all. */
const outOfScope: [RegExp, string][] = [
  [/^generic.t .* lspci parsing/, "lspci is not run: sysfs and pci.ids (controllers.t, videos.t … are in scope)"],
  [/^usb.t .* lsusb parsing/, "lsusb is not run: sysfs and usb.ids (usb.t retrieval is in scope)"],
  [/^linux.t default-gateway/, "ip route is not run: /proc/net/route"],
  [/^linux.t (?:dell-xt2|linux-rhel5.6)$/, "ifconfig is not run: ip address"],
  [/^linux.t .* hal parsing|^drives.t/, "HAL is gone since 2010"],
  [/^linux.t .* smartctl|hdparm|^multipath.t|^hp_w_smartctl/, "smartctl, hdparm, multipath: later (the agent in full)"],
  [/^(?:3ware|adaptec|lsilogic|megacli|megacli_w_smartctl|megaraid|hp).t /, "RAID controllers: later"],
  [/^unix.t .* df parsing/, "df is not run: mountinfo and statfs"],
  [
    /^unix.t (?:netbsd|linux|old-fedora)|^os.t|busybox ps/,
    "not collected: processes, mount types, BSD, installation date",
  ],
  [/^softwares.t (?:nix|pacman|snap|flatpak)/, "later: nix, pacman, snap, flatpak"],
  [/^lvm.t /, "LVM: later"],
  [/^networks.t |^dockermacvlan.t |^ilo.t /, "wireless, macvlan of containers, iLO: later"],
  [/^upower.t /, "upower is not run: /sys/class/power_supply"],
  [/^fru(?:_\w+)?.t /, "ipmitool: later"],
  [/^nvidia.t (?:merged|linux-asus)|^video.t /, "nvidia-settings, ddcprobe, Xorg's log: need a session on the screen"],
  [/^board.t /, "ARM boards by cpuinfo: later"],
  [/^lxc.t |^xen.t xm_list_-l/, "one lxc-ls and one xl list -v tell it all"],
  [/^(?:virtuozzo|xencitrixserver).t /, "Virtuozzo and XenServer: later"],
  [/^jails.t /, "not on Linux"],
  [
    /^(?:bitdefender|sentinelone).t |^(?:db2|mssql|mysql|oracle|asm).t |^license.t /,
    "antivirus, databases, licences: later",
  ],
  [/edid vendor identification/, "one line of a list (the vectors of screen.t look it up)"],
];

/** Vectors in scope whose answer of ours differs, and why it may. */
const accepted: Record<string, string> = {
  "generic.t openbsd-3.8 dmidecode parsing": "of several on-board devices in one structure we keep the first",
  "generic.t rhel-5.6 dmidecode parsing": "of several on-board devices in one structure we keep the first",
  "generic.t rhel-4.3 dmidecode parsing": "of several on-board devices in one structure we keep the first",
  "bios.t bios: S5000VSA": 'a serial number "........." is none',
  "memory.t oracle-server-x5-2: parsing": 'a serial number "NO DIMM" is none',
  "memory.t S3000AHLX: parsing": 'makers by their JEP106 code; a serial number "NO DIMM" is none',
  "memory.t linux-2.6: parsing": "makers by their JEP106 code",
  "memory.t openbsd-3.8: parsing": "makers by their JEP106 code",
  "memory.t freebsd-8.1: parsing": "an old dmidecode did not know DDR3; we do not guess it from the part number",
  "memory.t windows-hyperV-2019: parsing": 'no form factor is no form factor, rather than "Hyper-V Memory"',
  "ports.t linux-1: parsing": "the board says that this port has no type",
  "psu.t psu/Dell_PowerEdge_R330: parsing": "the part number with its revision, as the board has it",
  "psu.t psu/Dell_PowerEdge_R330_2: parsing": "the part number with its revision, as the board has it",
  "psu.t psu/Dell_DSS_1500: parsing": "the part number with its revision, as the board has it",
  "acpiconf.t test freebsd-1: merge step 1": '"LG" as the battery says it, not "Lg"',
  "battery.t linux-2.6: parsing": "hexadecimal also where it has no letters",
  "cpu.t linux-alpha-1": "three processors of known model, not one of unknown",
  "cpu.t linux-raspberry-pi-3-model-b-on-bookworm": 'the core by its part number, not "0" to "3"',
  "generic.t vmware-esx dmidecode cpu extraction": "family 16: base plus extended family, as AMD counts",
  "generic.t windows-7.2 dmidecode cpu extraction": "family 16: base plus extended family, as AMD counts",
  "linux.t ssd udev parsing": "the model with its blanks",
  "libvirt.t virsh dumpxml parsing: dumpxml1": "KiB are divided by 1024",
  "libvirt.t virsh dumpxml parsing: dumpxml3": "KiB are divided by 1024",
  "virtualbox.t sample2: parsing": "the number of processors that VirtualBox tells",
  "controllers.t linux-2": "the whole driver name, revisions, and the product's name rather than the subsystem's",
  "usb.t dell-xt2: usb devices retrieval": "the first interface's class, and one device more that usb.ids names",
  "screen.t aic-e-191": "the maker as registered",
  "screen.t benq-bl2420-tf": "no prefix from a table of models",
  "screen.t benq-bl2420-tf.2": "no prefix from a table of models",
  "screen.t benq-bl2420-tf.3": "no prefix from a table of models",
  "screen.t crt.LG-Studioworks-N2200P": "no guess at LG's base-34 number",
  "screen.t lcd.lg-l1960.2": "no guess at LG's base-34 number; outer blanks go",
  "screen.t lcd.acer-al1921": "no second number where Acer's rule does not fit",
  "screen.t lcd.philips-150s": "outer blanks go",
  "screen.t lcd.samsung-s22c450": "Samsung's two numbers always the same way round, not by model",
  "screen.t lcd.samsung-s24e450": "Samsung's two numbers always the same way round, not by model",
  "screen.t samsung-s22e390": "the header's number in hexadecimal, as for all others",
};

/** Exact matches by section: fewer is a step back. */
const least: Record<string, number> = {
  "DMI tables": 8,
  BIOS: 19,
  HARDWARE: 20,
  MEMORIES: 15,
  SLOTS: 14,
  PORTS: 13,
  POWERSUPPLIES: 25,
  BATTERIES: 6,
  CPUS: 36,
  NETWORKS: 6,
  STORAGES: 0,
  SOFTWARES: 1,
  VIRTUALMACHINES: 5,
  CONTROLLERS: 0,
  VIDEOS: 5,
  SOUNDS: 1,
  MODEMS: 1,
  USBDEVICES: 0,
  MONITORS: 76,
};

const vectors = readVectors();
const skip = vectors.length === 0 ? "no corpus at ../shared/corpus/inventory" : false;
const summary: string[] = [];

const scopeOf = (vector: Vector): Scope | undefined => scopes.find((scope) => scope.vectors.test(title(vector)));

describe("inventory corpus", { skip }, () => {
  for (const section of new Set(scopes.map((scope) => scope.section)))
    it(`${section}: every difference has its reason`, () => {
      const mine = vectors.filter((vector) => scopeOf(vector)?.section === section);
      const unexplained: string[] = [];
      const differing = new Set<string>();
      let matched = 0;
      for (const vector of mine) {
        const scope = scopeOf(vector) as Scope;
        const found = differences(scope.parse(vector), scope.expect?.(vector.expected as never) ?? vector.expected);
        if (found.length === 0) matched++;
        else if (accepted[title(vector)] === undefined) unexplained.push(`${title(vector)}: ${found.join("; ")}`);
        else differing.add(title(vector));
      }
      summary.push(`${section}: ${mine.length} in scope, ${matched} match, ${differing.size} differ with reason`);
      assert.deepEqual(unexplained, []);
      assert.ok(matched >= (least[section] ?? 0), `${matched} match, ${least[section]} did before`);
      const stale = mine.map(title).filter((name) => accepted[name] !== undefined && !differing.has(name));
      assert.deepEqual(stale, [], "these differ no longer: take them off the list");
    });

  it("puts every vector in scope or tells why not", () => {
    const unplaced = vectors.filter(
      (vector) => scopeOf(vector) === undefined && !outOfScope.some(([pattern]) => pattern.test(title(vector))),
    );
    assert.deepEqual(unplaced.map(title), []);
    for (const [pattern, reason] of outOfScope)
      assert.ok(
        vectors.some((vector) => scopeOf(vector) === undefined && pattern.test(title(vector))),
        `nothing is out of scope for "${reason}"`,
      );
  });

  after(() => {
    const inside = vectors.filter((vector) => scopeOf(vector) !== undefined).length;
    console.log(`inventory corpus: ${vectors.length} vectors, ${inside} in scope\n  ${summary.join("\n  ")}`);
  });
});

if (skip) console.log(`inventory corpus: skipped: ${skip}`);
