/** Version and commit, written into the binary by the Makefile; from a checkout they are not known. */
declare const REEVE_VERSION: string | undefined;
declare const REEVE_COMMIT: string | undefined;

export const version = typeof REEVE_VERSION === "string" ? REEVE_VERSION : "0.0.0";
export const commit = typeof REEVE_COMMIT === "string" ? REEVE_COMMIT : "checkout";
