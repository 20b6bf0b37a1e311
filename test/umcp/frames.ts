/** The model's four frames (umc.md §1.2, computed there with the model's own format string), to the byte. */
import type { Message } from "../../src/umcp/message.ts";

export interface Fixture {
  header: string;
  body: string;
  /** Bytes of the whole frame. */
  total: number;
  message: Message;
}

export const frames: Fixture[] = [
  {
    header: "REQUEST/130928961341733-1/46/application/json: AUTH \n",
    body: '{"username": "root", "password": "univention"}',
    total: 99,
    message: {
      type: "REQUEST",
      id: "130928961341733-1",
      command: "AUTH",
      arguments: [],
      mimetype: "application/json",
      body: { username: "root", password: "univention" },
    },
  },
  {
    header: "REQUEST/130928961341726-0/125/application/json: COMMAND udm/query\n",
    body: '{"options": {"objectProperty": "name", "objectPropertyValue": "test1*1", "objectType": "users/user"}, "flavor": "users/user"}',
    total: 191,
    message: {
      type: "REQUEST",
      id: "130928961341726-0",
      command: "COMMAND",
      arguments: ["udm/query"],
      mimetype: "application/json",
      body: {
        options: { objectProperty: "name", objectPropertyValue: "test1*1", objectType: "users/user" },
        flavor: "users/user",
      },
    },
  },
  {
    header: "RESPONSE/130928961341726-0/46/application/json: COMMAND udm/query\n",
    body: '{"status": 200, "message": null, "result": []}',
    total: 112,
    message: {
      type: "RESPONSE",
      id: "130928961341726-0",
      command: "COMMAND",
      arguments: ["udm/query"],
      mimetype: "application/json",
      body: { status: 200, message: null, result: [] },
    },
  },
  {
    header: "REQUEST/170000000000000-2/15/application/json: EXIT ucr internal\n",
    body: '{"options": {}}',
    total: 80,
    message: {
      type: "REQUEST",
      id: "170000000000000-2",
      command: "EXIT",
      arguments: ["ucr", "internal"],
      mimetype: "application/json",
      body: { options: {} },
    },
  },
];

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function join(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
