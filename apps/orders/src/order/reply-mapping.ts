import { Metadata, status } from '@grpc/grpc-js';
import { isBulkheadRejectedError } from 'cockatiel';
import {
  type BatchCreateReservationsResult,
  fromProtoReservationState,
  fromProtoShortage,
  isReservationStateName,
  type LineDto,
  type Reservation,
} from '@app/contracts';
import { type ErrorInfo, errorInfoFromTrailer, errorInfoOf, ServiceError } from '@app/errors';
import type { ReservationOutcome } from './lifecycle';
import { haveSameUnits } from './order-reduction';
import { decided, type Reply, SKIPPED } from './reply';
import { InventoryUnavailableError } from '../inventory/inventory-availability';

/** The reasons of errors that are outcomes. */
const OUTCOME_REASONS: ReadonlySet<string> = new Set<ReservationOutcome>([
  'RESERVATION_MISMATCH',
  'RESERVATION_ID_TOO_OLD',
  'RESERVATION_NOT_FOUND',
  'INSUFFICIENT_STOCK',
]);

/** The reasons of errors that decide nothing and will pass, as a missing response does. */
const NO_RESPONSE_REASONS: ReadonlySet<string> = new Set([
  'OVERLOADED',
  'DATABASE_UNAVAILABLE',
  'DEADLINE_PASSED',
  'SHUTTING_DOWN',
]);

/** Returns the reply for a reservation that Inventory returned. */
export const replyFromReservation = (reservation: Reservation | undefined): Reply => {
  const state = reservation && fromProtoReservationState(reservation.state);
  return state
    ? decided(state, reservation.shortages.map(fromProtoShortage))
    : { kind: 'rejected', reason: 'UNKNOWN_STATE' };
};

/**
 * Returns the reply for a reduced reservation. It is HELD only with exactly the units of the order: another
 * client may have reduced it further.
 */
export const replyFromReduction = (
  items: readonly LineDto[],
  reservation: Reservation | undefined,
): Reply => {
  const reply = replyFromReservation(reservation);
  const isHeld = reply.kind === 'decided' && reply.outcome === 'HELD';
  return isHeld && !haveSameUnits(items, reservation?.lines ?? [])
    ? { kind: 'rejected', reason: 'UNITS_DIFFER' }
    : reply;
};

/** Returns the reply for one order of a batch. */
export const replyFromBatchResult = ({
  reservation,
  error,
}: BatchCreateReservationsResult): Reply => {
  if (!error) return replyFromReservation(reservation);
  const info = errorInfoOf(error);
  return info ? replyFromErrorInfo(info) : replyFromStatusCode(error.code);
};

const replyFromErrorInfo = ({ reason, metadata: { state } }: ErrorInfo): Reply => {
  if (reason === 'RESERVATION_ENDED' && isReservationStateName(state)) return decided(state);
  if (OUTCOME_REASONS.has(reason)) return decided(reason as ReservationOutcome);
  return { kind: NO_RESPONSE_REASONS.has(reason) ? 'noResponse' : 'rejected', reason };
};

/** Returns the reply for a failed call. Without a reason of Inventory it is `noResponse`. */
export const replyFromFailure = (error: unknown): Reply => {
  if (error instanceof InventoryUnavailableError) return SKIPPED;
  if (error instanceof ServiceError) return { kind: 'noResponse', reason: error.reason };
  if (isBulkheadRejectedError(error)) return { kind: 'noResponse', reason: 'OVERLOADED' };
  const { code, metadata } = Object(error) as { code?: status; metadata?: unknown };
  const info = metadata instanceof Metadata ? errorInfoFromTrailer(metadata) : undefined;
  return info ? replyFromErrorInfo(info) : replyFromStatusCode(code);
};

/** For errors without an ErrorInfo, which come from a proxy or from the connection. */
const replyFromStatusCode = (code: number = status.UNKNOWN): Reply => ({
  kind: 'noResponse',
  reason: status[code] ?? 'UNKNOWN',
});
