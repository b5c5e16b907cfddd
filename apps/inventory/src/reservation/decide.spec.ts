import type { LineDto, ReservationStateName } from '@app/contracts';
import { type ReservationCommand, decide, type CommandOutcome } from './decide';
import { mergeLines, type Reservation, sameLines, uuidV7Time } from './reservation';
import type { LockedState } from './unit-of-work';

const now = new Date('2026-01-01T00:00:00Z');
const past = new Date(now.getTime() - 1);
const lines = [{ sku: 'burger', quantity: 2 }];
const otherLines = [{ sku: 'burger', quantity: 3 }];

/** HELD, but its time has run out: what no state says, and every call must see. */
type Start = ReservationStateName | 'NONE' | 'DUE';

const reservation = (start: Exclude<Start, 'NONE'>): Reservation => ({
  id: 'r',
  state: start === 'DUE' ? 'HELD' : start,
  lines,
  shortages: [],
  expiresAt: start === 'DUE' ? now : null,
  createdAt: past,
  updatedAt: past,
});

const stateWith = (start: Start): LockedState => ({
  levels: new Map([
    [
      'burger',
      {
        sku: 'burger',
        onHand: 5,
        reserved: start === 'HELD' || start === 'DUE' ? 2 : 0,
        shortfall: 0,
        lastSeq: 1,
        updatedAt: past,
      },
    ],
  ]),
  reservations: new Map(start === 'NONE' ? [] : [['r', reservation(start)]]),
  now,
  forgottenBefore: new Date(0),
});

const stateOf = (outcome: CommandOutcome | undefined): string | undefined =>
  outcome && 'reservation' in outcome ? outcome.reservation.state : undefined;

const outcomeOf = (start: Start, command: ReservationCommand): string => {
  const { outcomes, writes } = decide(stateWith(start), [command]);
  const [outcome] = outcomes;
  const moved = writes.movements.map(
    ({ kind, onHandDelta, reservedDelta }) => ` ${kind}(${onHandDelta},${reservedDelta})`,
  );
  return [outcome?.kind, stateOf(outcome)].filter(Boolean).join(' ') + moved.join('');
};

const hold = (
  asked: readonly LineDto[] = lines,
  ttlMs: number | null = null,
): ReservationCommand => ({
  kind: 'hold',
  id: 'r',
  lines: asked,
  ttlMs,
});
const take = (asked: readonly LineDto[] = lines): ReservationCommand => ({
  kind: 'take',
  id: 'r',
  lines: asked,
  hasGeneratedId: false,
});

const COMMANDS = {
  hold: hold(),
  'hold other lines': hold(otherLines),
  take: take(),
  'take other lines': take(otherLines),
  commit: { kind: 'commit', id: 'r' },
  release: { kind: 'release', id: 'r' },
  extend: { kind: 'extend', id: 'r', ttlMs: 1_000 },
  expire: { kind: 'expire', id: 'r' },
} satisfies Record<string, ReservationCommand>;

type Call = keyof typeof COMMANDS;

/** Every call in every state: what it comes to, where the reservation is then, and what it moved. */
const TABLE: Record<Call, Record<Start, string>> = {
  hold: {
    NONE: 'decided HELD HELD(0,2)',
    HELD: 'decided HELD',
    DUE: 'decided EXPIRED EXPIRED(0,-2)',
    REJECTED: 'decided REJECTED',
    COMMITTED: 'decided COMMITTED',
    RELEASED: 'decided RELEASED',
    EXPIRED: 'decided EXPIRED',
  },
  'hold other lines': {
    NONE: 'decided HELD HELD(0,3)',
    HELD: 'mismatch HELD',
    DUE: 'mismatch HELD',
    REJECTED: 'mismatch REJECTED',
    COMMITTED: 'mismatch COMMITTED',
    RELEASED: 'mismatch RELEASED',
    EXPIRED: 'mismatch EXPIRED',
  },
  take: {
    NONE: 'decided COMMITTED COMMITTED(-2,0)',
    HELD: 'mismatch HELD',
    DUE: 'decided EXPIRED EXPIRED(0,-2)',
    REJECTED: 'decided REJECTED',
    COMMITTED: 'decided COMMITTED',
    RELEASED: 'decided RELEASED',
    EXPIRED: 'decided EXPIRED',
  },
  'take other lines': {
    NONE: 'decided COMMITTED COMMITTED(-3,0)',
    HELD: 'mismatch HELD',
    DUE: 'mismatch HELD',
    REJECTED: 'mismatch REJECTED',
    COMMITTED: 'mismatch COMMITTED',
    RELEASED: 'mismatch RELEASED',
    EXPIRED: 'mismatch EXPIRED',
  },
  commit: {
    NONE: 'unknown',
    HELD: 'decided COMMITTED COMMITTED(-2,-2)',
    DUE: 'ended EXPIRED EXPIRED(0,-2)',
    REJECTED: 'ended REJECTED',
    COMMITTED: 'decided COMMITTED',
    RELEASED: 'ended RELEASED',
    EXPIRED: 'ended EXPIRED',
  },
  release: {
    NONE: 'decided RELEASED',
    HELD: 'decided RELEASED RELEASED(0,-2)',
    DUE: 'decided EXPIRED EXPIRED(0,-2)',
    REJECTED: 'decided REJECTED',
    COMMITTED: 'ended COMMITTED',
    RELEASED: 'decided RELEASED',
    EXPIRED: 'decided EXPIRED',
  },
  extend: {
    NONE: 'unknown',
    HELD: 'decided HELD',
    DUE: 'ended EXPIRED EXPIRED(0,-2)',
    REJECTED: 'ended REJECTED',
    COMMITTED: 'ended COMMITTED',
    RELEASED: 'ended RELEASED',
    EXPIRED: 'ended EXPIRED',
  },
  expire: {
    NONE: 'unknown',
    HELD: 'decided HELD',
    DUE: 'decided EXPIRED EXPIRED(0,-2)',
    REJECTED: 'decided REJECTED',
    COMMITTED: 'decided COMMITTED',
    RELEASED: 'decided RELEASED',
    EXPIRED: 'decided EXPIRED',
  },
};

describe('the table of states', () => {
  const cells = Object.entries(TABLE).flatMap(([command, row]) =>
    Object.entries(row).map(
      ([start, outcome]) => [command as Call, start as Start, outcome] as const,
    ),
  );

  it.each(cells)('%s of what is %s: %s', (command, start, outcome) => {
    expect(outcomeOf(start, COMMANDS[command])).toBe(outcome);
  });

  it('a tombstone has no lines and answers RELEASED to any', () => {
    const tombstone = { ...reservation('RELEASED'), lines: [] };
    const state = { ...stateWith('NONE'), reservations: new Map([['r', tombstone]]) };
    const { outcomes } = decide(state, [hold(otherLines), take(lines)]);
    expect(outcomes.map(stateOf)).toEqual(['RELEASED', 'RELEASED']);
  });
});

describe('a time to live', () => {
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

  it('begins when it is decided', () => {
    const { outcomes } = decide(stateWith('NONE'), [hold(lines, HOUR_MS)]);
    expect(outcomes).toMatchObject([{ reservation: { expiresAt: later(HOUR_MS) } }]);
  });

  it('is over at its very millisecond, and not one before', () => {
    const endingAt = (expiresAt: Date) =>
      decide(
        {
          ...stateWith('HELD'),
          reservations: new Map([['r', { ...reservation('HELD'), expiresAt }]]),
        },
        [{ kind: 'commit', id: 'r' }],
      ).outcomes.map(({ kind }) => kind);
    expect(endingAt(now)).toEqual(['ended']);
    expect(endingAt(later(1))).toEqual(['decided']);
  });

  it('is moved to a later end only, or to none', () => {
    expect(expiryAfter(later(HOUR_MS), 2 * HOUR_MS)).toEqual([later(2 * HOUR_MS), 1]);
    expect(expiryAfter(later(HOUR_MS), 1)).toEqual([later(HOUR_MS), 0]);
    expect(expiryAfter(later(HOUR_MS), null)).toEqual([null, 1]);
    expect(expiryAfter(null, HOUR_MS)).toEqual([null, 0]);
  });
});

describe('an id that is not recorded', () => {
  const id = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';
  const madeAt = new Date('2024-12-03T11:53:42.938Z');
  const outcomeWhen = (forgottenBefore: Date, asked: string) =>
    decide({ ...stateWith('NONE'), forgottenBefore }, [{ ...hold(), id: asked }]).outcomes[0]?.kind;

  it('tells its age if it is a UUIDv7, in either case', () => {
    expect(uuidV7Time(id)).toEqual(madeAt);
    expect(uuidV7Time(id.toUpperCase())).toEqual(madeAt);
    expect(uuidV7Time('01938c5e-7d1a-4c3b-9f7e-2b6d0c1a4e55')).toBeUndefined();
    expect(uuidV7Time('cart-17')).toBeUndefined();
  });

  it('is refused when it is older than tombstones are kept, and not before', () => {
    expect(outcomeWhen(new Date(madeAt.getTime() + 1), id)).toBe('idTooOld');
    expect(outcomeWhen(madeAt, id)).toBe('decided');
  });

  it('is taken when it tells no age: its tombstone is kept for good', () => {
    expect(outcomeWhen(now, 'cart-17')).toBe('decided');
  });

  it('does not matter once it is recorded', () => {
    const state = { ...stateWith('NONE'), forgottenBefore: now };
    const recorded = { ...reservation('COMMITTED'), id };
    const { outcomes } = decide({ ...state, reservations: new Map([[id, recorded]]) }, [
      { ...hold(), id },
    ]);
    expect(outcomes.map(stateOf)).toEqual(['COMMITTED']);
  });
});

describe('a commit of what is not there', () => {
  it('is refused with what is short, and the hold stays', () => {
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
    expect(writes).toEqual({ created: [], updated: [], withExpiry: [], movements: [], levels: [] });
  });
});

describe('a group', () => {
  const holdAs = (id: string, quantity: number): ReservationCommand => ({
    kind: 'hold',
    id,
    lines: [{ sku: 'burger', quantity }],
    ttlMs: null,
  });

  it('is decided in the order it came, each command seeing what those before it did', () => {
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

  it('gives units that came back when a time ran out to those who come next', () => {
    const { outcomes } = decide(stateWith('DUE'), [
      holdAs('a', 5),
      { kind: 'commit', id: 'r' },
      holdAs('b', 5),
    ]);
    expect(outcomes.map(stateOf)).toEqual(['REJECTED', 'EXPIRED', 'HELD']);
  });

  it('names the SKUs that somebody was refused for', () => {
    expect(decide(stateWith('NONE'), [holdAs('a', 9)]).shortSkus).toEqual(['burger']);
    expect(decide(stateWith('NONE'), [holdAs('a', 5)]).shortSkus).toEqual([]);
  });

  it('gives each movement the next number, the balance after it and a time that never goes back', () => {
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

  it('writes a reservation once, in its last state, however often the group touched it', () => {
    const { writes } = decide(stateWith('NONE'), [holdAs('a', 3), { kind: 'release', id: 'a' }]);
    expect(writes.created).toMatchObject([{ id: 'a', state: 'RELEASED' }]);
    expect(writes.updated).toEqual([]);
  });

  it('leaves alone what it only looked at', () => {
    const { writes } = decide(stateWith('HELD'), [hold()]);
    expect(writes).toEqual({ created: [], updated: [], withExpiry: [], movements: [], levels: [] });
  });
});

it('lines of one SKU are summed and put in SKU order', () => {
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

it('two baskets are the same only when every SKU and every quantity is', () => {
  expect(sameLines(lines, [{ sku: 'burger', quantity: 2 }])).toBe(true);
  expect(sameLines(lines, otherLines)).toBe(false);
  expect(sameLines(lines, [{ sku: 'pizza', quantity: 2 }])).toBe(false);
  expect(sameLines(lines, [...lines, { sku: 'pizza', quantity: 1 }])).toBe(false);
});
