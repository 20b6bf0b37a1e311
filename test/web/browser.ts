/** The browser, and the console that it looks at: started at the first visit, shared by all, closed by the test file. */
import { existsSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium } from "playwright-core";
import { FakeListener } from "../fake/listener.ts";
import { FakeNetconf } from "../fake/netconf-daemon.ts";
import { Console } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { hostileText, storeFleet } from "./fleet.ts";
import { type Network, storeNetwork } from "./network.ts";
import { type People, storePeople } from "./people.ts";

const executable = "/usr/bin/chromium";
const missing = existsSync(executable) ? undefined : "Chromium is not installed (apt-get install chromium)";
if (missing && (process.env.CI === "true" || process.env.CI === "1")) throw new Error(missing);
if (missing) console.warn(`skipped: ${missing}`);
/** For `describe.skipIf`: the reason has been printed. */
export const noBrowser = missing !== undefined;

/** A phone, whose width no page may exceed. */
export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

export interface Site {
  console: Console;
  browser: Browser;
  /** Number of this machine, which `reeve agent` has reported. */
  own: number;
  /** Name of this machine. */
  ownName: string;
  /** Number of a host all of whose texts are hostile. */
  hostile: number;
  network: Network;
  people: People;
  /** Answers as a listener would. */
  listener: FakeListener;
  /** Answers as the network daemon of this host would. */
  netconf: FakeNetconf;
}

let started: Promise<Site> | undefined;

/** A daemon with a fleet and this machine's real inventory, and a browser. */
export function site(): Promise<Site> {
  started ??= start();
  return started;
}

async function start(): Promise<Site> {
  const state = temporaryFolder();
  const database = join(state, "reeve.sqlite");
  const { hostile } = await storeFleet(database);
  const network = await storeNetwork(database, hostileText);
  const people = await storePeople(database, hostileText);
  const [console_, browser] = await Promise.all([
    Console.start({ state, args: ["--with", "agent"] }),
    chromium.launch({
      executablePath: executable,
      args: [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
        ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      ],
    }),
  ]);
  const listener = new FakeListener(hostileText);
  const netconf = new FakeNetconf(hostileText);
  await Promise.all([listener.start(join(state, "run")), netconf.start(join(state, "run"))]);
  const own = await reported(console_, hostname());
  return { console: console_, browser, own, ownName: hostname(), hostile, network, people, listener, netconf };
}

/** Waits until the embedded agent has sent this machine's inventory. */
async function reported(console_: Console, name: string): Promise<number> {
  const visitor = await console_.login();
  for (let tries = 0; tries < 300; tries++) {
    const { json } = await visitor.call("inventory/query", { search: name });
    const host = json.result.hosts.find((one: { name: string }) => one.name === name);
    if (host) return host.id;
    await Bun.sleep(100);
  }
  throw new Error(`the agent has not reported ${name}:\n${console_.log}`);
}

export async function closeSite(): Promise<void> {
  if (!started) return;
  const { console: console_, browser, listener, netconf } = await started;
  await browser.close();
  await Promise.all([listener.stop(), netconf.stop()]);
  await console_.stop();
  rmSync(console_.state, { recursive: true, force: true });
}
