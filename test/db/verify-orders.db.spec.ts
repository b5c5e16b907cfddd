import { ordersChecks } from '../../apps/cli/src/verify/orders-checks';
import type { TestDatabase } from '../support/databases';
import { startOrderLives } from '../support/order-lives';
import { orderCorruptions } from './order-corruptions';
import { makeHistory } from './order-history';
import { timelineCorruptions } from './timeline-corruptions';
import { findsEach } from './finds-each';
import { withoutGuards } from './unguarded';

const corruptions = [...orderCorruptions, ...timelineCorruptions];

/** A database with orders of every kind of history, written by the service. */
let history: TestDatabase;
/** The same database without constraints and triggers. */
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

it('orders of every kind of history have no differences', async () => {
  expect(await history.differences()).toEqual([]);
  expect(await unguarded.differences()).toEqual([]);
});

describe('finds', () => {
  findsEach(() => unguarded, ordersChecks, corruptions);
});

it('dropping a test database of Orders with a difference fails', async () => {
  const database = await unguarded.clone();
  await database.query(`update orders set refusals = 7 where status = 'FULFILLED'`);
  await expect(database.drop()).rejects.toThrow(/^The database has differences:\nattempts: order /);
});
