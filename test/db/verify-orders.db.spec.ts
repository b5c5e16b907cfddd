import { ordersChecks } from '../../apps/cli/src/verify/orders-checks';
import type { TestDatabase } from '../harness/databases';
import { startOrderFlow } from './order-flow';
import { orderCorruptions } from './order-corruptions';
import { eventLogCorruptions } from './event-log-corruptions';
import { orderEventCorruptions } from './order-event-corruptions';
import { orderReductionCorruptions } from './order-reduction-corruptions';
import { orderTimeCorruptions } from './order-time-corruptions';
import { createHistory, IDS } from './order-history';
import { timelineCorruptions } from './timeline-corruptions';
import { itFindsCorruptions } from './find-corruptions';
import { withoutConstraints } from './without-constraints';

const WEBHOOK = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';

const corruptions = [
  ...orderCorruptions,
  ...orderReductionCorruptions,
  ...timelineCorruptions,
  ...orderEventCorruptions,
  ...orderTimeCorruptions,
  ...eventLogCorruptions(`order/${IDS.confirmed}/1`),
  {
    what: 'a webhook that was disabled without an event',
    sql: `insert into webhook_endpoint (id, url, secret, disabled_at, disabled_reason)
          values ('${WEBHOOK}', 'https://shop.example', 'whsec_', now(), 'FAILING')`,
    line: `event-log-once: webhook ${WEBHOOK}, disabled: expected 1 event, found 0 events`,
  },
];

/** A database with orders of every kind of history, written by the service. */
let history: TestDatabase;
/** The same database without constraints and triggers. */
let unconstrained: TestDatabase;

beforeAll(async () => {
  const flow = await startOrderFlow();
  await createHistory(flow);
  await flow.disconnect();
  await flow.inventory.drop();
  history = flow.orders;
  unconstrained = await withoutConstraints(history);
});

afterAll(async () => {
  await history.drop();
  await unconstrained.drop();
});

it('orders of every kind of history have no differences', async () => {
  expect(await history.differences()).toEqual([]);
  expect(await unconstrained.differences()).toEqual([]);
});

describe('finds', () => {
  itFindsCorruptions(
    () => unconstrained,
    () => ordersChecks.checks,
    corruptions,
  );
});

it('dropping a test database of Orders with a difference fails', async () => {
  const database = await unconstrained.clone();
  await database.query(`update orders set refusals = 7 where status = 'FULFILLED'`);
  await expect(database.drop()).rejects.toThrow(/^The database has differences:\nattempts: order /);
});
