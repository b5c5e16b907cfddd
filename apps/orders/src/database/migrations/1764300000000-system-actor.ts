import { outsideTransaction, validateConstraint, withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const BATCH_ROWS = 5_000;

/** Replaces the CHECK without a scan under an exclusive lock. It applies to new rows at once. */
const replaceCheck = (runner: QueryRunner, actors: string): Promise<void> =>
  withShortLock(
    runner,
    `alter table order_event
       drop constraint if exists order_event_actor,
       add constraint order_event_actor check (actor in (${actors})) not valid`,
  );

const validateCheck = (runner: QueryRunner): Promise<void> =>
  validateConstraint(runner, 'order_event', 'order_event_actor');

interface Key {
  readonly orderId: string;
  readonly seq: number;
}

/** Rewrites actors in the order of the primary key, each batch in a transaction of its own. */
const rewriteActors = async (
  runner: QueryRunner,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> => {
  let after: Key | undefined = { orderId: '00000000-0000-0000-0000-000000000000', seq: 0 };
  while (after) {
    const rows: unknown = await runner.query(
      `with batch as (
         select order_id, seq from order_event where (order_id, seq) > ($1::uuid, $2::int)
          order by order_id, seq limit ${BATCH_ROWS}),
       rewritten as (
         update order_event e set actor = '${to}' from batch b
          where e.order_id = b.order_id and e.seq = b.seq and e.actor in (${from}))
       select order_id as "orderId", seq from batch b order by b.order_id desc, b.seq desc limit 1`,
      [after.orderId, after.seq],
    );
    after = (rows as Key[])[0];
  }
};

/**
 * The actor SETTLER becomes SYSTEM, and STAFF and ADMIN are reserved. The CHECK keeps SETTLER, because
 * an instance of the version before may still write it while both versions run; reads map it to SYSTEM.
 *
 * Runs outside a transaction, so that no lock is held while rows are rewritten. Each step can be
 * repeated, so a migration that was interrupted starts over.
 */
export class SystemActor1764300000000 implements MigrationInterface {
  name = 'SystemActor1764300000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await replaceCheck(runner, `'CUSTOMER', 'SYSTEM', 'STAFF', 'ADMIN', 'SETTLER'`);
    await rewriteActors(runner, { from: `'SETTLER'`, to: 'SYSTEM' });
    await validateCheck(runner);
  }

  /** Loses which requests were made by STAFF or ADMIN. */
  async down(runner: QueryRunner): Promise<void> {
    // One transaction, as TypeORM reverts, would make one of all batches.
    await outsideTransaction(runner, async () => {
      await replaceCheck(runner, `'CUSTOMER', 'SETTLER'`);
      await rewriteActors(runner, { from: `'SYSTEM'`, to: 'SETTLER' });
      await rewriteActors(runner, { from: `'STAFF', 'ADMIN'`, to: 'CUSTOMER' });
      await validateCheck(runner);
    });
  }
}
