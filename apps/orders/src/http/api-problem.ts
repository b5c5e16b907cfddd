import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, type ApiResponseNoStatusOptions } from '@nestjs/swagger';
import {
  internalError,
  malformedJson,
  payloadTooLarge,
  problemOf,
  REASONS,
  ServiceError,
  wireOf,
} from '@app/errors';
import { databaseUnavailable } from '@app/postgres';
import {
  credentialsMissing,
  permissionDenied,
  signingKeysUnavailable,
} from '../access/access-errors';
import {
  crossSiteRequest,
  expectationFailed,
  headersTooLarge,
  hostNotServed,
  rateLimited,
  malformedRequest,
  notJson,
  requestTimeout,
} from './http-errors';
import { FieldErrorDto, IncreasedItemDto } from './problem.dto';
import { problemSchema } from './problem-schemas';

/** What any request can get, whatever its path. Also a request that needs no body may have an unreadable one. */
const COMMON: readonly ServiceError[] = [
  ServiceError.invalid([{ field: 'path', fault: 'must be correctly percent-encoded UTF-8' }]),
  malformedJson(),
  malformedRequest(),
  payloadTooLarge(),
  notJson(),
  requestTimeout(),
  expectationFailed(),
  headersTooLarge(),
  hostNotServed(),
  crossSiteRequest(),
  rateLimited(),
  internalError(undefined),
];

/** What any request below /v1 can get as well while authentication is required. */
const OF_ACCESS: readonly ServiceError[] = [
  credentialsMissing(),
  permissionDenied(['staff']),
  signingKeysUnavailable(),
  databaseUnavailable(),
];

const EXAMPLE_REQUEST_ID = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e56';

/** The header of a response that asks the client to wait. */
const RETRY_AFTER = {
  description: 'Seconds to wait before the next attempt.',
  schema: { type: 'integer', minimum: 1 },
} as const;

/** The header of a response that asks for other credentials. */
const CHALLENGE = {
  description: 'What the credentials lack, as RFC 6750 defines it.',
  schema: { type: 'string' },
} as const;

const headersOf = (status: number): ApiResponseNoStatusOptions['headers'] => {
  if (status === 429 || status === 503) return { 'Retry-After': RETRY_AFTER };
  return status === 401 || status === 403 ? { 'WWW-Authenticate': CHALLENGE } : undefined;
};

/**
 * Documents the errors that an endpoint can return, each with its problem as an example, and those that
 * every endpoint can return, or every one that needs credentials. The errors come from the same factories as those that the service throws.
 */
export const ApiProblems = (instance: string, ...own: readonly ServiceError[]): MethodDecorator => {
  const general = instance.startsWith('/v1/') ? [...COMMON, ...OF_ACCESS] : COMMON;
  const common = general.filter(({ reason }) => !own.some((error) => error.reason === reason));
  const errors = [...own, ...common];
  const statuses = [...new Set(errors.map(({ reason }) => wireOf(reason).http))];
  const responses = statuses.map((status) => {
    const same = errors.filter(({ reason }) => wireOf(reason).http === status);
    return ApiResponse({
      status,
      description: same
        .map(({ reason }) => `**${reason}**: ${REASONS[reason].meaning} ${REASONS[reason].remedy}`)
        .join('\n\n'),
      headers: headersOf(status),
      content: {
        'application/problem+json': {
          schema: problemSchema([...new Set(same.map(({ reason }) => reason))]),
          examples: Object.fromEntries(
            same.map((error) => [
              error.reason,
              { summary: error.reason, value: problemOf(error, instance, EXAMPLE_REQUEST_ID) },
            ]),
          ),
        },
      },
    });
  });
  return applyDecorators(ApiExtraModels(FieldErrorDto, IncreasedItemDto), ...responses);
};
