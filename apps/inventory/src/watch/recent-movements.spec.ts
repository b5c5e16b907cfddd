import {
  type Movement,
  applyChange,
  emptyLevel,
  levelAfter,
  type StockLevel,
} from '../stock/stock';
import { EvictionRing, RecentMovements } from './recent-movements';

/** The first movements of a SKU. */
const movementsOf = (sku: string, count: number): Movement[] => {
  const movements: Movement[] = [];
  let level: StockLevel = emptyLevel(sku);
  while (movements.length < count) {
    const applied = applyChange(level, DELIVERY, new Date(0));
    level = applied.level;
    movements.push(applied.movement);
  }
  return movements;
};

const DELIVERY = {
  kind: 'ADJUSTED',
  onHandDelta: 1,
  reservedDelta: 0,
  adjustmentId: 'delivery',
  reason: 'test',
  actor: 'test',
  allowShortfall: false,
} as const;

const [m1, m2, m3, m4] = movementsOf('a', 4) as [Movement, Movement, Movement, Movement];

describe('recent movements', () => {
  it('return the movement behind a position, or nothing if there is none yet', () => {
    const recent = new RecentMovements(levelAfter(m1));
    expect(recent.movementAfter(1)).toBeUndefined();
    expect(recent.append(m2)).toBe(true);
    expect(recent.movementAfter(1)).toBe(m2);
    expect(recent.movementAfter(2)).toBeUndefined();
    expect(recent.position).toEqual({ sku: 'a', seq: 2, occurredAt: m2.occurredAt });
  });

  it('report a movement from before the start, or an evicted one, as evicted', () => {
    const recent = new RecentMovements(levelAfter(m1));
    expect(recent.movementAfter(0)).toBe('evicted');
    recent.append(m2);
    recent.append(m3);
    recent.evict(m2);
    expect(recent.movementAfter(1)).toBe('evicted');
    expect(recent.movementAfter(2)).toBe(m3);
  });

  it('reject a repeated movement, and one that would leave a gap', () => {
    const recent = new RecentMovements(levelAfter(m1));
    expect([m1, m3, m4].map((movement) => recent.append(movement))).toEqual([false, false, false]);
    expect(recent.position.seq).toBe(1);
  });

  it.each([
    ['on hand', { ...m2, onHandDelta: 2 }],
    ['reserved', { ...m2, reservedAfter: 1 }],
  ])('reject a movement that starts from another number of units %s', (_what, movement) => {
    const recent = new RecentMovements(levelAfter(m1));
    expect(recent.contradicts(m2)).toBe(false);
    expect(recent.contradicts(movement)).toBe(true);
    expect(recent.append(movement)).toBe(false);
  });

  it('ignore the eviction of a movement of an earlier instance', () => {
    const recent = new RecentMovements(levelAfter(m1));
    const [, again] = movementsOf('a', 2) as [Movement, Movement];
    recent.append(m2);
    recent.evict(again);
    expect(recent.movementAfter(1)).toBe(m2);
  });

  it('accept a position ahead of them, as of a watcher that has read the ledger later', () => {
    const recent = new RecentMovements(levelAfter(m1));
    expect(recent.movementAfter(3)).toBeUndefined();
    [m2, m3].forEach((movement) => recent.append(movement));
    expect(recent.movementAfter(3)).toBeUndefined();
    recent.append(m4);
    expect(recent.movementAfter(3)).toBe(m4);
  });
});

it('a full ring returns the oldest movement of all SKUs', () => {
  const ring = new EvictionRing(3);
  const [other] = movementsOf('b', 1) as [Movement];
  expect([m1, other, m2, m3, m4].map((movement) => ring.push(movement))).toEqual([
    undefined,
    undefined,
    undefined,
    m1,
    other,
  ]);
});
