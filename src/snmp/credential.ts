/** How agents are asked: the entries of Netdisco's device_auth. */

export const authProtocols = ["md5", "sha", "sha224", "sha256", "sha384", "sha512"] as const;
export const privProtocols = ["des", "aes", "aes256b", "aes256r"] as const;

export interface Credential {
  /** Name by which the working one is remembered. */
  tag: string;
  version: 1 | 2 | 3;
  /** v1 and v2c. */
  community?: string | undefined;
  /** v3. Without `auth`: noAuthNoPriv. */
  user?: string | undefined;
  auth?: { protocol: (typeof authProtocols)[number]; password: string } | undefined;
  priv?: { protocol: (typeof privProtocols)[number]; password: string } | undefined;
  /** Before a VLAN's number in a v3 context name. */
  contextPrefix: string;
  read: boolean;
  write: boolean;
  /** Access lists: the devices it is for (empty: all), and those it is not for. */
  only: string[];
  no: string[];
}
