/** Random requests, leases, cables, failures, one over the other: nothing hangs, nothing is left, and all of it replays. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Netconf } from "../../src/netconf/netconf.ts";
import { recorded } from "../../src/netconf/recording/record.ts";
import { replay } from "../../src/netconf/recording/replay.ts";
import { Problem } from "../../src/problem.ts";
import { type FakeClient, idle, root, Scene } from "../fake/netconf.ts";
import { random as numbers, trials } from "../random.ts";

const configurations = [
  `auto eth0 br0 eth0.5
iface eth0 inet static
  address 192.0.2.1/24
  up there
  down bye
iface eth0.5 inet static
  address 198.51.100.1/24
iface br0 inet static
  address 203.0.113.1/24
  bridge_ports eth1 eth2
iface eth2 inet manual
  pre-up hello
iface eth3 inet dhcp
  up leased
`,
  `auto eth3 br0
iface eth0 inet dhcp
iface br0 inet static
  address 203.0.113.9/24
  bridge_ports eth2
iface eth2 inet manual
iface eth3 inet static
  address 192.0.2.7/24
  gateway 192.0.2.254
iface eth0.5 inet manual
  requires br0
`,
  `auto eth0
iface eth0 inet static
  address 192.0.2.999/24
iface eth3 inet dhcp
  hwaddress 02:00:00:00:00:77
iface br0 inet manual
  bridge_ports none
`,
];
const seeds = trials(5, 300);

const devices = ["eth0", "eth1", "eth2", "eth3"];
const names = [...devices, "eth0.5", "br0"];

/** @param kills the process is killed at some step, and another one goes on; such a day is not recorded */
async function run(seed: number, kills = false): Promise<number> {
  const next = numbers(seed);
  const random = {
    below: (limit: number) => Math.floor(next() * limit),
    pick: <T>(all: readonly T[]) => all[Math.floor(next() * all.length)]!,
  };
  const lines: string[] = [];
  let s = new Scene({ interfaces: configurations[0]! });
  if (!kills) Object.assign(s, { netconf: new Netconf(recorded(s.world, (line) => void lines.push(line))) });
  for (const name of devices) s.kernel.world.appear(name);
  await s.netconf.start();
  const before = picture(s);
  let answers = true;
  let failing = true;
  const says = async (
    client: FakeClient,
    ...what: Parameters<Scene["hook"]> extends [unknown, ...infer Rest] ? Rest : never
  ) => {
    await idle(1);
    if (s.living.has(client)) await s.hook(client, ...what);
  };
  s.onStart = (client) => {
    void says(client, "preinit").then(() =>
      answers ? says(client, "bound", { lease: s.lease("10.77.0.52") }) : undefined,
    );
  };
  s.program = async (what, { signal }) => {
    for (let turns = random.below(3); turns >= 0; turns--) {
      await idle(1);
      if (signal.aborted) throw new Problem("cancelled", "ended");
    }
    return what !== "bye" && random.below(6) === 0 ? 1 : 0;
  };
  const done: Promise<unknown>[] = [];
  const actions: (() => void)[] = [
    () => done.push(s.netconf.up({ names: [random.pick(names)] }, root).done),
    () => done.push(s.netconf.up({ all: true }, root).done),
    () => done.push(s.netconf.down({ names: [random.pick(names)] }, root).done),
    () => done.push(s.netconf.down({ names: [random.pick(names)], along: true }, root).done),
    () => {
      s.interfaces = random.pick(configurations);
      done.push(s.netconf.reload(root).done);
    },
    () => {
      s.interfaces = random.pick(configurations);
      done.push(s.netconf.apply(random.below(2) === 0 ? {} : { timeout: 0 }, root).done);
    },
    () => done.push(s.netconf.confirm({}, root).done),
    () => done.push(s.netconf.rollback({}, root).done),
    () => s.netconf.attach(random.pick([...s.engine.events.living]).event.id).cancel("its asker has gone"),
    () => s.kernel.world.cable(random.pick(devices), random.below(2) === 0),
    () => s.kernel.world.fail("EPERM", { skip: random.below(3), when: () => failing }),
    () => s.clock.turn(random.pick([100, 6000, 61_000, 130_000])),
    () => {
      answers = !answers;
    },
    () => random.pick(s.clients).die(1),
    () =>
      void says(random.pick(s.clients), random.pick(["renew", "expire", "bound"] as const), {
        lease: s.lease("10.77.0.60"),
      }),
  ];
  let deaths = 0;
  for (let count = 0; count < 40; count++) {
    if (s.dead) {
      deaths++;
      done.length = 0;
      s = await s.heir();
    } else if (kills && random.below(8) === 0) {
      s.mortal = true;
      s.kernel.world.die(random.below(12));
    }
    try {
      random.pick(actions)();
    } catch (error) {
      assert.ok(error instanceof Problem || error instanceof TypeError, String(error));
    }
    if (random.below(3) === 0) await idle(1 + random.below(4));
  }
  answers = false;
  failing = false;
  if (s.dead) {
    done.length = 0;
    s = await s.heir();
  }
  s.mortal = false;
  s.kernel.world.die(Number.POSITIVE_INFINITY);
  // All that waits for time has it.
  for (let turns = 0; turns < 12; turns++) {
    await idle(8);
    s.clock.turn(61_000);
  }
  await idle(10);
  await Promise.all(done);
  assert.deepEqual(
    [...s.engine.events.living].map(({ title }) => title),
    [],
    `seed ${seed}`,
  );
  assert.ok(s.engine.operations.idle && s.journal.open.length === 0);
  s.program = async () => 0;
  await s.netconf.down({ all: true, force: true }, root).done;
  await idle(5);
  assert.deepEqual(picture(s), before, `seed ${seed}`);
  assert.deepEqual([...s.journal.records.keys()], [], `seed ${seed}`);
  assert.equal(s.living.size, 0, `seed ${seed}`);
  await s.netconf.stop();
  if (kills) return deaths;
  const { differences } = await replay(lines);
  assert.deepEqual(differences, [], `seed ${seed}`);
  return 0;
}

function picture(s: Scene): unknown {
  const { links, addresses, routes } = s.kernel.world.state;
  return [
    [...links.values()].map(({ name, up, master, mtu, address }) => [name, up, master, mtu, address]),
    addresses,
    routes,
  ];
}

describe("random days", () => {
  it(`with deaths in them: who goes on leaves nothing behind (${seeds})`, { timeout: seeds * 20_000 }, async () => {
    let deaths = 0;
    for (let seed = 1; seed <= seeds; seed++) deaths += await run(seed, true);
    assert.ok(deaths >= seeds / 2, `${deaths} deaths`);
  });

  it(`end in order, and replay (${seeds})`, { timeout: seeds * 20_000 }, async () => {
    for (let seed = 1; seed <= seeds; seed++) await run(seed);
  });
});
