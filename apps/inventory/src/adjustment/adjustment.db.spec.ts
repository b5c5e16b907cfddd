import {
  lockLevel,
  one,
  waitByDatabaseClock,
  awaitBlockedSession,
} from '../../../../test/db/in-process-inventories';
import {
  database,
  here,
  levelOf,
  there,
  useTwoInventories,
} from '../../../../test/db/two-inventories-fixture';
import { givenStock } from '../../../../test/harness/stock';
import { times } from '../../../../test/harness/wait';
import type { Adjustment } from './adjustment';

useTwoInventories();

const adjustment = (
  id: string,
  sku: string,
  delta: number,
  more: Partial<Adjustment> = {},
): Adjustment => ({
  id,
  sku,
  change: { delta },
  reason: 'count',
  actor: 'ann',
  expectedOnHand: null,
  allowShortfall: false,
  ...more,
});

const setTo = (id: string, sku: string, setOnHand: number, more: Partial<Adjustment> = {}) =>
  adjustment(id, sku, 0, { change: { setOnHand }, ...more });

const reasons = (results: readonly PromiseSettledResult<unknown>[]): string[] =>
  results.map((one) =>
    one.status === 'fulfilled' ? 'done' : (one.reason as { reason: string }).reason,
  );

describe('an adjustment', () => {
  it('is recorded in the ledger with actor, reason and the level afterwards', async () => {
    await givenStock(database, 'a', 5);
    await here.adjustments.adjust(adjustment('a1', 'a', -2, { reason: 'broken', actor: 'bob' }));
    const { items: movements } = await here.ledger.page({ sku: 'a', afterSeq: 1, limit: 10 });
    expect(movements).toEqual([
      {
        sku: 'a',
        seq: 2,
        kind: 'ADJUSTED',
        onHandDelta: -2,
        reservedDelta: 0,
        onHandAfter: 3,
        reservedAfter: 0,
        reservationId: null,
        adjustmentId: 'a1',
        reason: 'broken',
        actor: 'bob',
        occurredAt: expect.any(Date) as Date,
      },
    ]);
  });

  it('sets on hand to a count, and records a count that confirms the level', async () => {
    await givenStock(database, 'b', 5);
    expect(await here.adjustments.adjust(setTo('b1', 'b', 9))).toMatchObject({
      level: { onHand: 9 },
      movement: { onHandDelta: 4 },
    });
    expect(await here.adjustments.adjust(setTo('b2', 'b', 9))).toMatchObject({
      movement: { onHandDelta: 0, seq: 3 },
    });
  });

  it('makes an unknown SKU known, also at two instances at the same time', async () => {
    const results = await Promise.all(
      times(20, (index) =>
        (index % 2 ? here : there).adjustments.adjust(adjustment(`c${index}`, 'c', 1)),
      ),
    );
    expect(results).toHaveLength(20);
    expect(await levelOf('c')).toMatchObject({ onHand: 20, lastSeq: 20 });
  });
});

describe('a repeated adjustment', () => {
  it('is recorded once, also at two instances', async () => {
    await givenStock(database, 'd', 5);
    const results = await Promise.all(
      times(40, (index) => (index % 2 ? here : there).adjustments.adjust(adjustment('d1', 'd', 3))),
    );
    expect(new Set(results.map(({ movement }) => movement.seq))).toEqual(new Set([2]));
    expect(await levelOf('d')).toMatchObject({ onHand: 8 });
  });

  it('returns the recorded movement and the present level', async () => {
    await givenStock(database, 'e', 5);
    const set = setTo('e1', 'e', 7, { expectedOnHand: 5 });
    await here.adjustments.adjust(set);
    await here.reservations.take({ sku: 'e', quantity: 4 });
    expect(await there.adjustments.adjust(set)).toMatchObject({
      movement: { seq: 2, onHandDelta: 2, onHandAfter: 7 },
      level: { onHand: 3, lastSeq: 3 },
    });
  });

  it('with any other field is rejected', async () => {
    await givenStock(database, 'f', 5);
    await givenStock(database, 'f-other', 5);
    await here.adjustments.adjust(adjustment('f1', 'f', 1));
    const results = await Promise.allSettled(
      [
        adjustment('f1', 'f', 2),
        adjustment('f1', 'f-other', 1),
        setTo('f1', 'f', 7),
        adjustment('f1', 'f', 1, { reason: 'another' }),
        adjustment('f1', 'f', 1, { actor: 'another' }),
      ].map((other) => there.adjustments.adjust(other)),
    );
    expect(reasons(results)).toEqual(times(5, () => 'ADJUSTMENT_MISMATCH'));
  });

  it('for another SKU at another instance at the same time: one is recorded, the other rejected', async () => {
    await givenStock(database, 'g-1', 5);
    await givenStock(database, 'g-2', 5);
    for (const round of times(10, (index) => index)) {
      const results = await Promise.allSettled([
        here.adjustments.adjust(adjustment(`g${round}`, 'g-1', 1)),
        there.adjustments.adjust(adjustment(`g${round}`, 'g-2', 1)),
      ]);
      expect(reasons(results).sort()).toEqual(['ADJUSTMENT_MISMATCH', 'done']);
    }
  });
});

describe('an expected value', () => {
  it('lets exactly one of many concurrent adjustments succeed', async () => {
    await givenStock(database, 'h', 5);
    const results = await Promise.allSettled(
      times(20, (index) =>
        (index % 2 ? here : there).adjustments.adjust(
          setTo(`h${index}`, 'h', 6 + index, { expectedOnHand: 5 }),
        ),
      ),
    );
    expect(reasons(results).filter((reason) => reason === 'done')).toHaveLength(1);
    expect(reasons(results).filter((reason) => reason === 'STOCK_CHANGED')).toHaveLength(19);
  });

  it('is compared with the level after the lock is acquired', async () => {
    await givenStock(database, 'i', 5);
    const rival = await lockLevel(database, 'i');
    // Without a movement, so that only the lock can detect the change, not the key of the ledger.
    await rival.query(`update stock_level set on_hand = 6 where sku = 'i'`);
    const result = here.adjustments.adjust(setTo('i1', 'i', 9, { expectedOnHand: 5 }));
    result.catch(() => undefined);
    await awaitBlockedSession(database);
    await rival.query('commit');
    await expect(result).rejects.toMatchObject({
      reason: 'STOCK_CHANGED',
      message: 'i has 6 on hand and 0 reserved, not the expected 5.',
    });
    await database.query(
      `insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                   reserved_after, adjustment_id, reason, actor, occurred_at)
       values ('i', 2, 'ADJUSTED', 1, 0, 6, 0, 'i2', 'test', 'rival',
               date_trunc('milliseconds', now()))`,
    );
    await database.query(
      `update stock_level set last_seq = 2, updated_at = (
         select occurred_at from stock_movement where sku = 'i' and seq = 2) where sku = 'i'`,
    );
  });

  it('of 0 matches an unknown SKU', async () => {
    await expect(
      here.adjustments.adjust(adjustment('j1', 'j', 3, { expectedOnHand: 0 })),
    ).resolves.toMatchObject({ level: { onHand: 3 } });
  });
});

describe('reserved units', () => {
  it('cannot be removed', async () => {
    await givenStock(database, 'k', 5);
    await here.reservations.create('k1', one('k', 3));
    await expect(here.adjustments.adjust(adjustment('k2', 'k', -3))).rejects.toMatchObject({
      reason: 'STOCK_RESERVED',
      metadata: { sku: 'k', on_hand: 5, reserved: 3 },
    });
    await expect(here.adjustments.adjust(adjustment('k3', 'k', -2))).resolves.toMatchObject({
      level: { onHand: 3, reserved: 3, shortfall: 0 },
    });
  });

  it('can be removed once their hold has expired, without a sweeper', async () => {
    await givenStock(database, 'p', 5);
    await here.reservations.create('p1', one('p', 5), 1);
    await waitByDatabaseClock(database, 5);
    await expect(there.adjustments.adjust(adjustment('p2', 'p', -5))).resolves.toMatchObject({
      level: { onHand: 0, reserved: 0 },
    });
  });

  it('stay reserved if allow_shortfall removes them, and uncovered reservations are reported', async () => {
    await givenStock(database, 'l', 5);
    await here.reservations.create('l-old', one('l', 2));
    await here.reservations.create('l-mid', one('l', 1));
    await here.reservations.create('l-new', one('l', 2));
    const stolen = adjustment('l1', 'l', -3, { allowShortfall: true, reason: 'stolen' });
    const adjusted = await here.adjustments.adjust(stolen);
    expect(adjusted).toMatchObject({ level: { onHand: 2, reserved: 5, shortfall: 3 } });
    expect(adjusted.unmet.map(({ id, quantity }) => [id, quantity])).toEqual([
      ['l-new', 2],
      ['l-mid', 1],
    ]);
    expect(await here.reservations.create('l-more', one('l'))).toMatchObject({
      state: 'REJECTED',
      shortages: [{ available: 0 }],
    });
    expect(await here.reservations.commit('l-old')).toMatchObject({ state: 'COMMITTED' });
    await expect(here.reservations.commit('l-mid')).rejects.toMatchObject({
      reason: 'INSUFFICIENT_STOCK',
    });
    expect(await here.reservations.get('l-mid')).toMatchObject({ state: 'HELD' });
    await here.reservations.release('l-new');
    expect(await levelOf('l')).toMatchObject({ onHand: 0, reserved: 1, shortfall: 1 });
    // A delivery needs no allowShortfall, even if it does not cover all reserved units.
    await here.adjustments.adjust(adjustment('l2', 'l', 1));
    expect(await levelOf('l')).toMatchObject({ onHand: 1, reserved: 1, shortfall: 0 });
    expect(await here.reservations.commit('l-mid')).toMatchObject({ state: 'COMMITTED' });
  });

  it('cannot exceed on hand otherwise: Postgres rejects the level', async () => {
    await givenStock(database, 'm', 5);
    await here.reservations.create('m1', one('m', 3));
    await expect(
      database.query(`update stock_level set on_hand = 2 where sku = 'm'`),
    ).rejects.toMatchObject({ constraint: 'stock_level_reserved' });
  });
});

it('a result below 0 or above the limit is rejected, even with allowShortfall', async () => {
  await givenStock(database, 'n', 5);
  const results = await Promise.allSettled([
    here.adjustments.adjust(adjustment('n1', 'n', -6, { allowShortfall: true })),
    here.adjustments.adjust(adjustment('n2', 'n', 1_000_000_000)),
    here.adjustments.adjust(adjustment('n3', 'n-unknown', -1)),
  ]);
  expect(reasons(results)).toEqual(times(3, () => 'STOCK_OUT_OF_RANGE'));
  expect(await levelOf('n-unknown')).toBeUndefined();
});

it('a rejected adjustment is not recorded, so it can be retried with the same id', async () => {
  await givenStock(database, 'o', 5);
  await here.reservations.create('o1', one('o', 5));
  await expect(here.adjustments.adjust(adjustment('o2', 'o', -1))).rejects.toBeDefined();
  await here.reservations.release('o1');
  await expect(here.adjustments.adjust(adjustment('o2', 'o', -1))).resolves.toMatchObject({
    level: { onHand: 4 },
  });
});
