import { setTimeout as sleep } from 'node:timers/promises';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { asRole, INVENTORY_ROLE } from '../../tools/launch-settings';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import {
  awaitBlockedTransaction,
  DENIED,
  dropAll,
  grantsOf,
  migrateFor,
  MOVEMENT,
  newName,
  queryAs,
  sortedPrivileges,
} from './roles';

describe('the role of Inventory', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await cloneDatabase('inventory');
    await database.query(`insert into reservation (id, state) values ('r', 'RELEASED')`);
  });

  afterAll(() => database.drop());

  it('inserts into the ledger and reads it', async () => {
    await queryAs(database.url, MOVEMENT);
    expect(await queryAs(database.url, 'select sku from stock_movement')).toEqual([{ sku: 'new' }]);
  });

  it.each([
    'update stock_movement set reason = null',
    'delete from stock_movement',
    'truncate stock_movement',
    'alter table stock_movement disable trigger all',
    'alter table stock_movement add column extra text',
    'drop trigger stock_movement_append_only on stock_movement',
    'drop table stock_movement',
    'create or replace function stock_movement_refuse() returns trigger language sql as $$ $$',
  ])('must not: %s', async (sql) => {
    await expect(queryAs(database.url, sql)).rejects.toMatchObject(DENIED);
  });

  it.each([
    'delete from stock_level',
    'delete from tombstone_horizon',
    'update reduced_line set quantity = 1',
    'delete from reduced_line',
    'delete from migration',
    `create role ${INVENTORY_ROLE}_2`,
  ])('must not, since it never needs to: %s', async (sql) => {
    await expect(queryAs(database.url, sql)).rejects.toMatchObject(DENIED);
  });

  it('has exactly the privileges that the schema lists, for every table', async () => {
    const tables = await database.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    const listed = Object.keys(inventorySchema.privileges);
    const faults = [
      ...tables
        .filter(({ name }) => !listed.includes(name))
        .map(
          ({ name }) =>
            `${name} has no privileges: list in inventory.schema.ts what Inventory does with it, ` +
            'and nothing else.',
        ),
      ...listed
        .filter((table) => !tables.some(({ name }) => name === table))
        .map((table) => `There is no table ${table}: delete its line from inventory.schema.ts.`),
    ];
    expect(faults).toEqual([]);
    expect(await grantsOf(database, INVENTORY_ROLE)).toEqual(
      sortedPrivileges(inventorySchema.privileges),
    );
  });

  it('has them independently of the privileges of PUBLIC', async () => {
    const other = await cloneDatabase('inventory');
    const name = new URL(other.ownerUrl).pathname.slice(1);
    await other.query(`revoke connect on database ${name} from public`);
    await other.query('revoke usage on schema public from public');
    await migrateFor(other.url, other);
    expect(await queryAs(other.url, 'select from stock_movement')).toEqual([]);
    await other.drop();
  });

  it('loses privileges that a later schema no longer lists', async () => {
    const role = newName('app');
    const url = asRole(database.ownerUrl, role);
    await migrateFor(url, database, { stock_level: ['select', 'delete'], migration: ['select'] });
    await database.query(`grant update (reason) on stock_movement to ${role}`);
    await migrateFor(url, database, { stock_level: ['insert'] });
    expect(await grantsOf(database, role)).toEqual({ stock_level: ['insert'] });
    await expect(queryAs(url, 'update stock_movement set reason = reason')).rejects.toMatchObject(
      DENIED,
    );
    await database.query(`drop owned by ${role}`);
    await dropAll([], role);
  });
});

describe('a grant', () => {
  it('of a newer version is kept', async () => {
    const database = await cloneDatabase('inventory');
    await database.query(`insert into migration (timestamp, name) values (1, 'OfALaterRelease1')`);
    await database.query(`grant delete on stock_level to ${INVENTORY_ROLE}`);
    await migrateFor(database.url, database);
    expect(await grantsOf(database, INVENTORY_ROLE)).toMatchObject({
      stock_level: expect.arrayContaining(['delete']) as string[],
    });
    await database.drop();
  });

  it('is retried when another session changes the same grants concurrently', async () => {
    const database = await cloneDatabase('inventory');
    // Without a difference there is nothing to grant.
    await database.query(`revoke update on stock_level from ${INVENTORY_ROLE}`);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(`grant delete on stock_level to ${INVENTORY_ROLE}`);
    const migrated = migrateFor(database.url, database);
    await awaitBlockedTransaction(database);
    // Longer than one wait for a lock.
    await sleep(700);
    await rival.query('commit');
    await migrated;
    expect(await grantsOf(database, INVENTORY_ROLE)).toEqual(
      sortedPrivileges(inventorySchema.privileges),
    );
    await database.drop();
  });
});

describe('the owner of the ledger', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await cloneDatabase('inventory');
  });

  afterAll(() => database.drop());

  it.each([
    ['UPDATE', 'update stock_movement set reason = null'],
    ['DELETE', 'delete from stock_movement'],
    ['TRUNCATE', 'truncate stock_movement'],
  ])('cannot %s it: a trigger refuses', async (operation, sql) => {
    await expect(database.query(sql)).rejects.toThrow(
      `The ledger (stock_movement) is only ever added to: ${operation} is refused.`,
    );
  });

  it('can insert into it', async () => {
    await database.query(MOVEMENT);
    expect(await database.query('select sku from stock_movement')).toEqual([{ sku: 'new' }]);
  });
});
