/** What the kernel says to a request: struct nlmsgerr with its extended acknowledgement. */
import { type Message, NLM_F, NLMSG, readAttributes, readText } from "./message.ts";
import { readNumber } from "./number.ts";

export interface KernelAnswer {
  /** 0: done. */
  errno: number;
  /** The kernel's own words; "": none. */
  message: string;
}

const NLMSGERR_ATTR_MSG = 1;
/** EIO: an error that is cut short. */
const unknown = 5;

/** Undefined: it is not the end of an answer. */
export function readAnswer({ type, flags, payload }: Message): KernelAnswer | undefined {
  if (type === NLMSG.DONE) {
    // Of a dump: an error is here, and words may follow.
    const errno = Math.abs(readNumber(payload, "s32") ?? 0);
    return {
      errno,
      message: flags & NLM_F.ACK_TLVS ? readText(readAttributes(payload, 4).get(NLMSGERR_ATTR_MSG)) : "",
    };
  }
  if (type !== NLMSG.ERROR) return undefined;
  const errno = Math.abs(readNumber(payload, "s32") ?? unknown);
  if (!(flags & NLM_F.ACK_TLVS)) return { errno, message: "" };
  // The request comes first, its header alone when capped or when all went well.
  const request = flags & NLM_F.CAPPED || errno === 0 ? 16 : (readNumber(payload, "u32", 4) ?? 16);
  const at = 4 + ((request + 3) & ~3);
  return { errno, message: readText(readAttributes(payload, at).get(NLMSGERR_ATTR_MSG)) };
}
