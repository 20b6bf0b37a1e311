/** Times without zone, as PostgreSQL writes them into JSON. */

const oneDay = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * `2026-11-21T20:57:35.929798` in a time zone → epoch milliseconds; undefined for what is no time, or no zone. An hour
 * that the zone has twice is taken as the first one.
 */
export function epochOf(text: string, zone: string): number | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text);
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour, minute, second] = found.slice(1, 7).map(Number);
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, Math.trunc(Number(`0.${found[7] ?? 0}`) * 1000));
  try {
    // A zone changes its clock once within two days at most.
    const [before, after] = [offsetAt(wall - oneDay, zone), offsetAt(wall + oneDay, zone)];
    const fits = [before, after].find((offset) => offsetAt(wall - offset, zone) === offset);
    return wall - (fits ?? before);
  } catch {
    return undefined; // no such zone
  }
}

/** How far the zone's clock is ahead of UTC then, milliseconds. */
function offsetAt(time: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    const parts = {
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    } as const;
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", era: "short", ...parts });
    formats.set(zone, format);
  }
  const value = Object.fromEntries(format.formatToParts(time).map(({ type, value: text }) => [type, Number(text)]));
  const { year = 0, month = 1, day, hour, minute, second } = value;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000;
}
