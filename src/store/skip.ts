/** Devices that are not to be tried now, and why (Netdisco's device_skip, with the reason beside it). */
import { sql } from "kysely";
import type { Store } from "./database.ts";
import { type DeferralPolicy, deferralDelay } from "./deferral.ts";
import type { DeviceSkipTable } from "./schema-queue.ts";
import { cleanText } from "./text.ts";

export type Skip = DeviceSkipTable;

/** Counts a try in vain and says until when others of its kind rest. Gives how many there were in a row. */
export async function noteDeferral(
  store: Store,
  device: string,
  action: string,
  reason: string,
  policy: DeferralPolicy,
  now: number,
): Promise<{ deferrals: number; until: number }> {
  const { deferrals } = await store.db
    .insertInto("device_skip")
    .values({ device, action, backend: "", deferrals: 1, last_defer: now, not_before: now, reason })
    .onConflict((conflict) =>
      conflict.columns(["device", "action", "backend"]).doUpdateSet((of) => ({
        // After the long pause it gets its tries anew.
        deferrals: of
          .case()
          .when("device_skip.deferrals", ">=", policy.most)
          .then(1)
          .else(of("device_skip.deferrals", "+", 1))
          .end(),
        last_defer: now,
        reason,
      })),
    )
    .returning("deferrals")
    .executeTakeFirstOrThrow();
  const until = now + deferralDelay(deferrals, policy);
  await store.db
    .updateTable("device_skip")
    .set({ not_before: until })
    .where("device", "=", device)
    .where("action", "=", action)
    .where("backend", "=", "")
    .execute();
  return { deferrals, until };
}

/** The device answers: whatever waited for it may be tried at once. */
export async function forgetDeferrals(store: Store, device: string): Promise<void> {
  await store.transaction(async ({ db }) => {
    const { numDeletedRows } = await db
      .deleteFrom("device_skip")
      .where("device", "=", device)
      .where("backend", "=", "")
      .executeTakeFirst();
    if (numDeletedRows === 0n) return;
    await sql`update job set not_before = 0 where device = ${device} and status = 'queued' and deferrals > 0`.execute(
      db,
    );
  });
}

/**
 * Milliseconds that a backend's refusal stands. Then it looks again: a device may have got another name, tag or model, and
 * lists may hold at certain times only.
 */
export const refusalStands = 10 * 60_000;

/** A backend's own lists forbid it this device (`action` "" for all that is done to it), until they are looked at again. */
export async function skipDevices(
  store: Store,
  backend: string,
  devices: readonly { device: string; action: string; reason: string }[],
  now: number,
): Promise<void> {
  for (let from = 0; from < devices.length; from += 1000) {
    const rows = devices.slice(from, from + 1000).map(({ device, action, reason }) => ({
      ...{ device, action, backend, deferrals: 0, last_defer: now, not_before: now + refusalStands },
      reason: cleanText(reason, 1024),
    }));
    await store.db
      .insertInto("device_skip")
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(["device", "action", "backend"]).doUpdateSet((of) => ({
          last_defer: of.ref("excluded.last_defer"),
          not_before: of.ref("excluded.not_before"),
          reason: of.ref("excluded.reason"),
        })),
      )
      .execute();
  }
}

export async function skipsOf(store: Store, device: string): Promise<Skip[]> {
  return store.db.selectFrom("device_skip").selectAll().where("device", "=", device).orderBy("action").execute();
}

/**
 * Ends waiting jobs that nothing can come of, with the reason: all backends that live skip the device, or nobody asked
 * for it in person and the device is in its long pause. Gives their number. One statement.
 */
export async function endUnrunnable(store: Store, most: number, now: number): Promise<number> {
  const forbidding = sql`s.device = job.device and s.action in ('', job.action) and s.backend <> ''
    and s.not_before > ${now}`;
  const forbidden = sql`exists (select 1 from backend b where b.lease_until >= ${now})
    and not exists (select 1 from backend b where b.lease_until >= ${now}
      and not exists (select 1 from device_skip s where ${forbidding} and s.backend = b.id))`;
  const resting = sql`select s.reason from device_skip s where s.device = job.device and s.action = job.action
    and s.backend = '' and s.deferrals >= ${most} and s.not_before > ${now}`;
  const { numAffectedRows } = await sql`
    update job set status = 'info', finished = cast(${now} as bigint), message = case
      when username = '' and exists (${resting}) then 'left alone after too many tries in vain: ' || (${resting})
      else 'no running backend may do it: ' || (
        select min(s.reason) from device_skip s join backend b on b.id = s.backend
        where ${forbidding} and b.lease_until >= ${now}) end
    where status = 'queued' and device in (select device from device_skip where backend <> '' or deferrals >= ${most})
      and ((username = '' and exists (${resting})) or (${forbidden}))`.execute(store.db);
  return Number(numAffectedRows ?? 0n);
}

/** Forgets what is long over. */
export async function expireSkips(store: Store, before: number): Promise<void> {
  await store.db.deleteFrom("device_skip").where("last_defer", "<", before).execute();
}
