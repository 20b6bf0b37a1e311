import { expect, test } from "bun:test";
import { called } from "../../../src/netconf/answer/person.ts";

test("who asks is named by the kernel, and by the console in one line at most", () => {
  const alice = { uid: 1000, name: "alice", groups: [] };
  expect(called(alice)).toBe("uid 1000 (alice)");
  expect(called({ ...alice, name: "" })).toBe("uid 1000");
  expect(called({ uid: 0, name: "root", groups: [] }, "bob")).toBe("bob by way of root");
  expect(called(alice, "x\nCTLSOCK_IFUP eth0: done\u2028\u202e")).toBe(
    "x?CTLSOCK_IFUP eth0: done?? by way of uid 1000 (alice)",
  );
  expect(called(alice, "y".repeat(1000)).length).toBe(255 + " by way of uid 1000 (alice)".length);
});
