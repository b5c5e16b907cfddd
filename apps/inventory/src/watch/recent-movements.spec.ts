import { type Movement, applyChange, emptyLevel, type StockLevel } from '../stock/stock';
import { EvictionRing, RecentMovements } from './recent-movements';

/** The first movements of a SKU. */
const movementsOf = (sku: string, count: number): Movement[] => {
  const movements: Movement[] = [];
  let level: StockLevel = emptyLevel(sku);
  while (movements.length < count) {
    const moved = applyChange(level, DELIVERY, new Date(0));
    level = moved.level;
    movements.push(moved.movement);
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

describe('a tail', () => {
  it('gives what follows a place, and nothing where nothing follows yet', () => {
    const tail = new RecentMovements('a', 1);
    expect(tail.after(1)).toBeUndefined();
    expect(tail.append(m2)).toBe(true);
    expect(tail.after(1)).toBe(m2);
    expect(tail.after(2)).toBeUndefined();
    expect(tail.end).toEqual({ sku: 'a', seq: 2 });
  });

  it('says of what it never had, or had to drop, that it is gone', () => {
    const tail = new RecentMovements('a', 1);
    expect(tail.after(0)).toBe('gone');
    tail.append(m2);
    tail.append(m3);
    tail.drop(m2);
    expect(tail.after(1)).toBe('gone');
    expect(tail.after(2)).toBe(m3);
  });

  it('takes neither a repeat nor what would leave a gap', () => {
    const tail = new RecentMovements('a', 1);
    expect([m1, m3, m4].map((movement) => tail.append(movement))).toEqual([false, false, false]);
    expect(tail.end.seq).toBe(1);
  });

  it('does not drop its own movement for the one that an earlier tail had in its place', () => {
    const tail = new RecentMovements('a', 1);
    const [, again] = movementsOf('a', 2) as [Movement, Movement];
    tail.append(m2);
    tail.drop(again);
    expect(tail.after(1)).toBe(m2);
  });

  it('knows a place that is ahead of it, as of a watcher that has read the ledger later', () => {
    const tail = new RecentMovements('a', 1);
    expect(tail.after(3)).toBeUndefined();
    [m2, m3].forEach((movement) => tail.append(movement));
    expect(tail.after(3)).toBeUndefined();
    tail.append(m4);
    expect(tail.after(3)).toBe(m4);
  });
});

it('a ring pushes out the oldest, of whichever SKU, once it is full', () => {
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
