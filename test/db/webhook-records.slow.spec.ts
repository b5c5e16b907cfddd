import { randomUUID } from 'node:crypto';
import { EventCursorRepository } from '@app/events';
import type { NewDeliveryRecord } from '../../apps/orders/src/webhooks/delivery-progress';
import { WebhookDeliveryRepository } from '../../apps/orders/src/webhooks/webhook-delivery.repository';
import { WebhookService } from '../../apps/orders/src/webhooks/webhook.service';
import { eventually, times } from '../harness/wait';
import { HOUR_MS, WebhookInstances } from './webhook-instances';

let system: WebhookInstances;

beforeEach(async () => {
  system = await WebhookInstances.create();
});

afterEach(() => system.close());

describe('a delivery that is recorded', () => {
  const record = (id: string, status: NewDeliveryRecord['status']): NewDeliveryRecord => ({
    id,
    key: 'key',
    position: Number(id),
    ref: `order/${randomUUID()}/1`,
    type: 'order.placed',
    status,
    attempts: status === 'QUEUED' ? 0 : 1,
    pauseMs: status === 'RETRYING' ? HOUR_MS : null,
    responseCode: null,
    error: null,
  });

  /** A webhook whose cursor the test itself has taken. */
  const givenLease = async () => {
    const instance = await system.start();
    const id = await system.createWebhook(instance);
    const taken = `update event_cursor set epoch = epoch + 1, position = 0,
      leased_until = now() + interval '1 hour' returning name, epoch, 0 as position`;
    await eventually('the instance has the cursor', async () => (await system.epochOf(id)) > 0);
    const [lease] = await system.database.query<{ name: string; epoch: string; position: number }>(
      taken,
    );
    if (!lease) throw new Error('There is no cursor');
    const deliveries = instance.get(WebhookDeliveryRepository);
    const write = (
      recorded: readonly NewDeliveryRecord[],
      retried: readonly NewDeliveryRecord[] = [],
      by = lease,
    ) =>
      deliveries.record(by, {
        endpointId: id,
        position: 0,
        recorded,
        retried,
        health: undefined,
        retrySoon: false,
      });
    return { id, lease, write, instance };
  };

  const statuses = async () => {
    const rows = await system.database.query<{ status: string }>(
      'select status from webhook_delivery order by position',
    );
    return rows.map(({ status }) => status);
  };

  it('needs the lease: an earlier holder writes nothing', async () => {
    const { lease, write, instance } = await givenLease();
    const earlier = { ...lease, epoch: String(Number(lease.epoch) - 1) };
    expect(await write([record('1', 'RETRYING')], [], earlier)).toBeUndefined();
    expect(await statuses()).toEqual([]);
    expect(await write([record('1', 'RETRYING')])).toBeDefined();
    expect(await statuses()).toEqual(['RETRYING']);
    expect(await instance.get(EventCursorRepository).advance(earlier, 1)).toBeUndefined();
  });

  it('waits behind the first of its key, and goes when that is delivered', async () => {
    const { write } = await givenLease();
    await write([record('1', 'RETRYING'), record('2', 'QUEUED'), record('3', 'QUEUED')]);
    expect(await statuses()).toEqual(['RETRYING', 'QUEUED', 'QUEUED']);
    await write([], [record('1', 'DELIVERED')]);
    expect(await statuses()).toEqual(['DELIVERED', 'RETRYING', 'QUEUED']);
    await write([], [record('2', 'PARKED')]);
    expect(await statuses()).toEqual(['DELIVERED', 'PARKED', 'QUEUED']);
  });

  it('goes at once if the one it would wait for was delivered meanwhile', async () => {
    const { write } = await givenLease();
    await write([record('1', 'DELIVERED'), record('2', 'QUEUED')]);
    expect(await statuses()).toEqual(['DELIVERED', 'RETRYING']);
  });

  it('is not written twice when an instance delivers it again after a takeover', async () => {
    const { write } = await givenLease();
    await write([record('1', 'RETRYING')]);
    await write([record('1', 'DELIVERED')]);
    expect(await statuses()).toEqual(['RETRYING']);
  });

  it('is retried when it was delivered before, and fails in a replay', async () => {
    const { write } = await givenLease();
    await write([record('1', 'DELIVERED')]);
    await write([record('1', 'RETRYING'), record('2', 'QUEUED')]);
    expect(await statuses()).toEqual(['RETRYING', 'QUEUED']);
  });

  it('keeps what a client has discarded, although an attempt was in flight', async () => {
    const { id, write, instance } = await givenLease();
    await write([record('1', 'RETRYING'), record('2', 'QUEUED')]);
    await instance.get(WebhookService).discard(id, '1');
    expect(await statuses()).toEqual(['DISCARDED', 'RETRYING']);
    await write([], [record('1', 'RETRYING')]);
    expect(await statuses()).toEqual(['DISCARDED', 'RETRYING']);
  });

  it('is pruned to the last 200 that are done', async () => {
    const { id, write, instance } = await givenLease();
    await write([record('1', 'RETRYING')]);
    await write(times(300, (index) => record(String(index + 2), 'DELIVERED')));
    await system.database.query(
      `update webhook_delivery set updated_at = now() + position * interval '1 s'`,
    );
    await instance.get(WebhookDeliveryRepository).prune(id);
    const found = await statuses();
    expect(found.filter((status) => status === 'DELIVERED')).toHaveLength(200);
    expect(found).toContain('RETRYING');
  });
});
