/** The address of a target: of a name the one that the DNS tells. */
import { lookup } from "node:dns/promises";
import { parseAddress } from "../address.ts";
import { Problem } from "../problem.ts";
import type { Target } from "../target.ts";

export interface ResolvedTarget extends Target {
  /** Numeric address, with its zone where it has one (`fe80::1%eth0`). */
  address: string;
  family: 4 | 6;
}

/** @throws Problem `unavailable` when the name has no address */
export async function resolveTarget(target: Target): Promise<ResolvedTarget> {
  const zone = /%.*$/.exec(target.host)?.[0] ?? "";
  const parsed = parseAddress(target.host);
  if (parsed) return { ...target, address: `${parsed.ip}${parsed.family === 6 ? zone : ""}`, family: parsed.family };
  try {
    const found = await lookup(target.host);
    return { ...target, address: found.address, family: found.family === 6 ? 6 : 4 };
  } catch (cause) {
    throw new Problem("unavailable", `${target.host} has no address`, { cause });
  }
}
