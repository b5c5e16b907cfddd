import {
  hold,
  otherLines,
  lines,
  reservation,
  type Start,
  stateOf,
  stateWith,
  take,
} from '../../../../test/harness/decisions';
import { emptyLevel } from '../stock/stock';
import { decide, type ReservationCommand } from './decide';

const outcomeOf = (start: Start, command: ReservationCommand): string => {
  const { outcomes, writes } = decide(stateWith(start), [command]);
  const [outcome] = outcomes;
  const movements = writes.movements.map(
    ({ kind, onHandDelta, reservedDelta }) => ` ${kind}(${onHandDelta},${reservedDelta})`,
  );
  return [outcome?.kind, stateOf(outcome)].filter(Boolean).join(' ') + movements.join('');
};

const COMMANDS = {
  hold: hold(),
  'hold other lines': hold(otherLines),
  take: take(),
  'take other lines': take(otherLines),
  commit: { kind: 'commit', id: 'r' },
  release: { kind: 'release', id: 'r' },
  extend: { kind: 'extend', id: 'r', ttlMs: 1_000 },
  reduce: { kind: 'reduce', id: 'r', kept: [{ sku: 'burger', quantity: 1 }] },
  expire: { kind: 'expire', id: 'r' },
} satisfies Record<string, ReservationCommand>;

type CommandName = keyof typeof COMMANDS;

/** The outcome, the new state and the movements of each call in each state. */
const TABLE: Record<CommandName, Record<Start, string>> = {
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
  reduce: {
    NONE: 'unknown',
    HELD: 'decided HELD RELEASED(0,-1)',
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

describe('the transition table', () => {
  const cells = Object.entries(TABLE).flatMap(([command, row]) =>
    Object.entries(row).map(
      ([start, outcome]) => [command as CommandName, start as Start, outcome] as const,
    ),
  );

  it.each(cells)('%s from %s: %s', (command, start, outcome) => {
    expect(outcomeOf(start, COMMANDS[command])).toBe(outcome);
  });

  it.each([
    ['names what is held', [{ sku: 'burger', quantity: 2 }], 'decided HELD'],
    ['names more than was held', [{ sku: 'burger', quantity: 3 }], 'increased'],
    ['names a SKU that was not held', [...lines, { sku: 'tea', quantity: 1 }], 'increased'],
  ])('a reduction that %s changes nothing', (_what, kept, expected) => {
    expect(outcomeOf('HELD', { kind: 'reduce', id: 'r', kept })).toBe(expected);
  });

  it('reductions that no unit would survive change nothing', () => {
    const held = { ...reservation('HELD'), lines: [...lines, { sku: 'tea', quantity: 1 }] };
    const { levels } = stateWith('HELD');
    const [burger = emptyLevel('burger')] = levels.values();
    const tea = { ...burger, sku: 'tea', reserved: 1 };
    const state = {
      ...stateWith('HELD'),
      levels: new Map([...levels, ['tea', tea] as const]),
      reservations: new Map([['r', held]]),
    };
    const { outcomes, writes } = decide(state, [
      { kind: 'reduce', id: 'r', kept: [{ sku: 'tea', quantity: 1 }] },
      { kind: 'reduce', id: 'r', kept: lines },
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['decided', 'nothingLeft']);
    expect(writes.movements).toHaveLength(1);
  });

  it('a tombstone has no lines and returns RELEASED for any lines', () => {
    const tombstone = { ...reservation('RELEASED'), lines: [] };
    const state = { ...stateWith('NONE'), reservations: new Map([['r', tombstone]]) };
    const { outcomes } = decide(state, [hold(otherLines), take(lines)]);
    expect(outcomes.map(stateOf)).toEqual(['RELEASED', 'RELEASED']);
  });
});
