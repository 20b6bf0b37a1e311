/**
 * What comes in at all, as a program of classic BPF (linux/filter.h): most of what a busy host's kernel says is of no use here,
 * and need not wake anybody.
 */
import { NUD } from "./forwarding.ts";
import { AF, NLM_F, RTM } from "./message.ts";
import { littleEndian } from "./number.ts";
import { RTN_UNICAST, RTPROT_KERNEL } from "./route.ts";

/** Where the low byte of a 16-bit number is that stands there. */
const low = (at: number) => (littleEndian ? at : at + 1);
const [loadByte, ifEqual, ifBits, done] = [0x30, 0x15, 0x45, 0x06];
/** Offsets in a message: struct nlmsghdr, then struct ndmsg or rtmsg. */
const [type, flags] = [low(4), low(6)];
const [neighbourFamily, neighbourState] = [16, low(16 + 8)];
const [routeProtocol, routeType] = [16 + 5, 16 + 7];

/**
 * Answers to dumps come in. Of other messages, those on neighbours and on what bridges have learned stay out, unless they are
 * on entries of the family AF_BRIDGE that were made by hand; and those on routes that the kernel makes by itself for its own
 * addresses and groups.
 */
export const sieve = [
  [loadByte, 0, 0, flags],
  [ifBits, 14, 0, NLM_F.MULTI],
  [loadByte, 0, 0, type],
  [ifEqual, 3, 0, RTM.NEWNEIGH],
  [ifEqual, 2, 0, RTM.DELNEIGH],
  [ifEqual, 5, 0, RTM.NEWROUTE],
  [ifEqual, 4, 9, RTM.DELROUTE],
  [loadByte, 0, 0, neighbourFamily],
  [ifEqual, 0, 6, AF.BRIDGE],
  [loadByte, 0, 0, neighbourState],
  [ifBits, 5, 4, NUD.NOARP | NUD.PERMANENT],
  [loadByte, 0, 0, routeProtocol],
  [ifEqual, 0, 3, RTPROT_KERNEL],
  [loadByte, 0, 0, routeType],
  [ifEqual, 1, 0, RTN_UNICAST],
  [done, 0, 0, 0],
  [done, 0, 0, 0xffff_ffff],
] as const;
