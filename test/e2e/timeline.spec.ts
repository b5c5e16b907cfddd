import { EventFollower, type TimelineEvent } from '../harness/event-follower';
import { givenStock } from '../harness/stock';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await givenStock(cluster.inventoryDatabase, 'followed', 1_000);
});

afterAll(() => cluster.stop());

const place = async (): Promise<string> => {
  const { body } = await cluster.client.place({ userId: 'u-1', sku: 'followed', quantity: 1 });
  return body.id;
};

const act = (id: string, action: string) =>
  cluster.client.send(`/v1/orders/${id}/${action}`, { method: 'POST' });

const timelineOf = async (id: string): Promise<readonly TimelineEvent[]> => {
  const { body } = await cluster.client.get<{ events: TimelineEvent[] }>(
    `/v1/orders/${id}/timeline`,
  );
  return body.events;
};

const names = (events: readonly TimelineEvent[]) => events.map(({ event }) => event);

describe('GET /v1/orders/{id}/timeline', () => {
  it('returns each event with its time, attempt, duration and reason', async () => {
    const id = await place();
    await act(id, 'fulfill');
    const events = await timelineOf(id);
    expect(events).toMatchObject([
      { seq: 1, event: 'PLACED', status: 'PENDING', actor: 'CUSTOMER' },
      { seq: 2, event: 'CONFIRMED', status: 'CONFIRMED', attempt: 1, reason: 'HELD' },
      { seq: 3, event: 'FULFILLING', status: 'FULFILLING' },
      { seq: 4, event: 'FULFILLED', status: 'FULFILLED', attempt: 1, reason: 'COMMITTED' },
    ]);
    expect(events[1]?.durationMs).toBeGreaterThanOrEqual(0);
    const times = events.map(({ occurredAt }) => occurredAt);
    expect([...times].sort()).toEqual(times);
  });

  it('includes attempts without an answer and the later one of the reconciler', async () => {
    await cluster.restartOrders({ ORDERS_INVENTORY_TIMEOUT_MS: '200' });
    const id = await cluster.withFrozenInventory(place);
    await cluster.awaitQuiescence();
    const events = await timelineOf(id);
    expect(events[1]).toMatchObject({
      ...{ event: 'NO_ANSWER', status: 'PENDING', attempt: 1, reason: 'DEADLINE_EXCEEDED' },
    });
    expect(events.at(-1)).toMatchObject({ event: 'CONFIRMED', actor: 'SYSTEM' });
    await cluster.restartOrders({ ORDERS_INVENTORY_TIMEOUT_MS: '5000' });
  });

  it('returns the events page by page', async () => {
    const id = await place();
    await act(id, 'fulfill');
    const page = async (query: string) => {
      const { body } = await cluster.client.get<{
        events: TimelineEvent[];
        nextCursor: number | null;
      }>(`/v1/orders/${id}/timeline?${query}`);
      return [names(body.events), body.nextCursor];
    };
    expect(await page('limit=3')).toEqual([['PLACED', 'CONFIRMED', 'FULFILLING'], 3]);
    expect(await page('limit=3&cursor=3')).toEqual([['FULFILLED'], null]);
    expect(await page('limit=4')).toEqual([
      ['PLACED', 'CONFIRMED', 'FULFILLING', 'FULFILLED'],
      null,
    ]);
    expect(await page('cursor=4')).toEqual([[], null]);
  });

  it('rejects a cursor that is none, and one of an event that the order does not have', async () => {
    const id = await place();
    for (const query of ['cursor=x', 'cursor=-1', 'cursor=1.5', 'cursor=9999999999', 'limit=101']) {
      expect(await cluster.client.get(`/v1/orders/${id}/timeline?${query}`)).toMatchObject({
        ...{ status: 400, body: { reason: 'INVALID_REQUEST' } },
      });
    }
    expect(await cluster.client.get(`/v1/orders/${id}/timeline?cursor=99`)).toMatchObject({
      ...{ status: 409, body: { reason: 'HISTORY_CHANGED' } },
    });
  });

  it('returns SYSTEM for the SETTLER that an older version wrote, as the stream does', async () => {
    const id = await place();
    await act(id, 'cancel');
    await cluster.ordersDatabase.query(
      `update order_event set actor = 'SETTLER' where order_id = $1 and seq = 4`,
      [id],
    );
    expect((await timelineOf(id)).at(-1)).toMatchObject({ seq: 4, actor: 'SYSTEM' });
    const follower = await EventFollower.of(cluster.orders.url, id, '3');
    await follower.untilEnd();
    expect(follower.events).toMatchObject([{ seq: 4, actor: 'SYSTEM' }]);
  });

  it('returns 404 for an unknown order and 400 for an invalid id', async () => {
    for (const path of ['timeline', 'events']) {
      expect(
        await cluster.client.get(`/v1/orders/01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55/${path}`),
      ).toMatchObject({ status: 404, body: { reason: 'ORDER_NOT_FOUND' } });
      expect(await cluster.client.get(`/v1/orders/1/${path}`)).toMatchObject({
        ...{ status: 400, body: { reason: 'INVALID_REQUEST' } },
      });
    }
  });
});

describe('GET /v1/orders/{id}/events', () => {
  it('streams past and new events, and ends with the order', async () => {
    const id = await place();
    const follower = await EventFollower.of(cluster.orders.url, id);
    await follower.until(2);
    await act(id, 'cancel');
    await follower.untilEnd();
    expect(names(follower.events)).toEqual(['PLACED', 'CONFIRMED', 'CANCELLING', 'CANCELLED']);
    expect(follower.ids).toEqual(['1', '2', '3', '4']);
    expect(follower.events).toEqual(await timelineOf(id));
  });

  it('continues after Last-Event-ID without a gap, and returns 204 after the last event', async () => {
    const id = await place();
    await act(id, 'cancel');
    const follower = await EventFollower.of(cluster.orders.url, id, '2');
    await follower.untilEnd();
    expect(follower.ids).toEqual(['3', '4']);
    const after = { headers: { 'Last-Event-ID': '4' } };
    expect(await cluster.client.send(`/v1/orders/${id}/events`, after)).toMatchObject({
      status: 204,
    });
  });

  it('streams events of another instance to each follower from its own position', async () => {
    const other = await cluster.addOrders();
    await other.start();
    const id = await place();
    const followers = await Promise.all([
      EventFollower.of(other.url, id),
      EventFollower.of(other.url, id, '2'),
      EventFollower.of(cluster.orders.url, id, '1'),
    ]);
    await act(id, 'cancel');
    await Promise.all(followers.map((follower) => follower.untilEnd()));
    expect(followers.map(({ ids }) => ids.join())).toEqual(['1,2,3,4', '3,4', '2,3,4']);
    await other.stop();
  });

  it('does not delay a shutdown by disconnected or waiting followers', async () => {
    const id = await place();
    const [gone, waiting] = await Promise.all([
      EventFollower.of(cluster.orders.url, id),
      EventFollower.of(cluster.orders.url, id),
    ]);
    await waiting.until(2);
    gone.stop();
    expect(await cluster.orders.stop()).toBe(0);
    expect(waiting.ended).toBe(true);
    await cluster.orders.start();
  });

  it('answers HEAD at once, also for an unfinished order', async () => {
    const id = await place();
    const { status, headers } = await fetch(`${cluster.orders.url}/v1/orders/${id}/events`, {
      method: 'HEAD',
    });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/event-stream;/);
  });

  it('rejects an invalid Last-Event-ID by name', async () => {
    const id = await place();
    const bad = { headers: { 'Last-Event-ID': 'x' } };
    expect(await cluster.client.send(`/v1/orders/${id}/events`, bad)).toMatchObject({
      ...{ status: 400, body: { errors: [{ field: 'Last-Event-ID' }] } },
    });
  });
});
