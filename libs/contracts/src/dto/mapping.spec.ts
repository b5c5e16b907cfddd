import { ReservationState, ShortageReason } from '../generated/inventory/v1/inventory';
import { pageOf } from './page';
import {
  fromProtoReservationState,
  RESERVATION_STATES,
  toProtoReservationState,
} from './reservation-state.dto';
import { fromProtoShortage, SHORTAGE_REASONS, toProtoShortage } from './shortage.dto';
import { fromProtoStockPage, toProtoStockPage } from './stock-page.dto';

it.each(RESERVATION_STATES)('state %s is the same after gRPC', (state) => {
  expect(fromProtoReservationState(toProtoReservationState(state))).toBe(state);
});

it('a reservation state that this version does not know maps to undefined', () => {
  const unknown = ReservationState.RESERVATION_STATE_UNSPECIFIED;
  expect(fromProtoReservationState(unknown)).toBeUndefined();
});

it.each(SHORTAGE_REASONS)('a shortage because of %s is the same after gRPC', (reason) => {
  const shortage = { sku: 'burger', requested: 4, available: 3, reason };
  expect(fromProtoShortage(toProtoShortage(shortage))).toEqual(shortage);
});

it('a shortage reason that this version does not know maps to NOT_ENOUGH', () => {
  const reason = ShortageReason.SHORTAGE_REASON_UNSPECIFIED;
  const shortage = { sku: 'burger', requested: 4, available: 3, reason };
  expect(fromProtoShortage(shortage)).toMatchObject({ reason: 'NOT_ENOUGH' });
});

describe('a page', () => {
  const cursorOf = (item: number): string => `after ${item}`;

  it('has the cursor of its last item if another page follows', () => {
    expect(pageOf([1, 2, 3], 2, cursorOf)).toEqual({ items: [1, 2], next: 'after 2' });
  });

  it.each([[[1, 2]], [[1]], [[]]])('of %j has no cursor if the limit is 2', (rows) => {
    expect(pageOf(rows, 2, cursorOf)).toEqual({ items: rows, next: undefined });
  });

  it.each([undefined, 'burger'])('with the cursor %s is the same after gRPC', (next) => {
    expect(fromProtoStockPage(toProtoStockPage({ items: [], next }))).toEqual({ items: [], next });
  });
});
