/** What we send by ourselves (RFC 4511 §4), each a whole LDAP message. */
import { Writer } from "./ber.ts";
import { encodeFilter, parseFilter } from "./filter.ts";

export const scopes = { base: 0, one: 1, sub: 2 } as const;

export interface SearchParameters {
  base: string;
  scope: keyof typeof scopes;
  /** RFC 4515; default `(objectClass=*)`. */
  filter?: string;
  /** Default: all user attributes. */
  attributes?: readonly string[];
  /** Entries; default as many as there are. */
  sizeLimit?: number;
}

export interface RequestControl {
  oid: string;
  value: Uint8Array;
}

/** A search (§4.5.1) whose controls the server must understand, or refuse. Aliases are entries like others. */
export function encodeSearch(id: number, search: SearchParameters, controls: RequestControl[] = []): Uint8Array {
  const filter = parseFilter(search.filter ?? "(objectClass=*)");
  return new Writer()
    .sequence((message) => {
      message.integer(id).sequence((request) => {
        request.text(search.base).enumerated(scopes[search.scope]).enumerated(0);
        request
          .integer(search.sizeLimit ?? 0)
          .integer(0)
          .boolean(false);
        encodeFilter(request, filter);
        request.sequence((list) => {
          for (const name of search.attributes ?? []) list.text(name);
        });
      }, 0x63);
      if (controls.length > 0)
        message.sequence((list) => {
          for (const { oid, value } of controls)
            list.sequence((control) => control.text(oid).boolean(true).octets(value));
        }, 0xa0);
    })
    .finish();
}

/** §4.11: no answer comes. */
export function encodeAbandon(id: number, abandoned: number): Uint8Array {
  return new Writer().sequence((message) => message.integer(id).integer(abandoned, 0x50)).finish();
}

/** §4.3: the end. */
export function encodeUnbind(id: number): Uint8Array {
  return new Writer().sequence((message) => message.integer(id).null(0x42)).finish();
}

/** §4.14.1. */
export function encodeStartTls(id: number): Uint8Array {
  return new Writer()
    .sequence((message) =>
      message.integer(id).sequence((request) => request.text("1.3.6.1.4.1.1466.20037", 0x80), 0x77),
    )
    .finish();
}
