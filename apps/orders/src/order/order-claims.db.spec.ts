import { ageOrders } from '../../../../test/db/aged-orders';
import { times } from '../../../../test/harness/wait';
import { type Order } from './order';
import { requestedTransition } from './order-transition';

import {
  database,
  orders,
  insert,
  inserted,
  SETTINGS,
  transitionOf,
  HELD,
  NO_RESPONSE,
  useOrderRepository,
  claim,
  claimed,
} from '../../../../test/db/order-repository-fixture';

useOrderRepository();

describe('claimDue', () => {
  const ids = (orders: readonly { id: string }[]) => orders.map(({ id }) => id).sort();

  it('skips an order whose request may still be in flight', async () => {
    await insert(60_000);
    expect(await claimed(100)).toEqual([]);
  });

  it('returns each order to one instance only, also when instances claim at the same time', async () => {
    const made = await insert(-1, 20);
    const claims = await Promise.all(times(4, () => claimed()));
    expect(claims.flat().sort()).toEqual(ids(made));
    expect(await claimed()).toEqual([]);
  });

  it('skips an order that another session has locked', async () => {
    const [locked, free] = (await insert(-1, 2)) as [Order, Order];
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('select from orders where id = $1 for update', [locked.id]);
    // Without the catch, a claim that waits would fail the other tests as well.
    const unlocked = await claimed().catch(() => 'timed out');
    await rival.query('rollback');
    expect(unlocked).toEqual([free.id]);
    expect(await claimed()).toEqual([locked.id]);
  });

  it('returns an order again after its claim has lapsed', async () => {
    const order = await inserted(-1);
    expect(await claimed(10, -1)).toEqual([order.id]);
    expect(await claimed()).toEqual([order.id]);
  });

  it('returns an order that a wrong clock has made due in the far future', async () => {
    const order = await inserted(86_400_000);
    await insert(100_000);
    expect(await claimed()).toEqual([order.id]);
    expect(await claimed()).toEqual([]);
  });

  it('returns the order that was due first', async () => {
    const young = await inserted(-1_000);
    const old = await inserted(-5_000);
    expect(await claimed(1)).toEqual([old.id]);
    expect(await claimed(1)).toEqual([young.id]);
  });

  it('returns the same number of each status, so that a backlog of one does not delay another', async () => {
    await insert(-9_000, 5);
    const order = await inserted(-1);
    const settings = { ...SETTINGS, graceMs: -1 };
    await orders.record([requestedTransition(order, 'CANCELLING', 'CUSTOMER', settings)]);
    const found = await claim(2, 60_000);
    expect(found.map(({ status }) => status).sort()).toEqual(['CANCELLING', 'PENDING', 'PENDING']);
    await claim(100, 60_000);
  });

  it('releaseClaims makes an order due at once, unless it has moved', async () => {
    const [idle, moved] = [await inserted(-1), await inserted(-1)];
    await claim(10, 60_000);
    await orders.record([transitionOf(moved, HELD)]);
    await orders.releaseClaims([idle.id, moved.id]);
    expect(await claimed()).toEqual([idle.id]);
    expect(await orders.findAll([moved.id])).toMatchObject([{ status: 'CONFIRMED' }]);
  });

  it('never returns a finished order', async () => {
    const order = await inserted();
    await orders.record([transitionOf(order, HELD)]);
    await orders.record([transitionOf(order, NO_RESPONSE)]);
    expect(await claimed()).toEqual([]);
  });
});

it('findOverdue returns PENDING orders whose accept-by time has passed', async () => {
  const [late, decided] = [await inserted(60_000, 1_000), await inserted(60_000, 1_000)];
  await ageOrders(database, '2 seconds');
  await inserted(60_000, 60_000);
  await orders.record([transitionOf(decided, HELD)]);
  expect(await orders.findOverdue(10)).toEqual([{ id: late.id, status: 'PENDING' }]);
});
