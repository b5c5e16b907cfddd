import { type Command, decide, type Facts } from './decide';
import { normalise, type Reservation, type ReservationState, sameLines } from './reservation';

const now = new Date('2026-01-01T00:00:00Z');
const lines = [{ sku: 'burger', quantity: 2 }];
const otherLines = [{ sku: 'burger', quantity: 3 }];

const reservation = (state: ReservationState): Reservation => ({
  id: 'r',
  state,
  lines,
  shortages: [],
  createdAt: now,
  updatedAt: now,
});

const factsWith = (state: ReservationState | undefined): Facts => ({
  levels: new Map([
    ['burger', { sku: 'burger', onHand: 5, reserved: state === 'HELD' ? 2 : 0, lastSeq: 1 }],
  ]),
  reservations: new Map(state ? [['r', reservation(state)]] : []),
  now,
});

const outcomeOf = (state: ReservationState | undefined, command: Command) => {
  const { outcomes, changes } = decide(factsWith(state), [command]);
  const [outcome] = outcomes;
  return {
    kind: outcome?.kind,
    state: outcome?.reservation.state,
    moved: changes.movements.map(({ kind, onHandDelta, reservedDelta }) => [
      kind,
      onHandDelta,
      reservedDelta,
    ]),
  };
};

const hold: Command = { kind: 'hold', id: 'r', lines };
const holdOther: Command = { kind: 'hold', id: 'r', lines: otherLines };
const take: Command = { kind: 'take', id: 'r', lines, anonymous: false };
const release: Command = { kind: 'release', id: 'r' };

describe('the table of states', () => {
  it.each<[ReservationState | undefined, Command, string, string, unknown[]]>([
    [undefined, hold, 'decided', 'HELD', [['HELD', 0, 2]]],
    [undefined, take, 'decided', 'COMMITTED', [['COMMITTED', -2, 0]]],
    [undefined, release, 'decided', 'RELEASED', []],
    ['HELD', hold, 'decided', 'HELD', []],
    ['HELD', holdOther, 'mismatch', 'HELD', []],
    ['HELD', take, 'mismatch', 'HELD', []],
    ['HELD', release, 'decided', 'RELEASED', [['RELEASED', 0, -2]]],
    ['COMMITTED', hold, 'decided', 'COMMITTED', []],
    ['COMMITTED', holdOther, 'mismatch', 'COMMITTED', []],
    ['COMMITTED', take, 'decided', 'COMMITTED', []],
    ['COMMITTED', release, 'refused', 'COMMITTED', []],
    ['REJECTED', hold, 'decided', 'REJECTED', []],
    ['REJECTED', holdOther, 'mismatch', 'REJECTED', []],
    ['REJECTED', release, 'decided', 'REJECTED', []],
    ['RELEASED', hold, 'decided', 'RELEASED', []],
    ['RELEASED', holdOther, 'mismatch', 'RELEASED', []],
    ['RELEASED', release, 'decided', 'RELEASED', []],
    ['EXPIRED', hold, 'decided', 'EXPIRED', []],
    ['EXPIRED', holdOther, 'mismatch', 'EXPIRED', []],
    ['EXPIRED', release, 'decided', 'EXPIRED', []],
  ])('%s, %j: %s %s', (state, command, kind, next, moved) => {
    expect(outcomeOf(state, command)).toEqual({ kind, state: next, moved });
  });

  it('a tombstone has no lines and answers RELEASED to any', () => {
    const tombstone = { ...reservation('RELEASED'), lines: [] };
    const facts = { ...factsWith(undefined), reservations: new Map([['r', tombstone]]) };
    expect(decide(facts, [holdOther]).outcomes).toMatchObject([
      { kind: 'decided', reservation: { state: 'RELEASED' } },
    ]);
  });
});

describe('a group', () => {
  const holdAs = (id: string, quantity: number): Command => ({
    kind: 'hold',
    id,
    lines: [{ sku: 'burger', quantity }],
  });

  it('is decided in the order it came, each command seeing what those before it did', () => {
    const { outcomes, changes } = decide(factsWith(undefined), [
      holdAs('a', 3),
      holdAs('b', 3),
      { kind: 'release', id: 'a' },
      holdAs('c', 3),
      holdAs('a', 3),
    ]);
    expect(outcomes.map((outcome) => outcome.reservation.state)).toEqual([
      'HELD',
      'REJECTED',
      'RELEASED',
      'HELD',
      'RELEASED',
    ]);
    expect(changes.levels).toMatchObject([{ sku: 'burger', onHand: 5, reserved: 3, lastSeq: 4 }]);
  });

  it('gives each movement the next number and the balance after it', () => {
    const { changes } = decide(factsWith(undefined), [holdAs('a', 3), holdAs('b', 2)]);
    expect(changes.movements).toMatchObject([
      { seq: 2, reservedAfter: 3, onHandAfter: 5, reservationId: 'a' },
      { seq: 3, reservedAfter: 5, onHandAfter: 5, reservationId: 'b' },
    ]);
  });

  it('writes a reservation once, in its last state, however often the group touched it', () => {
    const { changes } = decide(factsWith(undefined), [
      holdAs('a', 3),
      { kind: 'release', id: 'a' },
    ]);
    expect(changes.created).toMatchObject([{ id: 'a', state: 'RELEASED' }]);
    expect(changes.updated).toEqual([]);
  });

  it('leaves alone what it only looked at', () => {
    const { changes } = decide(factsWith('HELD'), [hold]);
    expect(changes).toEqual({ created: [], updated: [], movements: [], levels: [] });
  });
});

it('lines of one SKU are summed and put in SKU order', () => {
  expect(
    normalise([
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
