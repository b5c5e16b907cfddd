import { ReservationState } from '../generated/inventory/v1/inventory';

/** HELD is the only state that is not final. */
export const RESERVATION_STATES = ['HELD', 'REJECTED', 'COMMITTED', 'RELEASED', 'EXPIRED'] as const;
export type ReservationStateName = (typeof RESERVATION_STATES)[number];

const PROTO_STATES = {
  HELD: ReservationState.RESERVATION_STATE_HELD,
  REJECTED: ReservationState.RESERVATION_STATE_REJECTED,
  COMMITTED: ReservationState.RESERVATION_STATE_COMMITTED,
  RELEASED: ReservationState.RESERVATION_STATE_RELEASED,
  EXPIRED: ReservationState.RESERVATION_STATE_EXPIRED,
} satisfies Record<ReservationStateName, ReservationState>;

const NAMES: ReadonlyMap<ReservationState, ReservationStateName> = new Map(
  RESERVATION_STATES.map((name) => [PROTO_STATES[name], name]),
);

/** Maps a state to its gRPC value. */
export const toProtoReservationState = (state: ReservationStateName): ReservationState =>
  PROTO_STATES[state];

/** Maps a gRPC value to a state. Returns undefined for a value that this version does not know. */
export const fromProtoReservationState = (
  state: ReservationState,
): ReservationStateName | undefined => NAMES.get(state);

/** Returns whether a text, such as one from an error's metadata, names a state. */
export const isReservationStateName = (text: string | undefined): text is ReservationStateName =>
  (RESERVATION_STATES as readonly (string | undefined)[]).includes(text);
