import type { OrderBody } from '../harness/orders-client';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';
import { eventually } from '../harness/wait';

/** Orders waits 3 s for Inventory and parks an order after two rejections. */
const ORDER_SETTINGS = {
  ORDERS_INVENTORY_TIMEOUT_MS: '3000',
  ORDERS_PARK_AFTER_REFUSALS: '2',
};

/** Makes Orders answer before it has a decision, where Inventory does not answer. */
export const SHORT_TIMEOUT = { headers: { 'Request-Timeout-Ms': '100' } };

const STATUS_TIMEOUT_MS = 15_000;

/** Orders and their stock in the tests of one cluster. */
class OrderFixture {
  constructor(private readonly cluster: ServiceCluster) {}

  /** Creates a CONFIRMED order for 2 of the 5 units of a new SKU. */
  async confirmed(sku: string): Promise<string> {
    await givenStock(this.cluster.inventoryDatabase, sku, 5);
    const { status, body } = await this.cluster.client.place({ userId: 'u-1', sku, quantity: 2 });
    expect({ status, order: body.status }).toEqual({ status: 201, order: 'CONFIRMED' });
    return body.id;
  }

  async levelOf(sku: string) {
    const { levels } = await this.cluster.inventoryClient.getStock({ skus: [sku] });
    const { onHand, reserved } = levels[0] ?? {};
    return { onHand, reserved };
  }

  /** Waits until an order has this status. */
  untilStatus(id: string, status: string): Promise<OrderBody> {
    return eventually(
      `order ${id} is ${status}`,
      async () => {
        const { body } = await this.cluster.client.get(`/v1/orders/${id}`);
        return body.status === status ? body : undefined;
      },
      STATUS_TIMEOUT_MS,
    );
  }

  eventsOf(id: string) {
    return this.cluster.ordersDatabase.query<{ event: string; reason: string | null }>(
      `select event, reason from order_event where order_id = $1 order by seq`,
      [id],
    );
  }

  /** Creates a reservation with the id of an order, without Orders. */
  reserveManually(id: string, sku: string, quantity: number) {
    return this.cluster.inventoryClient.createReservation({
      reservationId: id,
      lines: [{ sku, quantity }],
    });
  }
}

export let cluster: ServiceCluster;
export let fixture: OrderFixture;

/** Provides the tests of a file with a cluster, whose stock is verified after each of them. */
export const useOrderCluster = (): void => {
  beforeAll(async () => {
    cluster = await startCluster(ORDER_SETTINGS);
    fixture = new OrderFixture(cluster);
  });

  afterEach(async () => {
    expect(await cluster.inventoryDatabase.differences()).toEqual([]);
  });

  afterAll(() => cluster.stop());
};

/** The answer to a request that the status of the order does not allow. */
export const conflict = (orderStatus: string, allowed: string[]) => ({
  status: 409,
  body: { reason: 'ORDER_STATE_CONFLICT', orderStatus, allowed },
});
