import type { Check } from './check';

/** What an error's reason cannot be: an outcome that decides, or why an order was cancelled. */
const NO_ERRORS = `('HELD', 'REJECTED', 'COMMITTED', 'RELEASED', 'EXPIRED', 'RESERVATION_MISMATCH',
                    'RESERVATION_ID_TOO_OLD', 'RESERVATION_NOT_FOUND', 'INSUFFICIENT_STOCK',
                    'REQUESTED', 'ACCEPT_BY_PASSED', 'RESERVATION_RELEASED')`;

/** Reasons are written like constants. */
const IS_REASON = `coalesce(reason, '') ~ '^[A-Z][A-Z0-9_]*$'`;

/** Outcomes that decide an order of each status, so that they are no refusals. */
const DECIDES = `
  case status
    when 'PENDING' then reason in ('HELD', 'COMMITTED', 'REJECTED', 'RELEASED', 'EXPIRED',
                                   'RESERVATION_MISMATCH', 'RESERVATION_ID_TOO_OLD')
    when 'REDUCING' then reason in ('HELD', 'COMMITTED', 'REJECTED', 'RELEASED', 'EXPIRED')
    else reason in ('COMMITTED', 'REJECTED', 'RELEASED', 'EXPIRED')
  end`;

/** Only the first event of an order of the first version has no status before it. It was PENDING. */
const EVENTS = `
  (select *, coalesce(lag(status) over (partition by order_id order by seq), 'PENDING')
               as status_before from order_event) e`;

export const reasonCheck: Check = {
  name: 'reason',
  rule: 'Each event has a reason that it can have after the status before it.',
  subject: 'events',
  sql: `
    select format('order %s, event %s, %s after %s', order_id, seq, event, status_before) as place,
           case
             when event = 'CONFIRMED' and status_before = 'REDUCING' then 'HELD'
             when event = 'CONFIRMED' then 'HELD or COMMITTED'
             when event = 'FULFILLED' then 'COMMITTED'
             when event = 'CANCELLED' and status_before = 'CANCELLING'
               then 'REQUESTED, ACCEPT_BY_PASSED or EXPIRED'
             when event = 'CANCELLED'
               then 'INSUFFICIENT_STOCK, RESERVATION_RELEASED or RESERVATION_MISMATCH'
             when event in ('NO_ANSWER', 'REFUSED', 'PARKED') then 'an error that decides nothing'
             else 'none'
           end as expected,
           coalesce(reason, 'none') as found
      from ${EVENTS}
     where not case
             when event = 'CONFIRMED'
               then coalesce(reason, '') = 'HELD'
                    or coalesce(reason, '') = 'COMMITTED' and status_before <> 'REDUCING'
             when event = 'FULFILLED' then coalesce(reason, '') = 'COMMITTED'
             when event = 'CANCELLED' then coalesce(reason, '') = any (case status_before
               when 'CANCELLING' then array['REQUESTED', 'ACCEPT_BY_PASSED', 'EXPIRED']
               when 'REDUCING' then array['INSUFFICIENT_STOCK', 'RESERVATION_RELEASED']
               when 'FULFILLING' then array['INSUFFICIENT_STOCK', 'RESERVATION_RELEASED']
               else array['INSUFFICIENT_STOCK', 'RESERVATION_RELEASED', 'RESERVATION_MISMATCH'] end)
             when event = 'NO_ANSWER' then ${IS_REASON} and reason not in ${NO_ERRORS}
             when event in ('REFUSED', 'PARKED') then ${IS_REASON} and not ${DECIDES}
             when event in ('PLACED', 'REDUCING', 'FULFILLING', 'RETRIED') then reason is null
             else true
           end
     order by order_id, seq`,
};
