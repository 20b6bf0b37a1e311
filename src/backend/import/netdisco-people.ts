/** What people have put into Netdisco: links by hand, the log of port control, users. */
import { randomBytes } from "node:crypto";
import { Problem } from "../../problem.ts";
import { logPortChange, portLog } from "../../store/device-port-log.ts";
import { openLinksOf } from "../../store/link-list.ts";
import { addManualLink } from "../../store/manual-link.ts";
import { createUser, findUser } from "../../store/user.ts";
import { hashPassword } from "../../system/password.ts";
import type { Importing } from "./netdisco-database.ts";
import { truth, whole } from "./netdisco-device.ts";

export async function importLinks({ database, store, device, count, leaveOut }: Importing): Promise<void> {
  for await (const rows of database.read("topology", ["dev1", "port1", "dev2", "port2"])) {
    for (const { dev1, port1, dev2, port2 } of rows) {
      count("topology", { read: 1 });
      const [one, other] = [await device(dev1 ?? null), await device(dev2 ?? null)];
      if (one === undefined || other === undefined || !port1 || !port2) {
        leaveOut("topology", "one of the two ends is no device here");
        continue;
      }
      const there = await openLinksOf(store, one, port1);
      if (
        there.some((link) => link.protocol === "manual" && link.remote_device === other && link.remote_port === port2)
      )
        continue;
      await addManualLink(store, { device: one, port: port1, remote_device: other, remote_port: port2 }, Date.now());
      count("topology", { added: 1 });
    }
  }
}

export async function importPortLog({ database, store, device, count, leaveOut }: Importing): Promise<void> {
  const columns = ["ip", "port", "reason", "log", "username", "userip", "action", "creation"];
  const there = new Map<number, Set<string>>();
  const keyOf = (row: { port: string; at: number; username: string; action: string }) =>
    [row.port, row.at, row.username, row.action].join("\n");
  for await (const rows of database.read("device_port_log", columns)) {
    for (const row of rows) {
      count("device_port_log", { read: 1 });
      const [id, at] = [await device(row.ip ?? null), whole(row.creation)];
      if (id === undefined || at === null) {
        leaveOut("device_port_log", "of a device that is not here, or without a time");
        continue;
      }
      const known = there.get(id) ?? new Set((await portLog(store, id, undefined, 1_000_000)).map(keyOf));
      there.set(id, known);
      const change = {
        ...{ device: id, at, port: row.port ?? "", username: row.username ?? "", userip: row.userip ?? "" },
        ...{ action: row.action ?? "", reason: row.reason ?? "", log: row.log ?? "" },
        // Netdisco writes it when the job is asked for, not when it is done.
        outcome: "info" as const,
      };
      if (known.has(keyOf(change))) continue;
      known.add(keyOf(change));
      await logPortChange(store, change);
      count("device_port_log", { added: 1 });
    }
  }
}

/** Its hashes are of another kind, so each gets a password that nobody knows, until one is set. */
export async function importUsers({ database, store, summary, count, leaveOut }: Importing): Promise<void> {
  for await (const rows of database.read("users", ["username", "admin", "port_control", "ldap", "radius", "tacacs"])) {
    for (const row of rows) {
      count("users", { read: 1 });
      const name = row.username ?? "";
      if (await findUser(store, name)) continue;
      try {
        const password = await hashPassword(randomBytes(32).toString("base64"));
        await createUser(store, { name, password, administrator: truth(row.admin) ?? false });
        count("users", { added: 1 });
        summary.users.push(name.toLowerCase());
        if (truth(row.port_control)) leaveOut("users", "port_control: give the permission in the console");
        if (truth(row.ldap) || truth(row.radius) || truth(row.tacacs)) {
          leaveOut("users", "checked by LDAP, RADIUS or TACACS+ there: a password of its own here");
        }
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "bad-options") throw error;
        leaveOut(`user ${name.slice(0, 70)}`, error.message);
      }
    }
  }
}
