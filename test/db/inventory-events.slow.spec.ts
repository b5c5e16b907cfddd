import type { TestingModule } from '@nestjs/testing';
import * as fc from 'fast-check';
import { type InventoryEvent, keyOf } from '../../apps/inventory/src/events/inventory-event';
import { replayStock } from '../harness/replayed-stock';
import { givenStock } from '../harness/stock';
import { eventually } from '../harness/wait';
import {
  awaitBlockedSession,
  type InProcessInventories,
  lockLevel,
  one,
  startInProcessInventories,
} from './in-process-inventories';
import { allEvents, startInventoryEvents } from './inventory-events-fixture';
import { checkAgainstModel, steps } from './inventory-property';

let pair: InProcessInventories;
let instance: TestingModule;

beforeEach(async () => {
  pair = await startInProcessInventories();
  instance = await startInventoryEvents(pair.database);
});

afterEach(async () => {
  await instance.close();
  await pair.close();
});

const eventsOf = async (key: string): Promise<InventoryEvent[]> => {
  const events = await allEvents(instance, pair.database);
  return events.filter((event) => keyOf(event) === key);
};

/** Each event in a few words: its type and its items. */
const linesOf = async (reservationId: string): Promise<string[]> => {
  const events = await eventsOf(reservationId);
  return events.map((event) =>
    [
      event.type,
      ...('items' in event ? event.items : []).map(({ sku, quantity }) => `${sku}=${quantity}`),
    ].join(' '),
  );
};

const adjust = (sku: string, id: string, delta: number) =>
  pair.here.adjustments.adjust({
    id,
    sku,
    change: { delta },
    reason: 'delivery',
    actor: 'warehouse',
    expectedOnHand: null,
    allowShortfall: false,
  });

const levels = async () => {
  const rows = await pair.database.query<{ sku: string; level: string }>(
    `select sku, on_hand || ' / ' || reserved as level from stock_level order by sku`,
  );
  return Object.fromEntries(rows.map(({ sku, level }) => [sku, level]));
};

describe('the events of a reservation', () => {
  const basket = [...one('a-1', 2), ...one('a-2', 3)];

  beforeEach(() => givenStock(pair.database, ['a-1', 'a-2'], 10));

  it('a hold and its commit, with what was held', async () => {
    const { reservations } = pair.here;
    await reservations.create('r', basket);
    await reservations.create('r', basket);
    await pair.there.reservations.commit('r');
    await reservations.commit('r');
    expect(await linesOf('r')).toEqual([
      'reservation.held a-1=2 a-2=3',
      'reservation.committed a-1=2 a-2=3',
    ]);
    const [held, committed] = await eventsOf('r');
    expect(held).toMatchObject({ eventId: 'r.held', wasHeld: false });
    expect(committed).toMatchObject({ eventId: 'r.committed', wasHeld: true });
  });

  it('units that were taken at once were not held', async () => {
    await pair.here.reservations.take({ sku: 'a-1', quantity: 4 }, 'r');
    expect(await eventsOf('r')).toMatchObject([
      { type: 'reservation.committed', wasHeld: false, items: one('a-1', 4) },
    ]);
  });

  it('a rejection, with its shortages', async () => {
    await pair.here.reservations.create('r', [...one('a-1', 11), ...one('a-2', 1)]);
    const [rejected] = await eventsOf('r');
    expect(rejected).toMatchObject({
      type: 'reservation.rejected',
      items: [...one('a-1', 11), ...one('a-2', 1)],
      shortages: [{ sku: 'a-1', requested: 11, available: 10, reason: 'NOT_ENOUGH' }],
    });
  });

  it('each reduction with what it returned, and the release of what was left', async () => {
    const { reservations } = pair.here;
    await reservations.create('r', basket);
    await reservations.reduce('r', [...one('a-1', 2), ...one('a-2', 1)]);
    await reservations.reduce('r', one('a-2', 1));
    await reservations.reduce('r', one('a-2', 1));
    await reservations.release('r');
    expect(await linesOf('r')).toEqual([
      'reservation.held a-1=2 a-2=3',
      'reservation.reduced a-2=2',
      'reservation.reduced a-1=2',
      'reservation.released a-2=1',
    ]);
    const events = await eventsOf('r');
    expect(events.map(({ eventId }) => eventId)).toEqual([
      'r.held',
      'r.reduced.1',
      'r.reduced.2',
      'r.released',
    ]);
  });

  it('an expiry, and nothing for an extension before it', async () => {
    const { reservations } = pair.here;
    await reservations.create('r', basket, 2_000);
    await reservations.extend('r', 2_500);
    await eventually('it expires', async () => {
      const { state } = await reservations.get('r');
      return state === 'EXPIRED';
    });
    expect(await linesOf('r')).toEqual([
      'reservation.held a-1=2 a-2=3',
      'reservation.expired a-1=2 a-2=3',
    ]);
  });

  it('the release of an unknown id, which has no items, also after its row was deleted', async () => {
    await pair.here.reservations.release('r');
    const before = await eventsOf('r');
    expect(before).toMatchObject([{ type: 'reservation.released', items: [] }]);
    const [row] = await pair.database.query<{ created_at: Date }>(
      `delete from reservation where id = 'r' returning created_at`,
    );
    expect(await eventsOf('r')).toEqual(before);
    expect(before[0]?.time).toEqual(row?.created_at);
  });

  it('all steps of a reservation that were decided in one transaction, in their order', async () => {
    const rival = await lockLevel(pair.database, 'a-1');
    const { reservations } = pair.here;
    const blocked = reservations.create('first', one('a-1'));
    await awaitBlockedSession(pair.database);
    const group = [
      reservations.create('committed', basket),
      reservations.reduce('committed', one('a-2', 3)),
      reservations.commit('committed'),
      reservations.create('released', one('a-1')),
      reservations.release('released'),
      reservations.release('tombstone'),
    ];
    await rival.query('commit');
    await Promise.all([blocked, ...group]);
    const transactions = await pair.database.query(
      `select distinct xmin from reservation where id in ('committed', 'released', 'tombstone')`,
    );
    expect(transactions).toHaveLength(1);
    expect(await linesOf('committed')).toEqual([
      'reservation.held a-1=2 a-2=3',
      'reservation.reduced a-1=2',
      'reservation.committed a-2=3',
    ]);
    expect(await linesOf('released')).toEqual([
      'reservation.held a-1=1',
      'reservation.released a-1=1',
    ]);
    expect(await linesOf('tombstone')).toEqual(['reservation.released']);
  });
});

describe('the events of a SKU', () => {
  it('each adjustment once, in their order', async () => {
    await adjust('a-1', 'x', 5);
    await Promise.all([adjust('a-1', 'y', -2), adjust('a-1', 'y', -2), adjust('a-2', 'z', 1)]);
    const events = await eventsOf('a-1');
    expect(events).toMatchObject([
      { eventId: 'a-1.1', seq: 1, onHandDelta: 5, onHand: 5, adjustmentId: 'x' },
      { eventId: 'a-1.2', seq: 2, onHandDelta: -2, onHand: 3, reason: 'delivery' },
    ]);
  });

  it('none of a transaction that was rolled back', async () => {
    const session = await pair.database.connect();
    await session.query('begin');
    await session.query(
      `insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                   reserved_after, adjustment_id, reason, actor)
       values ('a-1', 1, 'ADJUSTED', 5, 0, 5, 0, 'x', 'test', 'test')`,
    );
    await session.query(`insert into reservation (id, state) values ('r', 'RELEASED')`);
    await session.query('rollback');
    await adjust('a-2', 'x', 5);
    expect(await allEvents(instance, pair.database)).toMatchObject([{ sku: 'a-2' }]);
  });

  it('those that another program has written', async () => {
    await givenStock(pair.database, 'a-1', 7);
    expect(await eventsOf('a-1')).toMatchObject([{ onHandDelta: 7, reason: 'given' }]);
  });
});

it('leads to the levels of the database after random decisions of two instances', async () => {
  const client = await pair.database.connect();
  await fc.assert(
    fc.asyncProperty(steps, (plan) => checkAgainstModel(pair, client, plan)),
    { numRuns: 15 },
  );
  const events = await allEvents(instance, pair.database);
  expect(events.length).toBeGreaterThan(10);
  expect(replayStock(events)).toEqual(await levels());
}, 90_000);
