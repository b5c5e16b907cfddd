import { randomUUID } from 'node:crypto';
import { inventoryChecks } from '../../apps/cli/src/verify/inventory-checks';
import { schemaChecks } from '../../apps/cli/src/verify/schema/schema-checks';
import { asRole } from '../../tools/launch-settings';
import { findFreePort } from '../../tools/ports';
import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { verify } from '../harness/verify-cli';
import { createInventoryHistory } from './inventory-history';

jest.setTimeout(120_000);

let history: TestDatabase;

beforeAll(async () => {
  history = await createInventoryHistory();
});

afterAll(() => history.drop());

describe('npm run verify', () => {
  it('prints every rule and the totals, ends with PASS, and exits with 0', async () => {
    const { code, output } = await verify({ inventory: history.url }, '--inventory');
    expect(output.split('\n').filter((line) => line.startsWith('ok '))).toHaveLength(
      inventoryChecks.checks.length + schemaChecks(inventoryChecks.schema, 0).length,
    );
    expect(output).toContain('without a gap. (35 movements)');
    expect(output).toMatch(
      /\n5 SKUs, 35 movements, 14 reservations, 14 lines, 1 thresholds, 0 log, 0 cursors; \d\.\d s\n/,
    );
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
    expect(refused?.trimEnd()).toMatch(
      /\nFAIL: the data could not be verified, for the reason above\.$/,
    );
    expect(refused).toContain('Start it (in a checkout: npm start or npm run db)');
    expect(refused).not.toContain('secret');
    expect(without).toContain('npm run db:migrate -- inventory');
    expect(malformed).toContain('INVENTORY_DATABASE_URL must be a URL');
  });
});
