import { awaitBlockedSession } from '../../../../test/db/in-process-inventories';
import { makeOrderEarlier } from '../../../../test/harness/order-times';
import { times } from '../../../../test/harness/wait';
import { FOR_ANY_CUSTOMER } from './requester';
import {
  database,
  DEADLINE,
  eventsOf,
  here,
  inventory,
  NO_RESPONSE,
  place,
  REJECTED,
  stored,
  there,
  useOrderServices,
} from '../../../../test/db/order-service-fixture';

useOrderServices();

const pending = async (idempotencyKey: string | null = null): Promise<string> => {
  inventory.behavior = () => NO_RESPONSE;
  const { id } = await place({ idempotencyKey });
  return id;
};

const count = (events: readonly string[], wanted: string): number =>
  events.filter((event) => event === wanted).length;

describe('retries of an order', () => {
  it('are limited to one in 5 s, whichever instance they reach', async () => {
    const id = await pending();
    const results = await Promise.allSettled(
      times(20, (nth) => (nth % 2 ? here : there).service.retry(id, DEADLINE, FOR_ANY_CUSTOMER)),
    );
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result] : []));
    expect(refused).toHaveLength(19);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ reason: 'RETRIED_RECENTLY', metadata: { orderId: id } });
      const { retryAfterMs } = reason as { retryAfterMs: number };
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(5_000);
    }
    expect(count(await eventsOf(id), 'RETRIED')).toBe(1);
  });

  it('see a retry that another transaction is just writing', async () => {
    const id = await pending();
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(
      'update orders set last_seq = last_seq + 1, updated_at = now() where id = $1',
      [id],
    );
    await rival.query(
      `insert into order_event (order_id, seq, event, status, actor)
       select id, last_seq, 'RETRIED', status, 'CUSTOMER' from orders where id = $1`,
      [id],
    );
    const retried = here.service
      .retry(id, DEADLINE, FOR_ANY_CUSTOMER)
      .catch((error: unknown) => error);
    await awaitBlockedSession(database);
    await rival.query('update orders set attempts = 0 where id = $1', [id]);
    await rival.query('commit');
    expect(await retried).toMatchObject({ reason: 'RETRIED_RECENTLY' });
  });

  it('are possible again after 5 s, and for other orders at once', async () => {
    const [id, other] = [await pending(), await pending()];
    await here.service.retry(id, DEADLINE, FOR_ANY_CUSTOMER);
    await there.service.retry(other, DEADLINE, FOR_ANY_CUSTOMER);
    await makeOrderEarlier(database, id, '6 s');
    await there.service.retry(id, DEADLINE, FOR_ANY_CUSTOMER);
    expect(count(await eventsOf(id), 'RETRIED')).toBe(2);
  });

  it('do not wait for the interval after the order was parked', async () => {
    inventory.behavior = () => REJECTED;
    const { id } = await place();
    await database.query(
      `update orders set next_attempt_at = now() - interval '1 s' where id = $1`,
      [id],
    );
    await here.reconciliation.reconcile();
    expect((await stored(id)).parkedAt).not.toBeNull();
    expect((await here.service.retry(id, DEADLINE, FOR_ANY_CUSTOMER)).parkedAt).toBeNull();
  });
});

describe('requests that repeat a call without success', () => {
  it.each([
    ['a cancel', (id: string) => here.service.cancel(id, DEADLINE, FOR_ANY_CUSTOMER)],
    ['an idempotency key', (_id: string, key: string) => place({ idempotencyKey: key }, there)],
  ])('add at most one event a second to the timeline: %s', async (what, repeat) => {
    const key = `repeat-${what}`;
    const id = await pending(key);
    const startMs = performance.now();
    for (let round = 1; round <= 10; round += 1) {
      await Promise.all(times(10, () => repeat(id, key)));
    }
    const seconds = (performance.now() - startMs) / 1_000;
    // One for each of the two statuses, and then one a second.
    expect(count(await eventsOf(id), 'NO_ANSWER')).toBeLessThanOrEqual(2 + Math.ceil(seconds));
    expect((await stored(id)).status).toBe(what === 'a cancel' ? 'CANCELLING' : 'PENDING');
  });
});
