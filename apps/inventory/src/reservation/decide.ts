import type { LineDto, ShortageDto } from '@app/contracts';
import { type Reservation, sameLines, timeOf, TRANSITIONS } from './reservation';
import { emptyReservation, type Changes, type LockedState, UnitOfWork } from './unit-of-work';

/** Asks for a basket. Lines are normalised. */
export type Create =
  /** Hold it until it is committed or released, or for `ttlMs`. */
  | {
      readonly kind: 'hold';
      readonly id: string;
      readonly lines: readonly LineDto[];
      readonly ttlMs: number | null;
    }
  /**
   * Take one SKU for good. With `anonymous`, nobody knows the id but us, so a refusal is not worth
   * recording: nobody can ask for it again.
   */
  | {
      readonly kind: 'take';
      readonly id: string;
      readonly lines: readonly LineDto[];
      readonly anonymous: boolean;
    };

/** What callers ask for, and `expire`, which ends a hold if its time has run out. */
export type Command =
  | Create
  | { readonly kind: 'commit' | 'release' | 'expire'; readonly id: string }
  | { readonly kind: 'extend'; readonly id: string; readonly ttlMs: number | null };

/** What a command came to. */
export type Outcome =
  /** `mismatch`: the id is in use for something else. `ended`: its state rules the call out. */
  | { readonly kind: 'decided' | 'mismatch' | 'ended'; readonly reservation: Reservation }
  /** What it holds is not there to leave, as an adjustment said. */
  | { readonly kind: 'short'; readonly id: string; readonly shortages: readonly ShortageDto[] }
  /** `forgotten`: the id is so old that its tombstone may have been deleted. */
  | { readonly kind: 'unknown' | 'forgotten'; readonly id: string };

export interface Decisions {
  /** One for each command, in the same order. */
  readonly outcomes: Outcome[];
  readonly changes: Changes;
  /** SKUs that a basket was refused for. Units of theirs that are due should have been there. */
  readonly shortSkus: readonly string[];
}

const inMs = (now: Date, ttlMs: number): Date => new Date(now.getTime() + ttlMs);

const create = (work: UnitOfWork, command: Create): Outcome => {
  const recorded = work.find(command.id);
  if (recorded) return repeated(work, command, recorded);
  const madeAt = timeOf(command.id);
  if (madeAt && madeAt < work.state.forgottenBefore) return { kind: 'forgotten', id: command.id };
  const shortages = work.shortagesOf(command.lines);
  return shortages.length > 0 ? reject(work, command, shortages) : accept(work, command);
};

/** The recorded decision is the answer, whatever has become of it since. */
const repeated = (work: UnitOfWork, command: Create, recorded: Reservation): Outcome => {
  const mismatch = { kind: 'mismatch', reservation: recorded } as const;
  if (!sameLines(recorded.lines, command.lines)) return mismatch;
  const reservation = work.expireIfDue(recorded);
  // A take answers "the units are yours for good", which a mere hold cannot promise.
  if (command.kind === 'take' && reservation.state === 'HELD') return mismatch;
  return { kind: 'decided', reservation };
};

const reject = (work: UnitOfWork, command: Create, shortages: readonly ShortageDto[]): Outcome => {
  for (const { sku } of shortages) work.shortSkus.add(sku);
  const { id, lines } = command;
  const rejected = { id, state: 'REJECTED' as const, lines, shortages };
  const { now } = work.state;
  const reservation =
    command.kind === 'take' && command.anonymous
      ? { ...emptyReservation(now), ...rejected, updatedAt: now }
      : work.record(rejected);
  return { kind: 'decided', reservation };
};

const accept = (work: UnitOfWork, command: Create): Outcome => {
  const { id, lines, kind } = command;
  work.move({ id, lines }, kind);
  if (kind === 'take') {
    return { kind: 'decided', reservation: work.record({ id, state: 'COMMITTED', lines }) };
  }
  const expiresAt = command.ttlMs === null ? null : inMs(work.state.now, command.ttlMs);
  return { kind: 'decided', reservation: work.record({ id, state: 'HELD', lines, expiresAt }) };
};

/** Commits or releases as the table of transitions says. */
const finish = (work: UnitOfWork, kind: 'commit' | 'release', id: string): Outcome => {
  const recorded = work.find(id);
  if (!recorded) {
    const first = TRANSITIONS[kind].NONE;
    if (first === 'unknown') return { kind: first, id };
    return { kind: 'decided', reservation: work.record({ id, state: first }) };
  }
  const reservation = work.expireIfDue(recorded);
  const next = TRANSITIONS[kind][reservation.state];
  if (next === 'ended') return { kind: next, reservation };
  if (next === reservation.state) return { kind: 'decided', reservation };
  const missing = kind === 'commit' ? work.notOnHand(reservation.lines) : [];
  if (missing.length > 0) return { kind: 'short', id, shortages: missing };
  work.move(reservation, kind);
  return { kind: 'decided', reservation: work.record({ id, state: next }) };
};

/** Moves the end of a hold to `ttlMs` from now, but never nearer. */
const extend = (work: UnitOfWork, id: string, ttlMs: number | null): Outcome => {
  const recorded = work.find(id);
  if (!recorded) return { kind: TRANSITIONS.extend.NONE, id };
  const reservation = work.expireIfDue(recorded);
  const next = TRANSITIONS.extend[reservation.state];
  if (next === 'ended') return { kind: next, reservation };
  const { expiresAt } = reservation;
  const wanted = ttlMs === null ? null : inMs(work.state.now, ttlMs);
  const isLater = expiresAt !== null && (wanted === null || wanted > expiresAt);
  if (!isLater) return { kind: 'decided', reservation };
  return { kind: 'decided', reservation: work.record({ id, state: next, expiresAt: wanted }) };
};

/** Ends a hold if its time has run out, and leaves anything else as it is. */
const expire = (work: UnitOfWork, id: string): Outcome => {
  const recorded = work.find(id);
  if (!recorded) return { kind: TRANSITIONS.expire.NONE, id };
  return { kind: 'decided', reservation: work.expireIfDue(recorded) };
};

const decideOne = (work: UnitOfWork, command: Command): Outcome => {
  switch (command.kind) {
    case 'hold':
    case 'take':
      return create(work, command);
    case 'commit':
    case 'release':
      return finish(work, command.kind, command.id);
    case 'extend':
      return extend(work, command.id, command.ttlMs);
    case 'expire':
      return expire(work, command.id);
  }
};

/**
 * Decides commands one after the other, in the order they came, on facts read under lock. Pure: what
 * it returns is written by the caller in the same transaction, or nothing of it is true.
 */
export const decide = (state: LockedState, commands: readonly Command[]): Decisions => {
  const work = new UnitOfWork(state);
  const outcomes = commands.map((command) => decideOne(work, command));
  return { outcomes, changes: work.changes(), shortSkus: [...work.shortSkus] };
};
