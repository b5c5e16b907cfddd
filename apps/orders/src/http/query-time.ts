import { ValidateBy, type ValidationArguments } from 'class-validator';

/** RFC 3339 with milliseconds at most, as far as the pattern can tell. */
const TIME =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

const FAULT =
  'must be a time such as 2026-11-23T12:00:00.000Z, from 1970 to 9999, with milliseconds at most ' +
  '(in an address, write the + of an offset as %2B)';

const MAX_TIME_MS = Date.UTC(9_999, 11, 31, 23, 59, 59, 999);

const isDate = (year: number, month: number, day: number): boolean =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day && month <= 12;

/** Returns the fault of a time in a query, or undefined. */
export const queryTimeFault = (value: unknown): string | undefined => {
  const [, year, month, day] = (typeof value === 'string' ? TIME.exec(value) : null) ?? [];
  if (!isDate(Number(year), Number(month), Number(day))) return FAULT;
  // With an offset, a time near the ends is in a year of UTC that has no four digits.
  const timeMs = new Date(String(value)).getTime();
  return timeMs >= 0 && timeMs <= MAX_TIME_MS ? undefined : FAULT;
};

const laterFault = (value: unknown, earlier: unknown, field: string): string | undefined => {
  const fault = queryTimeFault(value);
  if (fault !== undefined || queryTimeFault(earlier) !== undefined) return fault;
  return new Date(String(value)) > new Date(String(earlier))
    ? undefined
    : `must be later than ${field}`;
};

const rule = (faultOf: (args: ValidationArguments) => string | undefined): PropertyDecorator =>
  ValidateBy({
    name: 'isQueryTime',
    validator: {
      validate: (_value: unknown, args) => args !== undefined && faultOf(args) === undefined,
      defaultMessage: (args) => (args && faultOf(args)) ?? '',
    },
  });

/** Requires a time. */
export const IsQueryTime = (): PropertyDecorator => rule(({ value }) => queryTimeFault(value));

/** Requires a time that is later than the one in another field, if that is valid. */
export const IsQueryTimeAfter = (field: string): PropertyDecorator =>
  rule(({ value, object }) => laterFault(value, (object as Record<string, unknown>)[field], field));
