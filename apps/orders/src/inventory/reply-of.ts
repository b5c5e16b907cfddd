import { Metadata, status } from '@grpc/grpc-js';
import { isBulkheadRejectedError } from 'cockatiel';
import {
  type BatchCreateReservationsResult,
  type Reservation,
  ReservationState,
  ShortageReason,
} from '@app/contracts';
import { type ErrorInfo, errorInfoFromTrailer, errorInfoOf, ServiceError } from '@app/errors';
import type { Answer } from '../order/lifecycle';
import type { Shortage } from '../order/order';
import { answer, type Reply, UNASKED } from '../order/reply';
import { InventoryAway } from './inventory-availability';

const STATES: Partial<Record<ReservationState, Answer>> = {
  [ReservationState.RESERVATION_STATE_HELD]: 'HELD',
  [ReservationState.RESERVATION_STATE_REJECTED]: 'REJECTED',
  [ReservationState.RESERVATION_STATE_COMMITTED]: 'COMMITTED',
  [ReservationState.RESERVATION_STATE_RELEASED]: 'RELEASED',
  [ReservationState.RESERVATION_STATE_EXPIRED]: 'EXPIRED',
};

/** Errors that say what became of the reservation. */
const ANSWERS: ReadonlySet<string> = new Set<Answer>([
  'RESERVATION_MISMATCH',
  'RESERVATION_ID_TOO_OLD',
  'RESERVATION_NOT_FOUND',
  'INSUFFICIENT_STOCK',
]);

/** Errors of an Inventory that is there, but cannot answer now: as good as no answer. */
const SILENT_REASONS: ReadonlySet<string> = new Set([
  'OVERLOADED',
  'DATABASE_UNAVAILABLE',
  'DEADLINE_PASSED',
  'SHUTTING_DOWN',
]);

const toShortage = ({
  sku,
  requested,
  available,
  reason,
}: Reservation['shortages'][number]): Shortage => ({
  sku,
  requested,
  available,
  reason: reason === ShortageReason.SHORTAGE_REASON_UNKNOWN_SKU ? 'UNKNOWN_SKU' : 'NOT_ENOUGH',
});

/** What Inventory tells of a reservation. */
export const replyOfReservation = (reservation: Reservation | undefined): Reply => {
  const state = reservation && STATES[reservation.state];
  return state
    ? answer(state, reservation.shortages.map(toShortage))
    : { kind: 'refusal', reason: 'UNKNOWN_STATE' };
};

/** What Inventory tells of one order of a batch. */
export const replyOfResult = ({ reservation, error }: BatchCreateReservationsResult): Reply => {
  if (!error) return replyOfReservation(reservation);
  const info = errorInfoOf(error);
  return info ? replyOfError(info) : replyOfCode(error.code);
};

const replyOfError = ({ reason, metadata: { state } }: ErrorInfo): Reply => {
  if (reason === 'RESERVATION_ENDED' && isState(state)) return answer(state);
  if (ANSWERS.has(reason)) return answer(reason as Answer);
  return { kind: SILENT_REASONS.has(reason) ? 'silence' : 'refusal', reason };
};

/** What became of a call that failed. Anything that is not plainly an answer is none. */
export const replyOfFailure = (error: unknown): Reply => {
  if (error instanceof InventoryAway) return UNASKED;
  if (error instanceof ServiceError) return { kind: 'silence', reason: error.reason };
  if (isBulkheadRejectedError(error)) return { kind: 'silence', reason: 'OVERLOADED' };
  const { code, metadata } = Object(error) as { code?: status; metadata?: unknown };
  const info = metadata instanceof Metadata ? errorInfoFromTrailer(metadata) : undefined;
  return info ? replyOfError(info) : replyOfCode(code);
};

/** Inventory's own errors have an ErrorInfo. Others are a proxy's, or the connection's. */
const replyOfCode = (code: number = status.UNKNOWN): Reply => ({
  kind: 'silence',
  reason: status[code] ?? 'UNKNOWN',
});

const isState = (state: string | undefined): state is Answer =>
  Object.values<string | undefined>(STATES).includes(state);
