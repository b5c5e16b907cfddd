import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { dataSourceOptions, migrate, type Schema } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { CreateInventory1764000000000 } from '../../apps/inventory/src/database/migrations/1764000000000-create-inventory';
import { asRole } from '../../tools/launch-settings';
import { findFreePort } from '../../tools/ports';
import { inventoryChecks } from '../../apps/cli/src/verify/inventory-checks';
import { schemaChecks } from '../../apps/cli/src/verify/schema/schema-checks';
import { firstDifferences, withSnapshot } from '../../apps/cli/src/verify/snapshot';
import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { givenStock } from '../harness/stock';
import { type InventoryInstance, one, startInProcessInventories } from './in-process-inventories';
import { verify } from '../harness/verify-cli';
import { eventually, times } from '../harness/wait';
import { ledgerCorruptions } from './ledger-corruptions';
import { reservationCorruptions } from './reservation-corruptions';
import { reservationTimeCorruptions } from './reservation-time-corruptions';
import { itFindsCorruptions } from './find-corruptions';
import { withoutConstraints } from './without-constraints';

const HOUR_MS = 3_600_000;
const MONTH_MS = 720 * HOUR_MS;

/** A database with every kind of history, written by the service. */
let history: TestDatabase;
/** The same database without constraints and triggers. */
let unconstrained: TestDatabase;

/** `corruptions` counts on what is here: on each movement's number and on each reservation's id. */
const createHistory = async ({
  stock,
  reservations,
  adjustments,
  decisions,
}: InventoryInstance) => {
  const adjustment = { reason: 'count', actor: 'test', expectedOnHand: null };
  await stock.seed([
    { sku: 'burger', onHand: 100 },
    { sku: 'pizza', onHand: 10 },
  ]);
  const delivery = { ...adjustment, id: 'delivery', sku: 'cola', allowShortfall: false };
  await adjustments.adjust({ ...delivery, change: { delta: 5 } });
  await reservations.create('held', [...one('burger', 2), ...one('pizza')], HOUR_MS);
  await reservations.create('extended', one('burger'), HOUR_MS);
  await reservations.extend('extended', null);
  await reservations.create('committed', one('burger', 4), HOUR_MS);
  await reservations.commit('committed');
  await reservations.take({ sku: 'burger', quantity: 3 }, 'taken');
  await reservations.create('released', one('burger'));
  await reservations.release('released');
  await reservations.create('expired', one('cola'), 1);
  await eventually('it expires', async () => {
    const { state } = await reservations.get('expired');
    return state === 'EXPIRED';
  });
  await reservations.create('rejected', [...one('pizza', 99), ...one('salad')]);
  await reservations.release('tombstone');
  await reservations.release(uuidv7());
  await decisions.pruneTombstones(MONTH_MS);
  await reservations.create('short', one('pizza', 5));
  const loss = { ...adjustment, id: 'loss', sku: 'pizza', allowShortfall: true };
  await adjustments.adjust({ ...loss, change: { setOnHand: 3 } });
};

beforeAll(async () => {
  const pair = await startInProcessInventories();
  await createHistory(pair.here);
  await pair.disconnect();
  history = pair.database;
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
    [...ledgerCorruptions, ...reservationCorruptions, ...reservationTimeCorruptions],
  );
});

describe('the command', () => {
  it('prints every rule and the totals, ends with PASS, and exits with 0', async () => {
    const { code, output } = await verify({ inventory: history.url }, '--inventory');
    expect(output.split('\n').filter((line) => line.startsWith('ok '))).toHaveLength(
      inventoryChecks.checks.length + schemaChecks(inventoryChecks.schema, 0).length,
    );
    expect(output).toContain('without a gap. (15 movements)');
    expect(output).toMatch(/\n3 SKUs, 15 movements, 10 reservations, 10 lines; \d\.\d s\n/);
    expect(output).toMatch(/\nPASS: no differences\.\n$/);
    expect(code).toBe(0);
  });

  it('prints every difference, ends with FAIL, and exits with 1', async () => {
    const database = await history.clone();
    await database.query(
      `insert into stock_level (sku, on_hand, reserved, last_seq)
       select format('lost-%s', n), 1, 0, 0 from generate_series(1, 2500) n`,
    );
    const { code, output } = await verify({ inventory: database.url }, '--inventory');
    await database.drop('broken');
    for (const name of ['level', 'replay']) {
      const lines = output.split('\n').filter((line) => line.startsWith(`    ${name}: lost-`));
      expect(new Set(lines).size).toBe(2_500);
    }
    expect(output).toContain('    replay: lost-1: expected 0 on hand, 0 reserved, found 1 on hand');
    expect(output).toMatch(/\nFAIL: 5,000 differences \(level 2,500, replay 2,500\)\.\n$/);
    expect(code).toBe(1);
  });

  it('needs only the privilege to read', async () => {
    const role = `reader_${randomUUID().replaceAll('-', '')}`;
    const database = await history.clone();
    const url = asRole(database.ownerUrl, role);
    await database.query(`create role ${role} login password '${new URL(url).password}'`);
    const denied = await verify({ inventory: url }, '--inventory');
    await database.query(`grant select on all tables in schema public to ${role}`);
    const allowed = await verify({ inventory: url }, '--inventory');
    await database.query(`drop owned by ${role}; drop role ${role}`);
    await database.drop();
    expect(denied).toMatchObject({ code: 2 });
    expect(denied.errors).toContain('Grant this role SELECT on all tables.');
    expect(allowed).toMatchObject({ code: 0 });
  });

  it('prints its help after wrong usage, and exits with 2', async () => {
    for (const args of [['inventory'], ['--everything'], ['--inventory', '--at-rest']]) {
      const { code, errors } = await verify({ inventory: history.url }, ...args);
      expect(errors).toContain('Usage: npm run verify');
      expect(code).toBe(2);
    }
  });

  it('states why a database cannot be verified, and exits with 2', async () => {
    const unreachable = `postgres://me:secret@127.0.0.1:${await findFreePort()}/inventory`;
    const empty = await emptyDatabase();
    const answers = await Promise.all(
      [unreachable, empty.url, 'x'].map((url) => verify({ inventory: url }, '--inventory')),
    );
    await empty.drop();
    expect(answers.map(({ code }) => code)).toEqual([2, 2, 2]);
    const [refused, without, malformed] = answers.map(({ errors }) => errors);
    expect(refused).toContain('could not be verified: connect ECONNREFUSED');
    expect(refused).toContain('Start it (in a checkout: npm start or npm run db)');
    expect(refused).not.toContain('secret');
    expect(without).toContain('npm run db:migrate -- inventory');
    expect(malformed).toContain('INVENTORY_DATABASE_URL must be a URL');
  });
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

  it('has no differences while two instances write', async () => {
    const pair = await startInProcessInventories();
    const { database } = pair;
    await givenStock(database, 'a', 1_000_000);
    await givenStock(database, 'b', 1_000_000);
    let verifying = true;
    let decided = 0;
    const work = async ({ reservations }: InventoryInstance, worker: number) => {
      for (let round = 0; verifying; round += 1) {
        const id = `${worker}-${round}`;
        await reservations.create(id, [...one('a'), ...one('b', 2)]);
        if (round % 3 === 0) await reservations.commit(id);
        if (round % 3 === 1) await reservations.release(id);
        decided += 1;
      }
    };
    const workers = Promise.all(
      times(8, (index) => work(index % 2 ? pair.here : pair.there, index)),
    );
    const found: string[] = [];
    let meanwhile = 0;
    try {
      while (meanwhile < 20) {
        const before = decided;
        found.push(...(await database.differences()));
        if (decided > before) meanwhile += 1;
      }
    } finally {
      verifying = false;
      await workers;
      await pair.close();
    }
    expect(found).toEqual([]);
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
