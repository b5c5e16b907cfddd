import { Injectable } from '@nestjs/common';
import { Database } from '@app/postgres';

/** Orders at which a search for expired ones looks. */
const MAX_LOOK = 2_000;

const EXPIRED_BEFORE = `(now() - $1::float8 * interval '1 millisecond')`;

/**
 * The id of an order has the time at which it was placed, so the index of statuses has the oldest first. The
 * comparison of rows leaves Postgres no other index.
 */
export const SELECT_EXPIRED = `
  select id, status from (
    select id, status, updated_at from orders
     where (status, id) > ('CONFIRMED', '00000000-0000-0000-0000-000000000000'::uuid)
       and (status, id) < ('CONFIRMED', (
         select (left(time, 8) || '-' || substr(time, 9) || '-7000-8000-000000000000')::uuid
           from lpad(to_hex((extract(epoch from ${EXPIRED_BEFORE}) * 1000)::bigint), 12, '0') time))
     order by status, id limit ${MAX_LOOK}) oldest
   where updated_at <= ${EXPIRED_BEFORE}
   limit $2`;

/** All SQL that searches for expired orders. */
@Injectable()
export class OrderExpiryRepository {
  constructor(private readonly database: Database) {}

  /**
   * Returns CONFIRMED orders whose last event is older than `expiryMs`. Looks at the 2,000 oldest of those
   * that were placed before then; while all of these were confirmed or reduced later, others wait.
   */
  async find(expiryMs: number, limit: number): Promise<{ id: string; status: 'CONFIRMED' }[]> {
    return this.database.transaction(async (tx) => {
      // A bitmap would have all of these orders, which may be millions when the expiry is set for the first time.
      await tx.query('set local enable_bitmapscan = off');
      return tx.query(SELECT_EXPIRED, [expiryMs, limit]);
    });
  }
}
