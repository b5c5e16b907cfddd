import { Metadata, status } from '@grpc/grpc-js';
import { isBulkheadRejectedError } from 'cockatiel';
import {
  type BatchCreateReservationsResult,
  fromProtoReservationState,
  fromProtoShortage,
  isReservationStateName,
  type Reservation,
} from '@app/contracts';
import { type ErrorInfo, errorInfoFromTrailer, errorInfoOf, ServiceError } from '@app/errors';
import type { ReservationOutcome } from './lifecycle';
import { decided, type Reply, SKIPPED } from './reply';
import { InventoryUnavailableError } from '../inventory/inventory-availability';

/** Errors that say what became of the reservation. */
const OUTCOME_REASONS: ReadonlySet<string> = new Set<ReservationOutcome>([
  'RESERVATION_MISMATCH',
  'RESERVATION_ID_TOO_OLD',
  'RESERVATION_NOT_FOUND',
  'INSUFFICIENT_STOCK',
]);

/** Errors of an Inventory that is there, but cannot answer now: as good as no answer. */
const NO_RESPONSE_REASONS: ReadonlySet<string> = new Set([
  'OVERLOADED',
  'DATABASE_UNAVAILABLE',
  'DEADLINE_PASSED',
  'SHUTTING_DOWN',
]);

/** What Inventory tells of a reservation. */
export const replyFromReservation = (reservation: Reservation | undefined): Reply => {
  const state = reservation && fromProtoReservationState(reservation.state);
  return state
    ? decided(state, reservation.shortages.map(fromProtoShortage))
    : { kind: 'rejected', reason: 'UNKNOWN_STATE' };
};

/** What Inventory tells of one order of a batch. */
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

/** What became of a call that failed. Anything that is not plainly an answer is none. */
export const replyFromFailure = (error: unknown): Reply => {
  if (error instanceof InventoryUnavailableError) return SKIPPED;
  if (error instanceof ServiceError) return { kind: 'noResponse', reason: error.reason };
  if (isBulkheadRejectedError(error)) return { kind: 'noResponse', reason: 'OVERLOADED' };
  const { code, metadata } = Object(error) as { code?: status; metadata?: unknown };
  const info = metadata instanceof Metadata ? errorInfoFromTrailer(metadata) : undefined;
  return info ? replyFromErrorInfo(info) : replyFromStatusCode(code);
};

/** Inventory's own errors have an ErrorInfo. Others are a proxy's, or the connection's. */
const replyFromStatusCode = (code: number = status.UNKNOWN): Reply => ({
  kind: 'noResponse',
  reason: status[code] ?? 'UNKNOWN',
});
