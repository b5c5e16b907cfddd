import { type ArgumentMetadata, Injectable, type Paramtype, ValidationPipe } from '@nestjs/common';
import { getMetadataStorage, type ValidationError } from 'class-validator';
import { nearestName } from './nearest-name';
import { malformedJson } from './problem.filter';
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

/** What the names of a request are called, by the part of the request that Nest validates. */
const NAME_OF: Partial<Record<Paramtype, string>> = { query: 'query parameter' };

const unknownName = (part: Paramtype, suggestion?: string): string =>
  `is not a known ${NAME_OF[part] ?? 'field'}; ` +
  (suggestion === undefined ? 'remove it' : `did you mean ${suggestion}?`);

/** Suggestions for the names of one request. More of them would not be read. */
const MAX_SUGGESTIONS = 100;

/** Returns the fields that the class of a value has. */
const fieldsOf = ({ constructor }: object): string[] => {
  const rules = getMetadataStorage().getTargetValidationMetadatas(constructor, '', false, false);
  return [...new Set(rules.map(({ propertyName }) => propertyName))];
};

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const joinPath = (parent: string, key: string): string => {
  const name = key.length > MAX_NAME_LENGTH ? `${key.slice(0, MAX_NAME_LENGTH)}…` : key;
  if (/^\d+$/.test(name)) return `${parent}[${name}]`;
  return parent === '' ? name : `${parent}.${name}`;
};

/** Translates the errors of class-validator for one part of a request. */
class ValidationFaults {
  private suggestionsLeft = MAX_SUGGESTIONS;

  constructor(private readonly part: Paramtype) {}

  of(errors: readonly ValidationError[], parent = ''): FieldViolation[] {
    return errors.flatMap((error) => {
      const field = joinPath(parent, error.property);
      const own = this.faultsOf(error).map((fault) => ({ field, fault }));
      return [...own, ...this.of(error.children ?? [], field)];
    });
  }

  private faultsOf({ constraints = {}, property, target }: ValidationError): string[] {
    return Object.entries(constraints).map(([rule, fault]) => {
      if (rule === 'whitelistValidation')
        return unknownName(this.part, this.suggestionFor(property, target));
      if (rule === 'nestedValidation' || rule === 'unknownValue') return 'must be an object';
      return fault;
    });
  }

  private suggestionFor(name: string, target: object | undefined): string | undefined {
    this.suggestionsLeft -= 1;
    return target && this.suggestionsLeft >= 0 ? nearestName(name, fieldsOf(target)) : undefined;
  }
}

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

/** Names that JSON can contain and Nest's pipe drops silently: all that every object inherits, such as `toString`. */
const RESERVED_NAMES = new Set(['prototype', ...Object.getOwnPropertyNames(Object.prototype)]);

const RESERVED = 'is a reserved name; remove it or use another one';

/** Returns what must be rejected before class-transformer traverses the whole value. */
const structuralViolations = (value: unknown, path = '', depth = 0): FieldViolation[] => {
  if (typeof value !== 'object' || value === null) return [];
  if (depth > MAX_DEPTH) {
    return [{ field: path, fault: TOO_DEEP }];
  }
  if (sizeOf(value) > MAX_ENTRIES) return [{ field: path || 'body', fault: TOO_MANY }];
  return Object.entries(value).flatMap(([key, inner]) => {
    const field = joinPath(path, key);
    if (RESERVED_NAMES.has(key)) return [{ field, fault: RESERVED }];
    return structuralViolations(inner, field, depth + 1);
  });
};

const isSizeFault = (fault: string): boolean => fault === TOO_DEEP || fault === TOO_MANY;

/** A DTO class with a fast check that spares requests the full validation, or with other checks of its own. */
interface FastValidator {
  /** Returns true only if the rules of the class would find no violation. */
  isValid?(value: unknown): boolean;
  /** Returns the violations that the rules of the class would find. The rules then never run. */
  violationsOf?(value: unknown): readonly FieldViolation[];
  /**
   * Returns the violations of entries whose names the client chooses, for which a class has no rules. They
   * are reported together with those that the rules find.
   */
  entryViolationsOf?(value: unknown): readonly FieldViolation[];
  /** What an empty body is told that it must be: `must be {…} or {…}`. */
  readonly emptyFault?: string;
}

/** The rules of a class have found errors. */
class InvalidValue {
  constructor(readonly errors: readonly ValidationError[]) {}
}

const emptyFault = (value: unknown, { emptyFault: fault }: FastValidator): FieldViolation[] =>
  fault !== undefined && sizeOf(Object(value) as object) === 0 ? [{ field: 'body', fault }] : [];

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
 * of large requests may have a static `violationsOf` instead of them, and a class with a map
 * `entryViolationsOf` in addition.
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
      validationError: { target: true },
      exceptionFactory: (errors) => new InvalidValue(errors),
    });
    this.maxValues = maxValues;
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // A parameter decorator of ours, such as the signal of a call, and not part of the request.
    if (metadata.type === 'custom') return value;
    if (metadata.type === 'body' && !isObject(value)) {
      throw malformedJson('must be one JSON object');
    }
    const fast = (metadata.metatype ?? {}) as FastValidator;
    if (fast.isValid?.(value)) return value;
    const found = fast.violationsOf?.(value);
    if (found?.length === 0) return value;
    if (found) throw toServiceError(found);
    if (!hasAtMost(this.maxValues, value)) throw this.tooManyValues(value);
    const violations = structuralViolations(value);
    if (violations.some(({ fault }) => isSizeFault(fault))) throw toServiceError(violations);
    violations.push(...(fast.entryViolationsOf?.(value) ?? []));
    try {
      const valid: unknown = await super.transform(value, metadata);
      if (violations.length === 0) return valid;
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      violations.push(...emptyFault(value, fast));
      violations.push(...new ValidationFaults(metadata.type).of(error.errors));
    }
    throw toServiceError(violations);
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
}
