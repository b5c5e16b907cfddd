import type { Order } from './order';
import { FOR_ANY_CUSTOMER, type Requester } from './requester';
import {
  database,
  DEADLINE,
  eventsOf,
  here,
  inventory,
  NO_RESPONSE,
  place,
  REJECTED,
  request,
  stored,
  there,
  useOrderServices,
} from '../../../../test/db/order-service-fixture';

useOrderServices();

const ALICE: Requester = { actor: 'CUSTOMER', owner: 'alice', subject: 'alice' };
const BOB: Requester = { actor: 'CUSTOMER', owner: 'bob', subject: 'bob' };
const CLERK: Requester = { actor: 'STAFF', subject: 'clerk' };
const ROOT: Requester = { actor: 'ADMIN', subject: 'root' };

const ITEMS = [{ sku: 'burger', quantity: 2 }];
const FEWER = [{ sku: 'burger', quantity: 1 }];
const NOT_FOUND = { reason: 'ORDER_NOT_FOUND' };

const placeAs = async (by: Requester, idempotencyKey: string | null, userId: string) =>
  here.service.place(request({ userId, items: ITEMS, idempotencyKey }), DEADLINE, by);

const actorsOf = async ({ id }: Pick<Order, 'id'>): Promise<string[]> => {
  const rows = await database.query<{ event: string; actor: string }>(
    'select event, actor from order_event where order_id = $1 order by seq',
    [id],
  );
  return rows.map(({ event, actor }) => `${event} ${actor}`);
};

it.each<[what: string, work: (id: string, by: Requester) => Promise<unknown>]>([
  ['read', (id, by) => here.service.get(id, by)],
  ['cancel', (id, by) => here.service.cancel(id, DEADLINE, by)],
  ['reduce', (id, by) => here.service.reduce(id, FEWER, DEADLINE, by)],
  ['fulfill', (id, by) => here.service.fulfill(id, DEADLINE, by)],
  ['retry', (id, by) => here.service.retry(id, DEADLINE, by)],
])('a customer cannot %s the order of another', async (_what, work) => {
  const order = await place({ userId: 'alice', items: ITEMS });
  inventory.calls.length = 0;
  await expect(work(order.id, BOB)).rejects.toMatchObject(NOT_FOUND);
  expect(await stored(order.id)).toEqual(order);
  expect(await eventsOf(order.id)).toEqual(['PLACED', 'CONFIRMED']);
  expect(inventory.calls).toEqual([]);
});

it('a customer acts on its own orders, staff and administrators on any', async () => {
  const [own, other, third] = await Promise.all([1, 2, 3].map(() => placeAs(ALICE, null, 'alice')));
  await here.service.cancel(own?.order.id ?? '', DEADLINE, ALICE);
  await here.service.fulfill(other?.order.id ?? '', DEADLINE, CLERK);
  await here.service.cancel(third?.order.id ?? '', DEADLINE, ROOT);
  expect(await actorsOf(own?.order ?? { id: '' })).toEqual([
    ...['PLACED CUSTOMER', 'CONFIRMED CUSTOMER'],
    ...['CANCELLING CUSTOMER', 'CANCELLED CUSTOMER'],
  ]);
  expect((await actorsOf(other?.order ?? { id: '' })).slice(2)).toEqual([
    'FULFILLING STAFF',
    'FULFILLED STAFF',
  ]);
  expect((await actorsOf(third?.order ?? { id: '' })).slice(2)).toEqual([
    'CANCELLING ADMIN',
    'CANCELLED ADMIN',
  ]);
});

it('names the actor of each order that is placed in one batch', async () => {
  const requesters = [ALICE, CLERK, FOR_ANY_CUSTOMER, ROOT, CLERK];
  const placed = await Promise.all(requesters.map((by) => placeAs(by, null, 'alice')));
  const actors = await Promise.all(placed.map(({ order }) => actorsOf(order)));
  expect(actors.map(([first]) => first)).toEqual(requesters.map(({ actor }) => `PLACED ${actor}`));
});

it('names the actor of a retry', async () => {
  inventory.behavior = () => REJECTED;
  const { order } = await placeAs(ALICE, 'retried', 'alice');
  await placeAs(ALICE, 'retried', 'alice').catch(() => undefined);
  await here.service.retry(order.id, DEADLINE, CLERK);
  expect(await actorsOf(order)).toContain('RETRIED STAFF');
});

it('repeated requests of staff add no failed attempts within a second', async () => {
  inventory.behavior = () => NO_RESPONSE;
  const repeat = () => placeAs(CLERK, 'without-end', 'alice');
  const { order } = await repeat();
  for (let count = 0; count < 5; count += 1) await repeat();
  expect(await eventsOf(order.id)).toEqual(['PLACED', 'NO_ANSWER']);
});

it('a key belongs to the customer, and to each caller that places orders for customers', async () => {
  const callers = [ALICE, CLERK, ROOT];
  const placed = await Promise.all(callers.map((by) => placeAs(by, 'k-1', 'alice')));
  expect(new Set(placed.map(({ order }) => order.id)).size).toBe(3);
  for (const [index, by] of callers.entries()) {
    const again = await there.service.place(
      request({ userId: 'alice', items: ITEMS, idempotencyKey: 'k-1' }),
      DEADLINE,
      by,
    );
    expect(again).toMatchObject({ isRepeated: true, order: { id: placed[index]?.order.id } });
  }
  await expect(
    here.service.place(request({ userId: 'alice', idempotencyKey: 'k-1' }), DEADLINE, CLERK),
  ).rejects.toMatchObject({
    reason: 'IDEMPOTENCY_KEY_REUSED',
    message: expect.stringContaining('Idempotency-Key "k-1" belongs') as string,
  });
});

it('a member of the staff that is the customer uses the keys of the customer', async () => {
  const own = await placeAs({ actor: 'STAFF', subject: 'alice' }, 'k-2', 'alice');
  const asCustomer = await placeAs(ALICE, 'k-2', 'alice');
  expect(asCustomer).toMatchObject({ isRepeated: true, order: { id: own.order.id } });
});
