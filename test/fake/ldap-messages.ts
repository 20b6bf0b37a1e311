/** LDAP messages as servers send them, made by hand. */
import { Writer } from "../../src/ldap/ber.ts";

type Fill = (writer: Writer) => void;

export interface Control {
  oid: string;
  value?: Uint8Array;
}

export function message(id: number, tag: number, body: Fill, controls: Control[] = []): Uint8Array {
  return new Writer()
    .sequence((whole) => {
      whole.integer(id).sequence(body, tag);
      if (controls.length > 0)
        whole.sequence((list) => {
          for (const { oid, value } of controls)
            list.sequence((control) => {
              control.text(oid);
              if (value) control.octets(value);
            });
        }, 0xa0);
    })
    .finish();
}

export const result =
  (code: number, diagnostic = "", matched = ""): Fill =>
  (body) =>
    body.enumerated(code).text(matched).text(diagnostic);

export const bindResponse = (id: number, code = 0, diagnostic = "") => message(id, 0x61, result(code, diagnostic));

export const done = (id: number, code = 0, diagnostic = "", controls: Control[] = []) =>
  message(id, 0x65, result(code, diagnostic), controls);

export function entry(id: number, dn: string | Uint8Array, attributes: Record<string, string[]>, controls?: Control[]) {
  const fill: Fill = (body) => {
    typeof dn === "string" ? body.text(dn) : body.octets(dn);
    body.sequence((list) => {
      for (const [name, values] of Object.entries(attributes))
        list.sequence((pair) =>
          pair.text(name).set((set) => {
            for (const value of values) set.text(value);
          }),
        );
    });
  };
  return message(id, 0x64, fill, controls);
}

const sync = "1.3.6.1.4.1.4203.1.9.1";

export function uuid(number: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? number & 0xff : at));
}

export function syncState(state: number, id: Uint8Array, cookie?: string): Control {
  const value = new Writer().sequence((body) => {
    body.enumerated(state).octets(id);
    if (cookie !== undefined) body.text(cookie);
  });
  return { oid: `${sync}.2`, value: value.finish() };
}

export function syncDone(cookie?: string, refreshDeletes?: boolean): Control {
  const value = new Writer().sequence((body) => {
    if (cookie !== undefined) body.text(cookie);
    if (refreshDeletes !== undefined) body.boolean(refreshDeletes);
  });
  return { oid: `${sync}.3`, value: value.finish() };
}

export function syncInfo(id: number, fill: Fill, oid = `${sync}.4`): Uint8Array {
  const value = new Writer();
  fill(value);
  return message(id, 0x79, (body) => body.text(oid, 0x80).octets(value.finish(), 0x81));
}

/** What a server says of itself. */
export const rootDse = (id: number) => [
  entry(id, "", { namingContexts: ["dc=fake"], supportedControl: [`${sync}.1`], subschemaSubentry: ["cn=Subschema"] }),
  done(id),
];

export function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
