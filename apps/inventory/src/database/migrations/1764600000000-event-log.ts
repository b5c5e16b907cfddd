import { CREATE_EVENT_LOG, DROP_EVENT_LOG, publishInserts, START_EVENT_LOG } from '@app/events';
import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const PUBLISH_REJECTIONS = publishInserts({
  table: 'reservation',
  ref: `'reservation/' || id || '/REJECTED'`,
  orderBy: 'id',
  where: `state = 'REJECTED'`,
});

/** A reduction, or the units that were left of a reduced hold. The row has the number of reductions. */
const REDUCED_REF = `
  concat_ws('/', 'reservation', r.id, case r.state when 'RELEASED' then 'RELEASED' else 'REDUCED' end,
            r.reductions, (extract(epoch from m.occurred_at) * 1000000)::bigint, m.items)`;

/**
 * One event for the movements of a reservation that one statement adds, by kind: a hold, then what was
 * returned of it, then its end. Instances of every version write the row of the reservation first.
 */
const MOVEMENT_REFS = `
  select 'reservation/' || reservation_id || '/' || kind as ref, reservation_id as key,
         case kind when 'HELD' then 0 else 2 end as step
    from added where kind in ('HELD', 'COMMITTED', 'EXPIRED') group by reservation_id, kind
  union all
  select case when r.reductions > 0 then ${REDUCED_REF}
              else 'reservation/' || m.reservation_id || '/RELEASED' end, m.reservation_id, 1
    from (select reservation_id, max(occurred_at) as occurred_at,
                 string_agg(sku || '=' || units, ',' order by sku) as items
            from (select reservation_id, sku, max(occurred_at) as occurred_at,
                         -sum(reserved_delta) as units
                    from added where kind = 'RELEASED' group by reservation_id, sku) line
           group by reservation_id) m
    left join reservation r on r.id = m.reservation_id
  union all
  select 'movement/' || sku || '/' || seq, sku, seq from added where kind = 'ADJUSTED'`;

const PUBLISH_MOVEMENTS = [
  `create or replace function stock_movement_publish() returns trigger language plpgsql as $$
   begin
     insert into event_outbox (refs)
     select array_agg(ref order by key, step) from (${MOVEMENT_REFS}) refs having count(*) > 0;
     return null;
   end $$`,
  'drop trigger if exists stock_movement_publish on stock_movement',
  `create trigger stock_movement_publish after insert on stock_movement
     referencing new table as added for each statement execute function stock_movement_publish()`,
];

/**
 * At the commit, since only then a tombstone can be told from a hold that was released in the transaction
 * that created it. That one has lines.
 */
const PUBLISH_TOMBSTONES = [
  `create or replace function reservation_publish_tombstone() returns trigger language plpgsql as $$
   begin
     insert into event_outbox (refs)
     select array['reservation/' || new.id || '/TOMBSTONE/'
                  || (extract(epoch from new.created_at) * 1000000)::bigint]
      where not exists (select from reservation_line l where l.reservation_id = new.id);
     return null;
   end $$`,
  'drop trigger if exists reservation_publish_tombstone on reservation',
  `create constraint trigger reservation_publish_tombstone after insert on reservation
     deferrable initially deferred for each row when (new.state = 'RELEASED')
     execute function reservation_publish_tombstone()`,
];

/**
 * The event log (ADR 18). Triggers write the outbox, so instances of the version before publish events as
 * well. Events that exist already are not in the log.
 */
export class EventLog1764600000000 implements MigrationInterface {
  name = 'EventLog1764600000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, ...CREATE_EVENT_LOG);
    await withShortLock(
      runner,
      ...PUBLISH_REJECTIONS,
      ...PUBLISH_TOMBSTONES,
      ...PUBLISH_MOVEMENTS,
      START_EVENT_LOG,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      'drop trigger reservation_publish on reservation',
      'drop function reservation_publish',
      'drop trigger reservation_publish_tombstone on reservation',
      'drop function reservation_publish_tombstone',
      'drop trigger stock_movement_publish on stock_movement',
      'drop function stock_movement_publish',
      ...DROP_EVENT_LOG,
    );
  }
}
