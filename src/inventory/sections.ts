/**
 * The sections an inventory may have and the fields of their rows: the OCS Inventory vocabulary, as the Unix agent
 * writes it (UnixAgent `lib/Ocsinventory/Agent/Common.pm`) and the server stores it (`Map.pm`), in one table. Element
 * order in encodings is the order here.
 */

export type FieldType = "text" | "integer";

export interface Section {
  /** At most one row, as OCS sends HARDWARE and BIOS. */
  single: boolean;
  /** Bit of HARDWARE/CHECKSUM that tells an OCS server that this section changed; 0: it has none. */
  checksum: number;
  /** In the order they are written. */
  fields: ReadonlyMap<string, FieldType>;
}

/** A trailing `#` marks an integer. */
function section(checksum: number, fields: string, single = false): Section {
  const types = new Map<string, FieldType>();
  for (const field of fields.split(/\s+/))
    if (field.endsWith("#")) types.set(field.slice(0, -1), "integer");
    else types.set(field, "text");
  return { single, checksum, fields: types };
}

/**
 * Sizes of MEMORIES, DRIVES, VIDEOS, VIRTUALMACHINES and HARDWARE's MEMORY and SWAP are in units of 1024² bytes,
 * STORAGES DISKSIZE in 1000² (as disks are sold), SOFTWARES FILESIZE in bytes; clock rates are MHz, dates
 * `YYYY/MM/DD[ hh:mm:ss]` in local time unless the field is free text of a program.
 */
export const sections = {
  HARDWARE: section(
    1,
    `NAME OSNAME OSVERSION OSCOMMENTS PROCESSORT PROCESSORS# PROCESSORN# MEMORY# SWAP# IPADDR DEFAULTGATEWAY DNS
     WORKGROUP USERDOMAIN USERID UUID VMSYSTEM ARCH TYPE# DESCRIPTION LASTLOGGEDUSER DATELASTLOGGEDUSER INSTALLDATE
     LASTDATE WINCOMPANY WINOWNER WINPRODID WINPRODKEY CHASSIS_TYPE CHECKSUM#`,
    true,
  ),
  BIOS: section(
    2,
    `SMANUFACTURER SMODEL SSN TYPE BMANUFACTURER BVERSION BDATE ASSETTAG MMANUFACTURER MMODEL MSN SKUNUMBER
     ENCLOSURESERIAL`,
    true,
  ),
  CPUS: section(
    262_144,
    `MANUFACTURER TYPE SERIALNUMBER SPEED# CURRENT_SPEED# CORES# THREADS# LOGICAL_CPUS# NBSOCKET# SOCKET CPUARCH
     DATA_WIDTH# CURRENT_ADDRESS_WIDTH# L2CACHESIZE VOLTAGE CPUSTATUS HPT FAMILYNUMBER MODEL STEPPING ID EXTERNAL_CLOCK#
     FAMILYNAME`,
  ),
  MEMORIES: section(
    4,
    `CAPTION DESCRIPTION CAPACITY# TYPE SPEED NUMSLOTS# SERIALNUMBER MANUFACTURER MODEL PURPOSE ERRORCORRECTIONTYPE`,
  ),
  SLOTS: section(8, "NAME DESIGNATION DESCRIPTION STATUS PURPOSE PSHARE#"),
  REGISTRY: section(16, "NAME REGVALUE HIVE"),
  CONTROLLERS: section(
    32,
    "NAME MANUFACTURER CAPTION DESCRIPTION VERSION TYPE DRIVER PCICLASS PCIID PCISUBSYSTEMID PCISLOT REV",
  ),
  MONITORS: section(64, "MANUFACTURER CAPTION DESCRIPTION TYPE SERIAL BASE64 UUENCODE ALTSERIAL PORT"),
  PORTS: section(128, "TYPE NAME CAPTION DESCRIPTION"),
  STORAGES: section(
    256,
    `NAME MANUFACTURER MODEL DESCRIPTION TYPE DISKSIZE# SERIALNUMBER FIRMWARE SCSI_COID# SCSI_CHID# SCSI_UNID# SCSI_LUN#
     INTERFACE WWN ENCRYPT_STATUS ENCRYPT_TYPE`,
  ),
  DRIVES: section(
    512,
    "LETTER TYPE VOLUMN FILESYSTEM TOTAL# FREE# LABEL SERIAL CREATEDATE NUMFILES# ENCRYPT_STATUS ENCRYPT_NAME",
  ),
  INPUTS: section(1024, "TYPE MANUFACTURER CAPTION DESCRIPTION INTERFACE POINTTYPE"),
  MODEMS: section(2048, "NAME MODEL MANUFACTURER DESCRIPTION TYPE"),
  NETWORKS: section(
    4096,
    `DESCRIPTION TYPE TYPEMIB SPEED MTU# MACADDR STATUS IPADDRESS IPMASK IPGATEWAY IPSUBNET IPDHCP DRIVER DUPLEX PCISLOT
     PCIID VIRTUALDEV# SLAVE BASE SSID BSSID MODE VERSION WWN FIRMWARE MODEL`,
  ),
  PRINTERS: section(
    8192,
    "NAME DRIVER PORT DESCRIPTION SERVERNAME SHARENAME RESOLUTION COMMENT SHARED# NETWORK# STATUS SERIAL",
  ),
  SOUNDS: section(16_384, "MANUFACTURER NAME DESCRIPTION"),
  VIDEOS: section(32_768, "NAME CHIPSET MEMORY# RESOLUTION PCIID PCISLOT UUID VBIOS DRVVERSION SPEED"),
  SOFTWARES: section(
    65_536,
    `PUBLISHER NAME VERSION FOLDER COMMENTS FILENAME FILESIZE# SOURCE# INSTALLDATE ARCHITECTURE LANGUAGE GUID BITSWIDTH#
     FROM STATUS SECTION`,
  ),
  VIRTUALMACHINES: section(
    131_072,
    "NAME STATUS SUBSYSTEM VMTYPE VCPU# CORES# MEMORY# UUID VMID SERIAL MAC IPADDR OWNER OPERATINGSYSTEM IMAGE COMMENT",
  ),
  SIM: section(524_288, "OPERATOR OPNAME COUNTRY SERIALNUMBER DEVICEID SUBSCRIBERID PHONENUMBER IMSI STATE"),
  BATTERIES: section(
    1_048_576,
    `LOCATION MANUFACTURER MANUFACTUREDATE SERIALNUMBER NAME CHEMISTRY DESIGNCAPACITY DESIGNVOLTAGE SBDSVERSION
     MAXERROR OEMSPECIFIC CAPACITY REAL_CAPACITY VOLTAGE`,
  ),
  USBDEVICES: section(
    2_097_152,
    "DESCRIPTION INTERFACE MANUFACTURER NAME SERIAL TYPE VENDORID PRODUCTID CLASS SUBCLASS CAPTION",
  ),
  POWERSUPPLIES: section(
    0,
    "NAME MANUFACTURER SERIALNUMBER PARTNUM LOCATION POWER_MAX STATUS PLUGGED HOTREPLACEABLE MODEL IS_ATX",
  ),
  TIMEZONE: section(0, "NAME OFFSET"),
  USERS: section(0, "LOGIN DOMAIN"),
  LOCAL_USERS: section(0, "LOGIN NAME ID_USER GID HOME SHELL MEMBER"),
  LOCAL_GROUPS: section(0, "NAME ID_GROUP MEMBER"),
  REPOSITORY: section(0, "NAME BASEURL MIRRORS ENABLED PRIORITY PKGS UPDATED EXPIRE SIZE EXCLUDE TAG"),
  RUNNING_PROCESSES: section(
    0,
    "CPUUSAGE TTY STARTED VIRTUALMEMORY PROCESSNAME PROCESSID USERNAME PROCESSMEMORY COMMANDLINE DESCRIPTION COMPANY",
  ),
  VOLUME_GROUPS: section(0, "VG_NAME PV_COUNT# LV_COUNT# ATTR SIZE# FREE# VG_UUID VG_EXTENT_SIZE#"),
  PHYSICAL_VOLUMES: section(0, "DEVICE PV_NAME PV_PE_COUNT# PV_UUID FORMAT ATTR SIZE# FREE# PE_SIZE# VG_UUID"),
  LOGICAL_VOLUMES: section(0, "LV_NAME VG_UUID VG_NAME ATTR SIZE# LV_UUID SEG_COUNT#"),
} as const satisfies Record<string, Section>;

export type SectionName = keyof typeof sections;

export const sectionNames = Object.keys(sections) as SectionName[];

export function isSectionName(name: string): name is SectionName {
  return Object.hasOwn(sections, name);
}

/** Every bit an OCS server knows: "take all of it". Right for a first inventory and after any send of unknown fate. */
export const allChecksumBits = 0x3f_ff_ff;

/** HARDWARE/CHECKSUM for a set of changed sections: an OCS server ignores a section whose bit is clear. */
export function checksumOf(changed: Iterable<SectionName>): number {
  let bits = 0;
  for (const name of changed) bits |= sections[name].checksum;
  return bits;
}
