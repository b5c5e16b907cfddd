import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { type FieldViolation, ServiceError } from './service-error';

/**
 * More than any valid request needs, and far below the depth at which recursion overflows the
 * stack.
 */
const MAX_DEPTH = 8;

/** More than any valid list or object has. For a million entries the rules would take seconds. */
const MAX_ENTRIES = 1_000;

/** Names of fields are the client's, and errors repeat them. */
const MAX_NAME_LENGTH = 100;

const TOO_DEEP = `must not be nested deeper than ${MAX_DEPTH} levels`;
const TOO_MANY = `must not have more than ${MAX_ENTRIES} entries`;
const UNKNOWN_FIELD = 'is not a known field; remove it';

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const joinPath = (parent: string, key: string): string => {
  const name = key.length > MAX_NAME_LENGTH ? `${key.slice(0, MAX_NAME_LENGTH)}…` : key;
  if (/^\d+$/.test(name)) return `${parent}[${name}]`;
  return parent === '' ? name : `${parent}.${name}`;
};

const faultsOf = ({ constraints = {} }: ValidationError): string[] =>
  Object.entries(constraints).map(([rule, fault]) => {
    if (rule === 'whitelistValidation') return UNKNOWN_FIELD;
    if (rule === 'nestedValidation' || rule === 'unknownValue') return 'must be an object';
    return fault;
  });

const violationsOf = (errors: readonly ValidationError[], parent = ''): FieldViolation[] =>
  errors.flatMap((error) => {
    const field = joinPath(parent, error.property);
    const own = faultsOf(error).map((fault) => ({ field, fault }));
    return [...own, ...violationsOf(error.children ?? [], field)];
  });

const sizeOf = (value: object): number =>
  Array.isArray(value) ? value.length : Object.keys(value).length;

/** Whether a value has at most `max` values at all its levels. Its cost depends on `max` only. */
const hasAtMost = (max: number, value: unknown): boolean => {
  if (max === Infinity) return true;
  const open = [value];
  for (let count = 0; open.length > 0;) {
    const each = open.pop();
    if (typeof each !== 'object' || each === null) continue;
    count += sizeOf(each);
    if (count > max) return false;
    open.push(...(Object.values(each) as unknown[]));
  }
  return true;
};

/** Keys that JSON can contain and class-transformer drops silently. */
const DROPPED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Returns what must be rejected before class-transformer traverses the whole value. */
const structuralViolations = (value: unknown, path = '', depth = 0): FieldViolation[] => {
  if (typeof value !== 'object' || value === null) return [];
  if (depth > MAX_DEPTH) {
    return [{ field: path, fault: TOO_DEEP }];
  }
  if (sizeOf(value) > MAX_ENTRIES) return [{ field: path || 'body', fault: TOO_MANY }];
  return Object.entries(value).flatMap(([key, inner]) => {
    const field = joinPath(path, key);
    if (DROPPED_KEYS.has(key)) return [{ field, fault: UNKNOWN_FIELD }];
    return structuralViolations(inner, field, depth + 1);
  });
};

const isSizeFault = (fault: string): boolean => fault === TOO_DEEP || fault === TOO_MANY;

/** A DTO class with a fast check that spares requests the full validation. */
interface FastValidator {
  /** Returns true only if the rules of the class would find no violation. */
  isValid?(value: unknown): boolean;
  /** Returns the violations that the rules of the class would find. The rules then never run. */
  violationsOf?(value: unknown): readonly FieldViolation[];
}

const toServiceError = (violations: readonly FieldViolation[]): ServiceError => {
  const [first, ...rest] = violations;
  if (!first) return ServiceError.invalid([{ field: 'body', fault: 'must be a JSON object' }]);
  return ServiceError.invalid([first, ...rest]);
};

export interface ValidationOptions {
  /**
   * Values that a body may have in all, at all levels. Beyond that the rules do not run: for 99 kB of
   * nested lists they took 110 ms, in which the process answers no other request.
   */
  readonly maxValues?: number;
}

/**
 * Validates a request against its DTO class and reports all violations at once. Values are not
 * converted: "2" is not 2. Unknown fields are rejected, so that a typo is noticed.
 *
 * A class of frequent requests may have a static `isValid`; its rules then run only if that fails. A class
 * of large requests may have a static `violationsOf` instead of them.
 */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  private readonly maxValues: number;

  constructor({ maxValues = Infinity }: ValidationOptions = {}) {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      stopAtFirstError: true,
      exceptionFactory: (errors) => toServiceError(violationsOf(errors)),
    });
    this.maxValues = maxValues;
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // A parameter decorator of ours, such as the signal of a call, and not part of the request.
    if (metadata.type === 'custom') return value;
    if (metadata.type === 'body' && !isObject(value)) {
      throw new ServiceError('MALFORMED_JSON', 'The body must be one JSON object.');
    }
    const fast = metadata.metatype as FastValidator | undefined;
    if (fast?.isValid?.(value)) return value;
    const found = fast?.violationsOf?.(value);
    if (found?.length === 0) return value;
    if (found) throw toServiceError(found);
    if (!hasAtMost(this.maxValues, value)) throw this.tooManyValues(value);
    const violations = structuralViolations(value);
    if (violations.length === 0) return super.transform(value, metadata) as Promise<unknown>;
    if (violations.some(({ fault }) => isSizeFault(fault))) throw toServiceError(violations);
    const others = await this.violationsOf(value, metadata);
    throw toServiceError([...violations, ...others]);
  }

  /** Names the field that has too many values by itself, if there is one. */
  private tooManyValues(value: unknown): ServiceError {
    const [field] =
      Object.entries(value as object).find(([, inner]) => !hasAtMost(this.maxValues, inner)) ?? [];
    return ServiceError.invalid([
      {
        field: joinPath('', field ?? 'body'),
        fault: `must not have more than ${this.maxValues} values in all`,
      },
    ]);
  }

  private async violationsOf(
    value: unknown,
    metadata: ArgumentMetadata,
  ): Promise<readonly FieldViolation[]> {
    try {
      await super.transform(value, metadata);
      return [];
    } catch (error) {
      return error instanceof ServiceError ? error.fields : [];
    }
  }
}
