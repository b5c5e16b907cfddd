import {
  hold,
  lines,
  now,
  otherLines,
  reservation,
  stateOf,
  stateWith,
} from '../../../../test/harness/decisions';
import { decide, type ReservationCommand } from './decide';
import { mergeLines, sameLines, uuidV7Time } from './reservation';
import type { LockedState } from './unit-of-work';

describe('the expiry of a hold', () => {
  const HOUR_MS = 3_600_000;
  const later = (ms: number): Date => new Date(now.getTime() + ms);

  const expiryAfter = (expiresAt: Date | null, ttlMs: number | null) => {
    const held = { ...reservation('HELD'), expiresAt };
    const state = { ...stateWith('HELD'), reservations: new Map([['r', held]]) };
    const { outcomes, writes } = decide(state, [{ kind: 'extend', id: 'r', ttlMs }]);
    const [outcome] = outcomes;
    const after = outcome?.kind === 'decided' ? outcome.reservation.expiresAt : undefined;
    return [after, writes.updated.length];
  };

  it('counts from the decision', () => {
    const { outcomes } = decide(stateWith('NONE'), [hold(lines, HOUR_MS)]);
    expect(outcomes).toMatchObject([{ reservation: { expiresAt: later(HOUR_MS) } }]);
  });

  it('comes at its exact millisecond, not before', () => {
    const commitWithExpiry = (expiresAt: Date) =>
      decide(
        {
          ...stateWith('HELD'),
          reservations: new Map([['r', { ...reservation('HELD'), expiresAt }]]),
        },
        [{ kind: 'commit', id: 'r' }],
      ).outcomes.map(({ kind }) => kind);
    expect(commitWithExpiry(now)).toEqual(['ended']);
    expect(commitWithExpiry(later(1))).toEqual(['decided']);
  });

  it('can only be moved to a later time, or removed', () => {
    expect(expiryAfter(later(HOUR_MS), 2 * HOUR_MS)).toEqual([later(2 * HOUR_MS), 1]);
    expect(expiryAfter(later(HOUR_MS), 1)).toEqual([later(HOUR_MS), 0]);
    expect(expiryAfter(later(HOUR_MS), null)).toEqual([null, 1]);
    expect(expiryAfter(null, HOUR_MS)).toEqual([null, 0]);
  });
});

describe('an unknown id', () => {
  const id = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';
  const createdAt = new Date('2024-12-03T11:53:42.938Z');
  const outcomeWhen = (forgottenBefore: Date, requestedId: string) =>
    decide({ ...stateWith('NONE'), forgottenBefore }, [{ ...hold(), id: requestedId }]).outcomes[0]
      ?.kind;

  it('contains its creation time if it is a UUIDv7, in either case', () => {
    expect(uuidV7Time(id)).toEqual(createdAt);
    expect(uuidV7Time(id.toUpperCase())).toEqual(createdAt);
    expect(uuidV7Time('01938c5e-7d1a-4c3b-9f7e-2b6d0c1a4e55')).toBeUndefined();
    expect(uuidV7Time('cart-17')).toBeUndefined();
  });

  it('is rejected if it is older than the oldest tombstones', () => {
    expect(outcomeWhen(new Date(createdAt.getTime() + 1), id)).toBe('idTooOld');
    expect(outcomeWhen(createdAt, id)).toBe('decided');
  });

  it('is accepted if it contains no time, because its tombstone is never deleted', () => {
    expect(outcomeWhen(now, 'cart-17')).toBe('decided');
  });

  it('may be of any age once it is recorded', () => {
    const state = { ...stateWith('NONE'), forgottenBefore: now };
    const recorded = { ...reservation('COMMITTED'), id };
    const { outcomes } = decide({ ...state, reservations: new Map([[id, recorded]]) }, [
      { ...hold(), id },
    ]);
    expect(outcomes.map(stateOf)).toEqual(['COMMITTED']);
  });
});

const NO_WRITES = {
  created: [],
  updated: [],
  reduced: [],
  withExpiry: [],
  movements: [],
  levels: [],
};

describe('a commit of units that are not on hand', () => {
  it('is rejected with the shortages, and the hold stays', () => {
    const state = stateWith('HELD');
    const burger = { ...state.levels.get('burger'), onHand: 1, reserved: 2, shortfall: 1 };
    const short = { ...state, levels: new Map([['burger', burger]]) } as LockedState;
    const { outcomes, writes } = decide(short, [{ kind: 'commit', id: 'r' }]);
    expect(outcomes).toEqual([
      {
        kind: 'short',
        id: 'r',
        shortages: [{ sku: 'burger', requested: 2, available: 1, reason: 'NOT_ENOUGH' }],
      },
    ]);
    expect(writes).toEqual(NO_WRITES);
  });
});

describe('a group', () => {
  const holdAs = (id: string, quantity: number): ReservationCommand => ({
    kind: 'hold',
    id,
    lines: [{ sku: 'burger', quantity }],
    ttlMs: null,
  });

  it('is decided in order, and each command sees the effects of earlier ones', () => {
    const { outcomes, writes } = decide(stateWith('NONE'), [
      holdAs('a', 3),
      holdAs('b', 3),
      { kind: 'release', id: 'a' },
      holdAs('c', 3),
      holdAs('a', 3),
    ]);
    expect(outcomes.map(stateOf)).toEqual(['HELD', 'REJECTED', 'RELEASED', 'HELD', 'RELEASED']);
    expect(writes.levels).toMatchObject([{ sku: 'burger', onHand: 5, reserved: 3, lastSeq: 4 }]);
  });

  it('gives the units of an expired hold to later commands', () => {
    const { outcomes } = decide(stateWith('DUE'), [
      holdAs('a', 5),
      { kind: 'commit', id: 'r' },
      holdAs('b', 5),
    ]);
    expect(outcomes.map(stateOf)).toEqual(['REJECTED', 'EXPIRED', 'HELD']);
  });

  it('returns the SKUs of rejected baskets', () => {
    expect(decide(stateWith('NONE'), [holdAs('a', 9)]).shortSkus).toEqual(['burger']);
    expect(decide(stateWith('NONE'), [holdAs('a', 5)]).shortSkus).toEqual([]);
  });

  it('numbers movements and never records an earlier time than before', () => {
    const state = stateWith('NONE');
    const ahead = new Date(now.getTime() + 5_000);
    const burger = { ...state.levels.get('burger'), updatedAt: ahead };
    const levels = new Map([['burger', burger]]) as LockedState['levels'];
    const { writes } = decide({ ...state, levels }, [holdAs('a', 3), holdAs('b', 2)]);
    expect(writes.movements).toMatchObject([
      { seq: 2, reservedAfter: 3, onHandAfter: 5, reservationId: 'a', occurredAt: ahead },
      { seq: 3, reservedAfter: 5, onHandAfter: 5, reservationId: 'b', occurredAt: ahead },
    ]);
  });

  it('writes a reservation once, in its last state', () => {
    const { writes } = decide(stateWith('NONE'), [holdAs('a', 3), { kind: 'release', id: 'a' }]);
    expect(writes.created).toMatchObject([{ id: 'a', state: 'RELEASED' }]);
    expect(writes.updated).toEqual([]);
  });

  it('writes nothing for a reservation that it only reads', () => {
    const { writes } = decide(stateWith('HELD'), [hold()]);
    expect(writes).toEqual(NO_WRITES);
  });
});

it('merged lines are summed by SKU and in SKU order', () => {
  expect(
    mergeLines([
      { sku: 'pizza', quantity: 1 },
      { sku: 'burger', quantity: 2 },
      { sku: 'pizza', quantity: 3 },
    ]),
  ).toEqual([
    { sku: 'burger', quantity: 2 },
    { sku: 'pizza', quantity: 4 },
  ]);
});

it('baskets are the same if all SKUs and quantities are equal', () => {
  expect(sameLines(lines, [{ sku: 'burger', quantity: 2 }])).toBe(true);
  expect(sameLines(lines, otherLines)).toBe(false);
  expect(sameLines(lines, [{ sku: 'pizza', quantity: 2 }])).toBe(false);
  expect(sameLines(lines, [...lines, { sku: 'pizza', quantity: 1 }])).toBe(false);
});
