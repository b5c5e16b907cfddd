import type { LineDto } from '@app/contracts';
import { times } from '../../../../test/harness/wait';
import { OrderReductionRepository } from './order-reduction.repository';
import { requestedTransition } from './order-transition';
import { decided, type Reply } from './reply';

import { FOR_ANY_CUSTOMER } from './requester';
import {
  database,
  DEADLINE,
  eventsOf,
  HELD,
  here,
  inventory,
  NO_RESPONSE,
  place,
  REJECTED,
  REPLIES,
  request,
  stored,
  there,
  useOrderServices,
} from '../../../../test/db/order-service-fixture';

useOrderServices();

const ITEMS = [
  { sku: 'pizza', quantity: 3 },
  { sku: 'burger', quantity: 2 },
];

const lines = (units: Readonly<Record<string, number>>): LineDto[] =>
  Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));

const keep = (id: string, units: Readonly<Record<string, number>>, at = here) =>
  at.service.reduce(id, lines(units), DEADLINE, FOR_ANY_CUSTOMER);

const confirmed = async (items: LineDto[] = ITEMS): Promise<string> => (await place({ items })).id;

const makeDue = (id: string) =>
  database.query(`update orders set next_attempt_at = now() where id = $1`, [id]);

it('keeps the named units, asks Inventory to return the others, and shows both', async () => {
  const id = await confirmed();
  const reduced = await keep(id, { pizza: 1, burger: 0 });
  const expected = {
    status: 'CONFIRMED',
    items: lines({ pizza: 1 }),
    originalItems: ITEMS,
    reductions: 1,
  };
  expect(reduced).toMatchObject(expected);
  expect(await stored(id)).toEqual(reduced);
  const page = await here.service.list({ sku: 'pizza', limit: 1 });
  expect(page.items).toEqual([reduced]);
  expect(inventory.calls).toEqual([`create ${id}`, `reduce ${id}`]);
  expect(await eventsOf(id)).toEqual(['PLACED', 'CONFIRMED', 'REDUCING', 'CONFIRMED']);
});

it('a repeated request, at any instance, changes nothing', async () => {
  const id = await confirmed();
  await keep(id, { pizza: 2 });
  for (const at of [here, there])
    expect(await keep(id, { pizza: 2, burger: 2 }, at)).toMatchObject({ reductions: 1 });
  expect(await eventsOf(id)).toEqual(['PLACED', 'CONFIRMED', 'REDUCING', 'CONFIRMED']);
});

it('without a response the order is REDUCING, and the reconciler completes it', async () => {
  const id = await confirmed();
  inventory.behavior = () => NO_RESPONSE;
  expect(await keep(id, { pizza: 2 })).toMatchObject({
    status: 'REDUCING',
    items: lines({ pizza: 2, burger: 2 }),
  });
  inventory.behavior = (call) => REPLIES[call];
  await makeDue(id);
  await there.reconciliation.reconcile();
  expect(await stored(id)).toMatchObject({ status: 'CONFIRMED', reductions: 1 });
  expect(await eventsOf(id)).toEqual(['PLACED', 'CONFIRMED', 'REDUCING', 'NO_ANSWER', 'CONFIRMED']);
});

it('a request that is repeated while the order is REDUCING makes the call again', async () => {
  const id = await confirmed();
  inventory.behavior = () => NO_RESPONSE;
  await keep(id, { pizza: 2 });
  inventory.behavior = (call) => REPLIES[call];
  expect(await keep(id, { pizza: 2 }, there)).toMatchObject({ status: 'CONFIRMED', reductions: 1 });
});

it('another reduction completes the first one, or is rejected while Inventory does not respond', async () => {
  const id = await confirmed();
  inventory.behavior = () => NO_RESPONSE;
  await keep(id, { pizza: 2 });
  await expect(keep(id, { pizza: 1 })).rejects.toMatchObject({
    reason: 'ORDER_STATE_CONFLICT',
    metadata: { orderStatus: 'REDUCING', allowed: ['cancel'] },
  });
  inventory.behavior = (call) => REPLIES[call];
  expect(await keep(id, { pizza: 1 })).toMatchObject({ status: 'CONFIRMED', reductions: 2 });
  expect(await stored(id)).toMatchObject({ items: lines({ pizza: 1, burger: 2 }) });
});

it('a late reply to a reduction does not end the next one', async () => {
  const id = await confirmed();
  let answer: (reply: Reply) => void = () => undefined;
  const late = new Promise<Reply>((resolve) => (answer = resolve));
  let called = (): void => undefined;
  const isCalled = new Promise<void>((resolve) => (called = resolve));
  inventory.behavior = () => {
    called();
    return late;
  };
  const first = keep(id, { pizza: 2 });
  await isCalled;
  // The other instance completes it.
  inventory.behavior = () => HELD;
  await keep(id, { pizza: 2 }, there);
  inventory.behavior = () => NO_RESPONSE;
  await keep(id, { pizza: 1 }, there);
  answer(HELD);
  expect(await first).toMatchObject({ status: 'REDUCING', reductions: 2 });
  expect(await stored(id)).toMatchObject({ status: 'REDUCING' });
  inventory.behavior = () => HELD;
  expect(await keep(id, { pizza: 1 })).toMatchObject({ status: 'CONFIRMED', reductions: 2 });
});

it('a reduction of the order as it was before another one is not written', async () => {
  const id = await confirmed();
  const read = await stored(id);
  await keep(id, { pizza: 1 });
  const repository = here.module.get(OrderReductionRepository);
  const transition = requestedTransition(read, 'REDUCING', 'CUSTOMER', here.options);
  expect(await repository.record(transition, read, lines({ pizza: 2 }))).toBeUndefined();
  expect(await stored(id)).toMatchObject({ items: lines({ pizza: 1, burger: 2 }), reductions: 1 });
});

it('reductions, cancels and fulfills that race at two instances leave a consistent order', async () => {
  const ids = await Promise.all(times(30, () => confirmed()));
  await Promise.allSettled(
    ids.flatMap((id, index) => [
      keep(id, { pizza: 1 }, index % 2 ? here : there),
      keep(id, { pizza: 2, burger: 1 }, index % 2 ? there : here),
      index % 3 === 0
        ? here.service.cancel(id, DEADLINE, FOR_ANY_CUSTOMER)
        : there.service.fulfill(id, DEADLINE, FOR_ANY_CUSTOMER).catch(() => undefined),
    ]),
  );
  for (const id of ids) {
    const { status, items } = await stored(id);
    expect(['CONFIRMED', 'CANCELLED', 'FULFILLED']).toContain(status);
    expect(items.every(({ quantity }) => quantity <= 3)).toBe(true);
  }
  expect(await database.differences()).toEqual([]);
});

it('an order that is being reduced can be cancelled, but not fulfilled', async () => {
  const id = await confirmed();
  inventory.behavior = () => NO_RESPONSE;
  await keep(id, { pizza: 2 });
  await expect(here.service.fulfill(id, DEADLINE, FOR_ANY_CUSTOMER)).rejects.toMatchObject({
    metadata: { orderStatus: 'REDUCING', allowed: ['cancel'] },
  });
  inventory.behavior = (call) => REPLIES[call];
  expect(await here.service.cancel(id, DEADLINE, FOR_ANY_CUSTOMER)).toMatchObject({
    status: 'CANCELLED',
  });
});

it('is parked after too many rejections, and a retry completes it', async () => {
  const id = await confirmed();
  inventory.behavior = () => REJECTED;
  await keep(id, { pizza: 2 });
  await makeDue(id);
  await there.reconciliation.reconcile();
  const parked = await stored(id);
  expect(parked).toMatchObject({ status: 'REDUCING', parkedAt: expect.any(Date) as Date });
  inventory.behavior = (call) => REPLIES[call];
  expect(await here.service.retry(id, DEADLINE, FOR_ANY_CUSTOMER)).toMatchObject({
    status: 'CONFIRMED',
    parkedAt: null,
  });
});

it.each([
  ['RELEASED', 'CANCELLED'],
  ['COMMITTED', 'FULFILLED'],
] as const)('a reservation that was %s by hand ends the order', async (outcome, orderStatus) => {
  const id = await confirmed();
  inventory.behavior = () => decided(outcome);
  await expect(keep(id, { pizza: 2 })).rejects.toMatchObject({
    reason: 'ORDER_STATE_CONFLICT',
    metadata: { orderStatus },
  });
});

it.each([
  ['more units', { pizza: 4 }, 'QUANTITY_INCREASED'],
  ['units that were given up', { burger: 2 }, 'QUANTITY_INCREASED'],
  ['nothing', { pizza: 0, burger: 0 }, 'NOTHING_LEFT'],
  ['a SKU that the order never had', { pizza: 1, salad: 0 }, 'INVALID_REQUEST'],
])('rejects %s, and changes nothing', async (_what, units, reason) => {
  const id = await confirmed();
  await keep(id, { burger: 1 });
  const before = await stored(id);
  await expect(keep(id, units)).rejects.toMatchObject({ reason });
  expect(await stored(id)).toEqual(before);
});

it('an order is reduced five times at most', async () => {
  const id = await confirmed([{ sku: 'pizza', quantity: 9 }]);
  for (const pizza of [8, 7, 6, 5, 4]) await keep(id, { pizza });
  await expect(keep(id, { pizza: 3 })).rejects.toMatchObject({ reason: 'REDUCED_TOO_OFTEN' });
  expect(await keep(id, { pizza: 4 })).toMatchObject({ status: 'CONFIRMED', reductions: 5 });
});

it('only a CONFIRMED order can be reduced', async () => {
  inventory.behavior = () => NO_RESPONSE;
  const { id } = await place({ items: ITEMS });
  await expect(keep(id, { pizza: 1 })).rejects.toMatchObject({
    metadata: { orderStatus: 'PENDING', allowed: ['cancel'] },
  });
});

it('a repeated key returns the reduced order, and compares the items as they were sent', async () => {
  const idempotencyKey = 'reduced';
  const { id } = await place({ items: ITEMS, idempotencyKey });
  await keep(id, { burger: 0 });
  const again = await here.service.place(
    request({ items: ITEMS, idempotencyKey }),
    DEADLINE,
    FOR_ANY_CUSTOMER,
  );
  expect(again).toMatchObject({ isRepeated: true, order: { id, items: lines({ pizza: 3 }) } });
  await expect(
    here.service.place(
      request({ items: lines({ pizza: 3 }), idempotencyKey }),
      DEADLINE,
      FOR_ANY_CUSTOMER,
    ),
  ).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
});
