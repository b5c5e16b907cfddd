import { dataSourceOptions, migrate, type Schema } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { CreateInventory1764000000000 } from '../../apps/inventory/src/database/migrations/1764000000000-create-inventory';
import { inventoryChecks } from '../../apps/cli/src/verify/inventory-checks';
import { firstDifferences, withSnapshot } from '../../apps/cli/src/verify/snapshot';
import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { givenStock } from '../harness/stock';
import { createInventoryHistory } from './inventory-history';
import { inventoryEventCorruptions } from './inventory-event-corruptions';
import { ledgerCorruptions } from './ledger-corruptions';
import { reductionCorruptions } from './reduction-corruptions';
import { reservationCorruptions } from './reservation-corruptions';
import { reservationTimeCorruptions } from './reservation-time-corruptions';
import { itFindsCorruptions } from './find-corruptions';
import { withoutConstraints } from './without-constraints';

/** A database with every kind of history, written by the service. */
let history: TestDatabase;
/** The same database without constraints and triggers. */
let unconstrained: TestDatabase;

beforeAll(async () => {
  history = await createInventoryHistory();
  unconstrained = await withoutConstraints(history);
});

afterAll(async () => {
  await history.drop();
  await unconstrained.drop();
});

it('a history of everything that can happen has no differences', async () => {
  expect(await history.differences()).toEqual([]);
  expect(await unconstrained.differences()).toEqual([]);
});

describe('finds', () => {
  itFindsCorruptions(
    () => unconstrained,
    () => inventoryChecks.checks,
    [
      ...ledgerCorruptions,
      ...reservationCorruptions,
      ...reductionCorruptions,
      ...reservationTimeCorruptions,
      ...inventoryEventCorruptions,
    ],
  );
});

describe('the snapshot', () => {
  it('contains nothing that is committed later, and is read-only', async () => {
    const database = await history.clone();
    await withSnapshot({ url: database.ownerUrl }, async (client) => {
      const count = async () =>
        (await client.query<{ count: string }>('select count(*) from stock_level')).rows;
      const before = await count();
      await givenStock(database, 'new', 5);
      expect(await count()).toEqual(before);
      await expect(client.query('delete from reservation_line')).rejects.toMatchObject({
        code: '25006',
      });
    });
    await database.drop();
  });
});

it('a migrated database of the first version has no differences', async () => {
  const database = await emptyDatabase();
  const migrateTo = (schema: Schema) => {
    const settings = { url: database.url, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 };
    return migrate(dataSourceOptions(settings, schema, () => undefined));
  };
  await migrateTo({ entities: [], migrations: [CreateInventory1764000000000] });
  await database.query(`
    insert into stock_level values ('burger', 4, 0, 2);
    insert into reservation values ('r', 'COMMITTED');
    insert into reservation_line values ('r', 'burger', 1, null, null);
    insert into stock_movement values ('burger', 1, 'ADJUSTED', 5, 0, 5, 0, null, 'seed'),
                                      ('burger', 2, 'COMMITTED', -1, 0, 4, 0, 'r', null)`);
  await migrateTo(inventorySchema);
  const differences = await withSnapshot({ url: database.url }, (client) =>
    firstDifferences(client, inventoryChecks, 100),
  );
  expect(differences).toEqual([]);
  await database.drop();
});

it('dropping a test database with a difference fails and still drops it', async () => {
  const database = await unconstrained.clone();
  await database.query(`update stock_level set shortfall = 7 where sku = 'burger'`);
  await expect(database.drop()).rejects.toThrow('shortfall: burger: expected 0, found 7');
  await expect(database.query('select 1')).rejects.toMatchObject({ code: '3D000' });
});
