import { Metadata, status } from '@grpc/grpc-js';
import { BulkheadRejectedError } from 'cockatiel';
import { type Reservation, ReservationState, ShortageReason } from '@app/contracts';
import { grpcStatusOf, type Reason, REASONS, ServiceError, statusMessageOf } from '@app/errors';
import type { Reply } from './reply';
import { InventoryUnavailableError } from '../inventory/inventory-availability';
import { replyFromFailure, replyFromReservation, replyFromBatchResult } from './reply-mapping';

const reservation = (state: ReservationState, shortages: Reservation['shortages'] = []) =>
  ({ state, shortages }) as unknown as Reservation;

const decided = (outcome: string): object => ({ kind: 'decided', outcome, shortages: [] });
const silence = (reason: string): object => ({ kind: 'noResponse', reason });
const refusal = (reason: string): object => ({ kind: 'rejected', reason });

describe('the state of a reservation', () => {
  it.each(
    Object.values(ReservationState).filter((state) => !/UNSPECIFIED|UNRECOGNIZED/.test(state)),
  )('%s is an answer', (state) => {
    const said = state.replace('RESERVATION_STATE_', '');
    expect(replyFromReservation(reservation(state))).toEqual(decided(said));
  });

  it('that is not known here, or missing, is a refusal, and never an answer', () => {
    const unknown = ReservationState.RESERVATION_STATE_UNSPECIFIED;
    expect(replyFromReservation(reservation(unknown))).toEqual(refusal('UNKNOWN_STATE'));
    expect(replyFromReservation(undefined)).toEqual(refusal('UNKNOWN_STATE'));
    expect(replyFromBatchResult({})).toEqual(refusal('UNKNOWN_STATE'));
  });

  it('REJECTED comes with every short line', () => {
    const line = { requested: 4, available: 3 };
    const rejected = reservation(ReservationState.RESERVATION_STATE_REJECTED, [
      { sku: 'a', ...line, reason: ShortageReason.SHORTAGE_REASON_NOT_ENOUGH },
      { sku: 'b', ...line, reason: ShortageReason.SHORTAGE_REASON_UNKNOWN_SKU },
    ]);
    expect(replyFromReservation(rejected)).toMatchObject({
      outcome: 'REJECTED',
      shortages: [
        { sku: 'a', ...line, reason: 'NOT_ENOUGH' },
        { sku: 'b', ...line, reason: 'UNKNOWN_SKU' },
      ],
    });
  });
});

/** What each reason means for an order; of all that are not named here, a refusal. */
const MEANINGS: Partial<Record<Reason, object>> = {
  RESERVATION_MISMATCH: decided('RESERVATION_MISMATCH'),
  RESERVATION_ID_TOO_OLD: decided('RESERVATION_ID_TOO_OLD'),
  RESERVATION_NOT_FOUND: decided('RESERVATION_NOT_FOUND'),
  INSUFFICIENT_STOCK: decided('INSUFFICIENT_STOCK'),
  OVERLOADED: silence('OVERLOADED'),
  DATABASE_UNAVAILABLE: silence('DATABASE_UNAVAILABLE'),
  SHUTTING_DOWN: silence('SHUTTING_DOWN'),
  DEADLINE_PASSED: silence('DEADLINE_PASSED'),
};

/** The same error, as a call fails with it, and as one request of a batch does. */
const bothWays = (error: ServiceError): Reply[] => [
  replyFromFailure(grpcStatusOf(error)),
  replyFromBatchResult({ error: statusMessageOf(error) }),
];

it.each(Object.keys(REASONS) as Reason[])('the reason %s means the same on both ways', (reason) => {
  const meaning = MEANINGS[reason] ?? refusal(reason);
  expect(bothWays(new ServiceError(reason, 'as wanted'))).toEqual([meaning, meaning]);
});

it.each(['COMMITTED', 'RELEASED', 'REJECTED', 'EXPIRED'])(
  'RESERVATION_ENDED says how: %s is an answer',
  (state) => {
    const ended = new ServiceError('RESERVATION_ENDED', 'as wanted', { metadata: { state } });
    expect(bothWays(ended)).toEqual([decided(state), decided(state)]);
  },
);

it('RESERVATION_ENDED in a state that is not known here is a refusal', () => {
  const ended = new ServiceError('RESERVATION_ENDED', 'as wanted', { metadata: { state: 'LOST' } });
  expect(bothWays(ended)).toEqual([refusal('RESERVATION_ENDED'), refusal('RESERVATION_ENDED')]);
});

describe('an error without a reason of ours, as of a proxy, is no answer', () => {
  const codes = Object.keys(status).filter((name) => !/^(\d+|OK)$/.test(name));

  it.each(codes)('%s', (name) => {
    const code = status[name as keyof typeof status];
    expect(replyFromFailure({ code, metadata: new Metadata() })).toEqual(silence(name));
    expect(replyFromBatchResult({ error: { code, message: '', details: [] } })).toEqual(
      silence(name),
    );
  });

  it('an error that is none of gRPC decides nothing either', () => {
    expect(replyFromFailure(new TypeError('a fault'))).toEqual(silence('UNKNOWN'));
    expect(replyFromFailure(undefined)).toEqual(silence('UNKNOWN'));
  });
});

describe('a call that was not made', () => {
  it('since Inventory is known to be away is unasked', () => {
    expect(replyFromFailure(new InventoryUnavailableError())).toEqual({ kind: 'skipped' });
  });

  it('for lack of room got no answer', () => {
    expect(replyFromFailure(new BulkheadRejectedError(1, 1))).toEqual(silence('OVERLOADED'));
    expect(replyFromFailure(new ServiceError('OVERLOADED', 'full'))).toEqual(silence('OVERLOADED'));
  });
});
