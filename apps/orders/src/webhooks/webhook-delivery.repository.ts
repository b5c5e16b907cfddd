import { Injectable } from '@nestjs/common';
import { type CursorLease, EventCursorRepository } from '@app/events';
import { Database, type LaneRequest, type PipelinedTransaction, ReadLane } from '@app/postgres';
import type { Delivery, DeliveryStatus } from './delivery';
import type { DeliveryNews, DeliveryRecord, NewDeliveryRecord } from './delivery-progress';

/** Deliveries that are done, kept for each webhook to be looked up. */
const KEPT_DONE = 200;

/** What has happened at a webhook, and how far it is. */
export interface WebhookProgress extends DeliveryNews {
  readonly endpointId: string;
  /** All events up to it are delivered or recorded. */
  readonly position: number;
}

/** A delivery that is due for another attempt. */
export interface DueDelivery {
  readonly id: string;
  readonly ref: string;
  readonly key: string;
  readonly position: number;
  readonly attempts: number;
  /** Since its first failure. */
  readonly ageMs: number;
}

const WAITING = `('RETRYING', 'QUEUED', 'PARKED')`;

const DELIVERY = `
  id, position::float8 as position, key, type, status, attempts,
  next_attempt_at as "nextAttemptAt", last_attempt_at as "lastAttemptAt",
  response_code as "responseCode", error`;

/** An event that is sent again and fails, after a takeover or a replay, is retried as a new one is. */
const INSERT = `
  insert into webhook_delivery (
    endpoint_id, id, position, ref, key, type, status, attempts, first_failed_at, next_attempt_at,
    last_attempt_at, response_code, error, updated_at)
  select $1, id, position, ref, key, type, status, attempts,
         case when status = 'RETRYING' then now end,
         case when status = 'RETRYING' then now + pause * interval '1 millisecond' end,
         case when attempts > 0 then now end, code, error, now
    from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[],
                $9::float8[], $10::int[], $11::text[])
           as new (id, position, ref, key, type, status, attempts, pause, code, error),
         clock_timestamp() as now
      on conflict (endpoint_id, id) do update
     set (status, attempts, first_failed_at, next_attempt_at, last_attempt_at, response_code, error,
          updated_at)
       = (excluded.status, excluded.attempts, excluded.first_failed_at, excluded.next_attempt_at,
          excluded.last_attempt_at, excluded.response_code, excluded.error, excluded.updated_at)
   where webhook_delivery.status = 'DELIVERED' and excluded.status <> 'DELIVERED'`;

/** A delivery that a client has discarded meanwhile stays discarded. */
const UPDATE = `
  update webhook_delivery d
     set status = done.status, attempts = d.attempts + 1, last_attempt_at = now, updated_at = now,
         first_failed_at = case when done.status = 'RETRYING' then coalesce(d.first_failed_at, now) end,
         next_attempt_at =
           case when done.status = 'RETRYING' then now + pause * interval '1 millisecond' end,
         response_code = code, error = done.error
    from unnest($2::text[], $3::text[], $4::float8[], $5::int[], $6::text[])
           as done (id, status, pause, code, error),
         clock_timestamp() as now
   where d.endpoint_id = $1 and d.id = done.id and d.status = 'RETRYING'`;

/** The first of each key is due, unless another one of the key is RETRYING or PARKED. */
const PROMOTE = `
  update webhook_delivery d
     set status = 'RETRYING', next_attempt_at = clock_timestamp(), updated_at = clock_timestamp()
    from (select distinct on (key) id, status from webhook_delivery
           where endpoint_id = $1 and key = any($2::text[]) and status in ${WAITING}
           order by key, status = 'QUEUED', position) head
   where head.status = 'QUEUED' and d.endpoint_id = $1 and d.id = head.id`;

const RETRY_SOON = `
  update webhook_delivery
     set next_attempt_at =
           least(next_attempt_at, clock_timestamp() + random() * interval '5 seconds')
   where endpoint_id = $1 and status = 'RETRYING'`;

const SET_HEALTH = {
  succeeded: 'update webhook_endpoint set failing_since = null where id = $1',
  failed: `update webhook_endpoint set failing_since = clock_timestamp()
            where id = $1 and failing_since is null`,
} as const;

const DUE = `
  select id, ref, key, position::float8 as position, attempts,
         coalesce(extract(epoch from clock_timestamp() - first_failed_at) * 1000, 0)::float8 as "ageMs"
    from webhook_delivery
   where endpoint_id = $1 and status = 'RETRYING' and next_attempt_at <= clock_timestamp()
   order by next_attempt_at limit $2`;

const PRUNE = `
  delete from webhook_delivery
   where endpoint_id = $1 and not (status in ${WAITING})
     and updated_at < (
       select updated_at from webhook_delivery where endpoint_id = $1 and not (status in ${WAITING})
        order by updated_at desc offset ${KEPT_DONE - 1} limit 1)`;

/** Lets the next delivery of each key go, if none before it waits. */
export const promoteNext = async (
  tx: PipelinedTransaction,
  endpointId: string,
  keys: readonly string[],
): Promise<void> => {
  if (keys.length > 0) await tx.execute(PROMOTE, [endpointId, [...new Set(keys)]]);
};

/** Discards all deliveries of a webhook that wait. */
export const discardWaiting = async (
  tx: PipelinedTransaction,
  endpointId: string,
): Promise<void> => {
  await tx.execute(
    `update webhook_delivery
        set status = 'DISCARDED', next_attempt_at = null, updated_at = clock_timestamp()
      where endpoint_id = $1 and status in ${WAITING}`,
    [endpointId],
  );
  await tx.execute(PRUNE, [endpointId]);
};

const columns = (records: readonly DeliveryRecord[]) => [
  records.map(({ status }) => status),
  records.map(({ pauseMs }) => pauseMs),
  records.map(({ responseCode }) => responseCode),
  records.map(({ error }) => error),
];

const insertColumns = (records: readonly NewDeliveryRecord[]): unknown[] => {
  const [statuses, ...rest] = columns(records);
  return [
    records.map(({ id }) => id),
    records.map(({ position }) => position),
    records.map(({ ref }) => ref),
    records.map(({ key }) => key),
    records.map(({ type }) => type),
    statuses,
    records.map(({ attempts }) => attempts),
    ...rest,
  ];
};

/** All SQL of deliveries. */
@Injectable()
export class WebhookDeliveryRepository {
  constructor(
    private readonly database: Database,
    private readonly reads: ReadLane,
    private readonly cursors: EventCursorRepository,
  ) {}

  /**
   * Writes what has happened and moves the cursor, in one transaction. Returns the renewed lease;
   * undefined, with nothing written, if another process has taken the cursor since, or the webhook was
   * disabled or deleted.
   */
  record(lease: CursorLease, progress: WebhookProgress): Promise<CursorLease | undefined> {
    const { endpointId, position, recorded, retried, health, retrySoon } = progress;
    return this.database.transaction(
      async (tx) => {
        // The lock that requests of clients take, too.
        await tx.query('select from webhook_endpoint where id = $1 for update', [endpointId]);
        const renewed = await this.cursors.advanceIn(tx, lease, position);
        if (!renewed) return undefined;
        if (recorded.length > 0) await tx.execute(INSERT, [endpointId, ...insertColumns(recorded)]);
        if (retried.length > 0) {
          const ids = retried.map(({ id }) => id);
          await tx.execute(UPDATE, [endpointId, ids, ...columns(retried)]);
        }
        const queued = recorded.filter(({ status }) => status === 'QUEUED');
        const keys = [...queued, ...retried].map(({ key }) => key);
        await promoteNext(tx, endpointId, keys);
        if (health) await tx.execute(SET_HEALTH[health], [endpointId]);
        if (retrySoon) await tx.execute(RETRY_SOON, [endpointId]);
        return renewed;
      },
      { isBackground: true },
    );
  }

  /** Returns the deliveries that are due, the longest due first. */
  due(endpointId: string, limit: number): Promise<DueDelivery[]> {
    return this.database.query<DueDelivery>(DUE, [endpointId, limit]);
  }

  /** Returns those of the keys of which a delivery waits, so that later events must wait behind it. */
  async blockedKeys(endpointId: string, keys: readonly string[]): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    const rows = await this.database.query<{ key: string }>(
      `select distinct key from webhook_delivery
        where endpoint_id = $1 and key = any($2::text[]) and status in ${WAITING}`,
      [endpointId, keys],
    );
    return new Set(rows.map(({ key }) => key));
  }

  /** Returns how many deliveries wait or are parked. */
  async countWaiting(endpointId: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `select count(*)::int from webhook_delivery where endpoint_id = $1 and status in ${WAITING}`,
      [endpointId],
    );
    return row?.count ?? 0;
  }

  /** Deletes old deliveries that are done. */
  async prune(endpointId: string): Promise<void> {
    await this.database.write(PRUNE, [endpointId], { isBackground: true });
  }

  /** Returns a page of deliveries, the latest event first, before a position. */
  list(
    endpointId: string,
    {
      statuses,
      before,
      limit,
    }: {
      readonly statuses?: readonly DeliveryStatus[];
      readonly before?: number;
      readonly limit: number;
    },
    request: LaneRequest,
  ): Promise<Delivery[]> {
    return this.reads.query<Delivery>(
      `select ${DELIVERY} from webhook_delivery
        where endpoint_id = $1 and ($2::text[] is null or status = any($2))
          and position < coalesce($3::bigint, 9223372036854775807)
        order by position desc limit $4`,
      [endpointId, statuses ?? null, before ?? null, limit],
      request,
    );
  }

  /** Locks a delivery. Returns undefined if it does not exist. */
  async lock(
    tx: PipelinedTransaction,
    endpointId: string,
    id: string,
  ): Promise<Delivery | undefined> {
    const [found] = await tx.query<Delivery>(
      `select ${DELIVERY} from webhook_delivery where endpoint_id = $1 and id = $2 for update`,
      [endpointId, id],
    );
    return found;
  }

  /** Makes a delivery due now, with a new age. Returns it. */
  redeliver(tx: PipelinedTransaction, endpointId: string, id: string): Promise<Delivery> {
    return tx.queryOne<Delivery>(
      `update webhook_delivery
          set status = 'RETRYING', next_attempt_at = clock_timestamp(), first_failed_at = null,
              updated_at = clock_timestamp()
        where endpoint_id = $1 and id = $2 returning ${DELIVERY}`,
      [endpointId, id],
    );
  }

  /** Discards a delivery and lets the next one of its key go. Returns it. */
  async discard(tx: PipelinedTransaction, endpointId: string, id: string): Promise<Delivery> {
    const discarded = await tx.queryOne<Delivery>(
      `update webhook_delivery
          set status = 'DISCARDED', next_attempt_at = null, updated_at = clock_timestamp()
        where endpoint_id = $1 and id = $2 returning ${DELIVERY}`,
      [endpointId, id],
    );
    await promoteNext(tx, endpointId, [discarded.key]);
    return discarded;
  }
}
