import { ordersChecks } from '../../tools/verify/orders-checks';
import type { TestDatabase } from '../harness/databases';
import { startOrderLives } from './order-lives';
import { orderCorruptions } from './order-corruptions';
import { makeHistory } from './order-history';
import { timelineCorruptions } from './timeline-corruptions';
import { findsEach } from './finds-each';
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
  findsEach(() => unguarded, ordersChecks, corruptions);
});

it('a test database of Orders with a difference fails whoever drops it', async () => {
  const database = await unguarded.clone();
  await database.query(`update orders set refusals = 7 where status = 'FULFILLED'`);
  await expect(database.drop()).rejects.toThrow(/^The database has differences:\nattempts: order /);
});
