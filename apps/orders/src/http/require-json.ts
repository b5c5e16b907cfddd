import type { NextFunction, Request, Response } from 'express';
import { ServiceError } from '@app/errors';

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Refuses a body that is not declared as JSON, which the JSON parser would pass over in silence. */
export const requireJson = (request: Request, _response: Response, next: NextFunction): void => {
  const acceptable = !hasBody(request) || request.is('application/json') !== false;
  const message = 'Send the body as Content-Type: application/json.';
  next(acceptable ? undefined : new ServiceError('UNSUPPORTED_MEDIA_TYPE', message));
};
