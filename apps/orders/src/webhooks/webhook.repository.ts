import { Injectable } from '@nestjs/common';
import { Database, type LaneRequest, type PipelinedTransaction, ReadLane } from '@app/postgres';
import type { DisabledReason } from '../events/webhook-log-event';
import { discardWaiting } from './webhook-delivery.repository';
import type { WebhookChanges, WebhookSettings, WebhookState, WebhookTarget } from './webhook';

/** The name of a webhook's cursor. */
export const cursorNameOf = (webhookId: string): string => `webhook/${webhookId}`;

/** A new webhook with its secret, which no other method returns. */
export interface NewWebhook extends WebhookSettings {
  readonly id: string;
  readonly secret: string;
}

/** An enabled webhook as the instances that deliver see it. */
export interface TargetState extends WebhookTarget {
  /** Whether no instance delivers to it now. */
  readonly isFree: boolean;
  /** Whether a delivery is due for another attempt. */
  readonly hasDue: boolean;
}

/** All enabled webhooks, and the end of the log. */
export interface TargetOverview {
  /** Position of the last event of the log. */
  readonly end: number;
  readonly targets: readonly TargetState[];
}

const STATE = `
  e.id, e.url, e.types, e.description, e.disabled_at as "disabledAt",
  e.disabled_reason as "disabledReason", e.failing_since as "failingSince",
  case when e.previous_secret_until > now() then e.previous_secret_until end
    as "previousSecretUntil",
  e.created_at as "createdAt", e.updated_at as "updatedAt",
  (select count(*)::int from webhook_delivery d
    where d.endpoint_id = e.id and d.status in ('RETRYING', 'QUEUED')) as waiting,
  (select count(*)::int from webhook_delivery d
    where d.endpoint_id = e.id and d.status = 'PARKED') as parked`;

const SELECT = `select ${STATE} from webhook_endpoint e`;

const INSERT = `
  with e as (
    insert into webhook_endpoint (id, url, types, description, secret)
    select $1, $2, $3, $4, $5 where (select count(*) from webhook_endpoint) < $6
    returning *),
  started as (
    insert into event_cursor (name, position)
    select 'webhook/' || e.id, last_position from e, event_sequence)
  select ${STATE} from e`;

const UPDATE = `
  update webhook_endpoint
     set url = coalesce($2, url), types = case when $4 then $3::text[] else types end,
         description = case when $6 then $5 else description end, updated_at = clock_timestamp()
   where id = $1`;

const ENABLE = `
  update webhook_endpoint set disabled_at = null, disabled_reason = null, failing_since = null
   where id = $1 and disabled_at is not null`;

const START_NOW = `
  insert into event_cursor (name, position)
  select $1, last_position from event_sequence on conflict (name) do nothing`;

/** The event has no row of its own: `parseWebhookRef` reads what it tells from its reference. */
const DISABLE = `
  with disabled as (
    update webhook_endpoint
       set disabled_at = clock_timestamp(), disabled_reason = $2, updated_at = clock_timestamp()
     where id = $1 and disabled_at is null
    returning id, disabled_reason, (extract(epoch from disabled_at) * 1000000)::bigint as at)
  insert into event_outbox (refs)
  select array['webhook/' || id || '/' || disabled_reason || '/' || at] from disabled`;

const FAILING = `
  select from webhook_endpoint
   where id = $1 and disabled_at is null
     and failing_since < clock_timestamp() - $2::float8 * interval '1 millisecond'
     for update`;

const ROTATE = `
  with e as (
    update webhook_endpoint
       set previous_secret = secret, secret = $2, updated_at = clock_timestamp(),
           previous_secret_until = clock_timestamp() + $3 * interval '1 hour'
     where id = $1 returning *)
  select ${STATE} from e`;

const TARGET = `
  e.id, e.url, e.types, e.failing_since as "failingSince",
  array_remove(array[e.secret,
    case when e.previous_secret_until > clock_timestamp() then e.previous_secret end], null)
    as secrets`;

const OVERVIEW = `
  select s.last_position::float8 as end, t.*
    from event_sequence s
    left join (
      select ${TARGET}, c.leased_until < clock_timestamp() as "isFree",
             exists (select from webhook_delivery d
                      where d.endpoint_id = e.id and d.status = 'RETRYING'
                        and d.next_attempt_at <= clock_timestamp()) as "hasDue"
        from webhook_endpoint e
        join event_cursor c on c.name = 'webhook/' || e.id) t on true`;

/**
 * Locks the webhook against the instance that delivers to it and against other requests. Returns whether
 * it exists and whether it is enabled.
 */
export const lockWebhook = async (
  tx: PipelinedTransaction,
  id: string,
): Promise<'enabled' | 'disabled' | undefined> => {
  const [row] = await tx.query<{ isEnabled: boolean }>(
    'select disabled_at is null as "isEnabled" from webhook_endpoint where id = $1 for update',
    [id],
  );
  if (!row) return undefined;
  return row.isEnabled ? 'enabled' : 'disabled';
};

/** Disables a webhook with its event, discards the deliveries that wait, and removes its cursor. */
export const disableWebhook = async (
  tx: PipelinedTransaction,
  id: string,
  reason: DisabledReason,
): Promise<void> => {
  await tx.execute(DISABLE, [id, reason]);
  await tx.execute('delete from event_cursor where name = $1', [cursorNameOf(id)]);
  await discardWaiting(tx, id);
};

/** All SQL of webhooks. */
@Injectable()
export class WebhookRepository {
  constructor(
    private readonly database: Database,
    private readonly reads: ReadLane,
  ) {}

  /**
   * Creates a webhook that receives the events from now on. Returns undefined if there are `max` webhooks
   * already.
   */
  async insert(
    { id, url, types, description, secret }: NewWebhook,
    max: number,
  ): Promise<WebhookState | undefined> {
    const parameters = [id, url, types, description, secret, max];
    const [created] = await this.database.write<WebhookState>(INSERT, parameters);
    return created;
  }

  /** Returns all webhooks, the oldest first. */
  list(request: LaneRequest): Promise<WebhookState[]> {
    return this.reads.query<WebhookState>(`${SELECT} order by e.id`, [], request);
  }

  async find(id: string, request: LaneRequest): Promise<WebhookState | undefined> {
    const [found] = await this.reads.query<WebhookState>(
      `${SELECT} where e.id = $1`,
      [id],
      request,
    );
    return found;
  }

  /**
   * Changes a webhook. Enabling it again begins with the present end of the log. Returns undefined if it
   * does not exist.
   */
  update(id: string, changes: WebhookChanges): Promise<WebhookState | undefined> {
    const { url = null, types, description, enabled } = changes;
    return this.database.transaction(async (tx) => {
      if ((await lockWebhook(tx, id)) === undefined) return undefined;
      await tx.execute(UPDATE, [
        id,
        url,
        types ?? null,
        types !== undefined,
        description ?? null,
        description !== undefined,
      ]);
      if (enabled === true && (await tx.execute(ENABLE, [id])) === 1) {
        await tx.execute(START_NOW, [cursorNameOf(id)]);
      }
      if (enabled === false) await disableWebhook(tx, id, 'REQUESTED');
      return tx.queryOne<WebhookState>(`${SELECT} where e.id = $1`, [id]);
    });
  }

  /** Deletes a webhook with its deliveries. Returns whether it existed. */
  delete(id: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if ((await lockWebhook(tx, id)) === undefined) return false;
      await tx.execute('delete from event_cursor where name = $1', [cursorNameOf(id)]);
      await tx.execute('delete from webhook_endpoint where id = $1', [id]);
      return true;
    });
  }

  /** Replaces the secret. The old one signs as well for `overlapHours`. */
  async rotateSecret(
    id: string,
    secret: string,
    overlapHours: number,
  ): Promise<WebhookState | undefined> {
    const [rotated] = await this.database.write<WebhookState>(ROTATE, [id, secret, overlapHours]);
    return rotated;
  }

  /** Returns a webhook for a test event, also if it is disabled. */
  async findTarget(id: string): Promise<WebhookTarget | undefined> {
    const [target] = await this.database.query<WebhookTarget>(
      `select ${TARGET} from webhook_endpoint e where e.id = $1`,
      [id],
    );
    return target;
  }

  /** Returns the enabled webhooks and the end of the log, for the instances that deliver. */
  async readTargets(): Promise<TargetOverview> {
    const rows = await this.database.query<{ end: number } & (TargetState | { id: null })>(
      OVERVIEW,
    );
    return {
      end: rows[0]?.end ?? 0,
      targets: rows.flatMap((row) => (row.id === null ? [] : [row])),
    };
  }

  /**
   * Disables a webhook whose deliveries have only failed for this time. Returns whether it did.
   */
  disableFailing(id: string, afterMs: number): Promise<boolean> {
    return this.database.transaction(
      async (tx) => {
        const failing = await tx.query(FAILING, [id, afterMs]);
        if (failing.length === 0) return false;
        await disableWebhook(tx, id, 'FAILING');
        return true;
      },
      { isBackground: true },
    );
  }

  /** Returns the position of the last event of the log. */
  async readEnd(): Promise<number> {
    const [row] = await this.database.query<{ end: number }>(
      'select last_position::float8 as end from event_sequence',
    );
    return row?.end ?? 0;
  }
}
