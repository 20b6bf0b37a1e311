/** The binary by the names ifup, ifdown and ifquery, and what it does then: by itself, and by the daemon. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../../lab/console.ts";
import { NetconfHost } from "../../lab/netconf.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";

const lab = await namespacesOrSkip("ifup, ifdown and ifquery");
const good = "auto v0\niface v0 inet static\n  address 192.0.2.1/24\n";
const talks = 'iface v1 inet manual\n  pre-up echo "$IFACE"; echo wrong >&2; sleep 0.1; echo more\n  up exit 3\n';

describe.skipIf(!lab)("ifup, ifdown and ifquery", () => {
  afterAll(() => lab!.remove());

  for (const by of ["by themselves", "by the daemon"]) {
    test(by, async () => {
      const inside = lab!.add(by === "by themselves" ? "a" : "d", { ipv6: false });
      inside.ip("link add v0 type veth peer v1");
      const made = new NetconfHost(inside, good + talks);
      const folder = join(made.folder, "bin");
      mkdirSync(folder);
      for (const name of ["ifup", "ifdown", "ifquery"]) symlinkSync(binary, join(folder, name));
      const run = (name: string, ...words: string[]) => {
        const all = inside.inside(join(folder, name), ...words);
        const { exitCode, stdout, stderr } = Bun.spawnSync(all, { env: made.env });
        return [exitCode, `${stdout}`, `${stderr}`];
      };
      if (by === "by the daemon") await made.start();
      expect(run("ifup", "-a")).toEqual([0, "", ""]);
      expect(made.addresses("v0")).toEqual(["192.0.2.1/24"]);
      expect(run("ifup", "v0")).toEqual([0, "", "ifup: interface v0 already configured\n"]);
      expect(run("ifquery", "--state", "v0")).toEqual([0, "v0=v0\n", ""]);
      // What commands print is for whoever asked, where they printed it.
      const failed = "ifup: failed to bring up v1: up: exit 3: exit status 3";
      expect(run("ifup", "v1")).toEqual([1, "v1\nmore\n", `wrong\n${failed}\n`]);
      made.write(`${good}iface\n`);
      for (const name of ["ifup", "ifdown", "ifquery"]) {
        expect(run(name, "v0")).toEqual([
          1,
          "",
          expect.stringMatching(/interfaces:4: too few parameters for iface line/),
        ]);
      }
      expect(made.addresses("v0")).toEqual(["192.0.2.1/24"]);
      made.write(good);
      expect(run("ifdown", "v0")).toEqual([0, "", ""]);
      expect(made.addresses("v0")).toEqual([]);
      expect(run("ifdown", "v0")).toEqual([0, "", "ifdown: interface v0 not configured\n"]);
      // Whatever brought it up, and under whatever name.
      made.write(`${good.replace("auto v0\n", "")}iface home inet static\n  address 198.51.100.1/24\n`);
      if (by === "by the daemon") await made.ask("reload", {});
      for (const [name, address] of [
        ["v0", "192.0.2.1/24"],
        ["v0=home", "198.51.100.1/24"],
      ] as const) {
        expect(run("ifup", name)).toEqual([0, "", ""]);
        expect(made.addresses("v0")).toEqual([address]);
        expect(run("ifdown", "-a")).toEqual([0, "", ""]);
        expect(made.addresses("v0")).toEqual([]);
      }
      // Its root file system may be on it.
      made.write("iface v0 inet manual\n");
      if (by === "by the daemon") await made.ask("reload", {});
      const isUp = () => /<.*\bUP\b.*>/.test(inside.ip("-o link show v0"));
      expect([run("ifup", "v0"), run("ifdown", "-a"), isUp()]).toEqual([[0, "", ""], [0, "", ""], true]);
      expect([run("ifup", "v0"), run("ifdown", "v0"), isUp()]).toEqual([[0, "", ""], [0, "", ""], false]);
      await made.stop();
    }, 60_000);
  }
});
