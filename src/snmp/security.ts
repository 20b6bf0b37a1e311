/** How requests of one credential are sealed and their answers opened: by community, or by v3's users (usm.ts). */
import snmp, { type Message } from "net-snmp";
import { Messages, responseOf, wirePdu } from "./codec.ts";
import type { Pdu } from "./pdu.ts";
import type { Response } from "./response.ts";

/** What a datagram with the id of one of our requests turned out to be. */
export type Opened =
  | { response: Response }
  /** Not what we may believe: another community, unauthenticated, undecipherable. */
  | { rejected: string }
  /** v3: the agent says why it does not answer. `again`: what was wrong is put right, ask once more. */
  | { report: string; again: boolean };

export interface Security {
  seal(pdu: Pdu, id: number): Buffer;
  open(message: Message): Opened;
}

export class CommunitySecurity implements Security {
  readonly #version: number;
  readonly #community: string;

  constructor(version: 1 | 2, community: string) {
    this.#version = version === 1 ? snmp.Version1 : snmp.Version2c;
    this.#community = community;
  }

  seal(pdu: Pdu, id: number): Buffer {
    return Messages.createCommunity(this.#version, this.#community, wirePdu(pdu, id)).toBuffer();
  }

  open(message: Message): Opened {
    if (message.version !== this.#version) return { rejected: "another version answers" };
    if (message.community !== this.#community) return { rejected: "another community answers" };
    const response = responseOf(message.pdu);
    return response ? { response } : { rejected: "the answer is no response" };
  }
}
