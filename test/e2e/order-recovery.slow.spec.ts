import type { OrderBody } from '../harness/orders-client';
import { givenStock } from '../harness/stock';
import { makeOrderEarlier } from '../harness/order-times';
import { eventually } from '../harness/wait';
import { cluster, conflict, fixture, SHORT_TIMEOUT, useOrderCluster } from './order-fixture';

useOrderCluster();

/** Wide enough for a busy machine, and shorter than the timeout of Orders. */
const ANSWER_WITHIN_MS = 2_000;

/** Creates a PENDING order for which Inventory was not called, and stops Orders. */
const uncalledOrder = async (sku: string): Promise<string> => {
  await givenStock(cluster.inventoryDatabase, sku, 5);
  await cluster.inventory.stop('SIGKILL');
  const order = { userId: 'u-1', sku, quantity: 2 };
  const { status, body } = await cluster.client.place(order, SHORT_TIMEOUT);
  expect(status).toBe(202);
  await cluster.orders.stop('SIGKILL');
  await cluster.inventory.start();
  return body.id;
};

const restartOrders = async (): Promise<void> => {
  await cluster.orders.start();
  await cluster.awaitInventoryStatus('up');
};

describe('a reservation that is changed without Orders', () => {
  it('and committed: the order can be fulfilled, not cancelled', async () => {
    const [id, other] = [await fixture.confirmed('hand-1'), await fixture.confirmed('hand-2')];
    await cluster.inventoryClient.commitReservation({ reservationId: id });
    await cluster.inventoryClient.commitReservation({ reservationId: other });
    expect(await cluster.client.request(id, 'fulfill')).toMatchObject({ status: 200 });
    expect(await cluster.client.request(other, 'cancel')).toMatchObject(conflict('FULFILLED', []));
    expect(await cluster.client.get(`/v1/orders/${other}`)).toMatchObject({
      body: { status: 'FULFILLED' },
    });
  });

  it('and released: the order can be cancelled, not fulfilled', async () => {
    const [id, other] = [await fixture.confirmed('hand-3'), await fixture.confirmed('hand-4')];
    await cluster.inventoryClient.releaseReservation({ reservationId: id });
    await cluster.inventoryClient.releaseReservation({ reservationId: other });
    expect(await cluster.client.request(id, 'cancel')).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED', cancelReason: 'REQUESTED' },
    });
    expect(await cluster.client.request(other, 'fulfill')).toMatchObject(conflict('CANCELLED', []));
    expect(await cluster.client.get(`/v1/orders/${other}`)).toMatchObject({
      body: { status: 'CANCELLED', cancelReason: 'RESERVATION_RELEASED' },
    });
  });

  it('and committed before Orders calls: the order is CONFIRMED, and a fulfill succeeds', async () => {
    const id = await uncalledOrder('hand-5');
    await fixture.reserveManually(id, 'hand-5', 2);
    await cluster.inventoryClient.commitReservation({ reservationId: id });
    await restartOrders();
    await fixture.untilStatus(id, 'CONFIRMED');
    expect(await cluster.client.request(id, 'fulfill')).toMatchObject({ status: 200 });
    expect(await fixture.levelOf('hand-5')).toEqual({ onHand: 3, reserved: 0 });
  });

  it('and has other lines: the order is CANCELLED, and the reservation stays', async () => {
    const id = await uncalledOrder('hand-6');
    await fixture.reserveManually(id, 'hand-6', 5);
    await restartOrders();
    expect(await fixture.untilStatus(id, 'CANCELLED')).toMatchObject({
      cancelReason: 'RESERVATION_MISMATCH',
    });
    expect(await fixture.levelOf('hand-6')).toEqual({ onHand: 5, reserved: 5 });
  });
});

describe('an order whose units are missing', () => {
  const adjust = (adjustmentId: string, sku: string, delta: number) =>
    cluster.inventoryClient.adjustStock({
      ...{ adjustmentId, sku, delta, reason: 'count', actor: 'test' },
      allowShortfall: delta < 0,
    });
  const parkedIds = async (parked: boolean) => {
    const { body } = await cluster.client.get<{ orders: OrderBody[] }>(
      `/v1/orders?parked=${parked}`,
    );
    return body.orders.map(({ id }) => id);
  };

  it('is parked, does not delay other orders, and is fulfilled by a retry after a delivery', async () => {
    const id = await fixture.confirmed('missing');
    await adjust('loss', 'missing', -4);
    expect(await cluster.client.request(id, 'fulfill')).toMatchObject({
      status: 202,
      body: { status: 'FULFILLING' },
    });
    await eventually('it is parked', async () => (await parkedIds(true)).includes(id));
    const { body: parked } = await cluster.client.get(`/v1/orders/${id}`);
    expect(parked).toMatchObject({ parkedAt: expect.any(String) as string });
    expect(await parkedIds(false)).not.toContain(id);
    expect((await fixture.eventsOf(id)).slice(2)).toMatchObject([
      { event: 'FULFILLING' },
      { event: 'REFUSED', reason: 'INSUFFICIENT_STOCK' },
      { event: 'PARKED', reason: 'INSUFFICIENT_STOCK' },
    ]);

    const other = await fixture.confirmed('not-missing');
    expect(await cluster.client.request(other, 'fulfill')).toMatchObject({ status: 200 });

    await adjust('delivery', 'missing', 4);
    expect(await cluster.client.request(id, 'retry')).toMatchObject({
      status: 200,
      body: { status: 'FULFILLED' },
    });
    expect(await fixture.levelOf('missing')).toEqual({ onHand: 3, reserved: 0 });
    expect(await parkedIds(true)).toEqual([]);
  });

  it('stays FULFILLING and is parked again by a retry before the delivery', async () => {
    const id = await fixture.confirmed('still-missing');
    await adjust('loss-2', 'still-missing', -5);
    await cluster.client.request(id, 'fulfill');
    await eventually('it is parked', async () => (await parkedIds(true)).includes(id));
    expect(await cluster.client.request(id, 'retry')).toMatchObject({
      status: 202,
      body: { status: 'FULFILLING' },
    });
    await eventually('it is parked again', async () => {
      const parkings = (await fixture.eventsOf(id)).filter(({ event }) => event === 'PARKED');
      return parkings.length === 2;
    });
    await cluster.inventoryClient.releaseReservation({ reservationId: id });
    expect(await cluster.client.request(id, 'retry')).toMatchObject({
      status: 429,
      body: { reason: 'RETRIED_RECENTLY', orderId: id },
    });
    await makeOrderEarlier(cluster.ordersDatabase, id, '6 s');
    expect(await cluster.client.request(id, 'retry')).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED' },
    });
  });
});

describe('the accept-by time', () => {
  beforeAll(() => cluster.restartOrders({ ORDERS_ACCEPT_BY_SECONDS: '1' }));
  afterAll(() => cluster.restartOrders({ ORDERS_ACCEPT_BY_SECONDS: '30' }));

  it('cancels an order without a decision of Inventory and releases its units', async () => {
    await givenStock(cluster.inventoryDatabase, 'overdue', 5);
    await cluster.awaitInventoryStatus('up');
    const id = await cluster.withFrozenInventory(async () => {
      const { status, body } = await cluster.client.place(
        { userId: 'u-1', sku: 'overdue', quantity: 2 },
        SHORT_TIMEOUT,
      );
      expect(status).toBe(202);
      expect(await fixture.untilStatus(body.id, 'CANCELLING')).toMatchObject({
        cancelReason: 'ACCEPT_BY_PASSED',
      });
      return body.id;
    });
    expect(await fixture.untilStatus(id, 'CANCELLED')).toMatchObject({
      cancelReason: 'ACCEPT_BY_PASSED',
    });
    expect(await fixture.levelOf('overdue')).toEqual({ onHand: 5, reserved: 0 });
  });
});

describe('the expiry of CONFIRMED orders', () => {
  beforeAll(() => cluster.restartOrders({ ORDERS_CONFIRMED_EXPIRY_SECONDS: '3' }));
  afterAll(() => cluster.restartOrders({ ORDERS_CONFIRMED_EXPIRY_SECONDS: '0' }));

  it('cancels orders that are not fulfilled in time, and returns their units', async () => {
    const [late, inTime] = [await fixture.confirmed('late'), await fixture.confirmed('in-time')];
    expect((await cluster.client.request(inTime, 'fulfill')).status).toBe(200);
    expect(await fixture.untilStatus(late, 'CANCELLED')).toMatchObject({ cancelReason: 'EXPIRED' });
    expect(await fixture.levelOf('late')).toEqual({ onHand: 5, reserved: 0 });
    expect(await fixture.levelOf('in-time')).toEqual({ onHand: 3, reserved: 0 });
    expect((await fixture.eventsOf(late)).at(-2)).toMatchObject({
      event: 'CANCELLING',
      reason: 'EXPIRED',
    });
  });
});

describe('Request-Timeout-Ms', () => {
  it('bounds the time until the answer', async () => {
    await givenStock(cluster.inventoryDatabase, 'hurry', 5);
    await cluster.awaitInventoryStatus('up');
    await cluster.withFrozenInventory(async () => {
      const answer = await cluster.client.place(
        { userId: 'u-1', sku: 'hurry', quantity: 1 },
        SHORT_TIMEOUT,
      );
      expect(answer).toMatchObject({ status: 202, body: { status: 'PENDING' } });
      expect(answer.tookMs).toBeLessThan(ANSWER_WITHIN_MS);
      const cancelled = await cluster.client.request(answer.body.id, 'cancel', SHORT_TIMEOUT);
      expect(cancelled).toMatchObject({ status: 202, body: { status: 'CANCELLING' } });
      expect(cancelled.tookMs).toBeLessThan(ANSWER_WITHIN_MS);
    });
    await cluster.awaitQuiescence();
  });

  it.each(['0', 'soon', '-5', '1.5', '99999999'])(
    '%j returns 400 and writes nothing',
    async (wait) => {
      const headers = { 'Request-Timeout-Ms': wait };
      const userId = `waits-${wait}`;
      expect(
        await cluster.client.place({ userId, sku: 'hurry', quantity: 1 }, { headers }),
      ).toMatchObject({
        status: 400,
        body: { reason: 'INVALID_REQUEST', errors: [{ field: 'Request-Timeout-Ms' }] },
      });
      const { body } = await cluster.client.get<{ orders: OrderBody[] }>(
        `/v1/orders?userId=${userId}`,
      );
      expect(body.orders).toEqual([]);
    },
  );
});
