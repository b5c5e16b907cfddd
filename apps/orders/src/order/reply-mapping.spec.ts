import { Metadata, status } from '@grpc/grpc-js';
import { BulkheadRejectedError } from 'cockatiel';
import { type Reservation, ReservationState, ShortageReason } from '@app/contracts';
import { grpcStatusOf, type Reason, REASONS, ServiceError, statusMessageOf } from '@app/errors';
import type { Reply } from './reply';
import { InventoryUnavailableError } from '../inventory/inventory-availability';
import {
  replyFromBatchResult,
  replyFromFailure,
  replyFromReduction,
  replyFromReservation,
} from './reply-mapping';

const reservation = (state: ReservationState, shortages: Reservation['shortages'] = []) =>
  ({ state, shortages }) as unknown as Reservation;

const decided = (outcome: string): object => ({ kind: 'decided', outcome, shortages: [] });
const noResponse = (reason: string): object => ({ kind: 'noResponse', reason });
const rejected = (reason: string): object => ({ kind: 'rejected', reason });

describe('the state of a reservation', () => {
  it.each(
    Object.values(ReservationState).filter((state) => !/UNSPECIFIED|UNRECOGNIZED/.test(state)),
  )('%s is an outcome', (state) => {
    const outcome = state.replace('RESERVATION_STATE_', '');
    expect(replyFromReservation(reservation(state))).toEqual(decided(outcome));
  });

  it('is rejected, and no outcome, if it is unknown or missing', () => {
    const unknown = ReservationState.RESERVATION_STATE_UNSPECIFIED;
    expect(replyFromReservation(reservation(unknown))).toEqual(rejected('UNKNOWN_STATE'));
    expect(replyFromReservation(undefined)).toEqual(rejected('UNKNOWN_STATE'));
    expect(replyFromBatchResult({})).toEqual(rejected('UNKNOWN_STATE'));
  });

  it('REJECTED has every short line', () => {
    const line = { requested: 4, available: 3 };
    const withShortages = reservation(ReservationState.RESERVATION_STATE_REJECTED, [
      { sku: 'a', ...line, reason: ShortageReason.SHORTAGE_REASON_NOT_ENOUGH },
      { sku: 'b', ...line, reason: ShortageReason.SHORTAGE_REASON_UNKNOWN_SKU },
    ]);
    expect(replyFromReservation(withShortages)).toMatchObject({
      outcome: 'REJECTED',
      shortages: [
        { sku: 'a', ...line, reason: 'NOT_ENOUGH' },
        { sku: 'b', ...line, reason: 'UNKNOWN_SKU' },
      ],
    });
  });
});

/** The reply for each reason. All others are rejected. */
const MEANINGS: Partial<Record<Reason, object>> = {
  RESERVATION_MISMATCH: decided('RESERVATION_MISMATCH'),
  RESERVATION_ID_TOO_OLD: decided('RESERVATION_ID_TOO_OLD'),
  RESERVATION_NOT_FOUND: decided('RESERVATION_NOT_FOUND'),
  INSUFFICIENT_STOCK: decided('INSUFFICIENT_STOCK'),
  OVERLOADED: noResponse('OVERLOADED'),
  DATABASE_UNAVAILABLE: noResponse('DATABASE_UNAVAILABLE'),
  SHUTTING_DOWN: noResponse('SHUTTING_DOWN'),
  DEADLINE_PASSED: noResponse('DEADLINE_PASSED'),
};

/** The replies for the same error of a call, and of one order of a batch. */
const bothWays = (error: ServiceError): Reply[] => [
  replyFromFailure(grpcStatusOf(error)),
  replyFromBatchResult({ error: statusMessageOf(error) }),
];

it.each(Object.keys(REASONS) as Reason[])(
  'maps the reason %s to the same reply for a call and for a batch result',
  (reason) => {
    const meaning = MEANINGS[reason] ?? rejected(reason);
    expect(bothWays(new ServiceError(reason, 'a message'))).toEqual([meaning, meaning]);
  },
);

it.each(['COMMITTED', 'RELEASED', 'REJECTED', 'EXPIRED'])(
  'RESERVATION_ENDED with the state %s is an outcome',
  (state) => {
    const ended = new ServiceError('RESERVATION_ENDED', 'a message', { metadata: { state } });
    expect(bothWays(ended)).toEqual([decided(state), decided(state)]);
  },
);

it('RESERVATION_ENDED with an unknown state is rejected', () => {
  const ended = new ServiceError('RESERVATION_ENDED', 'a message', { metadata: { state: 'LOST' } });
  expect(bothWays(ended)).toEqual([rejected('RESERVATION_ENDED'), rejected('RESERVATION_ENDED')]);
});

describe('an error without a reason of Inventory is noResponse', () => {
  const codes = Object.keys(status).filter((name) => !/^(\d+|OK)$/.test(name));

  it.each(codes)('%s', (name) => {
    const code = status[name as keyof typeof status];
    expect(replyFromFailure({ code, metadata: new Metadata() })).toEqual(noResponse(name));
    expect(replyFromBatchResult({ error: { code, message: '', details: [] } })).toEqual(
      noResponse(name),
    );
  });

  it('also if it is no gRPC error', () => {
    expect(replyFromFailure(new TypeError('a fault'))).toEqual(noResponse('UNKNOWN'));
    expect(replyFromFailure(undefined)).toEqual(noResponse('UNKNOWN'));
  });
});

describe('a reduced reservation', () => {
  const items = [
    { sku: 'pizza', quantity: 1 },
    { sku: 'burger', quantity: 2 },
    { sku: 'pizza', quantity: 2 },
  ];
  const held = (...lines: [sku: string, quantity: number][]) => ({
    ...reservation(ReservationState.RESERVATION_STATE_HELD),
    lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
  });

  it('is HELD with exactly the units of the order', () => {
    expect(replyFromReduction(items, held(['burger', 2], ['pizza', 3]))).toEqual(decided('HELD'));
  });

  it.each([
    ['fewer units', held(['burger', 1], ['pizza', 3])],
    ['more units', held(['burger', 2], ['pizza', 4])],
    ['another SKU', held(['burger', 2], ['pizza', 3], ['tea', 1])],
  ])('with %s decides nothing', (_what, reservation) => {
    expect(replyFromReduction(items, reservation)).toEqual(rejected('UNITS_DIFFER'));
  });
});

describe('a call that was not made', () => {
  it('because Inventory is unavailable is skipped', () => {
    expect(replyFromFailure(new InventoryUnavailableError())).toEqual({ kind: 'skipped' });
  });

  it('because the queue is full is noResponse', () => {
    expect(replyFromFailure(new BulkheadRejectedError(1, 1))).toEqual(noResponse('OVERLOADED'));
    expect(replyFromFailure(new ServiceError('OVERLOADED', 'full'))).toEqual(
      noResponse('OVERLOADED'),
    );
  });
});
