/** A UDP socket for many peers. */
import { ignorePeerErrors, setReceiveBuffer } from "./sockopt.ts";

export interface UdpSocket {
  /** Port of this end. */
  readonly port: number;
  /**
   * Sends a datagram to a numeric address. False when the kernel took it neither at once nor at the second try; it is
   * lost, as any datagram may be.
   */
  send(bytes: Uint8Array, port: number, address: string): boolean;
  close(): void;
}

export interface UdpOptions {
  family: 4 | 6;
  /** Bytes of the kernel's receive buffer. */
  receiveBuffer: number;
  /** Numeric address to bind to; all of the host's by default. */
  address?: string;
  port?: number;
  /** `bytes` are valid during the call only. */
  receive(bytes: Buffer, port: number, address: string): void;
}

/**
 * Opens a socket on a port of the kernel's choice.
 * @throws what the kernel says (EMFILE, EAFNOSUPPORT …)
 */
export async function openUdp(options: UdpOptions): Promise<UdpSocket> {
  const socket = await Bun.udpSocket({
    hostname: options.address ?? (options.family === 4 ? "0.0.0.0" : "::"),
    port: options.port ?? 0,
    binaryType: "buffer",
    socket: {
      data: (_socket, bytes, port, address, flags) => {
        if (!flags.truncated) options.receive(bytes, port, address);
      },
      // A peer's ICMP answer; who did not answer is found by time-out.
      error() {},
    },
  });
  // Undocumented in Bun 1.4; without it, or where FFI is forbidden, the second try of send() stands in.
  const { fd } = socket as unknown as { fd?: number };
  if (fd !== undefined) {
    try {
      setReceiveBuffer(fd, options.receiveBuffer);
      ignorePeerErrors(fd, options.family);
    } catch {
      // As said above.
    }
  }
  return {
    port: socket.port,
    send(bytes, port, address) {
      for (let attempt = 0; attempt < 2; attempt++) {
        try {
          if (socket.send(bytes, port, address)) return true;
        } catch {
          // The kernel tells here of an earlier datagram to a dead peer; this one was not sent, and is tried again.
        }
      }
      return false;
    },
    close: () => socket.close(),
  };
}
