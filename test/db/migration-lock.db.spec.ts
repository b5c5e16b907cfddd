import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { dataSourceOptions, migrate } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { touchOrders, touchOrdersOptions } from '../harness/blocked-migration';
import { cloneDatabase, type TestDatabase } from '../harness/databases';

/** "quickbit" in ASCII, which all versions share. */
const LOCK = '8175549693803653492';

let database: TestDatabase;

const lockOnce = async (): Promise<Client> => {
  const holder = await database.connect();
  await holder.query(`set application_name = 'another migrator'`);
  await holder.query(`select pg_advisory_lock(${LOCK})`);
  return holder;
};

describe('on a database of Orders', () => {
  beforeEach(async () => {
    database = await cloneDatabase('orders');
  });

  afterEach(() => database.drop());

  it('a migration waits for another one without a waiting statement', async () => {
    const holder = await lockOnce();
    const migrated = touchOrders(database.ownerUrl);
    await sleep(500);
    const waiting = await database.query(
      `select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(waiting).toEqual([]);
    await holder.query(`select pg_advisory_unlock(${LOCK})`);
    expect(await migrated).toEqual(['TouchOrders1999000000000']);
  });

  it('a migration that waits for too long fails and names the session that has the lock', async () => {
    await lockOnce();
    await expect(migrate(touchOrdersOptions(database.ownerUrl), undefined, 200)).rejects.toThrow(
      /held the migration lock .* of "another migrator" \(idle, for \d+ s\)/,
    );
  });
});

describe('on a database of Inventory', () => {
  beforeEach(async () => {
    database = await cloneDatabase('inventory');
  });

  afterEach(() => database.drop());

  const migrateInventory = (): Promise<string[]> =>
    migrate(
      dataSourceOptions(
        { url: database.ownerUrl, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 },
        inventorySchema,
        () => undefined,
      ),
      { url: database.url, privileges: inventorySchema.privileges },
      200,
    );

  it('an instance with nothing to migrate or grant starts without the lock', async () => {
    await lockOnce();
    expect(await migrateInventory()).toEqual([]);
  });

  it.each([
    ['a missing privilege', 'revoke update on stock_level from "ROLE"'],
    ['an additional privilege', 'grant delete on stock_movement to "ROLE"'],
    ['an additional privilege on a column', 'grant update (reason) on stock_movement to "ROLE"'],
  ])('%s needs the lock, and is corrected', async (_what, sql) => {
    const { username: role } = new URL(database.url);
    await database.query(sql.replace('ROLE', role));
    const holder = await lockOnce();
    await expect(migrateInventory()).rejects.toThrow('held the migration lock');
    await holder.query(`select pg_advisory_unlock(${LOCK})`);
    expect(await migrateInventory()).toEqual([]);
    await lockOnce();
    expect(await migrateInventory()).toEqual([]);
  });
});
