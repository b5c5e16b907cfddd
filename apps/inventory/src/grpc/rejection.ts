import { constants, type OutgoingHttpHeaders } from 'node:http2';
import { grpcStatusOf, ServiceError } from '@app/errors';

/** Why a call is rejected before its request is read. */
export interface Rejection {
  /** For the log. The same for all calls that are rejected for this reason. */
  readonly message: string;
  /** The response: headers and trailers in one. */
  readonly headers: OutgoingHttpHeaders;
}

/** How long a rejected caller should wait. */
const RETRY_AFTER_MS = 1_000;

/** Returns a rejection as OVERLOADED. It is built once, so that rejecting is cheap. */
export const overloaded = (message: string): Rejection =>
  rejectionOf(new ServiceError('OVERLOADED', message, { retryAfterMs: RETRY_AFTER_MS }));

/** Returns a rejection as INVALID_REQUEST. */
export const invalid = (field: string, fault: string): Rejection =>
  rejectionOf(ServiceError.invalid([{ field, fault }]));

/** Returns an error as a rejection. */
export const rejectionOf = (error: ServiceError): Rejection => {
  const { code, details, metadata } = grpcStatusOf(error);
  return {
    message: details,
    headers: {
      [constants.HTTP2_HEADER_STATUS]: constants.HTTP_STATUS_OK,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc+proto',
      'grpc-status': code,
      'grpc-message': encodeURI(details),
      ...metadata.toHttp2Headers(),
    },
  };
};
