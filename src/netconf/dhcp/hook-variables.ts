/** What Reeve gives a client for its script (`-e`): how the hook finds us, and whose it is. */
export const hookVariables = {
  /** Path of the hook socket. */
  socket: "REEVE_HOOK",
  client: "REEVE_CLIENT",
  interface: "REEVE_INTERFACE",
  family: "REEVE_FAMILY",
  /** Seconds after which the hook waits no longer for an answer. */
  timeout: "REEVE_TIMEOUT",
  /** File that the client writes to; the hook keeps it short. */
  log: "REEVE_LOG",
} as const;

/** Pipes beside the socket, for the script alone (`hook-pipes`): its text has the same names. */
export const hookPipes = {
  /** To which it writes who asks. @param socket path of the hook's socket */
  ask: (socket: string) => `${socket}.ask`,
  /** From which a client's script reads its answer. @param name as `client` has it */
  answer: (socket: string, name: string) => `${socket}.${name}`,
  client: (iface: string, family: 4 | 6) => `${iface}.${family}`,
} as const;
