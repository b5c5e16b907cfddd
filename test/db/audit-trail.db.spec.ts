import { type AuditAttempt, AuditRepository } from '@app/access';
import { Database, openDataSource, poolOf } from '@app/postgres';
import { operatorDataSourceOptions } from '../../apps/cli/src/migrations/migrations';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { DENIED, queryAs } from './roles';

const ATTEMPT: AuditAttempt = {
  actorKind: 'apiKey',
  actor: 'warehouse',
  keyId: '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55',
  action: 'fulfillOrder',
  target: 'o-1',
  requestId: 'r-1',
  client: '127.0.0.1',
};

let database: TestDatabase;
let trail: AuditRepository;
let close: () => Promise<void>;

beforeAll(async () => {
  database = await cloneDatabase('orders');
  const source = await openDataSource(operatorDataSourceOptions(database.url, ordersSchema));
  const access = new Database(poolOf(source));
  trail = new AuditRepository(access, access);
  close = async () => {
    await access.onApplicationShutdown();
    await source.destroy();
  };
});

afterAll(async () => {
  await close();
  await database.drop();
});

const CHANGES = ['audit_entry', 'audit_outcome'].flatMap((table) => [
  [table, 'UPDATE', `update ${table} set target = 'other'`],
  [table, 'UPDATE', `update ${table} set target = 'other' where false`],
  [table, 'DELETE', `delete from ${table}`],
  [table, 'TRUNCATE', `truncate ${table} cascade`],
]);

it.each(CHANGES)('Orders must not: %s, %s: %s', async (_table, _operation, sql = '') => {
  await expect(queryAs(database.url, sql)).rejects.toMatchObject(DENIED);
});

it.each(CHANGES)(
  'the owner cannot, for a trigger refuses: %s, %s: %s',
  async (_table, operation, sql = '') => {
    await expect(database.query(sql)).rejects.toThrow(
      new RegExp(
        `^The audit trail \\(audit_(entry|outcome)\\) is only ever added to: ${operation}`,
      ),
    );
  },
);

it('Orders must not remove the trigger', async () => {
  for (const sql of [
    'drop trigger audit_entry_append_only on audit_entry',
    'alter table audit_entry disable trigger all',
    'create or replace function audit_refuse() returns trigger language sql as $$ $$',
    'drop table audit_outcome',
  ]) {
    await expect(queryAs(database.url, sql)).rejects.toMatchObject(DENIED);
  }
});

it('an entry has the outcome once it is known, and the first one stays', async () => {
  const position = await trail.insert(ATTEMPT);
  const [before] = await trail.list({ limit: 1 });
  expect(before).toMatchObject({ ...ATTEMPT, position, outcome: null, endedAt: null });
  await trail.insertOutcome(position, { outcome: 'SUCCEEDED', target: null });
  await trail.insertOutcome(position, { outcome: 'INTERNAL', target: 'other' });
  const [after] = await trail.list({ limit: 1 });
  expect(after).toMatchObject({ ...ATTEMPT, outcome: 'SUCCEEDED' });
  expect(after?.endedAt).toBeInstanceOf(Date);
});

describe('a list', () => {
  let positions: number[];

  beforeAll(async () => {
    positions = [];
    const since = { ...ATTEMPT, actor: 'ada', requestId: null };
    for (const attempt of [
      { ...since, action: 'createApiKey', target: null },
      { ...since, action: 'revokeApiKey', target: 'k-1' },
      { ...since, action: 'cancelOrder', target: 'o-2' },
    ]) {
      positions.push(await trail.insert(attempt));
    }
    await trail.insertOutcome(positions[0] ?? 0, { outcome: 'SUCCEEDED', target: 'k-1' });
  });

  const found = async (filter: Partial<Parameters<AuditRepository['list']>[0]>) =>
    (await trail.list({ limit: 10, ...filter })).map(({ position }) => position);

  it('has the latest entries first', async () => {
    expect(await found({ actor: 'ada' })).toEqual([...positions].reverse());
  });

  it('has the entries of an action, or of a target, also of one that the call created', async () => {
    expect(await found({ action: 'cancelOrder' })).toEqual([positions[2]]);
    expect(await found({ target: 'k-1' })).toEqual([positions[1], positions[0]]);
    expect(await found({ target: 'k-1', action: 'createApiKey' })).toEqual([positions[0]]);
    expect(await found({ target: 'nothing' })).toEqual([]);
  });

  it('begins before a position, and ends at a time', async () => {
    expect(await found({ actor: 'ada', before: positions[2] })).toEqual([
      positions[1],
      positions[0],
    ]);
    const [second] = await trail.list({ limit: 1, before: positions[2] });
    expect(await found({ actor: 'ada', since: second?.at })).toContain(positions[2]);
    expect(await found({ since: new Date(Date.now() + 60_000) })).toEqual([]);
  });
});
