import { randomUUID } from 'node:crypto';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { asRole } from '../../tools/launch-settings';
import { findFreePort } from '../../tools/ports';
import { cloneDatabase, emptyDatabase, type TestDatabase } from '../harness/databases';
import { connectInventory } from '../harness/inventory-client';
import { newInventory, newOrders, type OrdersProcess } from '../harness/services';

const SEED = { INVENTORY_SEED_STOCK: 'burger=5' };

let database: TestDatabase;
let role: string;

beforeEach(async () => {
  database = await emptyDatabase();
  role = `app_${randomUUID().replaceAll('-', '')}`;
});

afterEach(async () => {
  if (await exists(role)) await database.query(`drop owned by ${role}; drop role ${role}`);
  await database.drop();
});

const exists = async (name: string): Promise<boolean> =>
  (await database.query('select from pg_roles where rolname = $1', [name])).length > 0;

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

/** Returns the roles that a service is connected as. */
const users = async (of: TestDatabase, service: string): Promise<string[]> => {
  const rows = await of.query<{ name: string }>(
    `select distinct usename::text as name from pg_stat_activity
      where datname = current_database() and application_name = $1`,
    [`quickbite-${service}`],
  );
  return rows.map(({ name }) => name);
};

const ownerOf = async (table: string): Promise<object[]> =>
  database.query(`select tableowner::text as name from pg_tables where tablename = $1`, [table]);

describe('Inventory', () => {
  it('migrates an empty database as the owner, then seeds it and works as its own role', async () => {
    const { ownerUrl } = database;
    const inventory = await newInventory({ url: asRole(ownerUrl, role), ownerUrl }, SEED);
    try {
      await inventory.start();
      expect(await burgersAt(inventory.address)).toMatchObject([{ onHand: 4 }]);
      expect(await users(database, 'inventory')).toEqual([role]);
      expect(await ownerOf('stock_movement')).toEqual([{ name: new URL(ownerUrl).username }]);
    } finally {
      await inventory.stop();
    }
  });

  it('migrates, seeds and works as one role if only that is set', async () => {
    const { ownerUrl: url } = database;
    const inventory = await newInventory({ url }, SEED);
    try {
      await inventory.start();
      expect(await burgersAt(inventory.address)).toMatchObject([{ onHand: 4 }]);
      expect(await users(database, 'inventory')).toEqual([new URL(url).username]);
    } finally {
      await inventory.stop();
    }
  });
});

describe('Orders', () => {
  /** Starts Orders without an Inventory: an order is written, and stays PENDING. */
  const ordersOn = async (access: Pick<TestDatabase, 'url'> & { ownerUrl?: string }) =>
    newOrders(access, `127.0.0.1:${await findFreePort()}`);

  const placeOne = async ({ client }: OrdersProcess): Promise<number> =>
    (await client.place({ userId: 'u-1', sku: 'burger', quantity: 1 })).status;

  it('migrates an empty database as the owner, then works as its own role', async () => {
    const { ownerUrl } = database;
    const orders = await ordersOn({ url: asRole(ownerUrl, role), ownerUrl });
    try {
      await orders.start();
      expect(await placeOne(orders)).toBe(202);
      expect(await users(database, 'orders')).toEqual([role]);
      expect(await ownerOf('orders')).toEqual([{ name: new URL(ownerUrl).username }]);
    } finally {
      await orders.stop();
    }
  });

  it('migrates and works as one role if only that is set', async () => {
    const { ownerUrl: url } = database;
    const orders = await ordersOn({ url });
    try {
      await orders.start();
      expect(await placeOne(orders)).toBe(202);
      expect(await users(database, 'orders')).toEqual([new URL(url).username]);
      const granted = `select relname from pg_class
        where relnamespace = 'public'::regnamespace and relacl is not null`;
      expect(await database.query(granted)).toEqual([]);
    } finally {
      await orders.stop();
    }
  });

  it('starts without the password of the owner while nothing is to be migrated', async () => {
    const migrated = await cloneDatabase('orders');
    const orders = await ordersOn({ url: migrated.url });
    try {
      await orders.start();
      expect(await placeOne(orders)).toBe(202);
      expect(await users(migrated, 'orders')).toEqual([new URL(migrated.url).username]);
    } finally {
      await orders.stop();
      await migrated.drop();
    }
  });

  it('without the password of the owner names the remedy if a migration is pending', async () => {
    const outdated = await cloneDatabase('orders');
    const latest = ordersSchema.migrations.at(-1)?.name;
    await outdated.query('delete from migration where name = $1', [latest]);
    const orders = await ordersOn({ url: outdated.url });
    try {
      await expect(orders.start()).rejects.toThrow('db migrate');
      expect(orders.logs).toContain(new URL(outdated.url).username);
      expect(orders.logs).not.toContain(new URL(outdated.url).password);
    } finally {
      await outdated.drop();
    }
  });
});
