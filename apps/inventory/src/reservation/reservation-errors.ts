import { LIMITS, type LineDto, type ShortageDto, skuFault } from '@app/contracts';
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

/** A reduction that names more units than the reservation held at first. */
export const quantityIncreased = (id: string, lines: readonly LineDto[]): ServiceError =>
  new ServiceError(
    'QUANTITY_INCREASED',
    `Reservation ${id} cannot keep ${lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(', ')}: it did not hold as many.`,
    {
      metadata: { reservation_id: id },
      preconditions: lines.map(({ sku, quantity }) => ({
        subject: `sku/${sku}`,
        description: `fewer than ${quantity} were held`,
      })),
    },
  );

export const nothingLeft = (id: string): ServiceError =>
  new ServiceError(
    'NOTHING_LEFT',
    `The reduction would leave no unit of reservation ${id}; release it instead.`,
    { metadata: { reservation_id: id } },
  );

export const reducedTooOften = (id: string): ServiceError =>
  new ServiceError(
    'REDUCED_TOO_OFTEN',
    `Reservation ${id} was reduced ${LIMITS.maxReductions} times before; release it instead.`,
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

/** Characters of an invalid SKU that an error repeats. A SKU may have as many bytes as a request. */
const MAX_SKU_IN_ERROR = 64;

const shortened = (sku: string): string => {
  const characters = Array.from(sku);
  return characters.length > MAX_SKU_IN_ERROR
    ? `${characters.slice(0, MAX_SKU_IN_ERROR).join('')}…`
    : sku;
};

/** ReserveStock of a line whose SKU cannot exist, or with more units than a reservation can have. */
export const impossibleLine = ({ sku, quantity }: LineDto): ServiceError => {
  const shown = shortened(sku);
  if (skuFault(sku) !== undefined) {
    return insufficientStock([
      { sku: shown, requested: quantity, available: 0, reason: 'UNKNOWN_SKU' },
    ]);
  }
  return new ServiceError('INSUFFICIENT_STOCK', 'insufficient stock', {
    preconditions: [
      {
        subject: `sku/${shown}`,
        description: `${quantity} requested, and one call can take at most ${LIMITS.maxQuantity}`,
      },
    ],
  });
};

/** A commit of units that are no longer on hand after an adjustment with allow_shortfall. */
export const heldUnitsMissing = (shortages: readonly ShortageDto[]): ServiceError =>
  new ServiceError('INSUFFICIENT_STOCK', 'held units are missing', {
    metadata: { shortages },
    preconditions: shortages.map(({ sku, requested, available }) => ({
      subject: `sku/${sku}`,
      description: `${requested} held, ${available} on hand`,
    })),
  });
