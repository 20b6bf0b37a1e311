/**
 * What ifupdown 0.8.41 runs for each family and method: what `ifup --no-act` prints. Reeve itself speaks to the kernel and
 * runs none of it. Where the model's line is a shell program, ours says what it comes down to.
 */
import type { NamedFamily } from "../interfaces/families.ts";
import { inet } from "./inet.ts";
import { inet6 } from "./inet6.ts";
import { ifGiven, type Line, type Method } from "./method.ts";

const can = (option: string, word: string): Line =>
  ifGiven(option, ({ iface, need }) => `ip link set ${iface} type can ${word} ${need(option)}`);

export const methods: { readonly [Family in NamedFamily]: Readonly<Record<string, Method>> } = {
  inet,
  inet6,
  can: {
    static: {
      up: [
        ({ iface, need }) => `ip link set ${iface} type can bitrate ${need("bitrate")}`,
        can("loopback", "loopback"),
        can("listenonly", "listen-only"),
        can("triple", "triple-sampling"),
        can("oneshot", "one-shot"),
        can("berr", "berr-reporting"),
        can("restart-ms", "restart-ms"),
        ({ iface }) => `ip link set ${iface} up`,
      ],
      down: [({ iface }) => `ip link set ${iface} down`],
    },
  },
  ipx: {
    static: {
      up: [({ iface, need }) => `ipx_interface add ${iface} ${need("frame")} ${need("netnum")}`],
      down: [({ iface, need }) => `ipx_interface del ${iface} ${need("frame")}`],
    },
    dynamic: {
      up: [({ iface, need }) => `ipx_interface add ${iface} ${need("frame")}`],
      down: [({ iface, need }) => `ipx_interface del ${iface} ${need("frame")}`],
    },
  },
};
