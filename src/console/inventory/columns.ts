/**
 * What people read in the place of OCS's names: titles, tabs and units of all sections, in one table. A section or field
 * that is not here still shows, under its own name.
 */
import type { IconName } from "../icons.tsx";
import { titleOf } from "../parts/form-fields.ts";

/** `date` and `words` are texts: the day alone, and several words that want room. */
export type Unit = "MiB" | "MB" | "bytes" | "MHz" | "number" | "date" | "words";

export const hostTabs = [
  { id: "overview", title: "Overview", icon: "info" },
  { id: "hardware", title: "Hardware", icon: "cpu" },
  { id: "storage", title: "Storage", icon: "disk" },
  { id: "network", title: "Network", icon: "network" },
  { id: "software", title: "Software", icon: "package" },
  { id: "users", title: "Users", icon: "people" },
  { id: "virtual", title: "Virtual machines", icon: "cube" },
  { id: "more", title: "More", icon: "list" },
] as const satisfies readonly { id: string; title: string; icon: IconName }[];
export type HostTab = (typeof hostTabs)[number]["id"];

export interface FieldView {
  title: string;
  unit?: Unit;
  /** Kept for CSV, not shown. */
  hidden?: boolean;
}

export interface SectionView {
  title: string;
  tab: HostTab;
  /** One row, shown as a list of facts. */
  single?: boolean;
  /** Field that names a row: comes first. Fields follow in this order, then those that are not here. */
  fields: Record<string, FieldView>;
}

/**
 * `NAME=Title`, `SIZE=Title:MiB`; `X=-` and `X=Title:-` hide X; a name alone takes its own name as title. Comma between
 * them.
 */
function view(tab: HostTab, title: string, fields: string, single = false): SectionView {
  const views: Record<string, FieldView> = {};
  for (const part of fields.split(",").map((one) => one.trim())) {
    const [name = "", text = titleOf(name)] = part.split("=");
    const [fieldTitle = "", unit] = text.split(":");
    if (fieldTitle === "-" || unit === "-")
      views[name] = { title: unit === "-" ? fieldTitle : titleOf(name), hidden: true };
    else views[name] = { title: fieldTitle, unit: unit as Unit };
  }
  return { title, tab, single, fields: views };
}

const sectionViews: Record<string, SectionView> = {
  HARDWARE: view(
    "hardware",
    "System",
    `NAME, WORKGROUP=Domain, USERDOMAIN=User domain, OSNAME=Operating system, OSVERSION=System version, OSCOMMENTS=System build,
     ARCH=Architecture, PROCESSORT=Processor, PROCESSORN=Processors:number, PROCESSORS=Clock:MHz, MEMORY=Memory:MiB,
     SWAP=Swap:MiB, VMSYSTEM=Virtualisation, CHASSIS_TYPE=Chassis, UUID=UUID, IPADDR=Addresses,
     DEFAULTGATEWAY=Default gateway, DNS=DNS servers, USERID=Users logged in, LASTLOGGEDUSER=Last user,
     DATELASTLOGGEDUSER=Last login, INSTALLDATE=Installed:date, DESCRIPTION, WINCOMPANY=Company, WINOWNER=Owner,
     WINPRODID=Product id, WINPRODKEY=-, LASTDATE=-, TYPE=-, CHECKSUM=-`,
    true,
  ),
  BIOS: view(
    "hardware",
    "Machine and firmware",
    `SMANUFACTURER=Manufacturer, SMODEL=Model, SSN=Serial number, SKUNUMBER=SKU, TYPE=Chassis, ASSETTAG=Asset tag,
     ENCLOSURESERIAL=Enclosure serial, MMANUFACTURER=Board manufacturer, MMODEL=Board model, MSN=Board serial,
     BMANUFACTURER=Firmware maker, BVERSION=Firmware version, BDATE=Firmware date`,
    true,
  ),
  CPUS: view(
    "hardware",
    "Processors",
    `TYPE=Processor, MANUFACTURER=Maker, CORES=Cores:number, THREADS=Threads:number, LOGICAL_CPUS=Logical CPUs:number,
     SPEED=Clock:MHz, CURRENT_SPEED=Now:MHz, CPUARCH=Architecture, SOCKET, L2CACHESIZE=L2 cache, VOLTAGE, CPUSTATUS=State,
     NBSOCKET=-, DATA_WIDTH=-, CURRENT_ADDRESS_WIDTH=-, HPT=Hyper-threading, EXTERNAL_CLOCK=-, FAMILYNUMBER=-,
     FAMILYNAME=Family, MODEL=-, STEPPING=-, ID=-, SERIALNUMBER=-`,
  ),
  MEMORIES: view(
    "hardware",
    "Memory modules",
    `CAPTION=Slot, CAPACITY=Capacity:MiB, TYPE, SPEED, MANUFACTURER=Maker, MODEL, SERIALNUMBER=Serial number,
     ERRORCORRECTIONTYPE=Error correction, PURPOSE, DESCRIPTION, NUMSLOTS=-`,
  ),
  CONTROLLERS: view(
    "hardware",
    "Controllers",
    `NAME, TYPE, MANUFACTURER=Maker, DRIVER, PCISLOT=PCI slot, PCIID=PCI id, REV=Revision, CAPTION=-, DESCRIPTION=-,
     VERSION=-, PCICLASS=-, PCISUBSYSTEMID=-`,
  ),
  VIDEOS: view("hardware", "Video", "NAME, CHIPSET, MEMORY=Memory:MiB, RESOLUTION, PCISLOT=PCI slot, PCIID=PCI id"),
  MONITORS: view(
    "hardware",
    "Monitors",
    `CAPTION=Model, MANUFACTURER=Maker, DESCRIPTION, TYPE, PORT, SERIAL=Serial number, ALTSERIAL=-, BASE64=-, UUENCODE=-`,
  ),
  SLOTS: view("hardware", "Slots", "NAME, DESIGNATION, DESCRIPTION, STATUS=State, PURPOSE, PSHARE=-"),
  BATTERIES: view(
    "hardware",
    "Batteries",
    "NAME, MANUFACTURER=Maker, CHEMISTRY, CAPACITY, REAL_CAPACITY=Real capacity, DESIGNCAPACITY=Design capacity, SERIALNUMBER=Serial number",
  ),
  POWERSUPPLIES: view(
    "hardware",
    "Power supplies",
    "NAME, MANUFACTURER=Maker, POWER_MAX=Power, STATUS=State, SERIALNUMBER=Serial number",
  ),
  USBDEVICES: view(
    "hardware",
    "USB devices",
    "NAME, DESCRIPTION, MANUFACTURER=Maker, TYPE, SERIAL=Serial number, VENDORID=Vendor id, PRODUCTID=Product id, CLASS=-, SUBCLASS=-",
  ),
  DRIVES: view(
    "storage",
    "File systems",
    `TYPE=Mounted at, VOLUMN=Device, LETTER, FILESYSTEM=File system, USED=Used, TOTAL=Size:MiB, FREE=Free:MiB, LABEL,
     ENCRYPT_NAME=Encryption, ENCRYPT_STATUS=Encrypted, CREATEDATE=Created, SERIAL=UUID, NUMFILES=Files:number`,
  ),
  STORAGES: view(
    "storage",
    "Disks",
    `NAME, MODEL, MANUFACTURER=Maker, TYPE, DISKSIZE=Size:MB, INTERFACE, SERIALNUMBER=Serial number, FIRMWARE,
     DESCRIPTION, WWN=WWN, SCSI_COID=-, SCSI_CHID=-, SCSI_UNID=-, SCSI_LUN=-`,
  ),
  PHYSICAL_VOLUMES: view(
    "storage",
    "LVM physical volumes",
    "DEVICE, PV_NAME=Name, FORMAT, SIZE=Size:MiB, FREE=Free:MiB, ATTR=Attributes, PV_PE_COUNT=-, PE_SIZE=-, PV_UUID=-, VG_UUID=-",
  ),
  VOLUME_GROUPS: view(
    "storage",
    "LVM volume groups",
    "VG_NAME=Name, SIZE=Size:MiB, FREE=Free:MiB, PV_COUNT=Physical volumes:number, LV_COUNT=Logical volumes:number, ATTR=Attributes, VG_UUID=-, VG_EXTENT_SIZE=-",
  ),
  LOGICAL_VOLUMES: view(
    "storage",
    "LVM logical volumes",
    "LV_NAME=Name, VG_NAME=Group, SIZE=Size:MiB, SEG_COUNT=Segments:number, ATTR=Attributes, LV_UUID=-, VG_UUID=-",
  ),
  NETWORKS: view(
    "network",
    "Interfaces",
    `DESCRIPTION=Interface, STATUS=State, IPADDRESS=Address, IPMASK=Mask:-, MACADDR=MAC address, SPEED, TYPE, MTU=MTU:number,
     DUPLEX, DRIVER, IPGATEWAY=Gateway, IPSUBNET=Network:-, IPDHCP=DHCP server, SSID=SSID, MODEL, SLAVE=Members, BASE=-,
     TYPEMIB=-, PCISLOT=PCI slot, PCIID=-, VIRTUALDEV=-, BSSID=-, MODE=-, VERSION=-, WWN=-, FIRMWARE`,
  ),
  SOFTWARES: view(
    "software",
    "Software",
    `NAME, VERSION, ARCHITECTURE=Arch., PUBLISHER, FILESIZE=Size:bytes, INSTALLDATE=Installed:date, COMMENTS=Description:words,
     FROM=-, SECTION=-, STATUS=-, FOLDER=-, FILENAME=-, SOURCE=-, LANGUAGE=-, GUID=-, BITSWIDTH=-`,
  ),
  REPOSITORY: view(
    "software",
    "Package sources",
    "NAME, BASEURL=Address, ENABLED, UPDATED, PKGS=Packages, SIZE, MIRRORS=-",
  ),
  USERS: view("users", "Logged in", "LOGIN=User, DOMAIN"),
  LOCAL_USERS: view(
    "users",
    "Accounts",
    "LOGIN=Account, NAME, ID_USER=UID, GID=GID, HOME=Home folder, SHELL, MEMBER=-",
  ),
  LOCAL_GROUPS: view("users", "Groups", "NAME=Group, ID_GROUP=GID, MEMBER=Members"),
  VIRTUALMACHINES: view(
    "virtual",
    "Virtual machines and containers",
    `NAME, STATUS=State, VMTYPE=Type, SUBSYSTEM, VCPU=CPUs:number, CORES=-, MEMORY=Memory:MiB, IPADDR=Address,
     MAC=MAC address, OPERATINGSYSTEM=Operating system, IMAGE, OWNER, UUID=UUID, VMID=Id, SERIAL=-, COMMENT`,
  ),
  INPUTS: view("more", "Input devices", "CAPTION=Name, TYPE, MANUFACTURER=Maker, INTERFACE, DESCRIPTION, POINTTYPE=-"),
  MODEMS: view("more", "Modems", "NAME, MODEL, MANUFACTURER=Maker, TYPE, DESCRIPTION"),
  PORTS: view("more", "Ports", "NAME, CAPTION=Label, TYPE, DESCRIPTION"),
  PRINTERS: view("more", "Printers", "NAME, DRIVER, PORT, STATUS=State, DESCRIPTION, SERIAL=Serial number"),
  REGISTRY: view("more", "Registry", "NAME, REGVALUE=Value, HIVE"),
  RUNNING_PROCESSES: view(
    "more",
    "Processes",
    "PROCESSNAME=Process, PROCESSID=PID, USERNAME=User, CPUUSAGE=CPU, PROCESSMEMORY=Memory, STARTED, COMMANDLINE=Command",
  ),
  SIM: view(
    "more",
    "SIM cards",
    "OPERATOR, OPNAME=Name, COUNTRY, PHONENUMBER=Number, STATE, SERIALNUMBER=Serial number",
  ),
  SOUNDS: view("more", "Sound", "NAME, MANUFACTURER=Maker, DESCRIPTION"),
  TIMEZONE: view("more", "Time zone", "NAME, OFFSET", true),
};

/** How a section shows; one we have no words for shows under its own name on the last tab. */
export function sectionView(name: string): SectionView {
  return Object.hasOwn(sectionViews, name) ? sectionViews[name]! : { title: titleOf(name), tab: "more", fields: {} };
}

/** Known sections of a tab, in the order they show. */
export function sectionOrder(name: string): number {
  const at = Object.keys(sectionViews).indexOf(name);
  return at < 0 ? Number.MAX_SAFE_INTEGER : at;
}

/** Fields of a section that occur, in the order they show, with how. */
export function fieldViews(view: SectionView, present: readonly string[]): [name: string, FieldView][] {
  const known = Object.keys(view.fields).filter((name) => present.includes(name));
  const others = present.filter((name) => !Object.hasOwn(view.fields, name));
  return [...known, ...others].map((name) => [name, view.fields[name] ?? { title: titleOf(name) }]);
}
