/**
 * Inside a machine of its own: `topologies-program BINARY SEED ROUNDS` brings the tower up and down, then one random topology
 * after the other by apply, compares each with what ip tells, and takes all of it down. Prints `{rounds, wrong}`.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { controlName, type Options, type Results, type Verb } from "../../src/console/interfaces/control.ts";
import { connect } from "../../src/umcp/client.ts";
import { Dice } from "./plan/random-wanted.ts";
import { cards, type Expected, randomTopology, type Topology, tower } from "./random-topology.ts";

const [binary = "", seed = "1", rounds = "50"] = process.argv.slice(2);
const folder = "/run/topologies";
mkdirSync(`${folder}/scripts`, { recursive: true });
const env = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/nonexistent",
  REEVE_HOME: "/nonexistent",
  REEVE_STATE: `${folder}/state`,
  REEVE_NETCONF_INTERFACES: `${folder}/interfaces`,
  REEVE_NETCONF_SCRIPTS: `${folder}/scripts`,
  REEVE_NETCONF_IFSTATE: `${folder}/ifstate`,
  REEVE_NETCONF_POLICY: "",
  REEVE_NETCONF_DNS: "none",
  REEVE_NETCONF_GROUP: "",
};
const wrong: string[] = [];

function ip(words: string): string {
  const { status, stdout, stderr } = spawnSync("ip", words.split(" "), { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${words}: ${stderr}`);
  return stdout;
}

interface Told {
  ifname: string;
  link?: string;
  master?: string;
  mtu: number;
  linkinfo?: { info_kind?: string };
  addr_info: { family: string; local: string; prefixlen: number; scope: string }[];
}

function links(): Map<string, Told> {
  return new Map((JSON.parse(ip("-json -details addr")) as Told[]).map((link) => [link.ifname, link]));
}

/** Links and addresses as they are, for comparing before with after. */
function picture(): string[] {
  return [...links().values()]
    .map((link) => `${link.ifname} ${link.master ?? ""} ${link.mtu} ${global(link).join(" ")}`)
    .sort();
}

function global({ addr_info }: Told): string[] {
  return addr_info
    .filter(({ scope, family }) => scope === "global" && family === "inet")
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

function compare(round: string, expected: readonly Expected[], there: readonly string[]): void {
  const told = links();
  const say = (text: string) => wrong.push(`${round}: ${text}`);
  for (const { name, kind, master, addresses, lower } of expected) {
    const link = told.get(name);
    if (!link) {
      say(`${name} is not there`);
      continue;
    }
    const facts = [link.linkinfo?.info_kind ?? "", link.master ?? "", global(link).join(" ")];
    const wanted = [kind, master, addresses.join(" ")];
    if (facts.join("|") !== wanted.join("|")) say(`${name} is ${facts.join("|")}, not ${wanted.join("|")}`);
    if (lower !== "" && link.link !== lower) say(`${name} stands on ${link.link}, not on ${lower}`);
  }
  for (const name of told.keys()) {
    if (!there.includes(name) && !expected.some((one) => one.name === name)) say(`${name} is left over`);
  }
}

async function ask<V extends Verb>(verb: V, options: Options[V]): Promise<Results[V]> {
  const client = await connect({ unix: `${folder}/state/run/${controlName}` });
  try {
    return (await client.request("COMMAND", [verb], { options } as never)).result as Results[V];
  } finally {
    client.close();
  }
}

/** Each by itself, so that one that goes wrong does not hide the rest. */
async function tried<T>(round: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    wrong.push(`${round}: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

for (const name of cards) ip(`link add ${name} type dummy`);
const there = [...links().keys()];
const before = picture();
const write = ({ text }: Topology) => writeFileSync(`${folder}/interfaces`, text);
write(tower());
const daemon = Bun.spawn([binary, "netconf", "daemon"], { env, stdio: ["ignore", "pipe", "inherit"] });
await daemon.stdout.getReader().read();

/** Links without kind were made here, all else goes. */
const clean = (round: string) => {
  const after = picture();
  const differs = [
    ...after.filter((line) => !before.includes(line)),
    ...before.filter((line) => !after.includes(line)),
  ];
  if (differs.length > 0) wrong.push(`${round}: afterwards ${differs.join(", ")}`);
};

for (const round of ["tower", "tower again"]) {
  await tried(round, async () => {
    const { interfaces } = await ask("up", { all: true });
    for (const one of interfaces)
      if (one.outcome !== "done") wrong.push(`${round}: ${one.name} ${one.outcome}: ${one.reason}`);
    compare(round, tower().expected, there);
    if (!(await ask("check", {})).same) wrong.push(`${round}: check finds differences`);
    await ask("down", { all: true });
    clean(`${round}, down`);
  });
}

const dice = new Dice(Number(seed));
for (let round = 1; round <= Number(rounds); round++) {
  const topology = randomTopology(dice);
  write(topology);
  await tried(`round ${round}`, async () => {
    await ask("apply", { timeout: 0 });
    compare(`round ${round}`, topology.expected, there);
    const { same, interfaces } = await ask("check", {});
    if (!same)
      wrong.push(`round ${round}: check finds ${JSON.stringify(interfaces.flatMap((one) => one.differences))}`);
    if ((await ask("apply", { dryRun: true })).steps.length > 0) wrong.push(`round ${round}: a second apply has steps`);
  });
  if (wrong.length > 20) break;
}
await tried("down", async () => {
  await ask("down", { all: true });
  clean("down");
});
daemon.kill();
await daemon.exited;
process.stdout.write(JSON.stringify({ rounds: Number(rounds), wrong }));
