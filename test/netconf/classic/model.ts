/** What is compared with ifupdown 0.8.41: its lines, and those that only a shell can express, by name. */

export interface Exception {
  name: string;
  reason: string;
  model: RegExp;
  /** What Reeve says in its place. */
  ours: (match: RegExpExecArray) => string[];
}

export const exceptions: readonly Exception[] = [
  {
    name: "a VLAN is made",
    reason: "the shell looks whether the devices are there, and whether the lower one is InfiniBand",
    model: /^if test -d \/sys\/class\/net\/(\S+) && .*; ip link add link \S+ name (\S+) type vlan id (\S+); fi; fi$/,
    ours: ([, lower, name, id]) => [
      `ip link set up dev ${lower}`,
      `ip link add link ${lower} name ${name} type vlan id ${id}`,
    ],
  },
  {
    name: "a VLAN is deleted",
    reason: "the shell looks whether the lower device is InfiniBand",
    model: /^if test -d \/sys\/class\/net\/\S+\/device\/infiniband; .* ip link del (\S+); fi$/,
    ours: ([, name]) => [`ip link del ${name}`],
  },
  {
    name: "the MTU of IPv6",
    reason: "the shell compares it with the device's, and sets one or the other",
    model: /^if \[ "\$\(cat \/sys\/class\/net\/\S+\/mtu\)" -lt .*; then (ip link set dev \S+ mtu .*); else .*; fi$/,
    ours: ([, line]) => [line ?? ""],
  },
  {
    name: "dhclient's -i",
    reason: "the shell keeps it in a variable, and compares the option client",
    model: /^CLIENT="-i"; (?:\[ "(.*?)" = no \] && CLIENT=""; )?dhclient -4 -v \$CLIENT (.*)$/,
    ours: ([, client, rest]) => [`dhclient -4 -v${client === "no" ? "" : " -i"} ${rest}`],
  },
];

/** Lines without the white space that does not count; the model's as Reeve says them. */
export function normalised(text: string, used?: Map<string, number>): string[] {
  return text.split("\n").flatMap((line) => {
    const plain = line.replace(/\s+/g, " ").trim();
    for (const { name, model, ours } of exceptions) {
      const match = model.exec(plain);
      if (!match) continue;
      used?.set(name, (used.get(name) ?? 0) + 1);
      return ours(match);
    }
    return plain === "" || / (parsing file|reading directory) /.test(plain) ? [] : [plain];
  });
}
