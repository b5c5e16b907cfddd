import { Transform } from 'class-transformer';
import { ValidateBy, type ValidationArguments } from 'class-validator';
import type { Duration } from './generated/google/protobuf/duration';
import type { Timestamp } from './generated/google/protobuf/timestamp';
import { LIMITS } from './limits';
import {
  hasHiddenCharacters,
  hasTooManyMarks,
  isLongerThan,
  MAX_MARKS,
  normalizedText,
} from './text';
import { toMs } from './time';

/** A violation of one field. libs/errors has the same as FieldViolation. */
export interface FieldFault {
  /** Path of the field: `lines[0].quantity`. */
  readonly field: string;
  /** A predicate without the field's name: `must be > 0`. */
  readonly fault: string;
}

/**
 * Builds a class-validator decorator from a function that returns the fault of a value, or undefined.
 * A fault is a predicate without the field's name (`must be > 0`), to be put behind any path.
 */
const rule =
  (name: string, faultOf: (value: unknown) => string | undefined) => (): PropertyDecorator =>
    ValidateBy({
      name,
      validator: {
        validate: (value: unknown) => faultOf(value) === undefined,
        defaultMessage: (args?: ValidationArguments) => faultOf(args?.value) ?? '',
      },
    });

const isMissing = (value: unknown): boolean => value === undefined || value === null;

/** Returns the fault of a text that must not be empty, or undefined. */
const presentFault = (value: unknown): string | undefined => {
  if (isMissing(value) || value === '') return 'is required';
  return typeof value === 'string' ? undefined : 'must be text';
};

const patternFault =
  (pattern: RegExp, allowed: string, maxLength = 64) =>
  (value: unknown) =>
    presentFault(value) ??
    (pattern.test(value as string)
      ? undefined
      : `must be 1 to ${maxLength} characters out of ${allowed}`);

/** Returns the fault of a SKU, or undefined. */
export const skuFault = patternFault(LIMITS.sku, 'A-Z a-z 0-9 . _ -');

/** Returns the fault of a list's length, or undefined. */
export const lengthFault = (value: unknown, min: number, max: number, what: string) => {
  if (isMissing(value)) return 'is required';
  if (!Array.isArray(value)) return 'must be a list';
  return value.length >= min && value.length <= max
    ? undefined
    : `must have ${min} to ${max} ${what}, not ${value.length}`;
};

const skuListFault =
  (min: number) =>
  (value: unknown): string | undefined => {
    const fault = lengthFault(value, min, LIMITS.maxLines, 'SKUs');
    if (fault !== undefined) return fault;
    const faults = (value as unknown[]).map(skuFault);
    const index = faults.findIndex((each) => each !== undefined);
    return index < 0
      ? undefined
      : `must hold SKUs only, but the one at index ${index} ${faults[index]}`;
  };

/** Requires a text that is not empty. */
export const IsPresent = rule('isPresent', presentFault);

/** Requires a SKU (LIMITS.sku). */
export const IsSku = rule('isSku', skuFault);

/** Requires a list of 1 to LIMITS.maxLines SKUs. */
export const IsSkuList = rule('isSkuList', skuListFault(1));

/** Requires a list of at most LIMITS.maxLines SKUs, which may be empty. */
export const IsSkuFilter = rule('isSkuFilter', skuListFault(0));

/** Returns the fault of a reservation id, or undefined. */
export const reservationIdFault = patternFault(LIMITS.reservationId, 'A-Z a-z 0-9 . _ : -');

/** Requires a reservation id (LIMITS.reservationId). */
export const IsReservationId = rule('isReservationId', reservationIdFault);

/** Returns the fault of an adjustment id, or undefined. */
export const adjustmentIdFault = patternFault(LIMITS.adjustmentId, 'A-Z a-z 0-9 . _ : -', 128);

/** Requires an adjustment id (LIMITS.adjustmentId). */
export const IsAdjustmentId = rule('isAdjustmentId', adjustmentIdFault);

/** Returns a function that returns the fault of a whole number from `min` to `max`, or undefined. */
export const wholeNumberFault = (min: number, max: number) => (value: unknown) => {
  if (isMissing(value)) return 'is required';
  if (typeof value !== 'number' || Number.isNaN(value)) return 'must be a number';
  if (value < min) return `must be >= ${min}`;
  if (value > max) return `must be <= ${max}`;
  return Number.isInteger(value) ? undefined : 'must be a whole number';
};

const NOT_POSITIVE = 'must be > 0';

/** Returns the fault of a quantity, or undefined. */
export const quantityFault = (value: unknown): string | undefined =>
  typeof value === 'number' && value <= 0
    ? NOT_POSITIVE
    : wholeNumberFault(0, LIMITS.maxQuantity)(value);

/** Requires a number above 0. */
export const IsPositive = rule('isPositive', (value) =>
  typeof value === 'number' && value > 0 ? undefined : NOT_POSITIVE,
);

/** Requires a whole number from `min` to `max`. */
export const IsWholeNumber = (min: number, max: number): PropertyDecorator =>
  rule('isWholeNumber', wholeNumberFault(min, max))();

/** Returns the fault of a time to live, or undefined. */
export const ttlFault = (value: unknown): string | undefined => {
  if (isMissing(value)) return undefined;
  const ttlMs = toMs(value as Duration);
  if (ttlMs < 1) return 'must be at least 1 ms (0.001s)';
  return ttlMs <= LIMITS.maxTtlMs
    ? undefined
    : `must be at most 30 days (${LIMITS.maxTtlMs / 1_000}s)`;
};

/** Requires a Duration of 1 ms to LIMITS.maxTtlMs, or none. */
export const IsTtl = rule('isTtl', ttlFault);

/** The range of google.protobuf.Timestamp. */
const [YEAR_1_SECONDS, YEAR_9999_SECONDS] = [-62_135_596_800, 253_402_300_799];

/** Requires a valid Timestamp, or none. */
export const IsTime = rule('isTime', (value) => {
  if (isMissing(value)) return undefined;
  const { seconds } = value as Timestamp;
  return seconds >= YEAR_1_SECONDS && seconds <= YEAR_9999_SECONDS
    ? undefined
    : 'must be a time from year 1 to 9999';
});

/** Requires a whole number of units, 1 to LIMITS.maxQuantity. */
export const IsQuantity = rule('isQuantity', quantityFault);

/**
 * Returns a function that returns the fault of a text for Postgres, or undefined. A character is a code
 * point, as for Postgres and JSON Schema.
 */
export const storableTextFault = (minLength: number, maxLength: number) => (value: unknown) => {
  if (minLength > 0 && (isMissing(value) || value === '')) return 'is required';
  if (typeof value !== 'string') return 'must be text';
  if (isLongerThan(value, maxLength)) return `must be at most ${maxLength} characters long`;
  if (value.includes('\0')) return 'must not contain a NUL character';
  if (hasTooManyMarks(value))
    return `must not have more than ${MAX_MARKS} combining marks in a row`;
  return value.isWellFormed() ? undefined : 'must be well-formed Unicode (it has a lone surrogate)';
};

const normalizeText = (maxLength: number): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => normalizedText(value, maxLength));

/**
 * Requires text that Postgres stores unchanged: well-formed Unicode without NUL. Normalizes it first, so
 * that all text of both services follows one rule.
 */
export const IsStorableText =
  (minLength: number, maxLength: number): PropertyDecorator =>
  (prototype, field) => {
    normalizeText(maxLength)(prototype, field);
    rule('isStorableText', storableTextFault(minLength, maxLength))()(prototype, field);
  };

/** Returns a function that returns the fault of a name that people read and compare, or undefined. */
export const nameFault = (maxLength: number) => (value: unknown) =>
  storableTextFault(1, maxLength)(value) ??
  (hasHiddenCharacters(value as string)
    ? 'must not contain control characters or other characters that are invisible'
    : undefined);

/** Requires a name that people read and compare. Normalizes it first. */
export const IsName =
  (maxLength: number): PropertyDecorator =>
  (prototype, field) => {
    normalizeText(maxLength)(prototype, field);
    rule('isName', nameFault(maxLength))()(prototype, field);
  };

/** The beginning of an actor that names the certificate of a client. No request may send it. */
export const CERTIFIED_ACTOR = 'cert:';

/** Returns the fault of the actor of an adjustment, or undefined. */
export const actorFault = (value: unknown): string | undefined =>
  nameFault(LIMITS.maxActorLength)(value) ??
  ((value as string).trimStart().toLowerCase().startsWith(CERTIFIED_ACTOR)
    ? `must not begin with ${CERTIFIED_ACTOR}, which marks the name of a client's certificate`
    : undefined);

/** Requires the actor of an adjustment. Normalizes it first. */
export const IsActor = (): PropertyDecorator => (prototype, field) => {
  normalizeText(LIMITS.maxActorLength)(prototype, field);
  rule('isActor', actorFault)()(prototype, field);
};

/** Requires a list of `min` to `max` objects. Does not validate the objects. */
export const IsObjectList = (min: number, max: number, what: string): PropertyDecorator =>
  rule('isObjectList', (value) => {
    const fault = lengthFault(value, min, max, what);
    if (fault !== undefined) return fault;
    // ValidateNested accepts a list inside the list.
    const index = (value as unknown[]).findIndex((each) => Array.isArray(each));
    return index < 0
      ? undefined
      : `must hold objects only, but the one at index ${index} is a list`;
  })();
