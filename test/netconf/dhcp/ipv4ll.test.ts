import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Arp, announcement, probe } from "../../../src/netconf/dhcp/arp.ts";
import { candidate, claimAddress, type Wire } from "../../../src/netconf/dhcp/ipv4ll.ts";
import { ManualClock } from "../../fake/clock.ts";

const mac = "02:00:5e:10:00:01";
const other = "02:00:5e:10:00:02";

function setting(options: { avoid?: string[]; prefer?: string } = {}) {
  const clock = new ManualClock();
  const begun = clock.steady();
  const sent: { at: number; arp: Arp }[] = [];
  let listener: (arp: Arp) => void = () => undefined;
  let closed = false;
  const wire: Wire = {
    mac,
    own: new Set([mac]),
    send: (arp) => void sent.push({ at: clock.steady() - begun, arp }),
    hear: async (given) => {
      listener = given;
    },
    close: () => {
      closed = true;
    },
  };
  const abort = new AbortController();
  const chance = { clock, random: () => 0.5 };
  const claim = claimAddress(wire, { avoid: [], ...options }, chance, abort.signal);
  claim.catch(() => undefined);
  /** Turns the clock a step at a time, so that what waits comes to its turn. */
  const pass = async (seconds: number) => {
    for (let step = 0; step < seconds * 10; step++) {
      clock.turn(100);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
  };
  return { clock, sent, claim, abort, pass, say: (arp: Arp) => listener(arp), closed: () => closed };
}

const first = candidate(mac, 0);

describe("IPv4LL (RFC 3927)", () => {
  it("candidates are in 169.254.1.0 to 169.254.254.255, and the same for the same hardware", () => {
    const all = Array.from({ length: 5000 }, (_, attempt) => candidate(mac, attempt));
    for (const address of all) {
      const [a, b, c = 0] = address.split(".").map(Number);
      assert.deepEqual([a, b], [169, 254]);
      assert.ok(c >= 1 && c <= 254, address);
    }
    assert.ok(new Set(all).size > 4500);
    assert.equal(candidate(mac, 3), all[3]);
    assert.notEqual(candidate(other, 0), all[0]);
  });

  it("nobody objects: three probes, then two announcements", async () => {
    const { claim, sent, pass } = setting();
    await pass(10);
    assert.equal((await claim).address, first);
    assert.deepEqual(
      sent.map(({ at, arp }) => [at, arp]),
      [
        [500, probe(mac, first)],
        [2000, probe(mac, first)],
        [3500, probe(mac, first)],
        [5500, announcement(mac, first)],
        [7500, announcement(mac, first)],
      ],
    );
  });

  it("somebody has it, or asks for it at the same time: the next one is tried", async () => {
    for (const objection of [announcement(other, first), probe(other, first)]) {
      const { claim, pass, say } = setting();
      await pass(1);
      say(objection);
      await pass(8);
      assert.equal((await claim).address, candidate(mac, 1));
    }
  });

  it("the former address is asked for first; those to be avoided are not", async () => {
    const before = setting({ prefer: "169.254.77.77" });
    await before.pass(8);
    assert.equal((await before.claim).address, "169.254.77.77");
    const avoiding = setting({ avoid: [first], prefer: "10.0.0.1" });
    await avoiding.pass(8);
    assert.equal((await avoiding.claim).address, candidate(mac, 1));
  });

  it("after ten conflicts it waits a minute before each try", async () => {
    const { sent, pass, say } = setting();
    for (let lost = 0; lost < 10; lost++) {
      await pass(1);
      say(announcement(other, candidate(mac, lost)));
    }
    const tries = sent.length;
    const from = sent.at(-1)?.at ?? 0;
    await pass(59);
    assert.equal(sent.length, tries);
    await pass(4);
    assert.ok(sent.length > tries && (sent[tries]?.at ?? 0) - from >= 60_000);
  });

  it("it is kept against one, and given up to one that insists", async () => {
    const { claim, sent, pass, say, closed } = setting();
    await pass(12);
    const { address, lost } = await claim;
    let gone = false;
    void lost.then(() => {
      gone = true;
    });
    const before = sent.length;
    say(announcement(other, address));
    await pass(11);
    assert.deepEqual(
      sent.slice(before).map(({ arp }) => arp),
      [announcement(mac, address)],
    );
    say(announcement(other, address));
    await pass(5);
    assert.deepEqual([gone, sent.length - before], [false, 2]);
    say(announcement(other, address));
    await pass(1);
    assert.deepEqual([gone, closed(), sent.length - before], [true, true, 2]);
  });

  it("released: nothing is said or heard any more", async () => {
    const { claim, sent, pass, say, closed } = setting();
    await pass(6);
    const { address, release } = await claim;
    release();
    const before = sent.length;
    say(announcement(other, address));
    await pass(5);
    assert.deepEqual([sent.length, closed()], [before, true]);
  });

  it("cancelled while it looks", async () => {
    const { claim, abort, pass, closed } = setting();
    await pass(1);
    abort.abort();
    await assert.rejects(claim, { name: "Problem", code: "cancelled" });
    assert.equal(closed(), true);
  });
});
