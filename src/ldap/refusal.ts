/** What a server answers in place of doing what was asked (RFC 4511 §4.1.9). */
import { Problem, type ProblemCode } from "../problem.ts";

export interface LdapResult {
  code: number;
  /** The last entry above the one asked for that exists; empty for most codes. */
  matchedDn: string;
  /** The server's own words. */
  diagnostic: string;
}

/** RFC 4511 appendix A, RFC 3909 (118 to 121), RFC 4533 (4096). */
const names: Record<number, [name: string, code?: ProblemCode]> = {
  1: ["operationsError"],
  2: ["protocolError", "protocol"],
  3: ["timeLimitExceeded", "timeout"],
  4: ["sizeLimitExceeded", "too-large"],
  7: ["authMethodNotSupported", "auth-failed"],
  8: ["strongerAuthRequired", "forbidden"],
  10: ["referral"],
  11: ["adminLimitExceeded", "too-large"],
  12: ["unavailableCriticalExtension"],
  13: ["confidentialityRequired", "forbidden"],
  14: ["saslBindInProgress", "auth-failed"],
  16: ["noSuchAttribute"],
  17: ["undefinedAttributeType"],
  18: ["inappropriateMatching"],
  19: ["constraintViolation"],
  20: ["attributeOrValueExists", "conflict"],
  21: ["invalidAttributeSyntax"],
  32: ["noSuchObject", "not-found"],
  33: ["aliasProblem"],
  34: ["invalidDNSyntax"],
  36: ["aliasDereferencingProblem"],
  48: ["inappropriateAuthentication", "auth-failed"],
  49: ["invalidCredentials", "auth-failed"],
  50: ["insufficientAccessRights", "forbidden"],
  51: ["busy", "unavailable"],
  52: ["unavailable", "unavailable"],
  53: ["unwillingToPerform"],
  54: ["loopDetect"],
  64: ["namingViolation"],
  65: ["objectClassViolation"],
  66: ["notAllowedOnNonLeaf", "conflict"],
  67: ["notAllowedOnRDN"],
  68: ["entryAlreadyExists", "conflict"],
  69: ["objectClassModsProhibited"],
  71: ["affectsMultipleDSAs"],
  80: ["other"],
  118: ["canceled", "cancelled"],
  119: ["noSuchOperation"],
  120: ["tooLate"],
  121: ["cannotCancel"],
  4096: ["e-syncRefreshRequired", "conflict"],
};

/** `sizeLimitExceeded (4)`. */
export function resultName(code: number): string {
  return `${names[code]?.[0] ?? "result"} (${code})`;
}

/** A server that was reached and understood said no. `resultCode` tells what to do next. */
export class LdapRefusal extends Problem {
  readonly resultCode: number;
  readonly matchedDn: string;
  readonly diagnostic: string;

  /**
   * @param what was asked of whom, e.g. `ldap://host: the search`
   * @param hint what a person can do about it
   */
  constructor(what: string, result: LdapResult, hint = "") {
    const said = result.diagnostic === "" ? "" : `: ${result.diagnostic.slice(0, 1000)}`;
    const matched = result.matchedDn === "" ? "" : `; what exists is ${result.matchedDn.slice(0, 1000)}`;
    const text = `${what} was refused, ${resultName(result.code)}${said}${matched}${hint === "" ? "" : `. ${hint}`}`;
    super(names[result.code]?.[1] ?? "bad-request", text);
    this.resultCode = result.code;
    this.matchedDn = result.matchedDn;
    this.diagnostic = result.diagnostic;
  }
}
