import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { uuidv7 } from 'uuidv7';
import { allowedMethods } from './allowed-methods';
import { problemHeaders, problemOf } from './problem';
import { internalError, ServiceError } from './service-error';

/** The body is not JSON. `fault` is a predicate: `is not valid JSON`. */
export const malformedJson = (fault = 'is not valid JSON, or is incomplete'): ServiceError =>
  new ServiceError('MALFORMED_JSON', `The body ${fault}.`);

/** The body exceeds the limit. */
export const payloadTooLarge = (): ServiceError =>
  new ServiceError('PAYLOAD_TOO_LARGE', 'The body exceeds 100 kB; send fewer items.');

/** Errors of the files under /docs, by their status. */
const FILE_ERRORS: Readonly<Record<number, () => ServiceError>> = {
  412: () =>
    new ServiceError('PRECONDITION_FAILED', 'The file does not meet a condition of the request.'),
  416: () => new ServiceError('RANGE_NOT_SATISFIABLE', 'The file ends before the requested range.'),
};

const statusOf = (thrown: unknown): number | undefined => {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const { status } = Object(thrown) as { status?: unknown };
  return typeof status === 'number' ? status : undefined;
};

const toServiceError = (thrown: unknown, request: Request): ServiceError => {
  if (thrown instanceof ServiceError) return thrown;
  const status = statusOf(thrown);
  if (status === 404) {
    const allow = allowedMethods(request);
    return allow.length > 0
      ? new ServiceError(
          'METHOD_NOT_ALLOWED',
          `${request.path} supports ${allow.join(', ')}, not ${request.method}.`,
          {
            metadata: { allow },
          },
        )
      : new ServiceError('ROUTE_NOT_FOUND', `No route matches ${request.path}; see /docs.`);
  }
  if (status === undefined || status < 400 || status > 499) return internalError(thrown);
  // The client has caused any other error with such a status, too.
  return (
    FILE_ERRORS[status]?.() ??
    ServiceError.invalid([{ field: 'request', fault: `was rejected with the status ${status}` }])
  );
};

/** The id that the server has given to the request. */
const requestIdOf = (response: Response): unknown => response.getHeader('X-Request-Id') ?? uuidv7();

/** Converts every error of a REST handler to an RFC 9457 problem. Reveals nothing internal. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const error = toServiceError(thrown, request);
    const requestId = error.reason === 'INTERNAL' ? requestIdOf(response) : undefined;
    const problem = problemOf(error, request.originalUrl, requestId);
    if (requestId !== undefined) {
      this.logger.error({ err: error.cause ?? error, requestId }, error.message);
    }
    if (response.headersSent) {
      response.end();
      return;
    }
    const { allow } = error.metadata;
    if (Array.isArray(allow)) response.setHeader('Allow', allow.join(', '));
    response.status(problem.status).set(problemHeaders(error)).send(JSON.stringify(problem));
  }
}
