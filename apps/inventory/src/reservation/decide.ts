import type { LineDto, ShortageDto } from '@app/contracts';
import { type Reservation, sameLines, uuidV7Time, TRANSITIONS } from './reservation';
import { emptyReservation, type PendingWrites, type LockedState, UnitOfWork } from './unit-of-work';

/** Asks for a basket. Lines are normalised. */
export type CreateCommand =
  /** Hold it until it is committed or released, or for `ttlMs`. */
  | {
      readonly kind: 'hold';
      readonly id: string;
      readonly lines: readonly LineDto[];
      readonly ttlMs: number | null;
    }
  /**
   * Take one SKU for good. With `hasGeneratedId`, nobody knows the id but us, so a refusal is not worth
   * recording: nobody can ask for it again.
   */
  | {
      readonly kind: 'take';
      readonly id: string;
      readonly lines: readonly LineDto[];
      readonly hasGeneratedId: boolean;
    };

/** What callers ask for, and `expire`, which ends a hold if its time has run out. */
export type ReservationCommand =
  | CreateCommand
  | { readonly kind: 'commit' | 'release' | 'expire'; readonly id: string }
  | { readonly kind: 'extend'; readonly id: string; readonly ttlMs: number | null };

/** What a command came to. */
export type CommandOutcome =
  /** `mismatch`: the id is in use for something else. `ended`: its state rules the call out. */
  | { readonly kind: 'decided' | 'mismatch' | 'ended'; readonly reservation: Reservation }
  /** What it holds is not there to leave, as an adjustment said. */
  | { readonly kind: 'short'; readonly id: string; readonly shortages: readonly ShortageDto[] }
  /** `forgotten`: the id is so old that its tombstone may have been deleted. */
  | { readonly kind: 'unknown' | 'idTooOld'; readonly id: string };

export interface Decisions {
  /** One for each command, in the same order. */
  readonly outcomes: CommandOutcome[];
  readonly writes: PendingWrites;
  /** SKUs that a basket was refused for. Units of theirs that are due should have been there. */
  readonly shortSkus: readonly string[];
}

const inMs = (now: Date, ttlMs: number): Date => new Date(now.getTime() + ttlMs);

const create = (unitOfWork: UnitOfWork, command: CreateCommand): CommandOutcome => {
  const recorded = unitOfWork.find(command.id);
  if (recorded) return replayDecision(unitOfWork, command, recorded);
  const idTime = uuidV7Time(command.id);
  if (idTime && idTime < unitOfWork.state.forgottenBefore)
    return { kind: 'idTooOld', id: command.id };
  const shortages = unitOfWork.shortagesOf(command.lines);
  if (shortages.length > 0) return reject(unitOfWork, command, shortages);
  return accept(unitOfWork, command);
};

/** The recorded decision is the answer, whatever has become of it since. */
const replayDecision = (
  unitOfWork: UnitOfWork,
  command: CreateCommand,
  recorded: Reservation,
): CommandOutcome => {
  const mismatch = { kind: 'mismatch', reservation: recorded } as const;
  if (!sameLines(recorded.lines, command.lines)) return mismatch;
  const reservation = unitOfWork.expireIfDue(recorded);
  // A take answers "the units are yours for good", which a mere hold cannot promise.
  if (command.kind === 'take' && reservation.state === 'HELD') return mismatch;
  return { kind: 'decided', reservation };
};

const reject = (
  unitOfWork: UnitOfWork,
  command: CreateCommand,
  shortages: readonly ShortageDto[],
): CommandOutcome => {
  for (const { sku } of shortages) unitOfWork.shortSkus.add(sku);
  const { id, lines } = command;
  const rejected = { id, state: 'REJECTED' as const, lines, shortages };
  const { now } = unitOfWork.state;
  const reservation =
    command.kind === 'take' && command.hasGeneratedId
      ? { ...emptyReservation(now), ...rejected, updatedAt: now }
      : unitOfWork.record(rejected);
  return { kind: 'decided', reservation };
};

const accept = (unitOfWork: UnitOfWork, command: CreateCommand): CommandOutcome => {
  const { id, lines, kind } = command;
  unitOfWork.applyEffect({ id, lines }, kind);
  if (kind === 'take') {
    return { kind: 'decided', reservation: unitOfWork.record({ id, state: 'COMMITTED', lines }) };
  }
  const expiresAt = command.ttlMs === null ? null : inMs(unitOfWork.state.now, command.ttlMs);
  return {
    kind: 'decided',
    reservation: unitOfWork.record({ id, state: 'HELD', lines, expiresAt }),
  };
};

/** Commits or releases as the table of transitions says. */
const finish = (unitOfWork: UnitOfWork, kind: 'commit' | 'release', id: string): CommandOutcome => {
  const recorded = unitOfWork.find(id);
  if (!recorded) {
    const first = TRANSITIONS[kind].NONE;
    if (first === 'unknown') return { kind: first, id };
    return { kind: 'decided', reservation: unitOfWork.record({ id, state: first }) };
  }
  const reservation = unitOfWork.expireIfDue(recorded);
  const next = TRANSITIONS[kind][reservation.state];
  if (next === 'ended') return { kind: next, reservation };
  if (next === reservation.state) return { kind: 'decided', reservation };
  const missing = kind === 'commit' ? unitOfWork.missingUnits(reservation.lines) : [];
  if (missing.length > 0) return { kind: 'short', id, shortages: missing };
  unitOfWork.applyEffect(reservation, kind);
  return { kind: 'decided', reservation: unitOfWork.record({ id, state: next }) };
};

/** Moves the end of a hold to `ttlMs` from now, but never nearer. */
const extend = (unitOfWork: UnitOfWork, id: string, ttlMs: number | null): CommandOutcome => {
  const recorded = unitOfWork.find(id);
  if (!recorded) return { kind: TRANSITIONS.extend.NONE, id };
  const reservation = unitOfWork.expireIfDue(recorded);
  const next = TRANSITIONS.extend[reservation.state];
  if (next === 'ended') return { kind: next, reservation };
  const { expiresAt } = reservation;
  const requestedExpiry = ttlMs === null ? null : inMs(unitOfWork.state.now, ttlMs);
  const isLater = expiresAt !== null && (requestedExpiry === null || requestedExpiry > expiresAt);
  if (!isLater) return { kind: 'decided', reservation };
  return {
    kind: 'decided',
    reservation: unitOfWork.record({ id, state: next, expiresAt: requestedExpiry }),
  };
};

/** Ends a hold if its time has run out, and leaves anything else as it is. */
const expire = (unitOfWork: UnitOfWork, id: string): CommandOutcome => {
  const recorded = unitOfWork.find(id);
  if (!recorded) return { kind: TRANSITIONS.expire.NONE, id };
  return { kind: 'decided', reservation: unitOfWork.expireIfDue(recorded) };
};

const decideOne = (unitOfWork: UnitOfWork, command: ReservationCommand): CommandOutcome => {
  switch (command.kind) {
    case 'hold':
    case 'take':
      return create(unitOfWork, command);
    case 'commit':
    case 'release':
      return finish(unitOfWork, command.kind, command.id);
    case 'extend':
      return extend(unitOfWork, command.id, command.ttlMs);
    case 'expire':
      return expire(unitOfWork, command.id);
  }
};

/**
 * Decides commands one after the other, in the order they came, on facts read under lock. Pure: what
 * it returns is written by the caller in the same transaction, or nothing of it is true.
 */
export const decide = (state: LockedState, commands: readonly ReservationCommand[]): Decisions => {
  const unitOfWork = new UnitOfWork(state);
  const outcomes = commands.map((command) => decideOne(unitOfWork, command));
  return { outcomes, writes: unitOfWork.pendingWrites(), shortSkus: [...unitOfWork.shortSkus] };
};
