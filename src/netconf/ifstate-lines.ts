/** Lines of ifstate, where ifupdown and ifupdown-ng keep which interfaces are up, and as what. */

export interface StateEntry {
  physical: string;
  logical: string;
}

/** Lines of either form: `eth0=home`, ifupdown-ng's `eth0=home 2 explicit`. Others are passed over. */
export function parseIfstate(text: string): StateEntry[] {
  return text.split("\n").flatMap((line) => {
    const [, physical, logical] = /^\s*([^\s=#]+)=(\S+)/.exec(line) ?? [];
    return physical && logical ? [{ physical, logical }] : [];
  });
}
