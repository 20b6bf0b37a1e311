/** Which neighbours are queued for discover. */
import { expect, test } from "bun:test";
import { neighbourJobs } from "../../src/backend/neighbours.ts";
import { type Key, keys, type Settings } from "../../src/config/keys.ts";
import { openStore } from "../../src/store/database.ts";
import { discovered, facts, neighbour, whole } from "../store/suite/made-up-device.ts";

const presets = Object.entries(keys as Record<string, Key<unknown>>).map(([name, key]) => [name, key.default]);
const settings = { ...Object.fromEntries(presets), "backend.discoverNo": ["198.51.100.0/24"] } as Settings;

test("each once, unless it is known, forbidden, a telephone or without address; the store is asked once", async () => {
  const opened = await openStore({ url: ":memory:" });
  const addresses = whole([{ alias: "10.0.0.2", prefix: 24, port: "", vrf: "" }]);
  await discovered(opened, "192.0.2.2", facts("sw2", { addresses }));
  let asked = 0;
  const transformQuery = <Node>({ node }: { node: Node }): Node => {
    asked++;
    return node;
  };
  const counting = opened.db.withPlugin({
    transformQuery,
    transformResult: async ({ result }) => result,
  });
  const at = (remote_ip: string, more = {}) => ({ ...neighbour("1", `id of ${remote_ip}`, "9"), remote_ip, ...more });
  const [lldp, cdp, ospf] = [
    [at("192.0.2.1"), at("192.0.2.2"), at("10.0.0.2"), at("198.51.100.1"), at("")],
    [at("192.0.2.1"), at("192.0.2.7", { capabilities: ["phone"] }), at("192.0.2.8")],
    [at("2001:db8::9")],
  ].map((rows) => whole(rows));
  const links = { ...facts("sw1").neighbours, ...{ lldp: lldp!, cdp: cdp!, ospf: ospf! } };
  expect(await neighbourJobs({ ...opened, db: counting }, settings, links)).toEqual(
    ["192.0.2.1", "192.0.2.8", "2001:db8::9"].map((device) => ({
      ...{ action: "discover", device, deviceKey: `id of ${device}` },
    })),
  );
  expect(asked).toBe(1);
  await opened.close();
});
