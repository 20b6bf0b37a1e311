/** A host that has an address and takes its time to say so, as one that sleeps or is behind a slow bridge does. */
import { type Arp, arpBytes, broadcast, bytesOfMac, decodeArp, encodeArp } from "../../../src/netconf/dhcp/arp.ts";
import { openPacketSocket } from "../../../src/system/packet.ts";
import type { Namespace } from "../netns.ts";

/** @param delay milliseconds between a question and its answer */
export function slowNeighbour(namespace: Namespace, device: string, address: string, delay: number): Disposable {
  const [link] = namespace.json(`link show dev ${device}`) as { ifindex: number; address: string }[];
  const { ifindex = 0, address: mac = "" } = link ?? {};
  using _inside = namespace.enter();
  const socket = openPacketSocket({ device: ifindex, protocol: 0x0806, size: arpBytes });
  const answer = ({ sender, senderAddress }: Arp) => {
    const reply: Arp = {
      operation: "reply",
      sender: mac,
      senderAddress: address,
      target: sender,
      targetAddress: senderAddress,
    };
    setTimeout(() => socket.send(encodeArp(reply), bytesOfMac(broadcast)), delay);
  };
  const reader = socket.stream().getReader();
  const listen = async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      for (let at = 0; at + arpBytes <= next.value.length; at += arpBytes) {
        const arp = decodeArp(next.value.subarray(at, at + arpBytes));
        if (arp?.operation === "request" && arp.targetAddress === address && arp.sender !== mac) answer(arp);
      }
    }
  };
  listen().catch(() => undefined);
  return {
    [Symbol.dispose]() {
      socket.close();
      reader.cancel().catch(() => undefined);
    },
  };
}
