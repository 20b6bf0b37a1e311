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
