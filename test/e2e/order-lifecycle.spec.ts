import { givenStock } from '../harness/stock';
import { times } from '../harness/wait';
import { cluster, conflict, fixture, SHORT_TIMEOUT, useOrderCluster } from './order-fixture';

useOrderCluster();

describe('a cancel', () => {
  it('releases the units and can be repeated', async () => {
    const id = await fixture.confirmed('back');
    for (let time = 0; time < 2; time += 1) {
      expect(await cluster.client.request(id, 'cancel')).toMatchObject({
        status: 200,
        body: { id, status: 'CANCELLED', cancelReason: 'REQUESTED' },
      });
    }
    expect(await fixture.levelOf('back')).toEqual({ onHand: 5, reserved: 0 });
    expect(await fixture.eventsOf(id)).toMatchObject([
      { event: 'PLACED' },
      { event: 'CONFIRMED' },
      { event: 'CANCELLING' },
      { event: 'CANCELLED' },
    ]);
  });

  it('of an order unknown to Inventory leaves a tombstone that rejects a later create', async () => {
    await givenStock(cluster.inventoryDatabase, 'unknown', 5);
    await cluster.inventory.stop('SIGKILL');
    const { body } = await cluster.client.place(
      { userId: 'u-1', sku: 'unknown', quantity: 2 },
      SHORT_TIMEOUT,
    );
    for (let time = 0; time < 2; time += 1) {
      expect(await cluster.client.request(body.id, 'cancel', SHORT_TIMEOUT)).toMatchObject({
        status: 202,
        body: { status: 'CANCELLING', cancelReason: 'REQUESTED' },
      });
    }
    await cluster.inventory.start();
    expect(await fixture.untilStatus(body.id, 'CANCELLED')).toMatchObject({
      cancelReason: 'REQUESTED',
    });
    const { reservation } = await fixture.reserveManually(body.id, 'unknown', 2);
    expect(reservation).toMatchObject({ state: 'RESERVATION_STATE_RELEASED' });
    expect(await fixture.levelOf('unknown')).toEqual({ onHand: 5, reserved: 0 });
    await cluster.awaitInventoryStatus('up');
  });
});

describe('a fulfill', () => {
  it('commits the units and can be repeated', async () => {
    const id = await fixture.confirmed('leaving');
    for (let time = 0; time < 2; time += 1) {
      expect(await cluster.client.request(id, 'fulfill')).toMatchObject({
        status: 200,
        body: { id, status: 'FULFILLED' },
      });
    }
    expect(await fixture.levelOf('leaving')).toEqual({ onHand: 3, reserved: 0 });
  });

  it('is also accepted at the alias /fulfil', async () => {
    const id = await fixture.confirmed('alias');
    expect(await cluster.client.request(id, 'fulfil')).toMatchObject({
      status: 200,
      body: { id, status: 'FULFILLED' },
    });
    expect(await cluster.client.request(id, 'fulfill')).toMatchObject({ status: 200 });
    expect(await fixture.levelOf('alias')).toEqual({ onHand: 3, reserved: 0 });
  });

  it('returns 202 while Inventory is unavailable and completes afterwards', async () => {
    const id = await fixture.confirmed('later');
    await cluster.inventory.stop('SIGKILL');
    expect(await cluster.client.request(id, 'fulfill', SHORT_TIMEOUT)).toMatchObject({
      status: 202,
      body: { status: 'FULFILLING' },
    });
    expect(await cluster.client.request(id, 'cancel', SHORT_TIMEOUT)).toMatchObject(
      conflict('FULFILLING', []),
    );
    await cluster.inventory.start();
    await fixture.untilStatus(id, 'FULFILLED');
    expect(await fixture.levelOf('later')).toEqual({ onHand: 3, reserved: 0 });
    await cluster.awaitInventoryStatus('up');
  });
});

describe('a request that the order does not allow', () => {
  it('returns 409 with the status and the allowed requests', async () => {
    const id = await fixture.confirmed('states');
    expect(await cluster.client.request(id, 'retry')).toMatchObject(
      conflict('CONFIRMED', ['cancel', 'fulfill', 'reduce']),
    );
    await cluster.client.request(id, 'fulfill');
    expect(await cluster.client.request(id, 'cancel')).toMatchObject(conflict('FULFILLED', []));
    const other = await cluster.client.place({ userId: 'u-1', sku: 'states', quantity: 1 });
    await cluster.client.request(other.body.id, 'cancel');
    expect(await cluster.client.request(other.body.id, 'fulfill')).toMatchObject(
      conflict('CANCELLED', []),
    );
    expect(await fixture.levelOf('states')).toEqual({ onHand: 3, reserved: 0 });
  });

  it('is a fulfill of a PENDING order, which can only be cancelled', async () => {
    await givenStock(cluster.inventoryDatabase, 'undecided', 5);
    await cluster.withFrozenInventory(async () => {
      const { body } = await cluster.client.place(
        { userId: 'u-1', sku: 'undecided', quantity: 1 },
        SHORT_TIMEOUT,
      );
      expect(await cluster.client.request(body.id, 'fulfill')).toMatchObject(
        conflict('PENDING', ['cancel']),
      );
    });
    await cluster.awaitQuiescence();
  });

  it.each(['cancel', 'fulfill', 'retry'])(
    '%s returns 404 for an unknown order and 400 for an invalid id',
    async (what) => {
      expect(
        await cluster.client.request('01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55', what),
      ).toMatchObject({
        status: 404,
        body: { reason: 'ORDER_NOT_FOUND' },
      });
      expect(await cluster.client.request('nonsense', what)).toMatchObject({
        status: 400,
        body: { reason: 'INVALID_REQUEST', errors: [{ field: 'id' }] },
      });
    },
  );
});

it('a cancel and a fulfill at two instances: exactly one wins, and the stock agrees', async () => {
  const second = await cluster.addOrders();
  await second.start();
  try {
    await givenStock(cluster.inventoryDatabase, 'contested', 100);
    const outcomes = await Promise.all(
      times(20, async () => {
        const { body } = await cluster.client.place({
          userId: 'u-1',
          sku: 'contested',
          quantity: 1,
        });
        const [cancel, fulfill] = await Promise.all([
          cluster.client.request(body.id, 'cancel'),
          second.client.request(body.id, 'fulfill'),
        ]);
        const { body: ended } = await cluster.client.get(`/v1/orders/${body.id}`);
        return `cancel ${cancel.status}, fulfill ${fulfill.status}: ${ended.status}`;
      }),
    );
    const won = ['cancel 200, fulfill 409: CANCELLED', 'cancel 409, fulfill 200: FULFILLED'];
    expect(outcomes.filter((outcome) => !won.includes(outcome))).toEqual([]);
    const fulfilled = outcomes.filter((outcome) => outcome === won[1]).length;
    expect(await fixture.levelOf('contested')).toEqual({ onHand: 100 - fulfilled, reserved: 0 });
  } finally {
    await second.stop();
  }
});
