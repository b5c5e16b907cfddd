import { CERTIFIED_ACTOR } from '@app/contracts';
import type { Check } from './check';
import { activityCte, isOverdue } from './row-checks';

/** The times of a reservation are those that the code can set. */
export const reservationTimeChecks: readonly Check[] = [
  {
    name: 'at-once',
    rule: 'A reservation that was rejected or committed immediately has not changed since, and has no expiry.',
    subject: 'reservations',
    sql: `
      with taken as (
        select distinct reservation_id as id from stock_movement
         where kind = 'COMMITTED' and reserved_delta = 0)
      select format('reservation %s, %s', r.id, r.state) as place,
             format('changed %s, expires never', r.created_at) as expected,
             format('changed %s, expires %s', r.updated_at, coalesce(r.expires_at::text, 'never'))
               as found
        from reservation r left join taken t on t.id = r.id
       where (r.state = 'REJECTED' or r.state = 'COMMITTED' and t.id is not null)
         and (r.updated_at <> r.created_at or r.expires_at is not null)
       order by r.id`,
  },
  {
    // Other changes have movements (decided-at). A minute, since the clock may have been set back.
    name: 'reservation-time',
    rule: 'No hold changed before it was created.',
    subject: 'reservations',
    sql: `
      select format('reservation %s', id) as place, format('%s or later', created_at) as expected,
             updated_at as found
        from reservation
       where state = 'HELD' and updated_at < created_at - interval '1 minute'
       order by id`,
  },
  {
    // A day, since the clock may have been set back.
    name: 'ttl',
    rule: 'A hold expires after its creation, and 30 days after its last change at the latest.',
    subject: 'reservations',
    sql: `
      select format('reservation %s, %s', id, state) as place,
             format('%s to %s', created_at, updated_at + interval '31 days') as expected,
             expires_at as found
        from reservation
       where expires_at not between created_at and updated_at + interval '31 days'
       order by id`,
  },
  {
    // The sweeper also moves the horizon, to a time in the past.
    name: 'overdue',
    rule: 'A hold expires soon after its time, while Inventory runs.',
    subject: 'reservations',
    sql: `
      with ${activityCte('reservation')},
      swept as (select max(forgotten_before) as at from tombstone_horizon)
      select format('reservation %s', id) as place,
             format('EXPIRED since about %s', expires_at) as expected,
             format('HELD at %s', greatest(activity.latest, swept.at)) as found
        from reservation cross join activity cross join swept
       where state = 'HELD' and (${isOverdue('expires_at')} or expires_at < swept.at)
       order by id`,
  },
  {
    name: 'line-count',
    rule: 'No reservation has more than 100 lines.',
    subject: 'reservations',
    sql: `
      select format('reservation %s', reservation_id) as place, 'up to 100 lines' as expected,
             count(*) as found
        from reservation_line group by reservation_id having count(*) > 100
       order by 1`,
  },
  {
    name: 'names',
    rule: 'SKUs and ids have the allowed characters and lengths, and so do the reason and the actor of an adjustment.',
    subject: 'movements',
    sql: `
      select place, 'allowed characters and lengths' as expected, found
        from (
          select 'level' as place, sku as found from stock_level
           where sku !~ '^[A-Za-z0-9._-]+$' or length(sku) > 64
          union all
          select format('line of reservation %s', reservation_id), sku from reservation_line
           where sku !~ '^[A-Za-z0-9._-]+$' or length(sku) > 64
          union all
          select 'reservation', id from reservation
           where id !~ '^[A-Za-z0-9._:-]+$' or length(id) > 64
          union all
          select format('%s, movement %s', sku, seq),
                 format('adjustment %s, reason %s, actor %s', adjustment_id, reason, actor)
            from stock_movement
           where adjustment_id !~ '^[A-Za-z0-9._:-]+$' or length(adjustment_id) > 128
              or length(reason) not between 1 and 200 or length(actor) not between 1
                 and case when actor like '${CERTIFIED_ACTOR}%' then 306 else 100 end) n
       order by place, found`,
  },
];
