/** Words that name interfaces: `eth0`, `eth0=home`, and patterns `[VARIABLE]/VALUE[/[N]][=LOGICAL]` (interfaces(5)). */
import { matches } from "./glob.ts";

/** A device as patterns see it. */
export interface Device {
  name: string;
  /** Hardware address in lower case. */
  address: string;
  /** Content of a file of its folder in sysfs, without the end of line; undefined: there is no such file. */
  attribute(name: string): string | undefined;
}

/** A device, and the name under which it is configured. */
export interface Named {
  physical: string;
  /** Undefined: none was said. */
  logical: string | undefined;
}

/** Whether a word is a pattern, and not a name. */
export function isDevicePattern(word: string): boolean {
  return word.includes("/");
}

/**
 * What a word stands for among the devices there are.
 * @param devices in the order of their numbers, which N counts by
 */
export function devicesOf(word: string, devices: readonly Device[]): Named[] {
  if (!isDevicePattern(word)) {
    const [, physical = word, logical] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
    return [{ physical, logical }];
  }
  const [, variable = "", value = "", number, logical] =
    /^([^/]*)\/([^/=]*)(?:\/([^/=]*))?(?:=(.*))?$/s.exec(word) ?? [];
  const found = devices.filter((device) => {
    if (variable === "") return matches(value, device.name);
    if (variable === "mac") return matches(value.toLowerCase(), device.address.toLowerCase());
    const content = /^\.*$/.test(variable) ? undefined : device.attribute(variable);
    return content !== undefined && matches(value, content);
  });
  const nth = /^\d+$/.test(number ?? "") ? Number(number) : 0;
  return (nth > 0 ? found.slice(nth - 1, nth) : found).map(({ name }) => ({ physical: name, logical }));
}
