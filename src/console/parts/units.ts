/** Numbers for people. Sizes use binary prefixes, because the values are binary: 1 GiB = 1024 MiB. */

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

/** MiB, in which OCS gives memory and disks. */
export function formatMebibytes(mebibytes: number): string {
  return formatBytes(mebibytes * 2 ** 20);
}

/** 3400 → `3.4 GHz` */
export function formatMegahertz(megahertz: number): string {
  return megahertz >= 1000 ? `${formatNumber(megahertz / 1000, 2)} GHz` : `${formatNumber(megahertz)} MHz`;
}

/** `1 host`, `2,000 hosts` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}
