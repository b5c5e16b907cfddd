import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { type FieldViolation, ServiceError } from './service-error';

/** Deep enough for any request of ours; deeper nesting is refused field by field anyway. */
const MAX_DEPTH = 8;

const UNKNOWN_FIELD = 'is not a known field; remove it';

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const joinPath = (parent: string, name: string): string => {
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

/**
 * Paths of `__proto__` keys, which JSON.parse makes and class-transformer drops in silence. Like any
 * other field that is not known, they are refused.
 */
const prototypeKeys = (value: unknown, path = '', depth = 0): string[] => {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '__proto__'
      ? [joinPath(path, key)]
      : prototypeKeys(inner, joinPath(path, key), depth + 1),
  );
};

const toServiceError = (violations: readonly FieldViolation[]): ServiceError => {
  const [first, ...rest] = violations;
  if (!first) return ServiceError.invalid([{ field: 'body', fault: 'must be a JSON object' }]);
  return ServiceError.invalid([first, ...rest]);
};

/**
 * Checks a request against its DTO class and says everything that is wrong at once. Values are never
 * converted: "2" is not 2. Fields that are not known are refused, so that a typo does not go unseen.
 */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      stopAtFirstError: true,
      exceptionFactory: (errors) => toServiceError(violationsOf(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && !isObject(value)) {
      throw new ServiceError('MALFORMED_JSON', 'The body must be one JSON object.');
    }
    const [first, ...rest] = prototypeKeys(value).map((field) => ({ field, fault: UNKNOWN_FIELD }));
    if (first) throw ServiceError.invalid([first, ...rest]);
    return super.transform(value, metadata) as Promise<unknown>;
  }
}
