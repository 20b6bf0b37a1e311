import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  declined,
  type HookRequest,
  type HookWorld,
  hook,
  patience,
  requestOf,
  type Verdict,
} from "../../../src/netconf/dhcp/hook.ts";
import { Problem } from "../../../src/problem.ts";
import { dhclient } from "./recorded.ts";

interface Setting {
  /** One for each question; undefined: nobody is there. */
  answers?: (Verdict | undefined | Problem)[];
  /** How often the lock is another's. */
  held?: number;
  alone?: Verdict | Problem;
}

function world({ answers = [], held = 0, alone = "ok" }: Setting) {
  let time = 0;
  let locked = 0;
  const asked: HookRequest[] = [];
  const did: HookRequest[] = [];
  const said: string[] = [];
  let released = 0;
  const world: HookWorld = {
    async ask(request) {
      const answer = answers[asked.push(request) - 1];
      if (answer instanceof Problem) throw answer;
      return answer;
    },
    lock: async () => (locked++ < held ? undefined : { release: () => void released++ }),
    async alone(request) {
      did.push(request);
      if (alone instanceof Problem) throw alone;
      return alone;
    },
    now: () => time,
    pause: async (milliseconds) => {
      time += milliseconds;
    },
    say: (line) => void said.push(line),
  };
  return { world, asked, did, said, released: () => released };
}

function call(environment: Record<string, string>, setting: ReturnType<typeof world>): Promise<number> {
  const request = requestOf({ REEVE_CLIENT: "dhclient", REEVE_TIMEOUT: "1", ...environment });
  assert.ok(request);
  return hook(request, setting.world);
}

describe("what a client is told by the exit code", () => {
  const rows: [said: keyof typeof dhclient, verdict: Verdict, code: number][] = [
    ["BOUND", "ok", 0],
    ["BOUND", "conflict", declined],
    ["BOUND", "unusable", 0],
    ["REBOOT", "conflict", declined],
    ["RENEW", "conflict", declined],
    ["BOUND6", "conflict", declined],
    ["RENEW6", "ok", 0],
    ["TIMEOUT", "ok", 0],
    ["TIMEOUT", "unusable", declined],
    ["TIMEOUT", "conflict", declined],
    ["PREINIT", "conflict", 0],
    ["EXPIRE", "conflict", 0],
    ["RELEASE", "conflict", 0],
    ["STOP", "conflict", 0],
    ["FAIL", "conflict", 0],
    ["NBI", "conflict", 0],
    ["DEPREF6", "conflict", 0],
  ];
  for (const [said, verdict, code] of rows) {
    it(`${said}, ${verdict}: ${code}`, async () => {
      assert.equal(await call(dhclient[said], world({ answers: [verdict] })), code);
    });
  }

  it("it is 0 whatever goes wrong: the daemon refuses, breaks, or cannot be read", async () => {
    for (const code of ["bad-request", "timeout", "protocol", "internal", "permission"] as const) {
      const setting = world({ answers: [new Problem(code, "broken")] });
      assert.equal(await call(dhclient.BOUND, setting), 0);
      assert.deepEqual([setting.said, setting.did], [["BOUND: broken"], []]);
    }
  });
});

describe("nobody there", () => {
  it("PREINIT is answered at once, without a lock or anything done", async () => {
    for (const said of ["PREINIT", "PREINIT6"] as const) {
      const setting = world({});
      assert.equal(await call(dhclient[said], setting), 0);
      assert.deepEqual([setting.did.length, setting.released()], [0, 0]);
    }
  });

  it("everything else is done alone, under the lock, which is given back", async () => {
    const setting = world({ alone: "conflict" });
    assert.equal(await call(dhclient.BOUND, setting), declined);
    assert.deepEqual([setting.did.length, setting.released()], [1, 1]);
    const failing = world({ alone: new Problem("io", "no room") });
    assert.equal(await call(dhclient.RENEW, failing), 0);
    assert.deepEqual([failing.said, failing.released()], [["RENEW: no room"], 1]);
  });

  it("one that starts holds the lock: it is asked again until it answers", async () => {
    const setting = world({ answers: [undefined, undefined, "ok"], held: 5 });
    assert.equal(await call(dhclient.BOUND, setting), 0);
    assert.deepEqual([setting.asked.length, setting.did.length], [3, 0]);
  });

  it("one that holds the lock and never answers is waited for no longer than agreed", async () => {
    const setting = world({ held: Number.POSITIVE_INFINITY });
    assert.equal(await call(dhclient.BOUND, setting), 0);
    assert.deepEqual(setting.said, ["BOUND: a Reeve runs, and nobody answers"]);
    assert.equal(setting.asked.length, 21);
  });
});

describe("what is carried to the daemon", () => {
  it("nothing of a client that we have not started", () => {
    assert.equal(requestOf(dhclient.BOUND), undefined);
    assert.equal(requestOf({ ...dhclient.BOUND, REEVE_CLIENT: "pump" }), undefined);
  });

  it("its script waits for as long as it was told to, within reason", () => {
    const seconds = ["5", "0", "-1", "9999", "x", ""].map((REEVE_TIMEOUT) => patience({ REEVE_TIMEOUT }) / 1000);
    assert.deepEqual([...seconds, patience({}) / 1000], [5, 30, 1, 600, 30, 30, 30]);
  });

  it("the lease and whose it is, nothing else of the environment", async () => {
    const setting = world({ answers: ["ok"] });
    const environment = { ...dhclient.RENEW, REEVE_HOOK: "/run/x", PATH: "/bin", LD_PRELOAD: "x", requested_wpad: "1" };
    await call(environment, setting);
    const { environment: carried = {}, client } = setting.asked[0] ?? {};
    assert.equal(client, "dhclient");
    assert.equal(carried.new_ip_address, "10.77.0.52");
    assert.equal(carried.old_ip_address, "10.77.0.52");
    assert.deepEqual([carried.reason, carried.interface, carried.REEVE_HOOK], ["RENEW", "vc", "/run/x"]);
    for (const name of ["PATH", "LD_PRELOAD", "requested_wpad", "dad_wait_time"])
      assert.equal(carried[name], undefined);
  });

  it("within bounds, whatever a server sent", async () => {
    const setting = world({ answers: ["ok"] });
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, number) => [`new_o${number}`, "x".repeat(100)]));
    await call({ ...dhclient.BOUND, new_wpad: "y".repeat(10_000), ["new_a".repeat(20)]: "x", ...many }, setting);
    const carried = setting.asked[0]?.environment ?? {};
    assert.equal(carried.new_ip_address, "10.77.0.52");
    assert.equal(carried.new_wpad, undefined);
    assert.ok(Object.keys(carried).length <= 512);
    assert.ok(JSON.stringify(carried).length < 150_000);
  });
});
