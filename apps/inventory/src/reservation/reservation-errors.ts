import type { ShortageDto } from '@app/contracts';
import { ServiceError } from '@app/errors';
import type { Reservation } from './reservation';

export const reservationMismatch = ({ id }: Reservation): ServiceError =>
  new ServiceError(
    'RESERVATION_MISMATCH',
    `Reservation ${id} exists with other lines; use a new reservation_id.`,
    { metadata: { reservation_id: id } },
  );

export const reservationEnded = ({ id, state }: Reservation): ServiceError =>
  new ServiceError('RESERVATION_ENDED', `Reservation ${id} is ${state}, which is final.`, {
    metadata: { reservation_id: id, state },
    preconditions: [{ subject: `reservation/${id}`, description: `it is ${state}` }],
  });

export const reservationNotFound = (id: string): ServiceError =>
  new ServiceError('RESERVATION_NOT_FOUND', `There is no reservation ${id}.`, {
    metadata: { reservation_id: id },
  });

export const reservationIdTooOld = (id: string): ServiceError =>
  new ServiceError(
    'RESERVATION_ID_TOO_OLD',
    `Reservation ${id} may have been released and its record deleted, because its UUIDv7 is too old; use a new reservation_id.`,
    { metadata: { reservation_id: id } },
  );

/** The message is that of the published tutorial. The details name each short SKU. */
export const insufficientStock = (shortages: readonly ShortageDto[]): ServiceError =>
  new ServiceError('INSUFFICIENT_STOCK', 'insufficient stock', {
    metadata: { shortages },
    preconditions: shortages.map(({ sku, requested, available, reason }) => ({
      subject: `sku/${sku}`,
      description:
        reason === 'UNKNOWN_SKU'
          ? `${sku} is not a known SKU`
          : `${requested} requested, ${available} available`,
    })),
  });

/** A commit of units that are no longer on hand after an adjustment with allow_shortfall. */
export const heldUnitsMissing = (shortages: readonly ShortageDto[]): ServiceError =>
  new ServiceError('INSUFFICIENT_STOCK', 'held units are missing', {
    metadata: { shortages },
    preconditions: shortages.map(({ sku, requested, available }) => ({
      subject: `sku/${sku}`,
      description: `${requested} held, ${available} on hand`,
    })),
  });
