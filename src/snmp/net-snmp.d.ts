// What of net-snmp 3.29.2 is used; it brings no types. Messages and PDUs are not exported: codec.ts finds them.
declare module "net-snmp" {
  export interface WirePdu {
    readonly type: number;
    id: number;
    contextName: string;
    errorStatus?: number;
    errorIndex?: number;
    varbinds: { oid: string; type?: number; value?: unknown }[];
    initializeFromVariables(id: number, varbinds: object[], options: object): void;
    initializeFromBuffer(reader: { readonly buffer: Buffer }): void;
  }
  export type PduClass = { new (): WirePdu; prototype: WirePdu };

  export interface SecurityParameters {
    msgAuthoritativeEngineID: Buffer;
    msgAuthoritativeEngineBoots: number;
    msgAuthoritativeEngineTime: number;
    msgUserName?: string;
  }
  export interface User {
    name: string;
    level: number;
    authProtocol?: number;
    authKey?: string;
    privProtocol?: number;
    privKey?: string;
  }
  export interface Message {
    readonly version: number;
    readonly community?: string;
    pdu: WirePdu;
    readonly msgGlobalData?: { msgID: number; msgFlags: number };
    readonly msgSecurityParameters?: SecurityParameters;
    toBuffer(): Buffer;
    getReqId(): number;
    hasAuthentication(): boolean | number;
    hasPrivacy(): boolean | number;
    /** Deciphers and authenticates; false after telling the callback why not. */
    processIncomingSecurity(user: User, failed: (error: Error) => void): boolean;
  }
  export interface MessageClass {
    createCommunity(version: number, community: string, pdu: WirePdu): Message;
    createRequestV3(user: User, parameters: SecurityParameters, pdu: WirePdu): Message;
    createDiscoveryV3(pdu: WirePdu): Message;
    createFromBuffer(bytes: Buffer): Message;
  }
  /** The notion of an authoritative engine's time (RFC 3414 §2.3), a part of what Session is. */
  export interface EngineClock {
    engineTimeBoots: number | null;
    engineTimeBase: number | null;
    engineTimeReceivedAt: number | null;
    latestReceivedEngineTime: number | null;
    setEngineTime(message: Message): void;
    isInTimeWindow(message: Message): boolean;
    getEngineTime(): { engineBoots: number; engineTime: number } | null;
  }
  interface Request {
    message: Message;
  }
  interface Session extends EngineClock {
    get(oids: string[], done: () => void): void;
    getNext(oids: string[], done: () => void): void;
    getBulk(oids: string[], nonRepeaters: number, maxRepetitions: number, done: () => void): void;
    set(varbinds: object[], done: () => void): void;
    simpleGet(pduClass: PduClass, feed: unknown, varbinds: object[], done: unknown, options?: object): void;
    send(request: Request): void;
  }
  const snmp: {
    Session: { prototype: Session };
    Version1: number;
    Version2c: number;
    Version3: number;
    PduType: Record<string, number>;
    SecurityLevel: { noAuthNoPriv: number; authNoPriv: number; authPriv: number };
    AuthProtocols: Record<string, number>;
    PrivProtocols: Record<string, number>;
    Authentication: { authToKeyCache: Record<string, Buffer> };
  };
  export default snmp;
}
