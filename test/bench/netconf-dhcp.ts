/**
 * From the request to an interface that is configured by DHCP, beside a bare dhclient whose script is empty: it has a
 * lease then, and nothing is configured. The server (dnsmasq) answers at once.
 */
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { controlName } from "../../src/console/interfaces/control.ts";
import { connect } from "../../src/umcp/client.ts";
import { binary } from "../lab/console.ts";
import { dnsmasqPresent, startDnsmasq } from "../lab/dnsmasq.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { namespacesOrSkip } from "../lab/netns.ts";
import { inTurns, milliseconds } from "./measure.ts";
import { daemonIn, Scene } from "./netconf-lab.ts";
import type { Bench } from "./report.ts";

const repetitions = Math.max(1, Math.round(15 * Number(process.env.REEVE_BENCH_SCALE ?? 1)));
const title = "Request to configured by DHCP";
/** Milliseconds after each sample in which what it began comes to rest. */
const rest = 200;

export const bench: Bench = async () => {
  const lab = dnsmasqPresent() ? await namespacesOrSkip("bench netconf-dhcp", ["dhclient"]) : undefined;
  if (!lab)
    return [{ title, grid: [["not measured"]], notes: ["It wants root, network namespaces, dnsmasq, dhclient."] }];
  const folder = temporaryFolder("bench");
  const server = lab.add("server");
  const client = lab.add("client");
  lab.veth(client, "eth0", server, "swp0");
  const dnsmasq = await startDnsmasq(server, { device: "swp0" });
  const state = join(folder, "state");
  const scene = new Scene(
    client,
    folder,
    { REEVE_NETCONF_DNS: "none", REEVE_NETCONF_DHCP_HOOKS: "" },
    { empty: ["/var/lib/dhcp"] },
  );
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const script = file("script", "#!/bin/sh\nexit 0\n");
  chmodSync(script, 0o755);
  await scene.run("cp", file("interfaces", "iface eth0 inet dhcp\n"), "/etc/network/interfaces");

  const address = (there: boolean) => {
    const found = client.json("-4 address show dev eth0").flatMap((each) => each.addr_info as { local: string }[]);
    if (found.some(({ local }) => local.startsWith("10.77.0.")) !== there)
      throw new Error("eth0 is not as it should be");
  };
  const bare = async (): Promise<number> => {
    const files = ["-lf", join(folder, "leases"), "-pf", join(folder, "pid")];
    for (const path of files) if (path.startsWith("/")) rmSync(path, { force: true });
    writeFileSync(join(folder, "leases"), "");
    await scene.run("ip", "link", "set", "eth0", "up");
    const given = dnsmasq.given().length;
    const took = await scene.run("dhclient", "-4", "-1", "-sf", script, ...files, "eth0");
    if (dnsmasq.given().length <= given) throw new Error("dhclient has no lease");
    await scene.run("dhclient", "-4", "-x", "-sf", script, ...files, "eth0");
    await scene.run("ip", "link", "set", "eth0", "down");
    await Bun.sleep(rest);
    return took;
  };
  const reeve = (folder: string) => async (): Promise<number> => {
    const took = await scene.run("env", `REEVE_STATE=${folder}`, binary, "netconf", "up", "eth0");
    address(true);
    await scene.run("env", `REEVE_STATE=${folder}`, binary, "netconf", "down", "eth0");
    address(false);
    await Bun.sleep(rest);
    return took;
  };
  const running = await daemonIn(scene, state);
  const asker = await connect({ unix: join(state, "run", controlName) });
  /** By who is there already: the console, a script of an event. */
  const asked = async (): Promise<number> => {
    const ask = (verb: string) => asker.request("COMMAND", [verb], { options: { names: ["eth0"] } });
    const took = await milliseconds(() => ask("up"));
    address(true);
    await ask("down");
    address(false);
    await Bun.sleep(rest);
    return took;
  };
  try {
    const peer = "dhclient, empty script";
    const subjects = {
      "reeve netconf up, by its daemon": reeve(state),
      "reeve, asked at its daemon's socket": asked,
      "reeve netconf up, one-shot": reeve(join(folder, "one-shot")),
      [peer]: bare,
    };
    const figures = await inTurns(subjects, { warmup: 2, repetitions });
    const against = { name: peer, values: figures[peer] ?? [] };
    const rows = Object.entries(figures).map(([what, values]) => ({
      ...{ what, unit: "ms", values },
      ...(what === peer ? {} : { against }),
    }));
    return [{ title, rows }];
  } finally {
    asker.close();
    await running.stop();
    await scene.close();
    await dnsmasq.stop();
    await lab.remove();
    rmSync(folder, { recursive: true, force: true });
  }
};
