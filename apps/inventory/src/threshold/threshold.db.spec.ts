import type { TestingModule } from '@nestjs/testing';
import {
  awaitBlockedSession,
  type InProcessInventories,
  lockLevel,
  one,
  startInProcessInventories,
} from '../../../../test/db/in-process-inventories';
import { allEvents, startInventoryEvents } from '../../../../test/db/inventory-events-fixture';
import { givenStock } from '../../../../test/harness/stock';
import { times } from '../../../../test/harness/wait';

const LOW = 10;
const REPLENISHED = 20;
const THRESHOLD = { lowAt: LOW, replenishedAt: REPLENISHED };

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

/** The crossings in a few words: `low 9 of 10`. */
const crossings = async (sku = 'a'): Promise<string[]> => {
  const events = await allEvents(instance, pair.database);
  return events.flatMap((event) =>
    'limit' in event && event.sku === sku
      ? [`${event.type.replace('stock.', '')} ${event.available} of ${event.limit}`]
      : [],
  );
};

let adjustments = 0;

const adjust = (delta: number, sku = 'a') =>
  pair.here.adjustments.adjust({
    id: `adjustment-${(adjustments += 1)}`,
    sku,
    change: { delta },
    reason: 'test',
    actor: 'test',
    expectedOnHand: null,
    allowShortfall: false,
  });

const stateOf = async (sku = 'a') => (await pair.there.stock.levelsOf([sku]))[0]?.threshold;

it('publishes each crossing once, and nothing between the two limits', async () => {
  await givenStock(pair.database, 'a', 25);
  await pair.here.thresholds.set('a', THRESHOLD);
  await pair.here.reservations.create('r1', one('a', 14));
  await pair.there.reservations.create('r2', one('a'));
  await pair.here.reservations.create('r3', one('a'));
  await pair.here.reservations.release('r3');
  await adjust(8);
  await pair.here.reservations.release('r2');
  await adjust(1);
  await pair.here.reservations.commit('r1');
  await adjust(-11);
  expect(await crossings()).toEqual(['low 10 of 10', 'replenished 20 of 20', 'low 9 of 10']);
  expect(await stateOf()).toEqual({ ...THRESHOLD, isLow: true });
});

it('publishes nothing while a SKU has no threshold', async () => {
  await givenStock(pair.database, ['a', 'b'], 11);
  await pair.here.thresholds.set('b', THRESHOLD);
  await adjust(-11);
  await pair.here.thresholds.set('b', null);
  await adjust(-11, 'b');
  expect(await crossings('a')).toEqual([]);
  expect(await crossings('b')).toEqual([]);
  expect(await stateOf('b')).toBeNull();
});

it('decides at once when a threshold is set or changed', async () => {
  await givenStock(pair.database, 'a', 15);
  const { thresholds } = pair.here;
  expect(await thresholds.set('a', THRESHOLD)).toMatchObject({ threshold: { isLow: false } });
  await thresholds.set('a', { lowAt: 15, replenishedAt: 30 });
  await thresholds.set('a', { lowAt: 15, replenishedAt: 30 });
  await thresholds.set('a', { lowAt: 14, replenishedAt: 16 });
  await thresholds.set('a', { lowAt: 1, replenishedAt: 15 });
  await thresholds.set('a', null);
  await thresholds.set('a', { lowAt: 20, replenishedAt: 30 });
  expect(await crossings()).toEqual(['low 15 of 15', 'replenished 15 of 15', 'low 15 of 20']);
  const events = await allEvents(instance, pair.database);
  const ids = events.map(({ eventId }) => eventId);
  expect(new Set(ids).size).toBe(ids.length);
});

it('rejects a SKU that Inventory has never had', async () => {
  await expect(pair.here.thresholds.set('unknown', THRESHOLD)).rejects.toMatchObject({
    reason: 'SKU_NOT_FOUND',
  });
});

it('decides after the changes that were committed while it waited for the level', async () => {
  await givenStock(pair.database, 'a', 15);
  const rival = await lockLevel(pair.database, 'a');
  const set = pair.here.thresholds.set('a', THRESHOLD);
  await awaitBlockedSession(pair.database);
  await rival.query(
    `insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                 reserved_after, adjustment_id, reason, actor, occurred_at)
     values ('a', 2, 'ADJUSTED', -10, 0, 5, 0, 'x', 'test', 'test',
             date_trunc('milliseconds', clock_timestamp()))`,
  );
  await rival.query(
    `update stock_level set on_hand = 5, last_seq = 2, updated_at = m.occurred_at
       from stock_movement m where m.sku = 'a' and m.seq = 2 and stock_level.sku = 'a'`,
  );
  await rival.query('commit');
  expect(await set).toMatchObject({ onHand: 5, threshold: { isLow: true } });
  expect(await crossings()).toEqual(['low 5 of 10']);
});

it('publishes nothing about a fall and a recovery in one statement, which no reader could see', async () => {
  await givenStock(pair.database, 'a', 25);
  await pair.here.thresholds.set('a', THRESHOLD);
  const rival = await lockLevel(pair.database, 'a');
  const insert = `
    insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                reserved_after, adjustment_id, reason, actor, occurred_at)
    select 'a', seq, 'ADJUSTED', delta, 0, after, 0, 'x-' || seq, 'test', 'test',
           date_trunc('milliseconds', clock_timestamp())`;
  await rival.query(`${insert} from (values (2, -16, 9), (3, 15, 24)) m (seq, delta, after)`);
  await rival.query(
    `update stock_level set on_hand = 24, last_seq = 3, updated_at = m.occurred_at
       from stock_movement m where m.sku = 'a' and m.seq = 3 and stock_level.sku = 'a'`,
  );
  await rival.query('commit');
  expect(await crossings()).toEqual([]);
  await adjust(-15);
  expect(await crossings()).toEqual(['low 9 of 10']);
});

it('alternates between low and replenished while two instances change the level', async () => {
  await givenStock(pair.database, 'a', 15);
  await pair.here.thresholds.set('a', { lowAt: 12, replenishedAt: 18 });
  const work = async (at: InProcessInventories['here'], worker: number) => {
    for (let round = 0; round < 15; round += 1) {
      const id = `${worker}-${round}`;
      await at.reservations.create(id, one('a', 2));
      await at.reservations.release(id);
    }
  };
  await Promise.all(times(6, (index) => work(index % 2 ? pair.here : pair.there, index)));
  await adjust(10);
  const sides = (await crossings()).map((text) => text.split(' ')[0]);
  expect(sides.length).toBeGreaterThan(1);
  expect(sides).toEqual(times(sides.length, (index) => (index % 2 ? 'replenished' : 'low')));
  expect(await stateOf()).toMatchObject({ isLow: false });
});
