/** Speeds as Netdisco spells them. */

const units = [
  [1e12, "Tbps"],
  [1e9, "Gbps"],
  [1e6, "Mbps"],
  [1e3, "kbps"],
] as const;

/** Bits a second → `1.0 Gbps`, `10 Gbps`, `100 Mbps`; "0" for none. From a gigabit on, one digit has a decimal place. */
export function speedText(bits: number): string {
  if (bits === 0) return "0";
  const [unit, name] = units.find(([least]) => bits >= least) ?? [1, "bps"];
  const number = bits / unit;
  const whole = unit >= 1e9 ? number >= 10 : Number.isInteger(number);
  return `${whole ? Math.floor(number) : (Math.floor(number * 10 + 1e-6) / 10).toFixed(1)} ${name}`;
}

/**
 * ifSpeed, or ifHighSpeed (in megabits) where ifSpeed is missing, at its end, or 0 for want of room; undefined where the
 * device says nothing.
 */
export function bitsPerSecond(speed: number | undefined, highSpeed: number | undefined): number | undefined {
  if (speed !== undefined && speed < 4_294_967_295 && (speed > 0 || !highSpeed)) return speed;
  return highSpeed === undefined || (highSpeed === 0 && speed !== undefined) ? speed : highSpeed * 1_000_000;
}
