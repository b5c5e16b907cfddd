import { randomUUID } from 'node:crypto';
import { asRole } from '../../tools/launch-settings';
import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { connectInventory } from '../harness/inventory-client';
import { newInventory } from '../harness/services';

const SEED = { INVENTORY_SEED_STOCK: 'burger=5' };

let database: TestDatabase;

beforeEach(async () => {
  database = await emptyDatabase();
});

afterEach(() => database.drop());

const burgersAt = async (address: string): Promise<object> => {
  const calls = connectInventory(address);
  try {
    await calls.reserveStock({ sku: 'burger', quantity: 1, reservationId: '' });
    const { levels } = await calls.getStock({ skus: ['burger'] });
    return levels;
  } finally {
    calls.close();
  }
};

/** Returns the roles that the service is connected as. */
const users = async (): Promise<string[]> => {
  const rows = await database.query<{ name: string }>(
    `select distinct usename::text as name from pg_stat_activity
      where datname = current_database() and application_name = 'quickbite-inventory'`,
  );
  return rows.map(({ name }) => name);
};

const ownerOfLedger = async (): Promise<object[]> =>
  database.query(
    `select tableowner::text as name from pg_tables where tablename = 'stock_movement'`,
  );

it('Inventory migrates an empty database as the owner, then seeds it and works as its own role', async () => {
  const role = `app_${randomUUID().replaceAll('-', '')}`;
  const { ownerUrl } = database;
  const inventory = await newInventory({ url: asRole(ownerUrl, role), ownerUrl }, SEED);
  try {
    await inventory.start();
    expect(await burgersAt(inventory.address)).toMatchObject([{ onHand: 4 }]);
    expect(await users()).toEqual([role]);
    expect(await ownerOfLedger()).toEqual([{ name: new URL(ownerUrl).username }]);
  } finally {
    await inventory.stop();
    await database.query(`drop owned by ${role}`);
    await database.query(`drop role ${role}`);
  }
});

it('Inventory migrates, seeds and works as one role if only that is set', async () => {
  const { ownerUrl: url } = database;
  const inventory = await newInventory({ url, ownerUrl: '' }, SEED);
  try {
    await inventory.start();
    expect(await burgersAt(inventory.address)).toMatchObject([{ onHand: 4 }]);
    expect(await users()).toEqual([new URL(url).username]);
  } finally {
    await inventory.stop();
  }
});
