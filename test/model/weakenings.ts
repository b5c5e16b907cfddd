import {
  type ReservationCommand,
  decide,
  type Decisions,
} from '../../apps/inventory/src/reservation/decide';
import type { Reservation } from '../../apps/inventory/src/reservation/reservation';
import type { LockedState } from '../../apps/inventory/src/reservation/unit-of-work';
import {
  TRANSITIONS_ON_REPLY,
  TRANSITIONS_ON_REQUEST,
} from '../../apps/orders/src/order/lifecycle';
import { type Protocol, QUICKBITE } from './protocol';
import { type Promised, REST } from './search';
import type { World } from './world';
import { WORLDS } from './worlds';

/** The protocol without one of its parts, and the promise that only this part keeps. */
export interface Weakening {
  readonly name: string;
  readonly weaker: Partial<Protocol>;
  readonly world: World;
  readonly breaks: Promised;
  /** What the shortest trace ends with. */
  readonly fault: string;
}

type Rule = (facts: LockedState, command: ReservationCommand) => Decisions;

/** Another rule for Inventory. The worlds that try it decide one command at a time. */
const deciding = (rule: Rule): Partial<Protocol> => ({
  decide: (facts, commands) => {
    const [command, ...others] = commands;
    if (!command || others.length > 0) throw new Error('A weakened rule decides one command');
    return rule(facts, command);
  },
});

/** The rule, but one command sees what is recorded for its id as something else, or not at all. */
const seeing = (
  kind: ReservationCommand['kind'],
  look: (recorded: Reservation) => Reservation | undefined,
): Partial<Protocol> =>
  deciding((facts, command) => {
    const recorded = facts.reservations.get(command.id);
    if (!recorded || kind !== command.kind) return decide(facts, [command]);
    const seen = look(recorded);
    const reservations = new Map(seen ? [[seen.id, seen]] : []);
    return decide({ ...facts, reservations }, [command]);
  });

/** A hold that was seen to be due is ended, whatever has become of it since. */
const endingAnyway = (isOver: (recorded: Reservation) => boolean): Partial<Protocol> =>
  deciding((facts, command) => {
    const recorded = facts.reservations.get(command.id);
    if (command.kind !== 'expire' || !recorded || !isOver(recorded)) {
      return decide(facts, [command]);
    }
    const due = { ...recorded, state: 'HELD', expiresAt: facts.now } as const;
    const seen = { ...facts, reservations: new Map([[due.id, due]]) };
    const { writes, ...decisions } = decide(seen, [command]);
    const { expiresAt } = recorded;
    const updated = writes.updated.map((reservation) => ({ ...reservation, expiresAt }));
    return { ...decisions, writes: { ...writes, updated } };
  });

/** The rule, but what it decided is not written. */
const unwritten = (facts: LockedState, command: ReservationCommand): Decisions => ({
  ...decide(facts, [command]),
  writes: { created: [], updated: [], withExpiry: [], movements: [], levels: [] },
});

/** Units of those lines that can be had are held, though others are short. */
const holdingWhatThereIs: Rule = (facts, command) => {
  const whole = decide(facts, [command]);
  const [outcome] = whole.outcomes;
  if (command.kind !== 'hold' || outcome?.kind !== 'decided') return whole;
  const short = new Set(outcome.reservation.shortages.map(({ sku }) => sku));
  const lines = command.lines.filter(({ sku }) => !short.has(sku));
  return short.size > 0 && lines.length > 0 ? decide(facts, [{ ...command, lines }]) : whole;
};

const answering = (answers: Protocol['answers']): Partial<Protocol> => ({
  answers: { ...QUICKBITE.answers, ...answers },
});

const asking = (requests: Partial<Protocol['requests']>): Partial<Protocol> => ({
  requests: { ...QUICKBITE.requests, ...requests },
});

const { oneOrder, lastUnit, baskets, guest, stranger, byHand, shortfall } = WORLDS;

const HELD_THOUGH_CANCELLED = 'Order A is CANCELLED, and Inventory has recorded HELD';

const IN_INVENTORY: readonly Weakening[] = [
  {
    name: 'no tombstone: the release of an unknown id is not recorded',
    weaker: deciding((facts, command) =>
      command.kind === 'release' && !facts.reservations.has(command.id)
        ? unwritten(facts, command)
        : decide(facts, [command]),
    ),
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'the release of a hold forgets its row, so that a late create holds again',
    weaker: seeing('hold', (recorded) =>
      recorded.state === 'RELEASED' && recorded.lines.length > 0 ? undefined : recorded,
    ),
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a tombstone is deleted too early: the horizon is not moved',
    weaker: { horizonAfter: (forgottenBefore) => forgottenBefore },
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a tombstone is deleted too early: a create does not look at the horizon',
    weaker: deciding((facts, command) =>
      decide({ ...facts, forgottenBefore: new Date(0) }, [command]),
    ),
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a create is not idempotent: each holds units',
    weaker: seeing('hold', (recorded) => (recorded.state === 'HELD' ? undefined : recorded)),
    world: oneOrder,
    breaks: 'every unit is explained',
    fault:
      '2 pizza are on hand and 2 reserved; the ledger says 2 and 2, the reservations say 2 and 1',
  },
  {
    name: 'a rejection is not recorded: the same id may be held later',
    weaker: deciding((facts, command) => {
      const [outcome] = decide(facts, [command]).outcomes;
      return outcome?.kind === 'decided' && outcome.reservation.state === 'REJECTED'
        ? unwritten(facts, command)
        : decide(facts, [command]);
    }),
    world: guest,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'lines are not compared: an id that stands for something else counts as the order',
    weaker: deciding((facts, command) => {
      const decisions = decide(facts, [command]);
      const outcomes = decisions.outcomes.map((outcome) =>
        outcome.kind === 'mismatch' ? { ...outcome, kind: 'decided' as const } : outcome,
      );
      return { ...decisions, outcomes };
    }),
    world: stranger,
    breaks: 'a status is true',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD for other lines',
  },
  {
    name: 'a basket is held in part: what there is of it',
    weaker: deciding(holdingWhatThereIs),
    world: baskets,
    breaks: 'a status is true',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD for other lines',
  },
  {
    name: 'levels are read before the lock: a decision does not see the one before',
    weaker: deciding((facts, command) => {
      const levels = [...facts.levels.values()].map(
        (level) => [level.sku, { ...level, onHand: 1, reserved: 0 }] as const,
      );
      return decide({ ...facts, levels: new Map(levels) }, [command]);
    }),
    world: lastUnit,
    breaks: 'never oversold',
    fault: '2 pizza are promised, and there were only 1',
  },
  {
    name: 'the commit of an expired hold is accepted',
    weaker: seeing('commit', (recorded) =>
      recorded.state === 'EXPIRED' ? { ...recorded, state: 'HELD', expiresAt: null } : recorded,
    ),
    world: guest,
    breaks: 'never oversold',
    fault: '2 pizza are promised, and there were only 1',
  },
  {
    name: 'the commit of a hold that is due, and not ended yet, is accepted',
    weaker: seeing('commit', (recorded) => ({ ...recorded, expiresAt: null })),
    world: guest,
    breaks: 'what is final stays',
    fault: 'D was due, and is COMMITTED',
  },
  {
    name: 'a hold that is due, and not ended yet, can be extended',
    weaker: deciding((facts, command) => {
      const now = command.kind === 'extend' ? new Date(facts.now.getTime() - 1) : facts.now;
      return decide({ ...facts, now }, [command]);
    }),
    world: guest,
    breaks: 'what is final stays',
    fault: 'D was due, and is HELD',
  },
  {
    name: 'the release of what was committed gives its units back',
    weaker: seeing('release', (recorded) =>
      recorded.state === 'COMMITTED' ? { ...recorded, state: 'HELD' } : recorded,
    ),
    world: byHand,
    breaks: 'a status is true',
    fault: 'Order A is FULFILLED, and Inventory has recorded RELEASED',
  },
  {
    name: 'a hold that was due is ended without a look under the lock, though it was committed',
    weaker: endingAnyway(({ state }) => state === 'COMMITTED'),
    world: guest,
    breaks: 'what is final stays',
    fault: 'D was COMMITTED, and is EXPIRED',
  },
  {
    name: 'a hold that was due is ended without a look under the lock, though it was extended',
    weaker: endingAnyway(({ state }) => state === 'HELD'),
    world: guest,
    breaks: 'a hold keeps its time',
    fault: 'D is EXPIRED before its time',
  },
  {
    name: 'the sweeper and a create that reclaims both give the units of a hold back',
    weaker: endingAnyway(({ state }) => state === 'EXPIRED'),
    world: guest,
    breaks: 'never oversold',
    fault: '2 pizza are promised, and there were only 1',
  },
  {
    name: 'a create does not reclaim: it waits for the sweeper',
    weaker: { dueOn: () => [] },
    world: guest,
    breaks: 'nobody is refused in vain',
    fault: 'E is refused, and units that are due would do',
  },
];

const IN_ORDERS: readonly Weakening[] = [
  {
    name: 'an order is confirmed on a hold that can expire',
    weaker: { ttlMs: 1 },
    world: oneOrder,
    breaks: 'a status is true',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD until now',
  },
  {
    name: 'Inventory is asked before the order is written',
    weaker: {
      place: {},
      drives: { ...QUICKBITE.drives, NONE: 'create' },
      ...answering({ NONE: TRANSITIONS_ON_REPLY.PENDING }),
    },
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A NONE, reservation A HELD',
  },
  {
    name: 'Inventory is asked before the order is written, and nobody has died yet',
    weaker: {
      place: {},
      drives: { ...QUICKBITE.drives, NONE: 'create' },
      ...answering({ NONE: TRANSITIONS_ON_REPLY.PENDING }),
    },
    world: oneOrder,
    breaks: 'danger is avoided',
    fault: 'Units are held for order A, which is not written',
  },
  {
    name: 'a timeout is taken as a refusal',
    weaker: { noResponse: { PENDING: 'CANCELLED' } },
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a cancel is not awaited: CANCELLED while the release is under way',
    weaker: {
      drives: { ...QUICKBITE.drives, CANCELLED: 'release' },
      ...asking({ cancel: { PENDING: 'CANCELLED', CONFIRMED: 'CANCELLED' } }),
    },
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a cancel is not awaited, where no harm has come of it yet',
    weaker: asking({ cancel: { PENDING: 'CANCELLED' } }),
    world: oneOrder,
    breaks: 'danger is avoided',
    fault: 'Order A is CANCELLED, and a create that comes late could still hold units for it',
  },
  {
    name: 'accept-by is not awaited: CANCELLED while a create may be under way',
    weaker: asking({ acceptBy: { PENDING: 'CANCELLED' } }),
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a cancel forgets the order and releases nothing',
    weaker: asking({ cancel: { PENDING: 'NONE', CONFIRMED: 'NONE' } }),
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A NONE, reservation A HELD',
  },
  {
    name: 'a fulfill is answered before the commit is recorded',
    weaker: {
      drives: { ...QUICKBITE.drives, FULFILLED: 'commit' },
      ...asking({ fulfill: { CONFIRMED: 'FULFILLED' } }),
    },
    world: oneOrder,
    breaks: 'a status is true',
    fault: 'Order A is FULFILLED, and Inventory has recorded HELD',
  },
  {
    name: 'an answer is written whatever the order has become meanwhile',
    weaker: { mayMove: (current, expected, by) => by === 'answer' || current === expected },
    world: oneOrder,
    breaks: 'a promise to the customer is kept',
    fault: 'Order A was CANCELLING, and becomes CONFIRMED',
  },
  {
    name: 'a request is written whatever the order has become meanwhile',
    weaker: { mayMove: (current, expected, by) => by !== 'answer' || current === expected },
    world: oneOrder,
    breaks: 'a promise to the customer is kept',
    fault: 'Order A was CONFIRMED, and becomes CANCELLING',
  },
  {
    name: 'an order that is being fulfilled may be cancelled',
    weaker: asking({ cancel: { ...TRANSITIONS_ON_REQUEST.cancel, FULFILLING: 'CANCELLING' } }),
    world: oneOrder,
    breaks: 'a promise to the customer is kept',
    fault: 'Order A was FULFILLING, and becomes CANCELLING',
  },
  {
    name: 'an order may be fulfilled before it is confirmed',
    weaker: asking({ fulfill: { ...TRANSITIONS_ON_REQUEST.fulfill, PENDING: 'FULFILLING' } }),
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A FULFILLING',
  },
  {
    name: 'the reconciler gives an order up after one try',
    weaker: { attemptsMax: 1 },
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A PENDING',
  },
  {
    name: 'the reconciler drives PENDING orders only',
    weaker: { settles: ['PENDING'] },
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A CANCELLING',
  },
  {
    name: 'an order is confirmed under an id that stands for something else',
    weaker: answering({
      PENDING: { ...TRANSITIONS_ON_REPLY.PENDING, RESERVATION_MISMATCH: 'CONFIRMED' },
    }),
    world: stranger,
    breaks: 'a status is true',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD for other lines',
  },
  {
    name: 'a create that is refused for its old id is asked for ever',
    weaker: answering({
      PENDING: { ...TRANSITIONS_ON_REPLY.PENDING, RESERVATION_ID_TOO_OLD: 'PENDING' },
    }),
    world: oneOrder,
    breaks: REST,
    fault: 'Nothing that is sure to happen leads to rest from order A PENDING',
  },
  {
    name: 'a release that comes after a commit counts as done',
    weaker: answering({
      CANCELLING: { ...TRANSITIONS_ON_REPLY.CANCELLING, COMMITTED: 'CANCELLED' },
    }),
    world: byHand,
    breaks: 'a status is true',
    fault: 'Order A is CANCELLED, and Inventory has recorded COMMITTED',
  },
  {
    name: 'a release that comes after a commit is asked for ever',
    weaker: answering({
      CANCELLING: { ...TRANSITIONS_ON_REPLY.CANCELLING, COMMITTED: 'CANCELLING' },
    }),
    world: byHand,
    breaks: REST,
    fault:
      'Nothing that is sure to happen leads to rest from order A CANCELLING, reservation A COMMITTED',
  },
  {
    name: 'a commit that comes after a release counts as done',
    weaker: answering({
      FULFILLING: { ...TRANSITIONS_ON_REPLY.FULFILLING, RELEASED: 'FULFILLED' },
    }),
    world: byHand,
    breaks: 'a status is true',
    fault: 'Order A is FULFILLED, and Inventory has recorded RELEASED',
  },
  {
    name: 'a commit whose units are missing counts as done',
    weaker: answering({
      FULFILLING: { ...TRANSITIONS_ON_REPLY.FULFILLING, INSUFFICIENT_STOCK: 'FULFILLED' },
    }),
    world: shortfall,
    breaks: 'a status is true',
    fault: 'Order A is FULFILLED, and Inventory has recorded HELD',
  },
];

export const WEAKENINGS = [...IN_INVENTORY, ...IN_ORDERS];
