import { available, applyChange, emptyLevel, type StockLevel } from './stock';

const now = new Date('2026-01-01T00:00:00Z');
const level: StockLevel = { ...emptyLevel('burger'), onHand: 5, reserved: 3, lastSeq: 7 };

const adjustment = (onHandDelta: number, allowShortfall: boolean) =>
  ({
    kind: 'ADJUSTED',
    onHandDelta,
    reservedDelta: 0,
    adjustmentId: 'a',
    reason: 'count',
    actor: 'ann',
    allowShortfall,
  }) as const;

const hold = (units: number) =>
  ({ kind: 'HELD', onHandDelta: 0, reservedDelta: units, reservationId: 'r' }) as const;

const release = (units: number) =>
  ({ kind: 'RELEASED', onHandDelta: 0, reservedDelta: -units, reservationId: 'r' }) as const;

describe('a shortfall', () => {
  it('comes only from an adjustment that allows it', () => {
    expect(applyChange(level, adjustment(-4, true), now).level).toMatchObject({ shortfall: 2 });
    // These levels violate the CHECK, which must reject them.
    expect(applyChange(level, adjustment(-4, false), now).level).toMatchObject({ shortfall: 0 });
    expect(applyChange(level, hold(9), now).level).toMatchObject({ reserved: 12, shortfall: 0 });
  });

  it('decreases when units arrive or are released, and never increases again', () => {
    const short = applyChange(level, adjustment(-5, true), now).level;
    expect(short).toMatchObject({ onHand: 0, reserved: 3, shortfall: 3 });
    expect(applyChange(short, adjustment(1, false), now).level).toMatchObject({ shortfall: 2 });
    const released = applyChange(short, release(2), now).level;
    expect(released).toMatchObject({ shortfall: 1 });
    expect(applyChange(released, hold(1), now).level).toMatchObject({ reserved: 2, shortfall: 1 });
  });

  it('leaves nothing available', () => {
    expect(available({ onHand: 1, reserved: 3 })).toBe(0);
    expect(available(level)).toBe(2);
  });
});

it('a level change returns the movement that explains it', () => {
  const { level: after, movement } = applyChange(level, hold(2), now);
  expect(after).toEqual({ ...level, reserved: 5, lastSeq: 8, updatedAt: now });
  expect(movement).toEqual({
    sku: 'burger',
    seq: 8,
    kind: 'HELD',
    onHandDelta: 0,
    reservedDelta: 2,
    onHandAfter: 5,
    reservedAfter: 5,
    reservationId: 'r',
    adjustmentId: null,
    reason: null,
    actor: null,
    occurredAt: now,
  });
});
