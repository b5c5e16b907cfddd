import { ageOrders } from '../../../../test/db/aged-orders';
import { times } from '../../../../test/harness/wait';
import type { Order } from './order';
import { SKIPPED } from './reply';

import { FOR_ANY_CUSTOMER } from './requester';
import {
  HELD,
  NO_RESPONSE,
  REJECTED,
  REPLIES,
  inventory,
  database,
  here,
  there,
  DEADLINE,
  place,
  stored,
  eventsOf,
  useOrderServices,
} from '../../../../test/db/order-service-fixture';

useOrderServices();

describe('the reconciler', () => {
  const dueAtOnce = () => Object.assign(here.options, { graceMs: -1 });
  const reconcile = (at = here) => at.reconciliation.reconcile();

  it('finishes orders of every unfinished status', async () => {
    const held = [await place(), await place()];
    dueAtOnce();
    inventory.behavior = () => SKIPPED;
    const { id: pending } = await place();
    const [{ id: cancelling }, { id: fulfilling }] = held as [Order, Order];
    await here.service.cancel(cancelling, DEADLINE, FOR_ANY_CUSTOMER);
    await here.service.fulfill(fulfilling, DEADLINE, FOR_ANY_CUSTOMER);
    inventory.behavior = (call) => REPLIES[call];
    await reconcile();
    const statuses = await Promise.all([pending, cancelling, fulfilling].map(stored));
    expect(statuses.map(({ status }) => status)).toEqual(['CONFIRMED', 'CANCELLED', 'FULFILLED']);
  });

  it('is at rest after 20 s without work, until a request leaves an order unfinished', async () => {
    await reconcile();
    const later = performance.now() + 20_001;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => later);
    try {
      const woken = jest.fn();
      here.reconciliation.onUnfinished(woken);
      expect(here.reconciliation.isAtRest).toBe(true);
      await place();
      expect(woken).not.toHaveBeenCalled();
      inventory.behavior = () => NO_RESPONSE;
      await place();
      await place();
      expect(woken).toHaveBeenCalledTimes(1);
      expect(here.reconciliation.isAtRest).toBe(false);
    } finally {
      clock.mockRestore();
    }
  });

  it('is not at rest while Inventory is unavailable', async () => {
    const later = performance.now() + 20_001;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => later);
    try {
      inventory.canCall = false;
      await reconcile();
      expect(here.reconciliation.isAtRest).toBe(false);
    } finally {
      clock.mockRestore();
    }
  });

  it('claims nothing while Inventory is unavailable', async () => {
    dueAtOnce();
    inventory.behavior = () => SKIPPED;
    await place();
    inventory.calls.length = 0;
    inventory.canCall = false;
    expect(await reconcile()).toBe(false);
    expect(inventory.calls).toEqual([]);
  });

  it('cancels an order whose accept-by time has passed, by a release', async () => {
    inventory.behavior = () => NO_RESPONSE;
    const { id } = await place();
    await ageOrders(database, '2 minutes');
    inventory.canCall = false;
    await reconcile();
    expect(await stored(id)).toMatchObject({
      status: 'CANCELLING',
      cancelReason: 'ACCEPT_BY_PASSED',
    });
    inventory.canCall = true;
    inventory.behavior = (call) => REPLIES[call];
    await here.service.retry(id, DEADLINE, FOR_ANY_CUSTOMER);
    expect(await stored(id)).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'ACCEPT_BY_PASSED',
    });
    expect(inventory.calls.at(-1)).toBe(`release ${id}`);
  });

  it('pauses if a whole batch is overdue and no write succeeds', async () => {
    inventory.behavior = () => SKIPPED;
    inventory.canCall = false;
    await Promise.all(times(256, () => place()));
    await ageOrders(database, '2 minutes');
    await database.query(`alter table order_event rename to order_event_renamed`);
    const hasMore = await reconcile().finally(() =>
      database.query(`alter table order_event_renamed rename to order_event`),
    );
    expect(hasMore).toBe(false);
    expect(await reconcile()).toBe(true);
  });

  it('parks an order after too many rejections, until it is retried', async () => {
    dueAtOnce();
    inventory.behavior = () => REJECTED;
    const { id } = await place();
    expect((await stored(id)).parkedAt).toBeNull();
    await database.query(`update orders set next_attempt_at = now() where id = $1`, [id]);
    await reconcile();
    expect((await stored(id)).parkedAt).toBeInstanceOf(Date);
    inventory.calls.length = 0;
    await reconcile();
    expect(inventory.calls).toEqual([]);
    inventory.behavior = (call) => REPLIES[call];
    expect(await here.service.retry(id, DEADLINE, FOR_ANY_CUSTOMER)).toMatchObject({
      status: 'CONFIRMED',
    });
    expect(await eventsOf(id)).toEqual(['PLACED', 'REFUSED', 'PARKED', 'RETRIED', 'CONFIRMED']);
  });

  it('of two instances advances each order once', async () => {
    dueAtOnce();
    inventory.behavior = () => SKIPPED;
    const placed = await Promise.all(times(30, () => place()));
    inventory.calls.length = 0;
    inventory.behavior = (call) => REPLIES[call];
    await Promise.all([reconcile(here), reconcile(there), reconcile(here), reconcile(there)]);
    expect([...inventory.calls].sort()).toEqual(placed.map(({ id }) => `create ${id}`).sort());
  });

  it('drops the reply for an order that has moved meanwhile, and advances the others', async () => {
    dueAtOnce();
    inventory.behavior = () => SKIPPED;
    const [moved, other] = [await place(), await place()];
    // A cancel on the other instance comes first for one of the orders.
    inventory.behavior = (call, { id }) =>
      call === 'create' && id === moved.id
        ? there.service.cancel(id, DEADLINE, FOR_ANY_CUSTOMER).then(() => HELD)
        : REPLIES[call];
    await reconcile();
    expect(await stored(moved.id)).toMatchObject({ status: 'CANCELLED' });
    expect(await stored(other.id)).toMatchObject({ status: 'CONFIRMED' });
  });
});
