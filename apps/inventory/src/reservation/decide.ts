import { LIMITS, type LineDto, type ShortageDto } from '@app/contracts';
import { linesAbove, reductionOf } from './reduction';
import { decidedLines, type Reservation, sameLines, uuidV7Time, TRANSITIONS } from './reservation';
import { emptyReservation, type PendingWrites, type LockedState, UnitOfWork } from './unit-of-work';

/** Requests a basket. The lines are merged. */
export type CreateCommand =
  /** Holds the basket for `ttlMs`. Null: until it is committed or released. */
  | {
      readonly kind: 'hold';
      readonly id: string;
      readonly lines: readonly LineDto[];
      readonly ttlMs: number | null;
    }
  /**
   * Commits one line at once. With `hasGeneratedId` a rejection is not recorded: no client knows the
   * id, so none can repeat the call.
   */
  | {
      readonly kind: 'take';
      readonly id: string;
      readonly lines: readonly LineDto[];
      readonly hasGeneratedId: boolean;
    };

/** A client's call by id, or `expire`, which ends a hold if it is due. */
export type ReservationCommand =
  | CreateCommand
  | { readonly kind: 'commit' | 'release' | 'expire'; readonly id: string }
  | { readonly kind: 'extend'; readonly id: string; readonly ttlMs: number | null }
  | ReduceCommand;

/** Returns the units of a hold beyond those to keep, which are merged lines. */
export interface ReduceCommand {
  readonly kind: 'reduce';
  readonly id: string;
  readonly kept: readonly LineDto[];
}

/** The result of a command. */
export type CommandOutcome =
  /** `mismatch`: the id has other lines or another kind. `ended`: the state forbids the call. */
  | { readonly kind: 'decided' | 'mismatch' | 'ended'; readonly reservation: Reservation }
  /** A reduction of a hold that would leave nothing, or that was reduced too often. */
  | { readonly kind: 'nothingLeft' | 'reducedTooOften'; readonly id: string }
  /** A reduction that names lines with more units than were held at first. */
  | { readonly kind: 'increased'; readonly id: string; readonly lines: readonly LineDto[] }
  /** A commit of units that are no longer on hand after an adjustment with allow_shortfall. */
  | { readonly kind: 'short'; readonly id: string; readonly shortages: readonly ShortageDto[] }
  /** `idTooOld`: the id is so old that its tombstone may have been deleted. */
  | { readonly kind: 'unknown' | 'idTooOld'; readonly id: string };

export interface Decisions {
  /** One outcome per command, in the same order. */
  readonly outcomes: CommandOutcome[];
  readonly writes: PendingWrites;
  /** SKUs that a basket was rejected for. Their due holds must expire before it is rejected. */
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

/** Returns the recorded decision, whatever its state is now. */
const replayDecision = (
  unitOfWork: UnitOfWork,
  command: CreateCommand,
  recorded: Reservation,
): CommandOutcome => {
  const mismatch = { kind: 'mismatch', reservation: recorded } as const;
  if (!sameLines(decidedLines(recorded), command.lines)) return mismatch;
  const reservation = unitOfWork.expireIfDue(recorded);
  // A take promises committed units. A hold does not.
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

/** Commits or releases according to TRANSITIONS. */
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

/** Sets the expiry of a hold to `ttlMs` from now, unless it is already later. */
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

/** Returns units of a hold. A late call names more units than are left, and changes nothing. */
const reduce = (unitOfWork: UnitOfWork, { id, kept }: ReduceCommand): CommandOutcome => {
  const recorded = unitOfWork.find(id);
  if (!recorded) return { kind: TRANSITIONS.reduce.NONE, id };
  const reservation = unitOfWork.expireIfDue(recorded);
  const next = TRANSITIONS.reduce[reservation.state];
  if (next === 'ended') return { kind: next, reservation };
  const heldLines = decidedLines(reservation);
  const increased = linesAbove(kept, heldLines);
  if (increased.length > 0) return { kind: 'increased', id, lines: increased };
  const { left, returned } = reductionOf(reservation.lines, kept);
  if (returned.length === 0) return { kind: 'decided', reservation };
  if (left.length === 0) return { kind: 'nothingLeft', id };
  const reductions = reservation.reductions + 1;
  if (reductions > LIMITS.maxReductions) return { kind: 'reducedTooOften', id };
  unitOfWork.applyEffect({ id, lines: returned }, 'release');
  const reduced = unitOfWork.record({ id, state: next, lines: left, heldLines, reductions });
  return { kind: 'decided', reservation: reduced };
};

/** Expires a due hold. Leaves any other reservation unchanged. */
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
    case 'reduce':
      return reduce(unitOfWork, command);
    case 'expire':
      return expire(unitOfWork, command.id);
  }
};

/**
 * Decides commands in order, from a state read under lock. Pure: the outcomes hold only if the caller
 * commits the writes in the same transaction.
 */
export const decide = (state: LockedState, commands: readonly ReservationCommand[]): Decisions => {
  const unitOfWork = new UnitOfWork(state);
  const outcomes = commands.map((command) => decideOne(unitOfWork, command));
  return { outcomes, writes: unitOfWork.pendingWrites(), shortSkus: [...unitOfWork.shortSkus] };
};
