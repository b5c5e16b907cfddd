import { decide } from '../../apps/inventory/src/reservation/decide';
import {
  type Weakening,
  withRule,
  withStateChange,
  endingEarly,
  withoutWriting,
  holdingPartially,
} from './weakening';
import { WORLDS } from './worlds';

const { oneOrder, lastUnit, baskets, guest, stranger, allowsManualRelease } = WORLDS;

const HELD_THOUGH_CANCELLED = 'Order A is CANCELLED, and Inventory has recorded HELD';

/** Parts of the protocol in Inventory that a weakening removes. */
export const INVENTORY_WEAKENINGS: readonly Weakening[] = [
  {
    name: 'no tombstone: the release of an unknown id is not recorded',
    weaker: withRule((locked, command) =>
      command.kind === 'release' && !locked.reservations.has(command.id)
        ? withoutWriting(locked, command)
        : decide(locked, [command]),
    ),
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'the release of a hold forgets its row, so that a late create holds again',
    weaker: withStateChange('hold', (recorded) =>
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
    weaker: withRule((locked, command) =>
      decide({ ...locked, forgottenBefore: new Date(0) }, [command]),
    ),
    world: oneOrder,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'a create is not idempotent: each holds units',
    weaker: withStateChange('hold', (recorded) =>
      recorded.state === 'HELD' ? undefined : recorded,
    ),
    world: oneOrder,
    breaks: 'every unit is explained',
    fault:
      '2 pizza are on hand and 2 reserved; the ledger description 2 and 2, the reservations say 2 and 1',
  },
  {
    name: 'a rejection is not recorded: the same id may be held later',
    weaker: withRule((locked, command) => {
      const [outcome] = decide(locked, [command]).outcomes;
      return outcome?.kind === 'decided' && outcome.reservation.state === 'REJECTED'
        ? withoutWriting(locked, command)
        : decide(locked, [command]);
    }),
    world: guest,
    breaks: 'a status is true',
    fault: HELD_THOUGH_CANCELLED,
  },
  {
    name: 'lines are not compared: an id that stands for something else adjustments as the order',
    weaker: withRule((locked, command) => {
      const decisions = decide(locked, [command]);
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
    weaker: withRule(holdingPartially),
    world: baskets,
    breaks: 'a status is true',
    fault: 'Order A is CONFIRMED, and Inventory has recorded HELD for other lines',
  },
  {
    name: 'levels are read before the lock: a decision does not see the one before',
    weaker: withRule((locked, command) => {
      const levels = [...locked.levels.values()].map(
        (level) => [level.sku, { ...level, onHand: 1, reserved: 0 }] as const,
      );
      return decide({ ...locked, levels: new Map(levels) }, [command]);
    }),
    world: lastUnit,
    breaks: 'never oversold',
    fault: '2 pizza are promised, and there were only 1',
  },
  {
    name: 'the commit of an expired hold is accepted',
    weaker: withStateChange('commit', (recorded) =>
      recorded.state === 'EXPIRED' ? { ...recorded, state: 'HELD', expiresAt: null } : recorded,
    ),
    world: guest,
    breaks: 'never oversold',
    fault: '2 pizza are promised, and there were only 1',
  },
  {
    name: 'the commit of a hold that is due, and not ended yet, is accepted',
    weaker: withStateChange('commit', (recorded) => ({ ...recorded, expiresAt: null })),
    world: guest,
    breaks: 'what is final stays',
    fault: 'D was due, and is COMMITTED',
  },
  {
    name: 'a hold that is due, and not ended yet, can be extended',
    weaker: withRule((locked, command) => {
      const now = command.kind === 'extend' ? new Date(locked.now.getTime() - 1) : locked.now;
      return decide({ ...locked, now }, [command]);
    }),
    world: guest,
    breaks: 'what is final stays',
    fault: 'D was due, and is HELD',
  },
  {
    name: 'the release of what was committed gives its units back',
    weaker: withStateChange('release', (recorded) =>
      recorded.state === 'COMMITTED' ? { ...recorded, state: 'HELD' } : recorded,
    ),
    world: allowsManualRelease,
    breaks: 'a status is true',
    fault: 'Order A is FULFILLED, and Inventory has recorded RELEASED',
  },
  {
    name: 'a hold that was due is ended without a look under the lock, though it was committed',
    weaker: endingEarly(({ state }) => state === 'COMMITTED'),
    world: guest,
    breaks: 'what is final stays',
    fault: 'D was COMMITTED, and is EXPIRED',
  },
  {
    name: 'a hold that was due is ended without a look under the lock, though it was extended',
    weaker: endingEarly(({ state }) => state === 'HELD'),
    world: guest,
    breaks: 'a hold keeps its time',
    fault: 'D is EXPIRED before its time',
  },
  {
    name: 'the sweeper and a create that reclaims both give the units of a hold back',
    weaker: endingEarly(({ state }) => state === 'EXPIRED'),
    world: guest,
    breaks: 'never oversold',
    fault: '2 pizza are promised, and there were only 1',
  },
  {
    name: 'a create does not reclaim: it waits for the sweeper',
    weaker: { dueOn: () => [] },
    world: guest,
    breaks: 'no basket is rejected for units that are due',
    fault: 'E is refused, and units that are due would do',
  },
];
