import type { Client } from 'pg';
import { ordersChecks } from '../../tools/verify/orders-checks';
import { firstDifferences } from '../../tools/verify/snapshot';
import type { TestDatabase } from '../support/databases';
import { startOrderLives } from '../support/order-lives';
import { orderCorruptions } from './order-corruptions';
import { makeHistory } from './order-history';
import { timelineCorruptions } from './timeline-corruptions';
import { withoutGuards } from './unguarded';

const corruptions = [...orderCorruptions, ...timelineCorruptions];

/** A database with every order that there can be, by the apps' own doing. */
let history: TestDatabase;
/** The same, without what keeps Postgres from taking in what is wrong. */
let unguarded: TestDatabase;

beforeAll(async () => {
  const lives = await startOrderLives();
  await makeHistory(lives);
  await lives.disconnect();
  await lives.inventory.drop();
  history = lives.orders;
  unguarded = await withoutGuards(history);
});

afterAll(async () => {
  await history.drop();
  await unguarded.drop();
});

it('a history of everything that can become of an order has no differences', async () => {
  expect(await history.differences()).toEqual([]);
  expect(await unguarded.differences()).toEqual([]);
});

describe('finds', () => {
  let administrator: Client;

  beforeAll(async () => {
    administrator = await unguarded.connect();
  });

  afterAll(() => administrator.end());

  /** What the history comes to when somebody has done this to it. Undone at once. */
  const differencesAfter = async (sql: string): Promise<string[]> => {
    await administrator.query(`begin; set local timezone = 'UTC'`);
    try {
      await administrator.query(sql);
      return await firstDifferences(administrator, ordersChecks, 100);
    } finally {
      await administrator.query('rollback');
    }
  };

  it.each(corruptions)('$what', async ({ sql, line }) => {
    expect(await differencesAfter(sql)).toContainEqual(
      typeof line === 'string' ? line : expect.stringMatching(line),
    );
  });

  it('something with each of its checks', () => {
    const tried = new Set(corruptions.map(({ line }) => nameIn(line)));
    expect(ordersChecks.checks.map(({ name }) => name)).toEqual([...tried]);
  });
});

const nameIn = (line: string | RegExp): string | undefined =>
  /[a-z-]+/.exec(typeof line === 'string' ? line : line.source)?.[0];

it('a test database of Orders with a difference fails whoever drops it', async () => {
  const database = await unguarded.clone();
  await database.query(`update orders set refusals = 7 where status = 'FULFILLED'`);
  await expect(database.drop()).rejects.toThrow(/^The database has differences:\nattempts: order /);
});
