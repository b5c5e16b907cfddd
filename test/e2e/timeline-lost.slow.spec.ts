import { EventFollower } from '../harness/event-follower';
import { givenStock } from '../harness/stock';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await givenStock(cluster.inventoryDatabase, 'followed', 1_000);
});

afterAll(() => cluster.stop({ verify: false }));

const place = async (): Promise<string> => {
  const { body } = await cluster.client.place({ userId: 'u-1', sku: 'followed', quantity: 1 });
  return body.id;
};

const problem = { status: 409, reason: 'HISTORY_CHANGED' };

describe('after a failover that has lost the latest changes', () => {
  it('ends an open stream with the problem', async () => {
    const id = await place();
    const follower = await EventFollower.of(cluster.orders.url, id);
    await follower.until(2);
    await cluster.ordersDatabase.query('delete from order_event where order_id = $1 and seq > 1', [
      id,
    ]);
    await follower.untilEnd();
    expect(follower.errors).toMatchObject([
      { ...problem, orderId: id, instance: `/v1/orders/${id}/events` },
    ]);
    expect(follower.ids).toEqual(['1', '2']);
  });

  it('ends it also if another event has taken the number, and does not send what follows', async () => {
    const id = await place();
    const follower = await EventFollower.of(cluster.orders.url, id);
    await follower.until(2);
    await cluster.ordersDatabase.query(
      `with changed as (
         update order_event set occurred_at = occurred_at + interval '1 ms'
          where order_id = $1 and seq = 2 returning *)
       insert into order_event (order_id, seq, status, event, actor, occurred_at)
       select order_id, 3, 'CANCELLING', 'CANCELLING', 'CUSTOMER', now() from changed`,
      [id],
    );
    await follower.untilEnd();
    expect(follower.errors).toMatchObject([problem]);
    expect(follower.ids).toEqual(['1', '2']);
  });

  it('ends the stream of an order that is gone', async () => {
    const id = await place();
    const follower = await EventFollower.of(cluster.orders.url, id);
    await follower.until(2);
    for (const [table, column] of [
      ['order_event', 'order_id'],
      ['order_item', 'order_id'],
      ['orders', 'id'],
    ] as const) {
      await cluster.ordersDatabase.query(`delete from ${table} where ${column} = $1`, [id]);
    }
    await follower.untilEnd();
    expect(follower.errors).toMatchObject([problem]);
  });

  it('returns 409 for a Last-Event-ID that the order does not have, finished or not', async () => {
    const [open, finished] = [await place(), await place()];
    await cluster.client.send(`/v1/orders/${finished}/cancel`, { method: 'POST' });
    for (const [id, lastEventId] of [
      [open, '3'],
      [finished, '5'],
    ] as const) {
      const after = { headers: { 'Last-Event-ID': lastEventId } };
      expect(await cluster.client.send(`/v1/orders/${id}/events`, after)).toMatchObject({
        ...{ status: 409, body: { ...problem, orderId: id } },
      });
    }
  });
});
