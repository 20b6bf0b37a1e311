/** What the module's commands answer beside what the daemon says (control.ts). */

/** An operation that goes on by itself. */
export interface Begun {
  /** Number of its event; null: it has said nothing yet, or has ended. */
  event: number | null;
}

/** By which interfaces the packets go that answer who asks. */
export interface Way {
  /** Null: nobody can tell. */
  link: string | null;
  /** It, and what it stands on: the loss of any of them may cut the asker off. */
  names: string[];
}

/** Why the daemon does not let the console act: detail of the Problems `permission` and `forbidden`. */
export interface Refusal {
  /** The socket's file mode, or the policy. */
  by: "socket" | "policy";
  /** User whose processes ask. */
  user: string;
  /** Group of the socket; "": it is open to no group. */
  group: string;
  /** Section of the policy that would have to allow it. */
  section: "IFUP" | "IFDOWN" | "APPLY";
}
