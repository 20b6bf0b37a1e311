import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drives, parseMountinfo } from "../../../src/agent/inventory/drives.ts";
import { manufacturer, manufacturerOfModel } from "../../../src/agent/inventory/manufacturer.ts";
import { storages } from "../../../src/agent/inventory/storages.ts";
import { parseUdev, unescapeUdev } from "../../../src/agent/inventory/udev.ts";
import { fakeReader } from "./fake-reader.ts";

describe("the collector of STORAGES", () => {
  it("describes disks by sysfs and udev, and leaves out what is made of other things", async () => {
    const block = (name: string, files: Record<string, string>) =>
      Object.fromEntries(Object.entries(files).map(([file, text]) => [`/sys/block/${name}/${file}`, `${text}\n`]));
    const reader = fakeReader({
      files: {
        ...block("sda", {
          size: "1953525168",
          dev: "8:0",
          "device/vendor": "ATA",
          "device/model": "ST1000",
          "device/type": "0",
        }),
        "/run/udev/data/b8:0":
          "N:sda\nE:ID_BUS=ata\nE:ID_MODEL_ENC=ST1000NM0033\\x20\\x20\\nE:ID_SERIAL_SHORT=Z1W1\nE:ID_REVISION=SN04\nE:ID_WWN=0x5000c500\n".replace(
            "\\n",
            "\n",
          ),
        ...block("nvme0n1", {
          size: "2000409264",
          "device/model": "MZVL21T0HCLR",
          "device/serial": "S1",
          "device/firmware_rev": "5B2",
        }),
        ...block("nvme0c0n1", { size: "2000409264", hidden: "1" }),
        ...block("vda", { size: "536870912", serial: "disk-1", "device/vendor": "0x1af4" }),
        ...block("sr0", {
          size: "2097151",
          "device/type": "5",
          "device/vendor": "QEMU",
          "device/model": "QEMU DVD-ROM",
        }),
        ...block("loop0", { size: "8" }),
        ...block("dm-0", { size: "8" }),
        ...block("zram0", { size: "0" }),
        ...block("mmcblk0boot0", { size: "8" }),
      },
      links: { "/sys/block/sda": "../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:1/0:0:1:2/block/sda" },
    });
    const { sections } = storages.parse(await storages.read(reader));
    assert.deepEqual(sections.STORAGES, [
      {
        NAME: "nvme0n1",
        MANUFACTURER: "Samsung",
        MODEL: "MZVL21T0HCLR",
        DESCRIPTION: "nvme",
        TYPE: "disk",
        DISKSIZE: 1_024_209,
        SERIALNUMBER: "S1",
        FIRMWARE: "5B2",
      },
      {
        NAME: "sda",
        MANUFACTURER: "Seagate",
        MODEL: "ST1000NM0033",
        DESCRIPTION: "ata",
        TYPE: "disk",
        DISKSIZE: 1_000_204,
        SERIALNUMBER: "Z1W1",
        FIRMWARE: "SN04",
        SCSI_COID: 0,
        SCSI_CHID: 0,
        SCSI_UNID: 1,
        SCSI_LUN: 2,
        WWN: "5000c500",
      },
      { NAME: "sr0", MANUFACTURER: "QEMU", MODEL: "QEMU DVD-ROM", TYPE: "cd", DISKSIZE: 1073 },
      {
        NAME: "vda",
        MANUFACTURER: "Red Hat",
        DESCRIPTION: "virtio",
        TYPE: "disk",
        DISKSIZE: 274_877,
        SERIALNUMBER: "disk-1",
      },
    ]);
  });
});

describe("udev and makers", () => {
  it("reads entries", () => {
    assert.deepEqual(parseUdev("N:sdb\nS:disk/x\nE:A=1=2\nE:B=\nI:5\n"), { NAME: "sdb", A: "1=2" });
    assert.deepEqual(parseUdev(undefined), {});
    assert.equal(unescapeUdev("A\\x20B\\x2fC  "), "A B/C");
  });

  it("knows makers by name and by model", () => {
    assert.equal(manufacturer("HPE"), "Hewlett-Packard");
    assert.equal(manufacturer("Nobody Ltd"), "Nobody Ltd");
    assert.equal(manufacturerOfModel("WDC_WD10EZEX-00"), "Western Digital");
    assert.equal(manufacturerOfModel("INTEL SSDSC2BB"), "Intel");
    assert.equal(manufacturerOfModel("Flash Disk"), undefined);
  });
});

const mountinfo = `22 27 0:21 / /proc rw - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda1 rw
30 27 254:0 /srv /mnt/bind rw - ext4 /dev/vda1 rw
31 27 254:16 / /data\\040of\\134us rw shared:1 master:2 - xfs /dev/vdb rw
32 27 0:40 / /home rw - btrfs /dev/vdc rw,subvol=/home
33 27 0:41 / /var rw - btrfs /dev/vdc rw,subvol=/var
34 27 0:50 / /net rw - nfs4 files.example.org:/export rw
35 27 0:60 / /run rw - tmpfs tmpfs rw
36 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
37 27 0:70 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw
nonsense
`;

describe("the collector of DRIVES", () => {
  it("takes each file system once, where it was mounted first", () => {
    assert.deepEqual(
      parseMountinfo(mountinfo).map(({ mountPoint, type, source }) => `${mountPoint} ${type} ${source}`),
      ["/ ext4 /dev/vda1", "/data of\\us xfs /dev/vdb", "/home btrfs /dev/vdc", "/net nfs4 files.example.org:/export"],
    );
    const container = parseMountinfo("1 0 0:70 / / rw - overlay overlay rw\n2 1 0:5 / /dev rw - tmpfs tmpfs rw\n");
    assert.deepEqual(
      container.map(({ mountPoint }) => mountPoint),
      ["/"],
    );
  });

  it("gives space in MB, label and UUID; a file system without answer keeps its row", async () => {
    const reader = fakeReader({
      files: { "/proc/self/mountinfo": mountinfo, "/run/udev/data/b254:0": "E:ID_FS_LABEL=root\nE:ID_FS_UUID=1-2-3\n" },
      space: {
        "/": { total: 2 ** 30, free: 0 },
        "/home": { total: 2 ** 31, free: 2 ** 20 - 1 },
        "/data of\\us": { total: 0, free: 0 },
      },
    });
    const { sections, incomplete } = drives.parse(await drives.read(reader));
    assert.deepEqual(sections.DRIVES, [
      { TYPE: "/", VOLUMN: "/dev/vda1", FILESYSTEM: "ext4", TOTAL: 1024, FREE: 0, LABEL: "root", SERIAL: "1-2-3" },
      { TYPE: "/data of\\us", VOLUMN: "/dev/vdb", FILESYSTEM: "xfs", TOTAL: 0, FREE: 0 },
      { TYPE: "/home", VOLUMN: "/dev/vdc", FILESYSTEM: "btrfs", TOTAL: 2048, FREE: 0 },
      { TYPE: "/net", VOLUMN: "files.example.org:/export", FILESYSTEM: "nfs4" },
    ]);
    assert.deepEqual(incomplete, [{ section: "DRIVES", reason: "no answer about the space of /net" }]);
  });
});
