/** Numbers for people. Memory and file systems have binary prefixes (1 GiB = 1024 MiB), disks decimal ones, as sold. */

const sizes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

export function formatNumber(value: number, digits = 0): string {
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

/** 1536 → `1.5 KiB`; three significant digits at most. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let power = 0;
  while (value >= 1023.95 && power < sizes.length - 1) {
    value /= 1024;
    power++;
  }
  const digits = power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${bytes < 0 ? "−" : ""}${formatNumber(value, digits)} ${sizes[power]}`;
}

/** MiB, in which OCS gives memory and file systems. */
export function formatMebibytes(mebibytes: number): string {
  return formatBytes(mebibytes * 2 ** 20);
}

/** Decimal megabytes, in which OCS gives disks: 274877 → `275 GB`. */
export function formatMegabytes(megabytes: number): string {
  const [value, unit] =
    megabytes >= 1e6 ? [megabytes / 1e6, "TB"] : megabytes >= 1000 ? [megabytes / 1000, "GB"] : [megabytes, "MB"];
  return `${formatNumber(value, value >= 100 ? 0 : value >= 10 ? 1 : 2)} ${unit}`;
}

/** 3400 → `3.4 GHz` */
export function formatMegahertz(megahertz: number): string {
  return megahertz >= 1000 ? `${formatNumber(megahertz / 1000, 2)} GHz` : `${formatNumber(megahertz)} MHz`;
}

/** `1 host`, `2,000 hosts` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** 95 → `95 s`, 7300 → `2 h`. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
