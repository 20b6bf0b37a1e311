/**
 * User-based security of SNMPv3 (RFC 3414) towards one agent. net-snmp does keys, digests, ciphers and the notion of
 * time; here is what must be asked first (the engine's id), and which answers may be believed: net-snmp takes one
 * without a digest for good.
 */
import snmp, { type EngineClock, type Message, type SecurityParameters, type User } from "net-snmp";
import { Problem } from "../problem.ts";
import { Messages, responseOf, wirePdu } from "./codec.ts";
import type { Credential } from "./credential.ts";
import type { Pdu } from "./pdu.ts";
import type { Opened, Security } from "./security.ts";

const statistics = "1.3.6.1.6.3.15.1.1.";
/** Counters of usmStats and of the message processor that stand in reports (RFC 3414 §5, RFC 3412 §5, RFC 3413 §3.1). */
const reports: Record<string, string> = {
  [`${statistics}1.0`]: "the agent does not know this security level for the user",
  [`${statistics}2.0`]: "the agent's clock does not agree",
  [`${statistics}3.0`]: "the agent does not know this user",
  [`${statistics}4.0`]: "the agent does not know its engine id",
  [`${statistics}5.0`]: "wrong digest: authentication password or protocol is wrong",
  [`${statistics}6.0`]: "the agent cannot decipher: privacy password or protocol is wrong",
  "1.3.6.1.6.3.12.1.4.0": "the agent's context is not available",
  "1.3.6.1.6.3.12.1.5.0": "the agent does not know this context",
  "1.3.6.1.6.3.11.2.1.1.0": "the agent does not know this security model",
  "1.3.6.1.6.3.11.2.1.3.0": "the agent has no handler for this request",
};

/** Each password is a megabyte of hashing for each engine; net-snmp keeps every key it ever made. */
const keysKept = 10_000;
let keys = 0;

export function userOf(credential: Credential): User {
  const { auth, priv, user = "" } = credential;
  const { noAuthNoPriv, authNoPriv, authPriv } = snmp.SecurityLevel;
  const plain = { name: user, level: auth ? (priv ? authPriv : authNoPriv) : noAuthNoPriv };
  if (!auth) {
    if (priv) throw new Problem("bad-request", `credential ${credential.tag}: priv without auth`);
    return plain;
  }
  const keyed = { ...plain, authProtocol: snmp.AuthProtocols[auth.protocol]!, authKey: auth.password };
  return priv ? { ...keyed, privProtocol: snmp.PrivProtocols[priv.protocol]!, privKey: priv.password } : keyed;
}

/** What is known of one agent's engine with one credential; contexts share it. */
export class Engine {
  readonly user: User;
  #parameters: SecurityParameters | undefined;
  readonly clock: EngineClock = Object.assign(Object.create(snmp.Session.prototype) as EngineClock, {
    engineTimeBoots: null,
    engineTimeBase: null,
    engineTimeReceivedAt: null,
    latestReceivedEngineTime: null,
  });

  constructor(credential: Credential) {
    this.user = userOf(credential);
  }

  get known(): boolean {
    return this.#parameters !== undefined;
  }

  /** As the next request carries them. */
  get parameters(): SecurityParameters {
    const parameters = this.#parameters ?? nobody();
    const now = this.clock.getEngineTime();
    if (now) {
      parameters.msgAuthoritativeEngineBoots = now.engineBoots;
      parameters.msgAuthoritativeEngineTime = now.engineTime;
    }
    return parameters;
  }

  learn(parameters: SecurityParameters): void {
    if (keys++ > keysKept) {
      keys = 0;
      snmp.Authentication.authToKeyCache = {};
    }
    this.#parameters = {
      msgAuthoritativeEngineID: Buffer.from(parameters.msgAuthoritativeEngineID),
      msgAuthoritativeEngineBoots: parameters.msgAuthoritativeEngineBoots,
      msgAuthoritativeEngineTime: parameters.msgAuthoritativeEngineTime,
    };
  }

  /** Is it from that engine, and of our user? */
  speaks({ msgAuthoritativeEngineID: id }: SecurityParameters): boolean {
    return this.#parameters?.msgAuthoritativeEngineID.equals(id) ?? false;
  }

  /** The agent has become another one (its engine id has changed). */
  forget(): void {
    this.#parameters = undefined;
    this.clock.engineTimeBoots = null;
    this.clock.engineTimeReceivedAt = null;
  }
}

function nobody(): SecurityParameters {
  return { msgAuthoritativeEngineID: Buffer.alloc(0), msgAuthoritativeEngineBoots: 0, msgAuthoritativeEngineTime: 0 };
}

/** The question of RFC 3414 §4: a request of nobody, which the agent answers with a report that tells its engine. */
export class DiscoverySecurity implements Security {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  seal(_pdu: Pdu, id: number): Buffer {
    const message = Messages.createDiscoveryV3(wirePdu({ kind: "get", oids: [] }, id));
    return numbered(message, id).toBuffer();
  }

  open(message: Message): Opened {
    const parameters = message.msgSecurityParameters;
    if (message.version !== snmp.Version3 || !parameters) return { rejected: "another version answers" };
    const { length } = parameters.msgAuthoritativeEngineID;
    // RFC 3411 §5, SnmpEngineID: 5 to 32 bytes.
    if (length < 1 || length > 64) return { rejected: "the agent tells no engine id" };
    this.#engine.learn(parameters);
    return { response: { id: message.getReqId(), status: 0, index: 0, varbinds: [], intact: true } };
  }
}

export class UserSecurity implements Security {
  readonly #engine: Engine;
  readonly #context: string;

  constructor(engine: Engine, context: string) {
    this.#engine = engine;
    this.#context = context;
  }

  seal(pdu: Pdu, id: number): Buffer {
    const { user, parameters } = this.#engine;
    return numbered(Messages.createRequestV3(user, parameters, wirePdu(pdu, id, this.#context)), id).toBuffer();
  }

  open(message: Message): Opened {
    const { user, clock } = this.#engine;
    const parameters = message.msgSecurityParameters;
    if (message.version !== snmp.Version3 || !parameters) return { rejected: "another version answers" };
    const keyed = user.level !== snmp.SecurityLevel.noAuthNoPriv;
    // A report may come in the clear (the agent cannot know our key); what it says then is not trusted with our clock.
    const sealed = Boolean(message.hasAuthentication());
    if (sealed && !keyed) return { rejected: "the answer has a digest for nobody" };
    // The error's text has digests in it, so it stays here.
    if (!message.processIncomingSecurity(user, () => {})) return { rejected: "the answer's digest or cipher is wrong" };
    if (message.pdu.type === snmp.PduType.Report) return this.#report(message, parameters, sealed);
    if (sealed !== keyed || Boolean(message.hasPrivacy()) !== (user.level === snmp.SecurityLevel.authPriv)) {
      return { rejected: "the answer is less protected than the request" };
    }
    if (parameters.msgUserName !== user.name || !this.#engine.speaks(parameters)) {
      return { rejected: "another engine or user answers" };
    }
    if (sealed) {
      clock.setEngineTime(message);
      if (!clock.isInTimeWindow(message)) return { rejected: "the answer is outside the time window" };
    }
    const response = responseOf(message.pdu);
    return response ? { response } : { rejected: "the answer is no response" };
  }

  #report(message: Message, parameters: SecurityParameters, sealed: boolean): Opened {
    const oid = message.pdu.varbinds[0]?.oid ?? "";
    const report = reports[oid] ?? `the agent reports ${oid || "nothing"}`;
    if (oid === `${statistics}2.0` && sealed && this.#engine.speaks(parameters)) {
      this.#engine.learn(parameters);
      this.#engine.clock.setEngineTime(message);
      return { report, again: true };
    }
    if (oid === `${statistics}4.0`) {
      this.#engine.forget();
      return { report, again: true };
    }
    return { report, again: false };
  }
}

/** A message's own id becomes ours, too: it is what an answer is found by. */
function numbered(message: Message, id: number): Message {
  message.msgGlobalData!.msgID = id;
  return message;
}
