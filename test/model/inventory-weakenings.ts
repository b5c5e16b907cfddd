import {
  type ReservationCommand,
  decide,
  type Decisions,
} from '../../apps/inventory/src/reservation/decide';
import type { Reservation } from '../../apps/inventory/src/reservation/reservation';
import type { LockedState } from '../../apps/inventory/src/reservation/unit-of-work';
import type { Protocol } from './protocol';
import { HELD_THOUGH_CANCELLED, type Weakening } from './weakening';
import { WORLDS } from './worlds';

type Rule = (state: LockedState, command: ReservationCommand) => Decisions;

/** Replaces the rule of Inventory. The worlds that try it decide one command at a time. */
const withDecide = (rule: Rule): Partial<Protocol> => ({
  decide: (state, commands) => {
    const [command, ...others] = commands;
    if (!command || others.length > 0) throw new Error('A weakened rule decides one command');
    return rule(state, command);
  },
});

/** The rule, but one kind of command sees another reservation under its id, or none. */
const withRecorded = (
  kind: ReservationCommand['kind'],
  see: (recorded: Reservation) => Reservation | undefined,
): Partial<Protocol> =>
  withDecide((state, command) => {
    const recorded = state.reservations.get(command.id);
    if (!recorded || kind !== command.kind) return decide(state, [command]);
    const seen = see(recorded);
    const reservations = new Map(seen ? [[seen.id, seen]] : []);
    return decide({ ...state, reservations }, [command]);
  });

/** Expires a reservation that was due earlier, regardless of its present state. */
const expireRegardless = (isOver: (recorded: Reservation) => boolean): Partial<Protocol> =>
  withDecide((state, command) => {
    const recorded = state.reservations.get(command.id);
    if (command.kind !== 'expire' || !recorded || !isOver(recorded)) {
      return decide(state, [command]);
    }
    const due = { ...recorded, state: 'HELD', expiresAt: state.now } as const;
    const seen = { ...state, reservations: new Map([[due.id, due]]) };
    const { writes, ...decisions } = decide(seen, [command]);
    const { expiresAt } = recorded;
    const updated = writes.updated.map((reservation) => ({ ...reservation, expiresAt }));
    return { ...decisions, writes: { ...writes, updated } };
  });

/** The rule, but its decision is not written. */
const withoutWrites = (state: LockedState, command: ReservationCommand): Decisions => ({
  ...decide(state, [command]),
  writes: { created: [], updated: [], reduced: [], withExpiry: [], movements: [], levels: [] },
});

/** Holds the units of available lines although other lines are short. */
const holdAvailableLines: Rule = (state, command) => {
  const whole = decide(state, [command]);
  const [outcome] = whole.outcomes;
  if (command.kind !== 'hold' || outcome?.kind !== 'decided') return whole;
  const short = new Set(outcome.reservation.shortages.map(({ sku }) => sku));
  const lines = command.lines.filter(({ sku }) => !short.has(sku));
  return short.size > 0 && lines.length > 0 ? decide(state, [{ ...command, lines }]) : whole;
};

/** Sets a hold to the units that a reduction names, also if it has fewer by then. */
const reduceToTheCall: Rule = (state, command) => {
  const whole = decide(state, [command]);
  const [outcome] = whole.outcomes;
  if (command.kind !== 'reduce' || outcome?.kind !== 'decided') return whole;
  const updated = [{ ...outcome.reservation, lines: command.kept }];
  return { ...whole, writes: { ...whole.writes, updated } };
};

/** Takes units of a hold, but does not make them available. */
const reduceWithoutReturn: Rule = (state, command) => {
  const whole = decide(state, [command]);
  return command.kind === 'reduce'
    ? { ...whole, writes: { ...whole.writes, movements: [], levels: [] } }
    : whole;
};

const { oneOrder, lastUnit, baskets, guest, reduced, stranger, byHand } = WORLDS;

/** Inventory without one of its parts. */
export const INVENTORY_WEAKENINGS: readonly Weakening[] = [
  {
    name: 'no tombstone: the release of an unknown id is not recorded',
    weaker: withDecide((state, command) =>
      command.kind === 'release' && !state.reservations.has(command.id)
        ? withoutWrites(state, command)
        : decide(state, [command]),
    ),
    world: oneOrder,
    breaks: 'a status agrees with Inventory',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'the release of a hold deletes its row, so that a late create holds again',
    weaker: withRecorded('hold', (recorded) =>
      recorded.state === 'RELEASED' && recorded.lines.length > 0 ? undefined : recorded,
    ),
    world: oneOrder,
    breaks: 'a status agrees with Inventory',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a tombstone is deleted too early: the horizon is not moved',
    weaker: { horizonAfter: (forgottenBefore) => forgottenBefore },
    world: oneOrder,
    breaks: 'a status agrees with Inventory',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a tombstone is deleted too early: a create does not check the horizon',
    weaker: withDecide((state, command) =>
      decide({ ...state, forgottenBefore: new Date(0) }, [command]),
    ),
    world: oneOrder,
    breaks: 'a status agrees with Inventory',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a create is not idempotent: each holds units',
    weaker: withRecorded('hold', (recorded) => (recorded.state === 'HELD' ? undefined : recorded)),
    world: oneOrder,
    breaks: 'every unit is explained',
    fault:
      '2 pizza are on hand and 2 reserved; the ledger description 2 and 2, the reservations say 2 and 1',
  },
  {
    name: 'a rejection is not recorded: the same id may be held later',
    weaker: withDecide((state, command) => {
      const [outcome] = decide(state, [command]).outcomes;
      return outcome?.kind === 'decided' && outcome.reservation.state === 'REJECTED'
        ? withoutWrites(state, command)
        : decide(state, [command]);
    }),
    world: guest,
    breaks: 'a status agrees with Inventory',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'lines are not compared: a reservation with other lines counts as that of the order',
    weaker: withDecide((state, command) => {
      const decisions = decide(state, [command]);
      const outcomes = decisions.outcomes.map((outcome) =>
        outcome.kind === 'mismatch' ? { ...outcome, kind: 'decided' as const } : outcome,
      );
      return { ...decisions, outcomes };
    }),
    world: stranger,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD for other lines',
  },
  {
    name: 'a basket is held in part: only its available lines',
    weaker: withDecide(holdAvailableLines),
    world: baskets,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD for other lines',
  },
  {
    name: 'levels are read before the lock: a decision does not see the previous one',
    weaker: withDecide((state, command) => {
      const levels = [...state.levels.values()].map(
        (level) => [level.sku, { ...level, onHand: 1, reserved: 0 }] as const,
      );
      return decide({ ...state, levels: new Map(levels) }, [command]);
    }),
    world: lastUnit,
    breaks: 'never oversold',
    fault: '2 pizza are promise, and there were only 1',
  },
  {
    name: 'the commit of an expired hold is accepted',
    weaker: withRecorded('commit', (recorded) =>
      recorded.state === 'EXPIRED' ? { ...recorded, state: 'HELD', expiresAt: null } : recorded,
    ),
    world: guest,
    breaks: 'never oversold',
    fault: '2 pizza are promise, and there were only 1',
  },
  {
    name: 'the commit of a hold that is due, but not expired yet, is accepted',
    weaker: withRecorded('commit', (recorded) => ({ ...recorded, expiresAt: null })),
    world: guest,
    breaks: 'final states do not change',
    fault: 'D was due, and is COMMITTED',
  },
  {
    name: 'a hold that is due, but not expired yet, can be extended',
    weaker: withDecide((state, command) => {
      const now = command.kind === 'extend' ? new Date(state.now.getTime() - 1) : state.now;
      return decide({ ...state, now }, [command]);
    }),
    world: guest,
    breaks: 'final states do not change',
    fault: 'D was due, and is HELD',
  },
  {
    name: 'the release of a committed reservation returns its units',
    weaker: withRecorded('release', (recorded) =>
      recorded.state === 'COMMITTED' ? { ...recorded, state: 'HELD' } : recorded,
    ),
    world: byHand,
    breaks: 'a status agrees with Inventory',
    fault: 'Order A is FULFILLED, and Inventory has recorded RELEASED',
  },
  {
    name: 'a due hold is expired without a check under the lock, although it was committed',
    weaker: expireRegardless(({ state }) => state === 'COMMITTED'),
    world: guest,
    breaks: 'final states do not change',
    fault: 'D was COMMITTED, and is EXPIRED',
  },
  {
    name: 'a due hold is expired without a check under the lock, although it was extended',
    weaker: expireRegardless(({ state }) => state === 'HELD'),
    world: guest,
    breaks: 'no hold ends before its time',
    fault: 'D is EXPIRED before its time',
  },
  {
    name: 'the sweeper and a reclaiming create both return the units of a hold',
    weaker: expireRegardless(({ state }) => state === 'EXPIRED'),
    world: guest,
    breaks: 'never oversold',
    fault: '2 pizza are promise, and there were only 1',
  },
  {
    name: 'a late reduction sets what it names: the hold grows again',
    weaker: withDecide(reduceToTheCall),
    world: reduced,
    breaks: 'a hold never grows',
    fault: 'D had 1 pizza, and has 2',
  },
  {
    name: 'a reduction returns no units to the stock',
    weaker: withDecide(reduceWithoutReturn),
    world: reduced,
    breaks: 'every unit is explained',
    fault:
      '3 pizza are on hand and 3 reserved; the ledger description 3 and 3, the reservations say 3 and 2',
  },
  {
    name: 'a create does not reclaim: it waits for the sweeper',
    weaker: { dueOn: () => [] },
    world: guest,
    breaks: 'no rejection while due units suffice',
    fault: 'E is rejected, and due units would suffice',
  },
];
