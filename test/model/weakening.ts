import {
  type ReservationCommand,
  decide,
  type Decisions,
} from '../../apps/inventory/src/reservation/decide';
import type { Reservation } from '../../apps/inventory/src/reservation/reservation';
import type { LockedState } from '../../apps/inventory/src/reservation/unit-of-work';
import { type Protocol, QUICKBITE } from './protocol';
import type { Promised } from './search';
import type { World } from './world';

/** The protocol without one of its parts, and the promise that only this part keeps. */
export interface Weakening {
  readonly name: string;
  readonly weaker: Partial<Protocol>;
  readonly world: World;
  readonly breaks: Promised;
  /** What the shortest trace ends with. */
  readonly fault: string;
}

type Rule = (locked: LockedState, command: ReservationCommand) => Decisions;

/** Another rule for Inventory. The worlds that try it decide one command at a time. */
export const withRule = (rule: Rule): Partial<Protocol> => ({
  decide: (locked, commands) => {
    const [command, ...others] = commands;
    if (!command || others.length > 0) throw new Error('A weakened rule decides one command');
    return rule(locked, command);
  },
});

/** The rule, but one command sees what is recorded for its id as something else, or not at all. */
export const withStateChange = (
  kind: ReservationCommand['kind'],
  look: (recorded: Reservation) => Reservation | undefined,
): Partial<Protocol> =>
  withRule((locked, command) => {
    const recorded = locked.reservations.get(command.id);
    if (!recorded || kind !== command.kind) return decide(locked, [command]);
    const seen = look(recorded);
    const reservations = new Map(seen ? [[seen.id, seen]] : []);
    return decide({ ...locked, reservations }, [command]);
  });

/** A hold that was seen to be due is ended, whatever has become of it since. */
export const endingEarly = (isOver: (recorded: Reservation) => boolean): Partial<Protocol> =>
  withRule((locked, command) => {
    const recorded = locked.reservations.get(command.id);
    if (command.kind !== 'expire' || !recorded || !isOver(recorded)) {
      return decide(locked, [command]);
    }
    const due = { ...recorded, state: 'HELD', expiresAt: locked.now } as const;
    const seen = { ...locked, reservations: new Map([[due.id, due]]) };
    const { writes, ...decisions } = decide(seen, [command]);
    const { expiresAt } = recorded;
    const updated = writes.updated.map((reservation) => ({ ...reservation, expiresAt }));
    return { ...decisions, writes: { ...writes, updated } };
  });

/** The rule, but what it decided is not written. */
export const withoutWriting = (locked: LockedState, command: ReservationCommand): Decisions => ({
  ...decide(locked, [command]),
  writes: { created: [], updated: [], withExpiry: [], movements: [], levels: [] },
});

/** Units of those lines that can be had are held, though others are short. */
export const holdingPartially: Rule = (locked, command) => {
  const whole = decide(locked, [command]);
  const [outcome] = whole.outcomes;
  if (command.kind !== 'hold' || outcome?.kind !== 'decided') return whole;
  const short = new Set(outcome.reservation.shortages.map(({ sku }) => sku));
  const lines = command.lines.filter(({ sku }) => !short.has(sku));
  return short.size > 0 && lines.length > 0 ? decide(locked, [{ ...command, lines }]) : whole;
};

/** Other transitions on some replies. */
export const withReplies = (answers: Protocol['onReply']): Partial<Protocol> => ({
  onReply: { ...QUICKBITE.onReply, ...answers },
});

/** Other transitions on some requests. */
export const withRequests = (requests: Partial<Protocol['onRequest']>): Partial<Protocol> => ({
  onRequest: { ...QUICKBITE.onRequest, ...requests },
});
